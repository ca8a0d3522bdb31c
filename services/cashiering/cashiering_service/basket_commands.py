"""Commands on baskets: load under the lock, decide, save; one transaction each."""

from collections.abc import Callable, Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import basket_store, drawers
from cashiering_service.basket_answers import basket_answer
from cashiering_service.basket_loading import Found
from cashiering_service.domain import basket as baskets
from cashiering_service.domain.basket import (
    Basket,
    BasketState,
    LineKind,
    NewLine,
    Subject,
)
from cashiering_service.domain.paying import Quoted, Wish
from cashiering_service.domain.receipt import SessionHead, check_session
from millage.cashiering.v1 import basket_pb2 as pb
from taxkit import ids
from taxkit.errors import invalid, not_found


def open_basket(
    connection: Connection, user: str, session_id: UUID, effective_on: date | None
) -> pb.Basket:
    """Open an empty basket at an open session (CASH-036)."""
    session = session_head(connection, session_id)
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
    basket_store.insert(connection, opened)
    return basket_answer(opened)


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


def find(connection: Connection, basket_id: UUID, *, lock: bool = False) -> Basket:
    found = basket_store.basket(connection, basket_id, lock=lock)
    if found is None:
        raise not_found("BASKET_NOT_FOUND", f"no basket {basket_id}")
    return found


def change(
    connection: Connection,
    basket_id: UUID,
    version: int | None,
    decide: Callable[[Basket], Basket],
) -> pb.Basket:
    """Change an open basket that nobody changed since it was looked at."""
    before = find(connection, basket_id, lock=True)
    baskets.check_changeable(before, version)
    return keep(connection, decide(before))


def keep(connection: Connection, after: Basket) -> pb.Basket:
    basket_store.save(connection, after)
    return basket_answer(after)


def load(
    connection: Connection,
    basket_id: UUID,
    version: int | None,
    found: Found,
    quoted: Mapping[UUID, tuple[int, Quoted]],
) -> pb.Basket:
    """Put the bills that were found into the basket, behind what is in it."""
    return change(
        connection,
        basket_id,
        version,
        lambda before: baskets.add_lines(before, new_lines(before, found, quoted)),
    )


def new_lines(
    basket: Basket, found: Found, quoted: Mapping[UUID, tuple[int, Quoted]]
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
            Wish(basket.effective_on),
            quoted[bill.bill_id][1],
            found.by_bill_number,
        )
        for bill in found.bills
    ]


def retrieve(connection: Connection, basket_id: UUID, version: int, session_id: UUID) -> pb.Basket:
    """Take a paused basket up at an open session, which need not be the one it was paused at."""
    session = session_head(connection, session_id)
    before = find(connection, basket_id, lock=True)
    return keep(connection, baskets.retrieve(before, session, version))


def close(connection: Connection, basket_id: UUID, version: int) -> pb.Basket:
    before = find(connection, basket_id, lock=True)
    return keep(connection, baskets.close(before, version))


def record_account_key(connection: Connection, given: pb.AccountKey) -> pb.AccountKey:
    """Make a number on paper lead to an account whose bills are known."""
    if given.kind not in basket_store.ACCOUNT_KEYS:
        raise invalid(
            "ACCOUNT_KEY_KIND_UNKNOWN",
            f"{given.kind or 'none'} is not one of {', '.join(basket_store.ACCOUNT_KEYS)}",
            "account_key.kind",
        )
    value = given.value.strip()
    if not value:
        raise invalid("ACCOUNT_KEY_MISSING", "say which number it is", "account_key.value")
    if not basket_store.bills_of_parcels(connection, [given.parcel_number], 1):
        raise not_found("PARCEL_NOT_FOUND", f"no bill of parcel {given.parcel_number} is known")
    basket_store.add_account_key(connection, given.kind, value, given.parcel_number)
    return pb.AccountKey(kind=given.kind, value=value, parcel_number=given.parcel_number)
