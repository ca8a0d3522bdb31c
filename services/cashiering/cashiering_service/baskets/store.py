"""Baskets' SQL: a basket is read under its lock and written back whole."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from cashiering_service.baskets import rows as basket_rows
from cashiering_service.domain.basket import Basket, BasketState
from cashiering_service.domain.lookup import ACCOUNT_KEYS
from cashiering_service.domain.receipt import SessionHead
from cashiering_service.till.part_standings import IN_PLAN

_HEAD = (
    "select b.*, s.till_code, s.session_number, s.business_date, s.is_open,"
    " s.effective_on as session_effective_on"
    " from baskets b join sessions s using (session_id)"
)
# Numbers that mark personal property.
_PERSONAL = ["vin", "plate", "license_number"]
# What bills_by_keys goes by.
BILL_KEYS = frozenset({*ACCOUNT_KEYS, "parcel_number", "bill_number", "plan_number"})


def insert(connection: Connection, basket: Basket) -> None:
    connection.exec_driver_sql(
        "insert into baskets (basket_id, session_id, state, version, effective_on, opened_by,"
        " payer) values (%s, %s, %s, %s, %s, %s, %s)",
        (
            basket.basket_id,
            basket.session.session_id,
            basket.state.value,
            basket.version,
            basket.effective_on,
            basket.opened_by,
            basket_rows.payer_json(basket.payer),
        ),
    )


def basket(connection: Connection, basket_id: UUID, *, lock: bool = False) -> Basket | None:
    """A basket with its lines; with `lock` nobody changes it until the transaction ends."""
    row = connection.exec_driver_sql(
        f"{_HEAD} where basket_id = %s {'for update of b' if lock else ''}", (basket_id,)
    ).one_or_none()
    if row is None:
        return None
    lines = connection.exec_driver_sql(
        "select * from basket_lines where basket_id = %s order by line_number", (basket_id,)
    ).all()
    approved = connection.exec_driver_sql(
        "select code, parcel_number from basket_approvals where basket_id = %s", (basket_id,)
    ).all()
    return Basket(
        row.basket_id,
        SessionHead(
            row.session_id,
            row.till_code,
            row.session_number,
            row.business_date,
            row.session_effective_on,
            row.is_open,
        ),
        BasketState(row.state),
        row.version,
        row.effective_on,
        row.opened_by,
        basket_rows.payer_of(row.payer),
        tuple(basket_rows.line_of(line) for line in lines),
        row.lines_numbered,
        frozenset(tuple(one) for one in approved),
        f"basket {row.post_key}",
        row.claim,
        row.receipt_id,
        row.receipt_number,
        row.rule_id,
    )


def save(connection: Connection, after: Basket) -> None:
    """Write a basket back, whose row is locked."""
    connection.exec_driver_sql(
        "update baskets set session_id = %s, state = %s, version = %s, payer = %s,"
        " effective_on = %s, lines_numbered = %s, claim = %s, receipt_id = %s,"
        " receipt_number = %s, rule_id = %s, changed_at = clock_timestamp()"
        " where basket_id = %s",
        (
            after.session.session_id,
            after.state.value,
            after.version,
            basket_rows.payer_json(after.payer),
            after.effective_on,
            after.lines_numbered,
            after.claim,
            after.receipt_id,
            after.receipt_number,
            after.rule_id,
            after.basket_id,
        ),
    )
    connection.exec_driver_sql("delete from basket_lines where basket_id = %s", (after.basket_id,))
    basket_rows.LINES.insert(
        connection,
        "basket_lines",
        [basket_rows.line_row(after.basket_id, line) for line in after.lines],
    )


def hand_over(connection: Connection, after: Basket) -> None:
    """Say in whose hands a basket is; nothing else of it, whose row is locked, is written."""
    connection.exec_driver_sql(
        "update baskets set state = %s, claim = %s where basket_id = %s",
        (after.state.value, after.claim, after.basket_id),
    )


def headers(
    connection: Connection,
    session_id: UUID | None,
    *,
    paused: bool,
    before: UUID | None,
    limit: int,
) -> Sequence[Any]:
    """Baskets in brief, newest first: their ids are in the order they were opened in."""
    return connection.exec_driver_sql(
        "select b.*, l.lines, l.cents from baskets b cross join lateral (select count(*) as lines,"
        " coalesce(sum(paying_cents), 0)::bigint as cents from basket_lines l"
        " where l.basket_id = b.basket_id) l"
        " where (%(session)s::uuid is null or b.session_id = %(session)s)"
        " and (not %(paused)s or b.state = 'paused')"
        " and (%(before)s::uuid is null or b.basket_id < %(before)s)"
        " order by b.basket_id desc limit %(limit)s",
        {"session": session_id, "paused": paused, "before": before, "limit": limit},
    ).all()


def bills_by_keys(connection: Connection, keys: Mapping[str, str], limit: int) -> Sequence[Any]:
    """The bills that all the keys lead to, oldest first."""
    numbers = (
        [keys["bill_number"], f"{keys.get('tax_year', '')}-{keys['bill_number']}"]
        if ("bill_number" in keys)
        else None
    )
    known = {kind: keys[kind] for kind in ACCOUNT_KEYS if kind in keys}
    return connection.exec_driver_sql(
        "select * from dues d"
        " where (%(parcel)s::text is null or parcel_number = %(parcel)s)"
        " and (%(year)s::integer is null or tax_year = %(year)s)"
        " and (%(numbers)s::text[] is null or bill_number = any(%(numbers)s))"
        " and (%(plan)s::text is null or bill_id in"
        "  (select bill_id from plan_bills where plan_number = %(plan)s))"
        " and (%(kinds)s::text[] = '{}' or parcel_number in (select a.parcel_number"
        "  from account_keys a join unnest(%(kinds)s::text[], %(values)s::text[])"
        "  as k (kind, value) using (kind, value)"
        "  group by a.parcel_number having count(*) = cardinality(%(kinds)s)))"
        " order by tax_year, bill_number, bill_id limit %(limit)s",
        {
            "parcel": keys.get("parcel_number"),
            "year": int(keys["tax_year"]) if "tax_year" in keys else None,
            "numbers": numbers,
            "kinds": list(known),
            "values": list(known.values()),
            "plan": keys.get("plan_number"),
            "limit": limit,
        },
    ).all()


def bills_by_codes(connection: Connection, codes: Sequence[tuple[str, int]]) -> Sequence[Any]:
    """Bills by (parcel number, tax year), in the order they were scanned."""
    return connection.exec_driver_sql(
        "select d.* from unnest(%s::text[], %s::integer[]) with ordinality as c (parcel, year, n)"
        " join dues d on d.parcel_number = c.parcel and d.tax_year = c.year"
        " order by c.n, d.bill_number, d.bill_id",
        ([parcel for parcel, _ in codes], [year for _, year in codes]),
    ).all()


def bills_of_parcels(
    connection: Connection, parcel_numbers: Sequence[str], limit: int
) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from dues where parcel_number = any(%s::text[])"
        " order by parcel_number, tax_year, bill_number, bill_id limit %s",
        (list(parcel_numbers), limit),
    ).all()


def search(connection: Connection, wanted: Mapping[str, Any]) -> Sequence[Any]:
    """Accounts whose bills fit every criterion given."""
    return connection.exec_driver_sql(
        "select parcel_number, (select current_number from retired_parcels r"
        "  where r.parcel_number = d.parcel_number) as successor_number,"
        " (array_agg(owner_name order by tax_year desc, bill_id desc))[1] as owner_name,"
        " count(*) as bills, sum(open_cents)::bigint as open_cents,"
        " coalesce(min(tax_year) filter (where open_cents > 0), 0) as oldest from dues d"
        " where (%(owner)s::text is null or lower(owner_name) like %(owner)s)"
        " and (%(parcel)s::text is null or parcel_number like %(parcel)s)"
        " and (%(year)s::integer is null or tax_year = %(year)s)"
        " and (%(key)s::text is null or parcel_number in"
        "  (select parcel_number from account_keys where value = %(key)s))"
        " and (%(personal)s or not exists (select from account_keys a"
        "  where a.parcel_number = d.parcel_number and a.kind = any(%(kinds)s::text[])))"
        " group by parcel_number order by parcel_number limit %(limit)s",
        {**wanted, "kinds": _PERSONAL},
    ).all()


def receipt_lines(connection: Connection, receipt_number: str, receipt_year: int) -> Sequence[Any]:
    """A receipt's bills with whether it was reversed; nothing when there is no such receipt."""
    return connection.exec_driver_sql(
        "select l.bill_id, v.reversal_id from receipts r join receipt_lines l using (receipt_id)"
        " left join reversals v using (receipt_id) where r.receipt_number = %s"
        " and extract(year from r.business_date) = %s order by l.line_number",
        (receipt_number, receipt_year),
    ).all()


