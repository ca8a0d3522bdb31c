"""A bill that a correction gives other due dates: it is what it would be with them from its issue.

All that happened before is told again to a bill of those dates, and what it comes to is taken over;
the correction names the difference. So a missed installment that was not missed by its new date
has never called the others due, and what was late by the new date, too, stays so.

Nobody is late for having gone by a date that counted then: days up to a later due date that was in
force are spared. A bill in default is not told again: what defaulted is in default.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise, takewhile
from uuid import UUID

from receivables_service.domain import corrections, refunds
from receivables_service.domain.charges import Charge
from receivables_service.domain.facts import BillCorrected, BillIssued, DefaultDeclared, Fact
from receivables_service.domain.interest_terms import InterestWays
from receivables_service.domain.parting import CORRECTION_RULE, Parting
from receivables_service.domain.state import ChargeRow
from receivables_service.domain.terms import InterestBasis, InterestStart, Terms

Asked = tuple[date, Mapping[int, date]]
"""From when on a bill went by which due dates of its installments."""
Spared = tuple[tuple[date, date], ...]


@dataclass(frozen=True, slots=True)
class NewDays:
    """The due dates of a bill that is told again, those of its issue, and what is spared."""

    due: Mapping[int, date]
    first: Mapping[int, date]
    moved: frozenset[int]
    spared: Mapping[int, Spared] = field(default_factory=dict)

    def issued(self, fact: BillIssued) -> BillIssued:
        """Have the moved installments due on their new days from the start."""
        demand = tuple(
            replace(each, due_on=self.due[each.number]) if each.number in self.moved else each
            for each in fact.installments
        )
        return replace(fact, installments=demand)


def new_days(asked: Sequence[Asked], due: Mapping[int, date], ways: InterestWays) -> NewDays:
    """Compare new due dates with those there were, the first of them those of the issue."""
    first = asked[0][1]
    moved = frozenset(number for number in due if due[number] != first[number])
    spared = {number: tuple(_spared(asked, number, due[number], ways)) for number in due}
    return NewDays(due, first, moved, {number: each for number, each in spared.items() if each})


def _spared(
    asked: Sequence[Asked], number: int, due_on: date, ways: InterestWays
) -> Iterator[tuple[date, date]]:
    """Tell on which days it was in time by a later due date that was in force."""
    for (since, due), (until, _) in pairwise([*asked, (date.max, {})]):
        if due[number] > due_on:
            last = min(ways.in_time_until(due[number]), until)
            if since <= last:
                yield since, last


def differing(was: Iterable[ChargeRow], now: Iterable[ChargeRow]) -> Iterator[ChargeRow]:
    """Tell by how much the charges of one telling differ from those of another."""
    found: dict[ChargeRow, int] = {}
    for sign, rows in ((-1, was), (1, now)):
        for row in rows:
            charge = replace(row, rule_id=CORRECTION_RULE, fact_id=None, amount_cents=0)
            found[charge] = found.get(charge, 0) + sign * row.amount_cents
    for charge, cents in found.items():
        if cents:
            yield charge.with_amount(cents)


class Redating(Parting, ABC):
    """Begins anew when due dates move."""

    __slots__ = ("_asked", "_basis", "_new_days", "_told")

    def __init__(self, terms: Terms, basis: InterestBasis = InterestBasis.INSTALLMENT) -> None:
        super().__init__(terms)
        self._basis = basis
        # All that is told of the bill, in the order of its effect.
        self._told: Sequence[Fact] = ()
        self._asked: list[Asked] = []
        # The due dates of a bill that is told again, which no correction moves.
        self._new_days: NewDays | None = None

    @abstractmethod
    def tell(self, facts: Sequence[Fact]) -> None:
        """Let facts take effect one after another."""

    def _part(self, parted: BillCorrected) -> None:
        assert self._rates.interest is not None
        parted = corrections.rolled(parted, self._rates.interest.ways)
        self._go_by_new_days(parted)
        super()._part(parted)

    def _change_due_dates(self, fact: BillCorrected, steps: list[tuple[Charge, int]]) -> None:
        if self._new_days is None:
            super()._change_due_dates(fact, steps)

    def _go_by_new_days(self, fact: BillCorrected) -> None:
        """Where due dates move, be the bill that had the new ones from its issue on."""
        moved = {
            each.number: due_on
            for each, due_on in corrections.new_due_dates(self._installments, fact)
        }
        if not moved or self._new_days is not None:
            return
        before = {each.number: each.due_on for each in self._installments}
        self._asked = self._asked or [(date.min, before)]
        if not (self._defaulted or refunds.by_original_due_date(self._terms, fact.effective_on)):
            self._take_over(self._told_again(fact, {**before, **moved}), fact.fact_id)
        self._asked.append((fact.effective_on, {**before, **moved}))

    def _told_again(self, fact: BillCorrected, due: Mapping[int, date]) -> "Redating":
        assert self._rates.interest is not None
        asked = [*self._asked, (fact.effective_on, due)]
        anew = type(self)(self._terms, self._basis)
        anew.begin_by(new_days(asked, due, self._rates.interest.ways))
        before = takewhile(lambda each: each.fact_id != fact.fact_id, self._told)
        # None of them had anything to default: the bill is not in default.
        anew.tell([each for each in before if not isinstance(each, DefaultDeclared)])
        anew.accrue(fact.effective_on, fact.fact_id)
        return anew

    def begin_by(self, days: NewDays) -> None:
        """Have these due dates from the issue on."""
        self._new_days = days

    def _mark_moved(self) -> None:
        """Count what was moved by the district's dates, unless the bill is late as a whole."""
        if (days := self._new_days) is None:
            return
        self._rates.were_due(days.first.values())
        term, own = self._rates.interest, self._base_dates()
        assert term is not None
        by_own_day = term.start is InterestStart.DUE and self._rates.full is None
        for each in self._installments:
            if by_own_day and each.number in days.moved:
                each.modified, each.begins_on = True, own.of(each.number) if own else None
            if spared := days.spared.get(each.number):
                each.spared = spared
                each.tolerated_until = each.tolerated_until or date.min
        if own is not None and own.whole_bill:
            self._let_the_first_lead()

    def _take_over(self, anew: "Redating", because: UUID) -> None:
        was, own = self._charges, (self._halves, self._told, self._asked)
        for kind in type(self).__mro__:
            for name in getattr(kind, "__slots__", ()):
                setattr(self, name, getattr(anew, name))
        now, self._charges, self._new_days = self._charges, was, None
        self._halves, self._told, self._asked = own
        self._merges = True
        for row in differing(was, now):
            self._merge(replace(row, fact_id=because))
