"""What a finished modification tells: of each of its bills why it changed, and of due dates."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from levy_service import versions
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain import modification
from levy_service.domain.billing import ComputedBill
from levy_service.modifications.drafted import Draft, DraftedBill, Judged
from levy_service.modifications.events import BILL_MODIFIED, DUE_DATE_CHANGED
from taxkit import ids
from taxkit.contracts import EventType, OutgoingEvent


def of_modification(
    app: LevyApp, draft: Draft, judged: Sequence[Judged], asked: Asked
) -> list[OutgoingEvent]:
    """The events of the bills that change, get a code, or bear a fee that changes."""
    fees = _fees(draft)
    judged = [*judged, *_bearing_only(draft, judged)]
    return [
        OutgoingEvent(
            ids.new_id(),
            kind,
            f"modification/{draft.modification_id}/{one.bill.bill_id}",
            sequence,
            app.clock.now(),
            data,
            asked.traceparent,
            # After the bill's own events, wherever those go.
            partition_key=f"bill/{one.bill.bill_id}",
        )
        for one in judged
        for sequence, (kind, data) in enumerate(
            _events(draft, one, asked, fees.get(one.bill.bill_id, [])), 1
        )
    ]


def _fees(draft: Draft) -> dict[UUID, list[dict[str, Any]]]:
    found: dict[UUID, list[dict[str, Any]]] = {}
    for each in draft.fees:
        if each.told is not None and each.told.after(draft.option) != each.told.charged_cents:
            found.setdefault(each.bill_id, []).append(
                {
                    "charge_code": each.charge_code,
                    "amount_before_cents": each.told.charged_cents,
                    "amount_cents": each.told.after(draft.option),
                }
            )
    return found


def _bearing_only(draft: Draft, judged: Sequence[Judged]) -> list[Judged]:
    """Bills that are in a draft for their fees alone: they stay as they are."""
    known = {one.bill.bill_id for one in judged}
    wholes = {fee.bill_id: fee.whole for fee in draft.fees if fee.bill_id not in known}
    return [
        Judged(DraftedBill(whole, modification.NO_EDIT), versions.as_issued(whole))
        for whole in wholes.values()
    ]


def _events(
    draft: Draft, judged: Judged, asked: Asked, fees: list[dict[str, Any]]
) -> Iterator[tuple[EventType, dict[str, Any]]]:
    if not judged.changes and not judged.bill.edit.bill_code and not fees:
        return
    whole, after = judged.bill.whole, judged.after
    before = versions.as_issued(whole)
    assert after is not None
    version = whole.bill.bill_version + judged.changes
    shared = _of_bill(draft, whole.bill, asked)
    told = {
        "before": _as(before, whole.bill.bill_version),
        "after": _as(after, version),
        "bill_code": judged.bill.edit.bill_code or "",
        "reached_by_statement": not judged.bill.chosen,
        **({"fees": fees} if fees else {}),
    }
    yield BILL_MODIFIED, shared | _why(draft.head) | told
    if due_dates := _due_dates(before, after):
        yield DUE_DATE_CHANGED, shared | {"bill_version": version, "due_dates": due_dates}


def _of_bill(draft: Draft, bill: Any, asked: Asked) -> dict[str, Any]:
    return {
        "modification_id": str(draft.modification_id),
        "bill_id": str(bill.bill_id),
        "bill_number": bill.bill_number,
        "parcel_number": bill.parcel_number,
        "tax_year": bill.tax_year,
        "modified_on": draft.head.modified_on.isoformat(),
        "modified_by": asked.user,
        "reason": draft.head.reason,
    }


def _why(head: Any) -> dict[str, Any]:
    names = ("option", "purpose", "batch", "code", "adjustment_code")
    return {name: getattr(head, name) for name in names}


def _due_dates(before: ComputedBill, after: ComputedBill) -> list[dict[str, Any]]:
    return [
        {
            "installment": was.installment,
            "due_on_before": was.due_on.isoformat(),
            "due_on": now.due_on.isoformat(),
        }
        for was, now in zip(before.installments, after.installments, strict=True)
        if was.due_on != now.due_on
    ]


def _as(bill: ComputedBill, version: int) -> dict[str, Any]:
    return {
        "bill_version": version,
        "net_value_dollars": bill.net_value_dollars,
        "total_cents": bill.total_cents,
        "installments": [
            {
                "installment": each.installment,
                "due_on": each.due_on.isoformat(),
                "amount_cents": each.amount_cents,
            }
            for each in bill.installments
        ],
    }
