"""Pre-payment: parcels that share it, and the run that posts it after a collection cycle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.asked import Asked
from receivables_service.books import Books
from receivables_service.domain.held import AdvanceType
from receivables_service.domain.prepay import CycleBill, PaidAhead, assign
from receivables_service.held import store as held_store
from receivables_service.held.store import Item
from receivables_service.held.taking import take
from taxkit.errors import conflict, not_found
from taxkit.inbox import Work

PRE_PAY = "pre_pay"
_ANY_BILL = AdvanceType(PRE_PAY, PRE_PAY, PRE_PAY)
ITEMS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Posted:
    items: int
    bills: int
    cents: int
    # The last item seen, when there may be more behind it.
    last: UUID | None


@dataclass(frozen=True, slots=True)
class Prepay:
    prepay_number: str
    name: str
    parcel_numbers: list[str]
    held_cents: int


# The parcels an item may pay for: those that share it, else its own.
_PARCELS = """
select i.item_id, coalesce(s.parcel_number, i.parcel_number) as parcel_number
from held_items i left join prepay_parcels o on o.parcel_number = i.parcel_number
    left join prepay_parcels s on s.prepay_number = o.prepay_number
where i.item_id = any(%b::uuid[]) order by 1, 2
"""
_BILLS = """
select bill_id, parcel_number from bills
where parcel_number = any(%b::text[]) and tax_year = %s and open_cents > 0
order by parcel_number, bill_id
"""
_WAITING = (
    "i.advance_type = %s and i.state = 'open' and i.bill_id is null"
    " and i.item_id > %s order by i.item_id limit %s"
)
_START = UUID(int=0)


def open_prepay(work: Work, asked: Asked, number: str, name: str, parcels: Sequence[str]) -> None:
    """Let parcels share what is paid ahead for any of them."""
    made = work.connection.exec_driver_sql(
        "insert into prepays values (%s, %s, %s, %s) on conflict do nothing returning 1",
        (number, name, asked.user, work.clock.now()),
    ).one_or_none()
    if made is None:
        raise conflict("PREPAY_TAKEN", f"there is a pre-pay {number} already")
    added = work.connection.exec_driver_sql(
        "insert into prepay_parcels select p, %s from unnest(%b::text[]) as v (p)"
        " on conflict do nothing returning parcel_number",
        (number, list(parcels)),
    ).all()
    if len(added) < len(parcels):
        taken = sorted(set(parcels) - {row.parcel_number for row in added})
        raise conflict("PARCEL_IN_PREPAY", f"{', '.join(taken)} is in another pre-pay")


def read(connection: Connection, number: str) -> Prepay:
    row = connection.exec_driver_sql(
        "select name from prepays where prepay_number = %s", (number,)
    ).one_or_none()
    if row is None:
        raise not_found("PREPAY_NOT_FOUND", f"no pre-pay {number}")
    parcels = list(
        connection.exec_driver_sql(
            "select parcel_number from prepay_parcels where prepay_number = %s order by 1",
            (number,),
        ).scalars()
    )
    held = connection.exec_driver_sql(
        "select coalesce(sum(open_cents), 0)::bigint from held_items"
        " where advance_type = %s and parcel_number = any(%b::text[])",
        (PRE_PAY, parcels),
    ).scalar_one()
    return Prepay(number, row.name, parcels, int(held))


def post(app: Any, work: Work, asked: Asked, tax_year: int, after: UUID | None) -> Posted:
    """Post what was paid ahead to a cycle's current bills, never to a late one (RECV-046)."""
    connection = work.connection
    items = _waiting(connection, after or _START)
    if not items:
        return Posted(0, 0, 0, None)
    parcels = connection.exec_driver_sql(_PARCELS, ([item.item_id for item in items],)).all()
    of_item: dict[UUID, list[str]] = {}
    for row in parcels:
        of_item.setdefault(row.item_id, []).append(row.parcel_number)
    bills = connection.exec_driver_sql(
        _BILLS, (sorted({row.parcel_number for row in parcels}), tax_year)
    ).all()
    books = Books(work, app.terms)
    books.open([row.bill_id for row in bills], {item.receipt_id for item in items})
    kind = app.held.at(work.clock.today()).advance_types.get(PRE_PAY, _ANY_BILL)
    done = _spend(books, work, items, of_item, bills, asked, kind)
    books.close()
    return Posted(
        len({item_id for item_id, _, _ in done}),
        len({bill_id for _, bill_id, _ in done}),
        sum(cents for _, _, cents in done),
        max(item.item_id for item in items) if len(items) == ITEMS_AT_ONCE else None,
    )


def _waiting(connection: Connection, after: UUID) -> list[Item]:
    ids = connection.exec_driver_sql(
        f"select i.item_id from held_items i where {_WAITING}", (PRE_PAY, after, ITEMS_AT_ONCE)
    ).scalars()
    return held_store.items_where(connection, "i.item_id = any(%s::uuid[])", [list(ids)])


def _spend(
    books: Books, work: Work, items: Sequence[Item], of_item: dict[UUID, list[str]],
    bills: Sequence[Any], asked: Asked, kind: AdvanceType,
) -> list[tuple[UUID, UUID, int]]:  # fmt: skip
    done = []
    for found in items:
        item = held_store.item(work.connection, found.item_id, lock=True)
        assert item is not None
        own = [
            _cycle_bill(books, row.bill_id, work, kind)
            for row in bills
            if row.parcel_number in of_item[item.item_id]
        ]
        open_cents = item.open_cents if item.state == "open" else 0
        for spent in assign([PaidAhead(item.item_id, open_cents)], own):
            take(
                books, work, item, spent.cents, asked, purpose=PRE_PAY, bill_id=spent.bill_id,
                asked_by=asked.user,
            )  # fmt: skip
            done.append((item.item_id, spent.bill_id, spent.cents))
    return done


def _cycle_bill(books: Books, bill_id: UUID, work: Work, kind: AdvanceType) -> CycleBill:
    today, account = work.clock.today(), books.account(bill_id)
    state = account.quoted(today)
    late = state.defaulted or any(
        part.open_cents and part.due_on < today for part in state.installments
    )
    payable = not late and kind.may_pay(account.bill_class)
    return CycleBill(bill_id, state.open_cents, is_current=payable)
