"""Value changes in the words of the contract."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from levy_service import answers
from levy_service.register.answers import exemption_list
from levy_service.value_changes.correcting import Prospect
from millage.levy.v1 import levy_pb2
from millage.levy.v1 import value_changes_pb2 as pb


def change(row: Any) -> pb.ValueChange:
    return pb.ValueChange(
        change_id=str(row.change_id),
        batch_id=str(row.batch_id),
        tax_year=row.tax_year,
        parcel_number=row.parcel_number,
        reason_code=row.reason_code,
        reason=row.reason,
        note=row.note,
        changed_on=row.changed_on.isoformat(),
        state=row.state,
        value_before_dollars=row.value_before_dollars,
        value_dollars=row.value_dollars,
        net_value_before_dollars=row.net_before_dollars,
        net_value_dollars=row.net_value_dollars,
        posted_by=row.posted_by,
        posted_at=row.posted_at.isoformat(),
        decided_by=row.decided_by or "",
        decided_on=row.decided_on.isoformat() if row.decided_on else "",
        comment=row.comment or "",
        exemptions=exemption_list(row.exemptions),
        value_caps=value_cap_list(row.value_caps),
    )


def value_cap_list(told: Sequence[Mapping[str, Any]] | None) -> pb.ValueCapList | None:
    if told is None:
        return None
    return pb.ValueCapList(value_caps=[levy_pb2.ValueCapClaim(**each) for each in told])


def bills_made(rows: Sequence[Any]) -> Iterator[pb.RevaluedBill]:
    """Bills that were corrected, from both versions' installments."""
    for _, group in groupby(rows, key=lambda row: row.bill_id):
        both = list(group)
        after = [row for row in both if row.bill_version == row.made]
        before = [row for row in both if row.bill_version < row.made]
        yield pb.RevaluedBill(
            bill_id=str(after[0].bill_id),
            bill_number=after[0].bill_number,
            bill_version_before=before[0].bill_version,
            bill_version=after[0].bill_version,
            total_before_cents=before[0].total_cents,
            total_cents=after[0].total_cents,
            installments_before=answers.installments(before),
            installments=answers.installments(after),
        )


def bills_foreseen(prospect: Prospect) -> Iterator[pb.RevaluedBill]:
    """Bills as they would be corrected now."""
    for each in prospect.nexts:
        head = each.before.bill
        yield pb.RevaluedBill(
            bill_id=str(head.bill_id),
            bill_number=head.bill_number,
            bill_version_before=head.bill_version,
            total_before_cents=head.total_cents,
            total_cents=each.after.total_cents,
            installments_before=answers.installments(each.before.installments),
            installments=answers.installments(each.after.installments),
        )
