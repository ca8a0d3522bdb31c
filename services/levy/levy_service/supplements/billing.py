"""Creates a supplement's bills: batches, each one transaction that moves the watermark with them.

A run killed at any moment has billed whole batches. Asked for again it goes on behind the last of
them, so that no event is billed twice and none is left out (LEVY-006).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from levy_service import corrections_store, versions
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.guard import gate
from levy_service.guard import store as guard_store
from levy_service.guard.gate import Change
from levy_service.runs import reserving
from levy_service.supplements import answers, refund_store, registering, store, writing
from levy_service.supplements.planning import Planned, Planner
from levy_service.supplements.refund_store import Refund
from levy_service.supplements.store import Made
from levy_service.value_changes import correcting
from levy_service.versions import Because
from millage.levy.v1 import supplements_pb2 as pb
from taxkit import requests
from taxkit.errors import conflict, invalid, not_found
from taxkit.telemetry import trace_id_of

KIND: Final = "supplement"
_METHOD: Final = "CreateSupplementBills"
# Bills are printed some days before they go out.
_DAYS_AHEAD: Final = 60


def create(
    app: LevyApp, asked: Asked, request: pb.CreateSupplementBillsRequest
) -> Iterator[pb.SupplementProgress]:
    """Begin a supplement's bills, or go on with them; its figures at the end."""
    supplement_id = requests.required_id(request.supplement_id, "supplement_id")
    today = app.clock.today()
    billed_on = requests.optional_date(request.billed_on, "billed_on") or today

    def begin(connection: Connection) -> None:
        _begin(app, connection, supplement_id, billed_on, asked, request)

    app.database.run(begin)
    while state := app.database.run(lambda connection: _batch(app, connection, supplement_id)):
        yield state
    with app.database.begin() as connection:
        row = store.supplement(connection, supplement_id)
    yield pb.SupplementProgress(
        items_done=row.item_count, items=row.item_count, supplement=answers.supplement(row)
    )


def find(connection: Connection, supplement_id: UUID) -> Any:
    row = store.supplement(connection, supplement_id)
    if row is None:
        raise not_found("SUPPLEMENT_NOT_FOUND", f"there is no supplement {supplement_id}")
    return row


def check_day(app: LevyApp, row: Any, billed_on: date) -> None:
    first = app.clock.date_of(row.recorded_at)
    last = app.clock.today() + timedelta(days=_DAYS_AHEAD)
    if not first <= billed_on <= last:
        raise invalid(
            "BILLED_ON_INVALID", f"{billed_on} is not from {first} to {last}", "billed_on"
        )


def _begin(
    app: LevyApp, connection: Connection, supplement_id: UUID, billed_on: date, asked: Asked,
    request: pb.CreateSupplementBillsRequest,
) -> None:  # fmt: skip
    """Refuse what was billed or discarded; a run that was cut off is gone on with."""
    store.lock(connection, supplement_id)
    if reserving.answered(connection, _METHOD, request) is not None:
        return
    row = find(connection, supplement_id)
    _refuse_settled(row)
    if row.billed_on is None:
        check_day(app, row, billed_on)
        store.insert(
            connection,
            "supplement_runs",
            {
                "supplement_id": supplement_id,
                "billed_on": billed_on,
                "pack_version": app.law.pack_version,
                "started_by": asked.user,
                "trace_id": trace_id_of(asked.traceparent),
                "traceparent": asked.traceparent,
                "recorded_at": app.clock.now(),
            },
        )
    answer = pb.Supplement(supplement_id=str(supplement_id))
    reserving.remember(connection, _METHOD, request, answer)


def _refuse_settled(row: Any) -> None:
    name = f"supplement {row.supplement_number} of {row.tax_year}"
    if row.discarded_by is not None:
        raise conflict("SUPPLEMENT_DISCARDED", f"{row.discarded_by} has discarded {name}")
    if row.ended_at is not None:
        raise conflict("SUPPLEMENT_BILLED", f"{name} is billed already: no event is billed twice")


def discard(
    app: LevyApp, connection: Connection, supplement_id: UUID, reason: str, user: str
) -> None:
    """Let nobody bill a supplement of which nothing was billed yet."""
    store.lock(connection, supplement_id)
    row = find(connection, supplement_id)
    _refuse_settled(row)
    if row.billed_on is not None:
        raise conflict("SUPPLEMENT_BILLED", "its bills were begun: let the run end")
    store.insert(
        connection,
        "supplement_discards",
        {
            "supplement_id": supplement_id,
            "reason": reason,
            "discarded_by": user,
            "recorded_at": app.clock.now(),
        },
    )


