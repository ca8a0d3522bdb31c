"""The demand, its corrections and fees, and how a bill is carried, in a file of facts."""

from typing import Any

from receivables_service.domain.facts import (
    BillCorrected,
    BillInstallment,
    BillIssued,
    CollectionTypeTransferred,
    DefaultDeclared,
    FeeCharged,
    GraceExpired,
    InstallmentTarget,
)
from receivables_service.domain.fee_facts import FeeLifted
from receivables_service.domain.half_pay_facts import HalfPayRemoved, HalfPaySet
from receivables_service.domain.terms import CollectionType
from receivables_service.fact_files.values import (
    Head,
    Kind,
    Names,
    Row,
    cents,
    day,
    flag,
    maybe_cents,
    maybe_day,
    maybe_text,
    number,
    said,
    text,
    texts,
    whole,
    word,
)

_VERSION_MAX = 2**31 - 1


def _issued(head: Head, row: Row) -> BillIssued:
    demand = tuple(
        BillInstallment(number(one), day(one, "due_on"), cents(one))
        for one in row.parts("installments")
    )
    return BillIssued(
        *head,
        whole(row["tax_year"], "tax_year", 9999),
        demand,
        maybe_text(row, "district"),
        maybe_text(row, "bill_class"),
        maybe_cents(row, "specials_cents"),
        maybe_text(row, "property_class"),
        maybe_cents(row, "unpenalised_cents"),
        maybe_cents(row, "interest_free_cents"),
        funds=_funds(row),
    )


def _told_issued(fact: BillIssued, _names: Names) -> dict[str, Any]:
    demand = [
        {
            "installment": one.number,
            "due_on": one.due_on.isoformat(),
            "amount_cents": one.amount_cents,
        }
        for one in fact.installments
    ]
    return {"tax_year": fact.tax_year, "installments": demand} | said(
        district=fact.district,
        bill_class=fact.bill_class,
        property_class=fact.property_class,
        specials_cents=fact.specials_cents or None,
        unpenalised_cents=fact.unpenalised_cents or None,
        interest_free_cents=fact.interest_free_cents or None,
        funds=_told_funds(fact.funds),
    )


def _corrected(head: Head, row: Row) -> BillCorrected:
    targets = tuple(
        InstallmentTarget(number(one), cents(one), maybe_day(one, "due_on"))
        for one in row.parts("installments")
    )
    version = (
        whole(row["bill_version"], "bill_version", _VERSION_MAX) if "bill_version" in row else None
    )
    more = (flag(row, "to_amount_paid"), _funds(row), flag(row, "before_payments"))
    return BillCorrected(*head, targets, version, *more, maybe_day(row, "grace_ends_on"))


def _told_corrected(fact: BillCorrected, _names: Names) -> dict[str, Any]:
    targets = [
        {"installment": one.number, "amount_cents": one.amount_cents, **said(due_on=one.due_on)}
        for one in fact.targets
    ]
    return {"installments": targets} | said(
        bill_version=fact.bill_version,
        to_amount_paid=fact.to_amount_paid,
        before_payments=fact.before_payments,
        grace_ends_on=fact.grace_ends_on,
        funds=_told_funds(fact.funds),
    )


def _funds(row: Row) -> tuple[tuple[str, int], ...]:
    return tuple((text(one, "fund"), cents(one)) for one in row.maybe_parts("funds"))


def _told_funds(funds: tuple[tuple[str, int], ...]) -> list[dict[str, Any]]:
    return [{"fund": name, "amount_cents": amount} for name, amount in funds]


def _fee(head: Head, row: Row) -> FeeCharged:
    rule = maybe_text(row, "rule_id", "by-hand")
    more = (flag(row, "joins_half_pay"), flag(row, "miscellaneous"))
    return FeeCharged(*head, text(row, "charge_code"), cents(row), rule, *more)


def _told_fee(fact: FeeCharged, _names: Names) -> dict[str, Any]:
    return {
        "charge_code": fact.charge_code,
        "amount_cents": fact.amount_cents,
        "rule_id": fact.rule_id,
    } | said(joins_half_pay=fact.joins_half_pay, miscellaneous=fact.miscellaneous)


def _half_pay(head: Head, row: Row) -> HalfPaySet:
    days = (day(row, "first_due_on"), day(row, "second_due_on"))
    return HalfPaySet(*head, *days, flag(row, "first_as_paid"), texts(row, "fees"))


BILLS = {
    "issued": Kind(BillIssued, _issued, _told_issued),
    "correction": Kind(BillCorrected, _corrected, _told_corrected),
    "default": Kind(DefaultDeclared, lambda head, _row: DefaultDeclared(*head)),
    "transfer": Kind(
        CollectionTypeTransferred,
        lambda head, row: CollectionTypeTransferred(
            *head, word(row, "to", CollectionType), maybe_text(row, "reason")
        ),
        lambda fact, _names: {"to": fact.to.value} | said(reason=fact.reason),
    ),
    "fee": Kind(FeeCharged, _fee, _told_fee),
    "fee_lifted": Kind(
        FeeLifted,
        lambda head, row: FeeLifted(*head, text(row, "charge_code"), cents(row)),
        lambda fact, _names: said(charge_code=fact.charge_code, amount_cents=fact.amount_cents),
    ),
    "grace_ended": Kind(GraceExpired, lambda head, _row: GraceExpired(*head)),
    "half_pay": Kind(
        HalfPaySet,
        _half_pay,
        lambda fact, _names: said(
            first_due_on=fact.first_due_on,
            second_due_on=fact.second_due_on,
            first_as_paid=fact.first_as_paid,
            fees=fact.fees,
        ),
    ),
    "half_pay_removed": Kind(HalfPayRemoved, lambda head, _row: HalfPayRemoved(*head)),
}
