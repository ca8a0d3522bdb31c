"""CASH-063: a source asks of its files what its way of capture needs."""

from dataclasses import replace

import pytest

from cashiering_service.domain.payment_source import (
    Capture,
    Misfit,
    PaymentSource,
    Unmatched,
    misfit,
)
from cashiering_service.domain.remittance.csv_layout import CSV
from cashiering_service.domain.remittance.layout_document import LayoutDocument


def source(capture: Capture) -> PaymentSource:
    return PaymentSource("mail", "Mail", capture, Unmatched.SUSPENSE)


def without(*names: str) -> LayoutDocument:
    return replace(
        CSV,
        fields=tuple(one for one in CSV.fields if one.name not in names),
        key=("check_number", "amount"),
    )


@pytest.mark.parametrize("capture", [Capture.STANDARD, Capture.LENDER])
def test_cash_063_a_layout_with_payers_serves_counter_and_lender(capture: Capture):
    assert misfit(CSV, source(capture)) is None


def test_cash_063_mail_counts_from_the_postmark():
    """Without a field for it the day of posting would count, which the law does not say."""
    found = misfit(without("paid_on", "received_on"), source(Capture.MAIL))

    assert found is not None
    assert (found.field, found.found) == ("fields", "no field paid_on")
    assert misfit(without("received_on"), source(Capture.MAIL)) is None


def test_cash_063_a_lender_says_who_pays_in_bulk():
    found = misfit(without("payer_name", "lender_code"), source(Capture.LENDER))

    assert found == Misfit("fields", "neither lender_code nor payer_name", "who pays in bulk")
    assert misfit(without("payer_name", "lender_code"), source(Capture.STANDARD)) is None
