"""Supplements in the words of the contract."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from levy_service import answers
from levy_service.register.answers import exemption_list
from levy_service.supplements.planning import Planned
from levy_service.value_changes.answers import value_cap_list
from millage.levy.v1 import supplements_pb2 as pb


def supplement(row: Any) -> pb.Supplement:
    return pb.Supplement(
        supplement_id=str(row.supplement_id),
        tax_year=row.tax_year,
        supplement_number=row.supplement_number,
        source=row.source,
        state=_state(row),
        item_count=row.item_count,
        loaded_by=row.loaded_by,
        loaded_at=row.recorded_at.isoformat(),
        billed_on=row.billed_on.isoformat() if row.billed_on else "",
        billed_by=row.started_by or "",
        items_done=row.up_to_place,
        new_bills=row.new_bills,
        changed_bills=row.changed_bills,
        held_items=row.held_items,
        difference_cents=row.difference_cents,
        discarded_by=row.discarded_by or "",
        discard_reason=row.discard_reason or "",
        refund_count=row.refund_count,
        refund_cents=row.refund_cents,
        refunded_cents=row.refunded_cents,
    )


def _state(row: Any) -> str:
    if row.discarded_by is not None:
        return "discarded"
    if row.billed_on is None:
        return "loaded"
    return "billed" if row.ended_at is not None else "billing"


def item(row: Any) -> pb.SupplementItem:
    return pb.SupplementItem(
        place=row.place,
        parcel_number=row.parcel_number,
        kind=row.kind,
        event_on=row.event_on.isoformat(),
        net_value_before_dollars=row.net_before_dollars,
        net_value_dollars=row.net_value_dollars,
        owner_name=row.owner_name or "",
        note=row.note,
        exemptions=exemption_list(row.exemptions),
        value_caps=value_cap_list(row.value_caps),
    )


def planned(one: Planned) -> pb.SupplementItem:
    """An event with its bills as they would be."""
    answer = item(one.item)
    answer.bills.extend(_foreseen(one))
    answer.refunds.extend(
        pb.OwedRefund(tax_year=each.tax_year, amount_cents=each.amount_cents)
        for each in one.refunds
    )
    return answer


def _foreseen(one: Planned) -> Iterator[pb.SupplementBill]:
    for new in one.new:
        yield pb.SupplementBill(
            bill_number=new.bill_number,
            tax_year=new.tax_year,
            total_cents=new.bill.total_cents,
            installments=answers.installments(new.bill.installments),
        )
    for each in one.nexts:
        head = each.before.bill
        yield pb.SupplementBill(
            bill_id=str(head.bill_id),
            bill_number=head.bill_number,
            tax_year=head.tax_year,
            total_before_cents=head.total_cents,
            total_cents=each.after.total_cents,
            installments_before=answers.installments(each.before.installments),
            installments=answers.installments(each.after.installments),
        )


def refunds_owed(rows: Sequence[Any]) -> dict[int, list[pb.OwedRefund]]:
    """By item, what it gives back of each year."""
    found: dict[int, list[pb.OwedRefund]] = {}
    for row in rows:
        owed = pb.OwedRefund(tax_year=row.tax_year, amount_cents=row.amount_cents)
        found.setdefault(row.place, []).append(owed)
    return found


def bills_made(rows: Sequence[Any]) -> dict[int, list[pb.SupplementBill]]:
    """By item, its bills from both versions' installments; of a new one there is one."""
    found: dict[int, list[pb.SupplementBill]] = {}
    for (place, _), group in groupby(rows, key=lambda row: (row.place, row.bill_id)):
        both = list(group)
        after = [row for row in both if row.bill_version == row.made]
        before = [row for row in both if row.bill_version < row.made]
        found.setdefault(place, []).append(
            pb.SupplementBill(
                bill_id=str(after[0].bill_id),
                bill_number=after[0].bill_number,
                tax_year=after[0].tax_year,
                bill_version=after[0].bill_version,
                total_before_cents=before[0].total_cents if before else 0,
                total_cents=after[0].total_cents,
                installments_before=answers.installments(before),
                installments=answers.installments(after),
            )
        )
    return found
