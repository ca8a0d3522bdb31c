"""Facts as the ledger keeps them: the columns every fact has, and a body of what only some say."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from receivables_service.accounts import KnownFact
from receivables_service.discounts import fact_bodies as discount_bodies
from receivables_service.domain.discount_facts import DiscountFact
from receivables_service.domain.facts import (
    BY_RULE,
    Allotment,
    AllottedRow,
    BillCorrected,
    BillInstallment,
    BillIssued,
    CollectionTypeTransferred,
    DefaultDeclared,
    DrawnFor,
    Fact,
    FeeCharged,
    GraceExpired,
    InstallmentTarget,
    InterestAndPenaltyWaived,
    LockLifted,
    MoneyDrawn,
    PaymentReceived,
    PaymentReversed,
    Reallocated,
    TakenBackBy,
    WaivedAmount,
)
from receivables_service.domain.rate_facts import RateChange
from receivables_service.domain.terms import ChargeType, CollectionType, InterestBasis
from receivables_service.fees import fact_bodies as fee_bodies
from receivables_service.half_pay import fact_bodies as half_pay_bodies
from receivables_service.rates import fact_bodies
from receivables_service.tables import FactRow

COLUMNS = (
    "fact_id, kind, bill_id, receipt_id, line_number, business_date, effective_on, recorded_at,"
    " amount_cents, body"
)
KIND_OF: dict[type[Fact], str] = {
    BillIssued: "issue",
    PaymentReceived: "payment",
    PaymentReversed: "reversal",
    MoneyDrawn: "draw",
    BillCorrected: "correction",
    DefaultDeclared: "default",
    CollectionTypeTransferred: "transfer",
    FeeCharged: "fee",
    InterestAndPenaltyWaived: "waiver",
    LockLifted: "lock_lifted",
    Reallocated: "reallocation",
    GraceExpired: "grace",
    **fact_bodies.KIND_OF,
    **discount_bodies.KIND_OF,
    **half_pay_bodies.KIND_OF,
    **fee_bodies.KIND_OF,
}
_READERS: dict[str, Callable[..., Fact]] = {
    **dict.fromkeys(fact_bodies.KIND_OF.values(), fact_bodies.fact_of),
    **dict.fromkeys(half_pay_bodies.KIND_OF.values(), half_pay_bodies.fact_of),
    **dict.fromkeys(fee_bodies.KIND_OF.values(), fee_bodies.fact_of),
}
_SayingNoMore = DefaultDeclared | LockLifted | Reallocated | GraceExpired
_SAYING_NO_MORE: dict[str, type[_SayingNoMore]] = {
    KIND_OF[each]: each for each in (DefaultDeclared, LockLifted, Reallocated, GraceExpired)
}


_OF_RECEIPTS = (PaymentReceived, PaymentReversed, MoneyDrawn)


def row_of(known: KnownFact, bill_id: UUID | None) -> FactRow:
    """Write a fact of a bill, or of a receipt's line on none."""
    fact = known.fact
    body = _body_of_money(fact) or _body(fact)
    return FactRow(
        fact_id=fact.fact_id,
        kind=KIND_OF[type(fact)],
        bill_id=bill_id,
        receipt_id=fact.receipt_id if isinstance(fact, _OF_RECEIPTS) else None,
        line_number=known.line_number,
        business_date=known.business_date,
        effective_on=fact.effective_on,
        recorded_at=fact.recorded_at,
        amount_cents=fact.amount_cents if isinstance(fact, PaymentReceived) else None,
        body=None if body is None else json.dumps(body),
    )


def known_of(row: Any) -> KnownFact:
    """Read a fact from a row of COLUMNS."""
    fact_id, kind, _bill_id, receipt_id, line, business_date, effective_on, at, cents, body = row
    head = (fact_id, effective_on, at)
    fact: Fact
    if kind == "payment":
        allotment = BY_RULE if body is None else _allotment(body)
        fact = PaymentReceived(*head, receipt_id, cents, allotment)
    elif kind == "reversal":
        fact = PaymentReversed(*head, receipt_id, TakenBackBy(body["by"] if body else "reversal"))
    elif kind == "draw":
        drawn_for = DrawnFor(body["drawn_for"])
        payment_id = UUID(body["payment_id"])
        fact = MoneyDrawn(*head, receipt_id, payment_id, body["amount_cents"], drawn_for)
    elif kind == "issue":
        demand = _demand(body["installments"])
        names = (body.get("district", ""), body.get("bill_class", ""))
        parts = (body.get("specials_cents", 0), body.get("property_class", ""))
        free = (body.get("unpenalised_cents", 0), body.get("interest_free_cents", 0))
        fact = BillIssued(*head, body["tax_year"], demand, *names, *parts, *free, _funds(body))
    elif kind in discount_bodies.KINDS:
        fact = discount_bodies.fact_of(kind, head, body)
    else:
        fact = _change(kind, head, body)
    return KnownFact(fact, business_date, line)


def _funds(body: Any) -> tuple[tuple[str, int], ...]:
    return tuple((fund, cents) for fund, cents in body.get("funds", ()))


def _drawn(fact: MoneyDrawn) -> dict[str, Any]:
    return {
        "payment_id": str(fact.payment_id),
        "amount_cents": fact.amount_cents,
        "drawn_for": fact.drawn_for.value,
    }


