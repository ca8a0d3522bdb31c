"""Puts codes on bills and fees, or takes them off: facts, events and audit lines together."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from receivables_service import told
from receivables_service.accounts import KnownFact
from receivables_service.asked import Asked, keep_requests
from receivables_service.books import Books
from receivables_service.codes import adjustments, store
from receivables_service.codes.adjustments import REMOVE_CODE, SET_CODE, Change, Line
from receivables_service.domain.codes import CodeOn, codes_on, last_on
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.rate_facts import CodeLifted, CodeSet
from receivables_service.rates.events import BILL_CODE_CHANGED
from taxkit import ids
from taxkit.inbox import Work


class Item(NamedTuple):
    """A bill, or with a charge code its fees of that code."""

    bill_id: UUID
    charge_code: str


def put_on(
    books: Books, work: Work, code: str, items: Sequence[Item], asked: Asked, *, replace: bool
) -> list[Change]:
    """Put a code on whatever does not bear it; gives one change for each item it is put on."""
    hear_settings(books, work, [(item.bill_id, code) for item in items])
    changes: list[Change] = []
    for item in items:
        on = on_bill(books, work, item.bill_id)
        named = CodeOn(code, item.charge_code)
        if named in on:
            continue
        head = (ids.new_id(), work.clock.today(), work.clock.now())
        fact = CodeSet(*head, code, charge_code=item.charge_code)
        changes.append(change(books, work, item.bill_id, fact, asked))
        if replace:
            others = [one.code for one in on if one.charge_code == item.charge_code]
            changes.extend(take(books, work, item, other, asked) for other in others)
    return changes


def take_off(
    books: Books, work: Work, code: str, items: Iterable[Item], asked: Asked
) -> list[Change]:
    """Take a code off whatever bears it."""
    return [
        take(books, work, item, code, asked)
        for item in items
        if CodeOn(code, item.charge_code) in on_bill(books, work, item.bill_id)
    ]


def take(books: Books, work: Work, item: Item, code: str, asked: Asked) -> Change:
    head = (ids.new_id(), work.clock.today(), work.clock.now())
    return change(books, work, item.bill_id, CodeLifted(*head, code, item.charge_code), asked)


def change(
    books: Books, work: Work, bill_id: UUID, fact: CodeSet | CodeLifted, asked: Asked
) -> Change:
    """Let one code come on or go; told in the bill's stream with all that are on it then."""
    before = last_on(on_bill(books, work, bill_id), fact.charge_code)
    books.change(bill_id, KnownFact(fact, work.clock.today()), PostingKind.TERMS, asked)
    on = on_bill(books, work, bill_id)
    is_set = isinstance(fact, CodeSet)
    old = before if is_set else fact.code
    new = fact.code if is_set else last_on(on, fact.charge_code)
    data = _told(fact, asked) | told.of_bill(books.head(bill_id))
    data["old_code"], data["new_code"] = old, new
    data["codes"] = [each._asdict() for each in on]
    books.tell(BILL_CODE_CHANGED, bill_id, data, asked)
    action = SET_CODE if is_set else REMOVE_CODE
    return Change(books.head(bill_id), fact.charge_code, action, old, new, fact.fact_id)


def close(
    books: Books, work: Work, asked: Asked, changes: Sequence[Change], run_id: UUID | None = None
) -> list[Line]:
    """Write the books, and beside each fact who asked and a line of the audit trail."""
    books.close()
    keep_requests(work, asked, [(each.fact_id, each.head.bill_id) for each in changes])
    return adjustments.keep(work, asked, changes, run_id)


def on_bill(books: Books, work: Work, bill_id: UUID) -> list[CodeOn]:
    return codes_on(books.account(bill_id).facts, work.clock.today())


def hear_settings(books: Books, work: Work, coded: Iterable[tuple[UUID, str]]) -> None:
    """Let accounts go by what codes say that are about to be put on them."""
    pairs = set(coded)
    heard: dict[UUID, list[KnownFact]] = {bill_id: [] for bill_id, _ in pairs}
    store.add_settings(work.connection, heard, pairs)
    for bill_id, settings in heard.items():
        books.account(bill_id).know(settings)


def _told(fact: CodeSet | CodeLifted, asked: Asked) -> dict[str, Any]:
    own: tuple[Any, Any, date | None] = (None, None, None)
    if isinstance(fact, CodeSet):
        own = (fact.monthly_rate, fact.penalty_rate, fact.through)
    monthly, penalty, through = own
    return {
        "code": fact.code,
        "change": "set" if isinstance(fact, CodeSet) else "lifted",
        "charge_code": fact.charge_code,
        "monthly_rate": None if monthly is None else str(monthly),
        "penalty_rate": None if penalty is None else str(penalty),
        "effective_on": fact.effective_on.isoformat(),
        "through": through.isoformat() if through else None,
        "changed_by": asked.user,
        "reason": asked.reason,
    }