def bills_by_id(connection: Connection, bill_ids: Sequence[UUID]) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from dues where bill_id = any(%s::uuid[])"
        " order by tax_year, bill_number, bill_id",
        (list(bill_ids),),
    ).all()


def with_other_parts(connection: Connection, bill_ids: Sequence[UUID]) -> Sequence[Any]:
    """Bills, each with the other part of its parcel's tax of that year, where it has one."""
    return connection.exec_driver_sql(
        "select d.* from dues d where bill_id = any(%(ids)s::uuid[]) or bill_id in ("
        " select o.bill_id from dues b join bill_faces f using (bill_id)"
        " join dues o on o.parcel_number = b.parcel_number and o.tax_year = b.tax_year"
        " join bill_faces g on g.bill_id = o.bill_id and g.part <> 'whole'"
        " where b.bill_id = any(%(ids)s::uuid[]) and f.part <> 'whole')"
        " order by tax_year, bill_number, bill_id",
        {"ids": list(bill_ids)},
    ).all()


def add_account_key(connection: Connection, kind: str, value: str, parcel_number: str) -> None:
    connection.exec_driver_sql(
        "insert into account_keys (kind, value, parcel_number) values (%s, %s, %s)"
        " on conflict do nothing",
        (kind, value, parcel_number),
    )


