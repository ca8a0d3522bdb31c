"""Commands that change a bill beside money: transfer, reallocate, waive, unlock."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from receivables_service import told
from receivables_service.accounts import KnownFact, Move
from receivables_service.asked import Asked, effective, keep_requests, open_bill
from receivables_service.books import Books
from receivables_service.changes import waivers
from receivables_service.changes.change_events import COLLECTION_TYPE_TRANSFERRED
from receivables_service.domain.facts import (
    Change,
    CollectionTypeTransferred,
    InterestAndPenaltyWaived,
    LockLifted,
    Reallocated,
    WaivedAmount,
)
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.state import InstallmentBalance
from receivables_service.domain.terms import ChargeType, CollectionType, Terms
from taxkit import ids
from taxkit.errors import Refusal, invalid
from taxkit.inbox import Work


def transfer(
    terms: Terms, work: Work, bill_id: UUID, to: CollectionType, on: date | None, asked: Asked
) -> int:
    """Carry a bill secured or unsecured from a day on; gives the charges moved (RECV-009)."""
    books = open_bill(work, terms, bill_id)
    state = books.account(bill_id).state
    if state.defaulted:
        raise Refusal("BILL_DEFAULTED", f"bill {bill_id} is in default: it stays there")
    left = state.installments[0].collection_type
    if left is to:
        raise Refusal("ALREADY_CARRIED", f"bill {bill_id} is carried {to} already")
    head = (ids.new_id(), effective(work, on), work.clock.now())
    fact = CollectionTypeTransferred(*head, to, asked.reason)
    moves = _change(books, work, bill_id, fact, PostingKind.TRANSFER, asked)
    rows = [row for move in moves for row in move.change.charges if row.collection_type is to]
    data = told.transferred(books.head(bill_id), left, to, fact, rows)
    books.tell(COLLECTION_TYPE_TRANSFERRED, bill_id, data, asked)
    books.close()
    keep_requests(work, asked, [(fact.fact_id, bill_id)])
    return sum(row.amount_cents for row in rows)


def reallocate(terms: Terms, work: Work, bill_id: UUID, asked: Asked) -> int:
    """Place what is held on the bill on what is open; gives the cents placed (RECV-005)."""
    books = open_bill(work, terms, bill_id)
    _refuse_if_claimed(work, bill_id)
    account = books.account(bill_id)
    held_before = account.state.surplus_cents
    if not held_before or not account.owed(work.clock.today()):
        return 0
    fact = Reallocated(ids.new_id(), work.clock.today(), work.clock.now())
    _change(books, work, bill_id, fact, PostingKind.REALLOCATION, asked)
    books.close()
    keep_requests(work, asked, [(fact.fact_id, bill_id)])
    return held_before - account.state.surplus_cents


def waive(
    terms: Terms,
    work: Work,
    bill_id: UUID,
    waived: Sequence[WaivedAmount],
    on: date | None,
    asked: Asked,
) -> int:
    """Take open interest and penalty off and lock the rest; gives the cents waived (RECV-020)."""
    books = open_bill(work, terms, bill_id)
    day = effective(work, on)
    _refuse_more_than_open(books.account(bill_id).quoted(day).installments, waived)
    fact = InterestAndPenaltyWaived(ids.new_id(), day, work.clock.now(), tuple(waived))
    known = KnownFact(fact, work.clock.today())
    moves = books.change(bill_id, known, PostingKind.WAIVER, asked) or []
    cents = waivers.tell(books, bill_id, known, moves, asked, asked.user)
    books.close()
    keep_requests(work, asked, [(fact.fact_id, bill_id)])
    return cents


def unlock(terms: Terms, work: Work, bill_id: UUID, asked: Asked) -> int:
    """Let interest and penalty run again; gives what the bill then owes today (RECV-020)."""
    books = open_bill(work, terms, bill_id)
    account = books.account(bill_id)
    if not account.state.locked:
        raise Refusal("NOT_LOCKED", f"interest and penalty of bill {bill_id} are not locked")
    fact = LockLifted(ids.new_id(), work.clock.today(), work.clock.now())
    _change(books, work, bill_id, fact, PostingKind.WAIVER, asked)
    books.close()
    keep_requests(work, asked, [(fact.fact_id, bill_id)])
    return account.owed(work.clock.today())


def _change(
    books: Books, work: Work, bill_id: UUID, fact: Change, kind: PostingKind, asked: Asked
) -> list[Move]:
    return books.change(bill_id, KnownFact(fact, work.clock.today()), kind, asked) or []


def _refuse_if_claimed(work: Work, bill_id: UUID) -> None:
    """Held money that somebody works on stays where it is (RECV-042)."""
    busy = work.connection.exec_driver_sql(
        "select 1 from held_items where bill_id = %s and state in ('reserved', 'in_workflow')"
        " limit 1",
        (bill_id,),
    ).one_or_none()
    if busy is not None:
        raise Refusal("HELD_MONEY_BUSY", f"money held on bill {bill_id} is reserved or claimed")


def _refuse_more_than_open(
    installments: Sequence[InstallmentBalance], waived: Sequence[WaivedAmount]
) -> None:
    known = {each.number: each for each in installments}
    for one in waived:
        there = known.get(one.number)
        if there is None:
            raise invalid(
                "INSTALLMENT_NOT_FOUND", f"the bill has no installment {one.number}", "waived"
            )
        interest = one.charge_type is ChargeType.INTEREST
        open_cents = there.interest_open_cents if interest else there.penalty_open_cents
        if one.amount_cents > open_cents:
            raise invalid(
                "WAIVER_TOO_LARGE",
                f"{one.charge_type} open on installment {one.number} is {open_cents} cents,"
                f" less than {one.amount_cents}",
                "waived",
            )
