"""The other bills of the parcels an order pays on: read with the bills, and only if asked about."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from cashiering_service.domain.parcel_rules import ParcelBill, open_of
from cashiering_service.till.part_standings import IN_PLAN

READ = (
    "select d.bill_id, d.bill_number, d.parcel_number, coalesce(f.property_class, ''),"
    f" d.installments, {IN_PLAN},"
    " (select jsonb_object_agg(q.as_of, jsonb_build_array(q.installments, q.discount_cents))"
    "  from quoted q where q.bill_id = d.bill_id and q.bill_version = d.bill_version)"
    " from dues d left join bill_faces f using (bill_id) where d.parcel_number in"
    " (select parcel_number from dues where bill_id = any(%b::uuid[])) order by d.bill_id"
)


def of_rows(rows: Iterable[Sequence[Any]]) -> dict[UUID, ParcelBill]:
    return {row[0]: _parcel_bill(*row) for row in rows}


def _parcel_bill(
    bill_id: UUID, number: str, parcel: str, kind: str, told: Any, in_plan: bool, quoted: Any
) -> ParcelBill:
    return ParcelBill(bill_id, number, parcel, kind, told, in_plan, _settles(quoted))


def _settles(quoted: Any) -> dict[date, int]:
    return {
        date.fromisoformat(day): sum(map(open_of, installments)) - discount_cents
        for day, (installments, discount_cents) in (quoted or {}).items()
    }