def defaulted_of_parcels(connection: Connection, parcel_numbers: Sequence[str]) -> Sequence[Any]:
    """The unpaid bills of some parcels that are carried as defaulted and in no running plan."""
    return connection.exec_driver_sql(
        "select * from dues d where parcel_number = any(%s::text[]) and open_cents > 0"
        f" and installments @> %s and not {IN_PLAN} order by tax_year, bill_number, bill_id",
        (list(parcel_numbers), Jsonb([{"collection_type": "DS"}])),
    ).all()


def add_approval(
    connection: Connection, basket_id: UUID, key: tuple[str, str], by: str, reason: str
) -> None:
    connection.exec_driver_sql(
        "insert into basket_approvals (basket_id, code, parcel_number, approved_by, reason)"
        " values (%s, %s, %s, %s, %s) on conflict do nothing",
        (basket_id, *key, by, reason),
    )


def lender(connection: Connection, lender_code: str) -> Any:
    return connection.exec_driver_sql(
        "select name, email, register_version from lenders where lender_code = %s", (lender_code,)
    ).one_or_none()


def put_lender(connection: Connection, lender_code: str, name: str, email: str | None) -> None:
    connection.exec_driver_sql(
        "insert into lenders (lender_code, name, email) values (%s, %s, %s)"
        " on conflict (lender_code) do update set name = excluded.name, email = excluded.email",
        (lender_code, name, email),
    )
