"""A worked case of receivables as the facts it tells."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from receivables_service.domain.facts import (
    Allotment,
    BillCorrected,
    BillInstallment,
    BillIssued,
    DefaultDeclared,
    Fact,
    FeeCharged,
    InstallmentTarget,
    PaymentReceived,
    PaymentReversed,
    TakenBackBy,
)
from receivables_service.domain.terms import Terms

_NAMES = UUID("6f2a4e0e-3f0e-4f4e-9f43-6a6f6d1f6a11")
_START = datetime(2018, 1, 1, tzinfo=UTC)


def facts_of(told: Mapping[str, Any], terms: Terms | None = None) -> list[Fact]:
    """Facts in the order the case lists them, which is the order they were recorded in.

    What the law itself adds, the fee of a returned check, comes with its terms.
    """
    facts: list[Fact] = [*_issued(told)]
    for fee in told.get("fees", ()):
        at = _START + timedelta(seconds=len(facts))
        code, cents = fee["charge_code"], fee["amount_cents"]
        fact_id = uuid5(_NAMES, f"fee {len(facts)}")
        facts.append(FeeCharged(fact_id, fee["effective_on"], at, code, cents, "of the case"))
    for payment in told.get("payments", ()):
        receipt_id = uuid5(_NAMES, payment["receipt"])
        facts.append(
            PaymentReceived(
                fact_id=uuid5(receipt_id, "line 1"),
                effective_on=payment["effective_on"],
                recorded_at=_START + timedelta(seconds=len(facts)),
                receipt_id=receipt_id,
                amount_cents=payment["amount_cents"],
                allotment=Allotment(payment.get("rule", ""), payment.get("service", "")),
            )
        )
    for receipt in told.get("reversed", ()):
        facts.append(_taken_back(receipt, len(facts), TakenBackBy.REVERSAL))
    for receipt in told.get("returned", ()):
        facts.append(_taken_back(receipt, len(facts), TakenBackBy.NSF))
        facts += _fee_of_return(told, receipt, len(facts), terms)
    return [*facts, *_changes(told)]


def _issued(told: Mapping[str, Any]) -> Iterator[BillIssued]:
    if bill := told.get("bill"):
        installments = tuple(
            BillInstallment(place + 1, due_on, cents)
            for place, (due_on, cents) in enumerate(bill["installments"])
        )
        due_on = installments[0].due_on
        of = (bill.get("district", ""), bill.get("bill_class", ""))
        on_roll = bill.get("property_class", "")
        issued = (_NAMES, due_on, _START, bill["tax_year"], installments, *of)
        yield BillIssued(*issued, property_class=on_roll)


def _taken_back(receipt: str, place: int, by: TakenBackBy) -> PaymentReversed:
    at = _START + timedelta(seconds=place)
    receipt_id = uuid5(_NAMES, receipt)
    return PaymentReversed(uuid5(receipt_id, "void"), at.date(), at, receipt_id, by)


def _fee_of_return(
    told: Mapping[str, Any], receipt: str, place: int, terms: Terms | None
) -> Iterator[FeeCharged]:
    """What the law charges for a check its bank returned, as of the payment."""
    days = {each["receipt"]: each["effective_on"] for each in told.get("payments", ())}
    if receipt not in days:
        raise ValueError(f"returned: {receipt} is the receipt of no payment")
    if terms is None:
        return
    term = terms.returned_check.at(days[receipt])
    if term is not None:
        fact_id, at = uuid5(_NAMES, f"returned {receipt}"), _START + timedelta(seconds=place)
        fee = (term.charge_code, term.fee_cents, term.rule_id)
        yield FeeCharged(fact_id, days[receipt], at, *fee)


def _changes(told: Mapping[str, Any]) -> Iterator[Fact]:
    """Defaults and corrections, which take effect on the day they name."""
    for on in told.get("defaulted", ()):
        yield DefaultDeclared(uuid5(_NAMES, f"default {on}"), on, _START)
    for correction in told.get("corrected", ()):
        on = correction["effective_on"]
        amounts = correction["amounts_cents"]
        due = correction.get("due_on", [None] * len(amounts))
        targets = tuple(
            InstallmentTarget(place, cents, due_on)
            for place, (cents, due_on) in enumerate(zip(amounts, due, strict=True), 1)
        )
        yield BillCorrected(uuid5(_NAMES, f"correction {on}"), on, _START, targets)