def _batch(
    app: LevyApp, connection: Connection, supplement_id: UUID
) -> pb.SupplementProgress | None:
    """Bill the next events; None when the run has ended."""
    store.lock(connection, supplement_id)
    row = store.supplement(connection, supplement_id)
    if row.ended_at is not None:
        return None
    reserving.hold_year(connection, row.tax_year)
    reserving.refuse_while_running(connection, row.tax_year)
    size = app.settings.roll_batch
    items = store.items_after(connection, supplement_id, row.up_to_place, size)
    now = app.clock.now()
    if not items:
        end = {"supplement_id": supplement_id, "recorded_at": now}
        store.insert(connection, "supplement_run_ends", end)
        return None
    planned = Planner(app, connection, row, row.billed_on).plan(items, lock=True)
    _bill(app, connection, row, planned)
    store.insert(
        connection,
        "supplement_batches",
        {
            "supplement_id": supplement_id,
            "batch": row.batch_count + 1,
            "up_to_place": items[-1].place,
            "recorded_at": now,
        },
    )
    return pb.SupplementProgress(items_done=items[-1].place, items=row.item_count)


def _bill(app: LevyApp, connection: Connection, row: Any, planned: Sequence[Planned]) -> None:
    """Write what is planned; changes of bills that a payment file may pay wait (LEVY-015)."""
    by = (row.started_by, row.traceparent)
    new = [each for one in planned for each in one.new]
    made = writing.write(app, connection, row, new, by)
    store.keep_bills(connection, made)
    refund_store.keep(connection, list(_refunds(app, row, planned)))
    store.bring_to_register(
        connection,
        row.supplement_id,
        row.tax_year,
        [one.item.place for one in planned if one.follows_register],
    )
    registering.tell(app, connection, row, [one.item for one in planned])
    bill_ids = [each.bill_id for one in planned for each in one.nexts]
    held_bills = guard_store.held_among(connection, bill_ids)
    held = [one for one in planned if any(each.bill_id in held_bills for each in one.nexts)]
    if held:
        _hold(app, connection, row, held)
    waiting = {one.item.place for one in held}
    _change(app, connection, row, [one for one in planned if one.item.place not in waiting])


def _refunds(app: LevyApp, row: Any, planned: Sequence[Planned]) -> Iterator[Refund]:
    """Owed from the day the supplement's bills go out; made as soon as the year's are paid."""
    for one in planned:
        for each in one.refunds:
            law = each.law.value
            yield Refund(
                row.supplement_id, one.item.place, each.tax_year, one.item.parcel_number,
                each.amount_cents, law.credit, each.law.rule_id, row.billed_on,
                law.refund_by(row.billed_on), law.interest_from(row.billed_on), app.clock.now(),
            )  # fmt: skip


def _hold(app: LevyApp, connection: Connection, row: Any, held: Sequence[Planned]) -> None:
    places = [one.item.place for one in held]
    body = {"supplement_id": str(row.supplement_id), "places": places}
    bill_ids = sorted(each.bill_id for one in held for each in one.nexts)
    change = Change(KIND, bill_ids, body, row.started_by, row.traceparent)
    kept = gate.hold(app, connection, change, lambda: _change(app, connection, row, held))
    assert kept is not None, bill_ids
    store.hold(connection, row.supplement_id, places, kept.change_id)


def apply_held(
    app: LevyApp, connection: Connection, body: Mapping[str, Any], _user: str, _traceparent: str
) -> None:
    """Change the bills of events that had to wait, in whichever version they are by now."""
    row = find(connection, UUID(body["supplement_id"]))
    items = store.items_at(connection, row.supplement_id, body["places"])
    planned = Planner(app, connection, row, row.billed_on).plan(items, lock=True)
    _change(app, connection, row, planned)


def _change(app: LevyApp, connection: Connection, row: Any, planned: Sequence[Planned]) -> None:
    """Issue next versions: from the day they go out, but never before what they replace."""
    bill_ids = [each.bill_id for one in planned for each in one.nexts]
    since = corrections_store.counts_from_all(connection, bill_ids, app.clock)
    on = min(row.billed_on, app.clock.today())
    nexts = [
        replace(each, because=_because(one.item, row, max(on, since[each.bill_id])))
        for one in planned
        for each in one.nexts
    ]
    if not nexts:
        return
    versions.issue(app, connection, nexts, Because(on, "", row.started_by, row.traceparent))
    store.keep_bills(
        connection,
        [
            Made(
                row.supplement_id, one.item.place, row.tax_year, each.bill_id, each.number,
                correcting.difference(each),
            )
            for one in planned
            for each in one.nexts
        ],
    )  # fmt: skip


def _because(item: Any, row: Any, on: date) -> Because:
    said = f"{item.kind_said}: {item.note}" if item.note else item.kind_said
    return Because(on, said, row.started_by, row.traceparent)
