"""SQL for what is kept of a bill: what it takes to work out its shares again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from distribution_service.domain.restating import ShareKey
from distribution_service.domain.sharing import Posting, Row, in_order
from distribution_service.domain.terms import ChargeType


def postings_of(connection: Connection, bill_ids: Sequence[UUID]) -> dict[UUID, list[Posting]]:
    """Read every posting kept of these bills."""
    rows = connection.exec_driver_sql(
        "select posting_id, caused_by, bill_id, sequence, kind, business_date, tax_year,"
        " receipt_id, charge_type, amount_cents, fund from allocations"
        " where bill_id = any(%b::uuid[])",
        (list(bill_ids),),
    )
    moved: dict[UUID, list[Row]] = {}
    heads: dict[UUID, list[Any]] = {}
    for *head, receipt_id, charge_type, cents, fund in rows:
        heads[head[0]] = head
        row = Row(receipt_id, ChargeType(charge_type), cents, fund)
        moved.setdefault(head[0], []).append(row)
    found: dict[UUID, list[Posting]] = {}
    for posting_id, head in heads.items():
        posting = Posting(*head, rows=in_order(moved[posting_id]))  # type: ignore[misc]
        found.setdefault(posting.bill_id, []).append(posting)
    return found


def waiting(connection: Connection, bill_ids: Sequence[UUID]) -> set[UUID]:
    """Find the postings of these bills that are not shared."""
    return set(
        connection.exec_driver_sql(
            "select distinct posting_id from allocations where bill_id = any(%b::uuid[])"
            " and not shared",
            (list(bill_ids),),
        ).scalars()
    )


def booked(
    connection: Connection, bill_ids: Sequence[UUID], receipt_ids: Sequence[UUID]
) -> dict[UUID, dict[ShareKey, int]]:
    """Read what agencies have of these bills by receipt and charge."""
    rows = connection.exec_driver_sql(
        "select bill_id, receipt_id, charge_type, agency_code, sum(amount_cents)::bigint"
        " from share_entries where receipt_id = any(%b::uuid[]) and bill_id = any(%b::uuid[])"
        " group by 1, 2, 3, 4",
        (list(receipt_ids), list(bill_ids)),
    )
    found: dict[UUID, dict[ShareKey, int]] = {}
    for bill_id, receipt_id, charge_type, agency, cents in rows:
        found.setdefault(bill_id, {})[receipt_id, ChargeType(charge_type), agency] = cents
    return found
