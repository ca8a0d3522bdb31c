"""Payments, what takes them back or draws on them, and waivers, in a file of facts."""

from typing import Any

from receivables_service.domain.facts import (
    Allotment,
    AllottedRow,
    DrawnFor,
    InterestAndPenaltyWaived,
    LockLifted,
    MoneyDrawn,
    PaymentReceived,
    PaymentReversed,
    Reallocated,
    TakenBackBy,
    WaivedAmount,
)
from receivables_service.domain.terms import ChargeType, CollectionType, InterestBasis
from receivables_service.fact_files.values import (
    Head,
    Kind,
    Names,
    Row,
    cents,
    fact_id,
    flag,
    maybe_text,
    number,
    receipt,
    said,
    word,
)


def _allotted(row: Row) -> AllottedRow:
    carried = word(row, "collection_type", CollectionType) if "collection_type" in row else None
    narrower = (maybe_text(row, "charge_code"), carried, maybe_text(row, "fund"))
    return AllottedRow(number(row), word(row, "charge_type", ChargeType), cents(row), *narrower)


def _told_allotted(row: AllottedRow) -> dict[str, Any]:
    return {
        "installment": row.installment,
        "charge_type": row.charge_type.value,
        "amount_cents": row.amount_cents,
    } | said(
        charge_code=row.charge_code,
        collection_type=row.collection_type.value if row.collection_type else None,
        fund=row.fund,
    )


def _payment(head: Head, row: Row) -> PaymentReceived:
    asked = Allotment(
        rule=maybe_text(row, "rule"),
        service=maybe_text(row, "service"),
        rows=tuple(map(_allotted, row.maybe_parts("rows"))),
        by=maybe_text(row, "by"),
        at=maybe_text(row, "at"),
        basis=word(row, "basis", InterestBasis) if "basis" in row else None,
    )
    return PaymentReceived(*head, receipt(row["receipt"]), cents(row), asked)


def _told_payment(fact: PaymentReceived, names: Names) -> dict[str, Any]:
    asked = fact.allotment
    return {"receipt": names.receipts[fact.receipt_id], "amount_cents": fact.amount_cents} | said(
        rule=asked.rule,
        service=asked.service,
        rows=[_told_allotted(one) for one in asked.rows],
        by=asked.by,
        at=asked.at,
        basis=asked.basis.value if asked.basis else None,
    )


def _reversal(head: Head, row: Row) -> PaymentReversed:
    by = word(row, "by", TakenBackBy) if "by" in row else TakenBackBy.REVERSAL
    return PaymentReversed(*head, receipt(row["receipt"]), by)


def _told_reversal(fact: PaymentReversed, names: Names) -> dict[str, Any]:
    by = None if fact.by is TakenBackBy.REVERSAL else fact.by.value
    return {"receipt": names.receipts[fact.receipt_id]} | said(by=by)


def _drawn(head: Head, row: Row) -> MoneyDrawn:
    amount_cents = -cents(row) if flag(row, "comes_back") else cents(row)
    payment = fact_id(row, "payment")
    return MoneyDrawn(
        *head, receipt(row["receipt"]), payment, amount_cents, word(row, "for", DrawnFor)
    )


def _told_drawn(fact: MoneyDrawn, names: Names) -> dict[str, Any]:
    return {
        "receipt": names.receipts[fact.receipt_id],
        "payment": names.facts[fact.payment_id],
        "amount_cents": abs(fact.amount_cents),
        "for": fact.drawn_for.value,
    } | said(comes_back=fact.amount_cents < 0)


def _waived(head: Head, row: Row) -> InterestAndPenaltyWaived:
    waived = tuple(
        WaivedAmount(number(one), word(one, "charge_type", ChargeType), cents(one))
        for one in row.parts("waived")
    )
    return InterestAndPenaltyWaived(*head, waived)


def _told_waived(fact: InterestAndPenaltyWaived, _names: Names) -> dict[str, Any]:
    return {
        "waived": [
            {
                "installment": one.number,
                "charge_type": one.charge_type.value,
                "amount_cents": one.amount_cents,
            }
            for one in fact.waived
        ]
    }


MONEY = {
    "payment": Kind(PaymentReceived, _payment, _told_payment),
    "reversal": Kind(PaymentReversed, _reversal, _told_reversal),
    "draw": Kind(MoneyDrawn, _drawn, _told_drawn),
    "waiver": Kind(InterestAndPenaltyWaived, _waived, _told_waived),
    "unlocked": Kind(LockLifted, lambda head, _row: LockLifted(*head)),
    "reallocation": Kind(Reallocated, lambda head, _row: Reallocated(*head)),
}
