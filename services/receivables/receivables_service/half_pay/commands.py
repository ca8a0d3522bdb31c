"""Commands that put bills in half pay, or take them out; one transaction each (RECV-068)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from receivables_service.accounts import KnownFact
from receivables_service.asked import Asked, keep_requests
from receivables_service.books import Books
from receivables_service.codes import adjustments, choosing, coding, store
from receivables_service.codes.adjustments import Change
from receivables_service.codes.coding import Item
from receivables_service.domain.codes import CodeOn, Switch
from receivables_service.domain.facts import FeeCharged
from receivables_service.domain.half_pay import HALVES
from receivables_service.domain.half_pay_facts import HalfPayChange, HalfPayRemoved, HalfPaySet
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.state import BillState
from receivables_service.domain.terms import Terms
from taxkit import ids
from taxkit.errors import Refusal, invalid
from taxkit.inbox import Work

_SET, _REMOVED = "Set Half Pay Status", "Remove Half Pay Status"


class Wanted(NamedTuple):
    """A bill that is to be parted, with its fees that join."""

    bill_id: UUID
    fees: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Halves:
    """Both due dates, and whether the first half is what was paid of it."""

    first_due_on: date
    second_due_on: date
    first_as_paid: bool


Standing = list[tuple[UUID, BillState]]
"""Bills as they stand today."""


def set_half_pay(
    terms: Terms, work: Work, wanted: Sequence[Wanted], halves: Halves, asked: Asked
) -> Standing:
    """Part bills of two installments; a code that says so keeps a bill or fee out of it."""
    items = [Item(one.bill_id, fee) for one in wanted for fee in ("", *one.fees)]
    books, _ = choosing.open_items(work, terms, None, items)
    barred = store.codes_with(work.connection, Switch.NOT_ELIGIBLE_FOR_HALF_PAY)
    changes = []
    for one in wanted:
        _refuse_unfit(books, one.bill_id)
        _refuse_early(books, one.bill_id, halves)
        _refuse_barred(books, work, one, barred)
        _refuse_whole_fees(books, one)
        head = (ids.new_id(), work.clock.today(), work.clock.now())
        fact = HalfPaySet(
            *head, halves.first_due_on, halves.second_due_on, halves.first_as_paid,
            tuple(dict.fromkeys(one.fees)),
        )  # fmt: skip
        changes.append(_change(books, work, one.bill_id, fact, asked))
    return _close(books, work, asked, changes)


def remove_half_pay(terms: Terms, work: Work, bill_ids: Sequence[UUID], asked: Asked) -> Standing:
    books, _ = choosing.open_items(work, terms, None, [Item(one, "") for one in bill_ids])
    changes = []
    for bill_id in dict.fromkeys(bill_ids):
        if not books.account(bill_id).state.half_pay:
            raise Refusal("HALF_PAY_NOT_SET", f"bill {bill_id} is not in half pay")
        _refuse_unfit(books, bill_id)
        fact = HalfPayRemoved(ids.new_id(), work.clock.today(), work.clock.now())
        changes.append(_change(books, work, bill_id, fact, asked))
    return _close(books, work, asked, changes)


def _change(books: Books, work: Work, bill_id: UUID, fact: HalfPayChange, asked: Asked) -> Change:
    books.change(bill_id, KnownFact(fact, work.clock.today()), PostingKind.TERMS, asked)
    action = _SET if isinstance(fact, HalfPaySet) else _REMOVED
    return Change(books.head(bill_id), "", action, "", "", fact.fact_id)


def _close(books: Books, work: Work, asked: Asked, changes: Sequence[Change]) -> Standing:
    books.close()
    keep_requests(work, asked, [(one.fact_id, one.head.bill_id) for one in changes])
    adjustments.keep(work, asked, changes)
    today = work.clock.today()
    return [(one.head.bill_id, books.account(one.head.bill_id).quoted(today)) for one in changes]


def _refuse_unfit(books: Books, bill_id: UUID) -> None:
    state = books.account(bill_id).state
    if state.defaulted:
        raise Refusal("BILL_DEFAULTED", f"bill {bill_id} is in default: it stays as it is")
    if len(state.installments) != HALVES:
        raise Refusal(
            "HALF_PAY_INSTALLMENTS",
            f"bill {bill_id} has {len(state.installments)} installments, and not two",
        )


def _refuse_early(books: Books, bill_id: UUID, halves: Halves) -> None:
    """A half before the bill's year would be late by as much from the first day."""
    tax_year = books.head(bill_id).tax_year
    assert tax_year is not None
    if halves.first_due_on.year < tax_year:
        raise invalid(
            "DUE_ON_BEFORE_TAX_YEAR",
            f"{halves.first_due_on} is before {tax_year}, the year of bill {bill_id}",
            "first_due_on",
        )


def _refuse_barred(books: Books, work: Work, one: Wanted, barred: Iterable[str]) -> None:
    there = {each.code for each in _codes_of(books, work, one)}
    if found := sorted(there.intersection(barred)):
        raise Refusal(
            "HALF_PAY_NOT_ELIGIBLE", f"code {found[0]} on bill {one.bill_id} allows no half pay"
        )


def _codes_of(books: Books, work: Work, one: Wanted) -> list[CodeOn]:
    on = coding.on_bill(books, work, one.bill_id)
    return [each for each in on if each.charge_code in ("", *one.fees)]


def _refuse_whole_fees(books: Books, one: Wanted) -> None:
    """Fees join only if their type allows it."""
    facts = books.account(one.bill_id).facts
    whole = {
        fact.charge_code
        for fact in facts
        if isinstance(fact, FeeCharged) and not fact.joins_half_pay
    }
    if found := [fee for fee in one.fees if fee in whole]:
        raise Refusal("FEE_NOT_HALVED", f"fees of the type {found[0]} are not parted")
