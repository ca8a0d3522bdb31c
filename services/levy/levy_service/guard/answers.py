"""Held changes and holding runs in the words of the contract."""

from typing import Any

from millage.levy.v1 import guard_pb2 as pb


def held_change(row: Any) -> pb.HeldChange:
    return pb.HeldChange(
        change_id=str(row.change_id),
        kind=row.kind,
        state=row.outcome or "waiting",
        bill_ids=[str(each) for each in row.bill_ids],
        run_ids=[str(each) for each in row.run_ids],
        asked_by=row.asked_by,
        asked_at=row.recorded_at.isoformat(),
        reason=row.reason or ("" if row.outcome else "IMPORT_ACTIVE"),
        message=row.message or "",
        settled_by=row.settled_by or "",
        settled_at=row.settled_at.isoformat() if row.settled_at else "",
    )


def holding_run(row: Any) -> pb.HoldingRun:
    return pb.HoldingRun(
        run_id=str(row.run_id),
        file_name=row.file_name,
        business_date=row.business_date.isoformat(),
        is_open=row.is_open,
        names_its_bills=row.names_its_bills,
        bill_count=row.bill_count,
        started_at=row.started_at.isoformat() if row.started_at else "",
        finished_state=row.finished_state or "",
        released_by=row.released_by or "",
        release_reason=row.reason or "",
    )
