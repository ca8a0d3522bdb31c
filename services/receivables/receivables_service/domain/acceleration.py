"""A missed installment that makes the whole bill late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from receivables_service.domain import moved_dates

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
    behind = [each for each in watched if each.tax.open_cents > 0 and until > each.free_until]
    missed = [each for each in behind if each.is_late(until)]
    for each in watched:
        if not each.tax.open_cents and until > each.free_until:
            each.kept_until = until
    for each in installments:
        if missed and first.late_after < each.late_after:
            each.called_until = until
            if each.called_after is None:
                _count_from(each, first)
                _leave_out(each, min(one.kept_until or date.min for one in missed), interest)
        elif not behind and term.ends_when_paid and each.called_after is not None:
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
        if each.called_after is None or each.called_until is None or not each.tax.open_cents:
            continue
        until = each.called_until
        # Released as the next day is counted: paid since, nothing calls it any more.
        is_missed = any(one.tax.open_cents > 0 and one.is_late(until) for one in watched)
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
    unpaid = [each.last_free_day for each in watched if each.tax.open_cents > 0]
    if not unpaid:
        return {}
    late_after = first.late_after
    call = Call(min(unpaid) + timedelta(days=1), late_after)
    return {
        each.number: call
        for each in installments
        if each.tax.open_cents > 0 and late_after < each.due_on and each.number not in called
    }


def _count_from(installment: "Installment", first: "Installment") -> None:
    installment.called_after = installment.called_free = first.late_after
    installment.called_by = first if first.modified else None
    if installment.interest_after == installment.late_after:
        installment.interest_after = first.late_after


def _leave_out(installment: "Installment", kept_until: date, interest: "InterestTerm") -> None:
    """Let the time go by in which what is missed now was paid: a correction raised it since."""
    if kept_until > installment.called_free:
        installment.called_free = kept_until
        gone = installment.months_by(kept_until, interest)
        installment.months = max(installment.months, gone)


def _release(installment: "Installment", interest: "InterestTerm") -> None:
    """Let it go by its own day again, as if it had come up to now by that."""
    called, installment.called_after = installment.called_after, None
    installment.called_by = None
    until = installment.called_until
    assert until is not None
    if installment.interest_after == called:
        installment.interest_after = installment.late_after
    elif not installment.modified:
        return
    if installment.modified:
        own = moved_dates.own_months(installment, until, interest)
    else:
        own = installment.count(installment.late_after, until)
    installment.months = max(0, own - interest.free_months)