def _allotted(asked: Allotment) -> dict[str, Any]:
    return {
        "rule": asked.rule,
        "service": asked.service,
        "by": asked.by,
        "at": asked.at,
        "rows": [_row(row) for row in asked.rows],
        **({"basis": asked.basis.value} if asked.basis else {}),
    }


def _row(row: AllottedRow) -> list[Any]:
    only = [row.charge_code, row.collection_type and row.collection_type.value, row.fund]
    whole = [row.installment, row.charge_type.value, row.amount_cents]
    return whole + only if any(only) else whole


def _row_of(
    number: int, charge_type: str, cents: int, code: str = "", carried: str = "", fund: str = ""
) -> AllottedRow:
    to = CollectionType(carried) if carried else None
    return AllottedRow(number, ChargeType(charge_type), cents, code, to, fund)


def _allotment(body: Any) -> Allotment:
    rows = tuple(_row_of(*row) for row in body["rows"])
    basis = InterestBasis(body["basis"]) if body.get("basis") else None
    return Allotment(body["rule"], body["service"], rows, body["by"], body["at"], basis)


def _body_of_money(fact: Fact) -> dict[str, Any] | None:
    if isinstance(fact, MoneyDrawn):
        return _drawn(fact)
    if isinstance(fact, PaymentReceived) and fact.allotment != BY_RULE:
        return _allotted(fact.allotment)
    if isinstance(fact, PaymentReversed) and fact.by is not TakenBackBy.REVERSAL:
        return {"by": fact.by.value}
    return discount_bodies.body_of(fact) if isinstance(fact, DiscountFact) else None


def _issued(fact: BillIssued) -> dict[str, Any]:
    demand = [[one.number, one.due_on.isoformat(), one.amount_cents] for one in fact.installments]
    more = {
        "bill_class": fact.bill_class,
        "specials_cents": fact.specials_cents,
        "property_class": fact.property_class,
        "unpenalised_cents": fact.unpenalised_cents,
        "interest_free_cents": fact.interest_free_cents,
        "funds": fact.funds,
    }
    own: dict[str, Any] = {name: value for name, value in more.items() if value}
    return {
        "tax_year": fact.tax_year,
        "installments": demand,
        "district": fact.district,
        **own,
    }


def _body(fact: Fact) -> dict[str, Any] | None:
    """What a fact says beside its head, its receipt and its money."""
    if isinstance(fact, BillIssued):
        return _issued(fact)
    if isinstance(fact, BillCorrected):
        targets = [
            [one.number, one.amount_cents, one.due_on.isoformat() if one.due_on else None]
            for one in fact.targets
        ]
        own: dict[str, Any] = {"to_amount_paid": True} if fact.to_amount_paid else {}
        own |= {"funds": fact.funds} if fact.funds else {}
        own |= {"before_payments": True} if fact.before_payments else {}
        own |= {"grace": fact.grace_ends_on.isoformat()} if fact.grace_ends_on else {}
        return {"targets": targets, "bill_version": fact.bill_version, **own}
    if isinstance(fact, CollectionTypeTransferred):
        return {"to": fact.to.value, "reason": fact.reason}
    if isinstance(fact, FeeCharged):
        return {
            "charge_code": fact.charge_code,
            "amount_cents": fact.amount_cents,
            "rule_id": fact.rule_id,
            **({"joins_half_pay": True} if fact.joins_half_pay else {}),
            **({"miscellaneous": True} if fact.miscellaneous else {}),
        }
    if isinstance(fact, InterestAndPenaltyWaived):
        waived = [[one.number, one.charge_type.value, one.amount_cents] for one in fact.waived]
        return {"waived": waived}
    of_rates = fact_bodies.body_of(fact) if isinstance(fact, RateChange) else None
    return of_rates or half_pay_bodies.body_of(fact) or fee_bodies.body_of(fact)


def _change(kind: str, head: tuple[UUID, Any, Any], body: Any) -> Fact:
    match kind:
        case "correction":
            targets = tuple(_target(*one) for one in body["targets"])
            to_paid = body.get("to_amount_paid", False)
            early = body.get("before_payments", False)
            version = body.get("bill_version")
            grace = date.fromisoformat(body["grace"]) if "grace" in body else None
            return BillCorrected(*head, targets, version, to_paid, _funds(body), early, grace)
        case "transfer":
            return CollectionTypeTransferred(*head, CollectionType(body["to"]), body["reason"])
        case "fee":
            said = (body["charge_code"], body["amount_cents"], body["rule_id"])
            more = (body.get("joins_half_pay", False), body.get("miscellaneous", False))
            return FeeCharged(*head, *said, *more)
        case "waiver":
            waived = tuple(
                WaivedAmount(number, ChargeType(charge_type), cents)
                for number, charge_type, cents in body["waived"]
            )
            return InterestAndPenaltyWaived(*head, waived)
    if (read := _READERS.get(kind)) is not None:
        return read(kind, head, body)
    return _SAYING_NO_MORE[kind](*head)


def _target(number: int, cents: int, due_on: str | None = None) -> InstallmentTarget:
    return InstallmentTarget(number, cents, date.fromisoformat(due_on) if due_on else None)


def _demand(installments: list[tuple[int, str, int]]) -> tuple[BillInstallment, ...]:
    return tuple(
        BillInstallment(number, date.fromisoformat(due_on), cents)
        for number, due_on, cents in installments
    )
