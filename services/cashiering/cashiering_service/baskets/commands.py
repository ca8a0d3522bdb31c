"""Commands on baskets: load under the lock, decide, save; one transaction each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.baskets import store as basket_store
from cashiering_service.baskets.advances import advance_line
from cashiering_service.baskets.desk import Desk
from cashiering_service.baskets.loading import Found
from cashiering_service.baskets.posting import settle
from cashiering_service.domain import basket as baskets
from cashiering_service.domain.basket import (
    Basket,
    BasketState,
    LineKind,
    NewLine,
    Subject,
)
from cashiering_service.domain.basket_terms import BasketTerms
from cashiering_service.domain.findings import (
    DEFAULTED_SET_INCOMPLETE,
    RELATED_TAX_DELINQUENT,
    Book,
    blocking,
    missing_of_set,
)
from cashiering_service.domain.limits import MayTake
from cashiering_service.domain.line_changes import first_basis
from cashiering_service.domain.lookup import ACCOUNT_KEYS, Lookup
from cashiering_service.domain.payer import default_payer
from cashiering_service.domain.paying import Quoted, Wish
from cashiering_service.domain.receipt import SessionHead, check_session
from cashiering_service.sessions import drawers
from millage.cashiering.v1 import basket_pb2 as pb
from taxkit import ids
from taxkit.errors import Refusal, forbidden, invalid, not_found
from taxkit.persons import is_among

_APPROVABLE = (DEFAULTED_SET_INCOMPLETE, RELATED_TAX_DELINQUENT)


def open_basket(desk: Desk, user: str, session_id: UUID, effective_on: date | None) -> pb.Basket:
    """Open an empty basket at an open session (CASH-036)."""
    session = session_head(desk.connection, session_id)
    if effective_on is not None and effective_on > session.business_date:
        raise invalid(
            "EFFECTIVE_DATE_IN_FUTURE",
            f"{effective_on} is after the business date {session.business_date}",
            "effective_on",
        )
    opened = Basket(
        ids.new_id(),
        session,
        BasketState.OPEN,
        1,
        effective_on or session.effective_on,
        user,
    )
    basket_store.insert(desk.connection, opened)
    return desk.answer(opened)


def session_head(connection: Connection, session_id: UUID) -> SessionHead:
    """An open session."""
    row = drawers.session(connection, session_id)
    head = row and SessionHead(
        row.session_id,
        row.till_code,
        row.session_number,
        row.business_date,
        row.effective_on,
        row.is_open,
    )
    return check_session(head, session_id)


def change(
    desk: Desk, basket_id: UUID, version: int | None, decide: Callable[[Basket], Basket]
) -> pb.Basket:
    """Change an open basket that nobody changed since it was looked at."""
    return desk.keep(decide(desk.take_open(basket_id, version)))


def load(
    desk: Desk,
    basket_id: UUID,
    version: int | None,
    found: Found,
    quoted: Mapping[UUID, tuple[int, Quoted]],
    may_take: MayTake,
) -> pb.Basket:
    """Put the bills that were found into the basket; what may not be paid is left out, and told."""
    before = desk.take_open(basket_id, version)
    terms = desk.terms(before)
    book = desk.book(before, [bill.parcel_number for bill in found.bills])
    stopped = {
        bill.bill_id: blocking(book.bills[bill.bill_id], book, terms, may_take)
        for bill in found.bills
    }
    dropped = [finding for finding in stopped.values() if finding is not None]
    kept = [bill for bill in found.bills if stopped[bill.bill_id] is None]
    if dropped and not kept:
        raise Refusal(dropped[0].code, dropped[0].message)
    found = replace(found, bills=kept)
    after = baskets.add_lines(before, new_lines(before, found, quoted, terms))
    return desk.keep(default_payer(after, book.parties), dropped)


def add_advance(desk: Desk, basket_id: UUID, version: int | None, lookup: Lookup) -> pb.Basket:
    """Put an advance into the basket; the same keys again are another advance."""
    before = desk.take_open(basket_id, version)
    line = advance_line(desk.connection, before, lookup, desk.terms(before))
    return desk.keep(default_payer(baskets.add_lines(before, [line]), {}))


def new_lines(
    basket: Basket,
    found: Found,
    quoted: Mapping[UUID, tuple[int, Quoted]],
    terms: BasketTerms,
) -> list[NewLine]:
    return [
        NewLine(
            LineKind.BILL,
            found.service_type,
            Subject(
                bill.parcel_number,
                bill.bill_id,
                bill.bill_number,
                quoted[bill.bill_id][0],
                bill.tax_year,
                bill.owner_name,
                bill.owner_email,
            ),
            Wish(
                basket.effective_on,
                found.amounts.get(bill.bill_id),
                basis=first_basis(terms),
                rule_id=basket.rule_id,
            ),
            quoted[bill.bill_id][1],
            found.by_bill_number,
            found.details,
        )
        for bill in found.bills
    ]


def remove_lines(
    desk: Desk, basket_id: UUID, version: int, line_numbers: Sequence[int]
) -> pb.Basket:
    """Take lines out; of a parcel's defaulted bills all, unless a second person allowed some."""
    before = desk.take_open(basket_id, version)
    after = baskets.remove_lines(before, line_numbers)
    terms = desk.terms(before)
    if terms.defaulted_together:
        parcels = [line.subject.parcel_number for line in before.lines]
        book = desk.book(before, parcels)
        for parcel_number in sorted(set(parcels)):
            _check_set_stays_whole(parcel_number, before, after, book)
    return desk.keep(after)


