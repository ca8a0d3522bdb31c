"""RECV-058, RECV-062, Q-33: what codes mean at a counter."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from cashiering_service.domain.coded import CodeKnown, alerts, of_part
from cashiering_service.domain.finding import Finding, Severity
from cashiering_service.domain.findings import BillKnown
from cashiering_service.domain.paying import Charge

PARTS = (Charge(1, date(2022, 3, 1), 600), Charge(2, date(2022, 12, 30), 400))
BILL = BillKnown(UUID(int=1), "2021-P", "P", 2021, "Ada", 1_000, PARTS)


class Paying:
    """A line on a bill without a quote of its own."""

    quoted = None

    def __init__(self, cents: int) -> None:
        self.paying_cents = cents


@pytest.mark.parametrize(
    ("cents", "refused"), [(1, True), (599, True), (600, False), (601, True), (1_000, False)]
)
def test_recv_062_a_part_other_than_whole_installments_needs_a_code(cents, refused) -> None:
    """RECV-062: the first installment and the whole bill are no parts."""
    found = list(of_part(Paying(cents), BILL))
    assert [one.code for one in found] == ["PARTIAL_NOT_CODED"] * refused


def test_recv_062_one_code_that_allows_it_is_enough() -> None:
    """RECV-062: whatever other codes say."""
    codes = (CodeKnown("X"), CodeKnown("PART", "", frozenset({"partial_payment"})))
    assert list(of_part(Paying(1), replace(BILL, codes=codes))) == []


def test_recv_058_an_alert_warns_and_the_panel_shows() -> None:
    """RECV-058: apart, each by its own switch; a code without either says nothing."""
    codes = (
        CodeKnown("BANK", "In bankruptcy", frozenset({"alert_user"})),
        CodeKnown("HALF", "No halves", frozenset({"warning_panel"})),
        CodeKnown("GROUP", "Grouped", frozenset({"deferral"})),
    )
    found: list[Finding] = list(alerts(replace(BILL, codes=codes)))
    assert [one.severity for one in found] == [Severity.WARN, Severity.SHOW]
    assert "In bankruptcy" in found[0].message
