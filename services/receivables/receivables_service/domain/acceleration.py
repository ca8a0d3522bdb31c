"""A missed installment that makes the whole bill late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from receivables_service.domain.balances import Installment
    from receivables_service.domain.terms import InterestTerm


class Missed(StrEnum):
    """Which missed installment calls the others due."""

    FIRST = "first"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class AccelerationTerm:
    """From a missed installment on, all that is unpaid is late since the first was due.

    ends_when_paid: once the missed one is paid the others have their own days again; what they
    bore meanwhile stays.
    """

    rule_id: str
    missed: Missed
    ends_when_paid: bool = False


def call_due(
    installments: Sequence["Installment"],
    term: AccelerationTerm,
    interest: "InterestTerm",
    until: date,
) -> None:
    """Let every installment be late by what is missed on a day, or by its own day again."""
    first = installments[0]
    watched = installments if term.missed is Missed.ANY else (first,)
    is_missed = any(each.tax.open_cents > 0 and until > each.free_until for each in watched)
    late_after = first.due_on if first.modified else first.late_after
    for each in installments:
        if is_missed and each.tax.open_cents > 0 and late_after < _own_day(each):
            each.called_until = until
            if each.modified and first.modified:
                each.lead = first
            if each.called_after is None:
                _count_from(each, late_after)
        elif not is_missed and term.ends_when_paid and each.called_after is not None:
            _release(each, interest)


def called_days(
    installments: Sequence["Installment"], term: AccelerationTerm | None
) -> dict[int, date]:
    """The day each installment counts as due by while it is called due, before its own."""
    if term is None:
        return {}
    watched = installments if term.missed is Missed.ANY else installments[:1]
    called = {}
    for each in installments:
        if each.called_after is None or each.called_until is None:
            continue
        until = each.called_until
        # Released as the next day is counted: paid since, nothing calls it any more.
        is_missed = any(one.tax.open_cents > 0 and until > one.free_until for one in watched)
        if (is_missed or not term.ends_when_paid) and each.called_after < each.due_on:
            called[each.number] = each.called_after
    return called


@dataclass(frozen=True, slots=True)
class Call:
    """From when on an installment counts as due by an earlier day, if nothing is paid till then."""

    from_on: date
    due_on: date


def calls_ahead(
    installments: Sequence["Installment"],
    term: AccelerationTerm | None,
    called: Mapping[int, date],
) -> dict[int, Call]:
    """What the next missed installment calls due, of those that are not called already."""
    if term is None:
        return {}
    first = installments[0]
    watched = installments if term.missed is Missed.ANY else installments[:1]
    unpaid = [each.free_until for each in watched if each.tax.open_cents > 0]
    if not unpaid:
        return {}
    late_after = first.due_on if first.modified else first.late_after
    call = Call(min(unpaid) + timedelta(days=1), late_after)
    return {
        each.number: call
        for each in installments
        if each.tax.open_cents > 0 and late_after < each.due_on and each.number not in called
    }


def _own_day(installment: "Installment") -> date:
    return installment.due_on if installment.modified else installment.late_after


def _count_from(installment: "Installment", late_after: date) -> None:
    installment.called_after = late_after
    if installment.interest_after == installment.late_after:
        installment.interest_after = late_after


def _release(installment: "Installment", interest: "InterestTerm") -> None:
    called, installment.called_after = installment.called_after, None
    if installment.modified or installment.interest_after != called:
        return
    installment.interest_after = installment.late_after
    assert installment.called_until is not None
    installment.months = max(
        0, installment.count(installment.late_after, installment.called_until)
        - interest.free_months,
    )  # fmt: skip