def _check_set_stays_whole(parcel_number: str, before: Basket, after: Basket, book: Book) -> None:
    if (DEFAULTED_SET_INCOMPLETE, parcel_number) in before.approved:
        return
    left = missing_of_set(parcel_number, after, book)
    held = {line.subject.bill_id for line in after.lines}
    set_stays = any(one.bill_id in held and one.defaulted for one in book.of_parcel(parcel_number))
    if set_stays and len(left) > len(missing_of_set(parcel_number, before, book)):
        raise Refusal(
            DEFAULTED_SET_INCOMPLETE,
            f"the defaulted bills of parcel {parcel_number} are removed together, or with somebody"
            f" else's approval: {', '.join(one.bill_number for one in left)}",
        )


def approve(desk: Desk, user: str, request: pb.ApproveFindingRequest, basket_id: UUID) -> pb.Basket:
    """Let a second person allow what a basket may not do by itself; it is on record for good."""
    before = desk.take_open(basket_id, request.version)
    if request.code not in _APPROVABLE:
        raise invalid(
            "FINDING_NOT_APPROVABLE",
            f"{request.code or 'none'} is not one of {', '.join(_APPROVABLE)}",
            "code",
        )
    if not request.reason.strip():
        raise invalid("REASON_MISSING", "say why it is allowed", "reason")
    if is_among(user, (before.opened_by, _holder(desk, before))):
        raise forbidden("APPROVAL_OWN", f"{user} works on the basket: a second person approves")
    if request.parcel_number not in {line.subject.parcel_number for line in before.lines}:
        raise not_found("PARCEL_NOT_FOUND", f"parcel {request.parcel_number} is not in the basket")
    key = (request.code, request.parcel_number)
    basket_store.add_approval(desk.connection, basket_id, key, user, request.reason)
    return desk.keep(baskets.changed(before, approved=before.approved | {key}))


def _holder(desk: Desk, basket: Basket) -> str:
    """Whose session the basket is at by now: it may have been taken up elsewhere."""
    cashier: str = drawers.session(desk.connection, basket.session.session_id).cashier
    return cashier


def retrieve(desk: Desk, basket_id: UUID, version: int, session_id: UUID) -> pb.Basket:
    """Take a paused basket up at an open session, which need not be the one it was paused at."""
    session = session_head(desk.connection, session_id)
    before = settle(desk.connection, desk.take(basket_id))
    if before.state is BasketState.POSTED:
        return desk.keep(before)
    return desk.keep(baskets.retrieve(before, session, version))


def close(desk: Desk, basket_id: UUID, version: int) -> pb.Basket:
    return desk.keep(baskets.close(desk.take(basket_id), version))


def record_account_key(connection: Connection, given: pb.AccountKey) -> pb.AccountKey:
    """Make a number on paper lead to an account whose bills are known."""
    if given.kind not in ACCOUNT_KEYS:
        raise invalid(
            "ACCOUNT_KEY_KIND_UNKNOWN",
            f"{given.kind or 'none'} is not one of {', '.join(ACCOUNT_KEYS)}",
            "account_key.kind",
        )
    value = given.value.strip()
    if not value:
        raise invalid("ACCOUNT_KEY_MISSING", "say which number it is", "account_key.value")
    if not basket_store.bills_of_parcels(connection, [given.parcel_number], 1):
        raise not_found("PARCEL_NOT_FOUND", f"no bill of parcel {given.parcel_number} is known")
    basket_store.add_account_key(connection, given.kind, value, given.parcel_number)
    return pb.AccountKey(kind=given.kind, value=value, parcel_number=given.parcel_number)
