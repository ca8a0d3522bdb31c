"""Takes a batch of value changes in: judged as a whole, then done as one run, all or nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from levy_service import corrections_store
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain.change_reasons import ChangeReason
from levy_service.domain.roll import Finding, Findings
from levy_service.domain.valuation import ValueTerms
from levy_service.domain.value_changes import AskedValue, NewFigures, Registered, figures
from levy_service.register.store import exemptions_said
from levy_service.runs import reserving
from levy_service.sent_rows import refusal_of
from levy_service.staged_json import caps_read, caps_said
from levy_service.supplements import store as supplement_store
from levy_service.value_changes import correcting, registering, store
from levy_service.value_changes.correcting import Corrected, Prospect
from levy_service.value_changes.store import Change
from taxkit import ids
from taxkit.errors import Refusal, invalid
from taxkit.telemetry import trace_id_of


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch's rows have in common."""

    tax_year: int
    source: str
    changed_on: date
    reason_code: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was sent; without a reason of its own it has the batch's."""

    asked: AskedValue
    reason_code: str


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of a batch."""

    batch_id: UUID
    change_count: int
    waiting: int
    done: Corrected


def post(
    app: LevyApp, connection: Connection, batch: Batch, rows: Sequence[Row], asked: Asked
) -> Posted:
    """Change the register's values; bills follow by the reasons of the changes."""
    if batch.changed_on > app.clock.today():
        raise invalid(
            "CHANGED_ON_IN_FUTURE", f"{batch.changed_on} is after {app.clock.today()}", "changed_on"
        )
    reserving.hold_year(connection, batch.tax_year)
    reserving.refuse_while_running(connection, batch.tax_year)
    batch_id = ids.new_id()
    findings = Findings()
    changes = _judged(app, connection, batch, batch_id, rows, findings)
    _refuse(findings)
    places = {change.change_id: row.asked.at for change, row in zip(changes, rows, strict=True)}
    found = correcting.prospects(app, connection, [each for each in changes if each.corrects])
    _judge_bills(app, connection, batch, found, places, findings)
    _refuse(findings)
    return _done(app, connection, batch, batch_id, changes, found, asked)


def _done(
    app: LevyApp, connection: Connection, batch: Batch, batch_id: UUID, changes: Sequence[Change],
    found: Sequence[Prospect], asked: Asked,
) -> Posted:  # fmt: skip
    store.insert_batch(connection, _row(app, batch, batch_id, len(changes), asked), changes)
    now = [each for each in changes if not each.needs_acceptance]
    store.bring_to_register(connection, [each.change_id for each in now])
    # As they are on file by now, exemptions in the form of the register.
    on_file = store.changes(
        connection, [each.change_id for each in now if each.exemptions is not None]
    )
    registering.tell(app, connection, on_file, asked)
    register_only = [(each.change_id, "register_only") for each in now if not each.corrects]
    store.settle(connection, register_only, app.clock.now())
    following = [one for one in found if not one.change.needs_acceptance]
    done = correcting.correct(app, connection, following, batch.changed_on, asked)
    not_corrected = done.not_corrected + len(register_only)
    return Posted(
        batch_id,
        len(changes),
        len(changes) - len(now),
        Corrected(done.corrected, not_corrected, done.held, done.difference_cents),
    )


def _judged(
    app: LevyApp, connection: Connection, batch: Batch, batch_id: UUID, rows: Sequence[Row],
    findings: Findings,
) -> list[Change]:  # fmt: skip
    law = reserving.year_law(app, batch.tax_year, "")
    form = law.parcel_number
    numbers = [row.asked.parcel_number for row in rows if form.fullmatch(row.asked.parcel_number)]
    known = store.registered(connection, batch.tax_year, numbers)
    waiting = _waiting(connection, batch.tax_year, numbers)
    seen: dict[str, int] = {}
    changes = []
    for row in rows:
        number = row.asked.parcel_number
        findings.add(_of_parcel(row.asked, batch, known, waiting, seen))
        seen.setdefault(number, row.asked.row)
        reason = _reason(app, batch, row, findings)
        made = _figures(row.asked, known.get(number), law.value, findings)
        if reason is not None and made is not None:
            changes.append(_change(batch, batch_id, row.asked, reason, known[number], made))
    return changes


def _of_parcel(
    asked: AskedValue, batch: Batch, known: Mapping[str, Any],
    waiting: Mapping[str, tuple[str, str]], seen: Mapping[str, int],
) -> list[Finding]:  # fmt: skip
    number, place = asked.parcel_number, f"{asked.at}.parcel_number"
    if number in seen:
        return [Finding("DUPLICATE_PARCEL", place, f"{number} is on row {seen[number]} already")]
    if number not in known:
        message = f"parcel {number[:60]!r} is not on the roll of {batch.tax_year}"
        return [Finding("PARCEL_UNKNOWN", place, message)]
    if number in waiting:
        reason, message = waiting[number]
        return [Finding(reason, place, message)]
    return []


def _waiting(
    connection: Connection, tax_year: int, numbers: Sequence[str]
) -> dict[str, tuple[str, str]]:
    """What has to be done with parcels first: each was judged by the value they have now."""
    supplements = supplement_store.not_billed(connection, tax_year, numbers)
    changes = store.undecided(connection, tax_year, numbers)
    return {
        number: ("SUPPLEMENT_WAITING", f"{number} is in supplement {which}: bill that first")
        for number, which in supplements.items()
    } | {
        number: ("CHANGE_WAITING", f"change {which} of the parcel waits: decide on it first")
        for number, which in changes.items()
    }


def _reason(app: LevyApp, batch: Batch, row: Row, findings: Findings) -> ChangeReason | None:
    """By the day the change counts from; a year without reasons refuses the batch."""
    code, field = row.reason_code or batch.reason_code, f"{row.asked.at}.reason_code"
    try:
        return app.change_reasons.find(code, batch.changed_on, field)
    except Refusal as refusal:
        if refusal.reason != "CHANGE_REASON_UNKNOWN":
            raise
        findings.add([Finding(refusal.reason, field, refusal.message)])
        return None


def _figures(
    asked: AskedValue, known: Any, terms: ValueTerms, findings: Findings
) -> NewFigures | None:
    if known is None:
        return None
    registered = Registered(
        known.value_dollars, known.net_value_dollars, known.property_class,
        caps_read(known.value_caps),
    )  # fmt: skip
    made, found = figures(asked, registered, terms)
    findings.add(found)
    return made


def _change(
    batch: Batch, batch_id: UUID, asked: AskedValue, reason: ChangeReason, known: Any,
    made: NewFigures,
) -> Change:  # fmt: skip
    steps = [[each.name, each.value_dollars] for each in made.steps]
    claims = made.exemptions
    exemptions = None if claims is None else Jsonb(exemptions_said(claims))
    caps = None if made.caps is None else Jsonb(caps_said(made.caps))
    return Change(
        ids.new_id(), batch_id, batch.tax_year, asked.parcel_number, reason.code,
        reason.description, reason.corrects, reason.needs_acceptance, asked.note,
        known.value_dollars, known.net_value_dollars, made.value_dollars, made.net_value_dollars,
        json.dumps(steps) if steps else None, exemptions, caps,
    )  # fmt: skip


def _judge_bills(
    app: LevyApp, connection: Connection, batch: Batch, found: Sequence[Prospect],
    places: Mapping[UUID, str], findings: Findings,
) -> None:  # fmt: skip
    """A bill that cannot be computed, or counts from a later day, refuses the batch."""
    bill_ids = [each.bill_id for one in found for each in one.nexts]
    since = corrections_store.counts_from_all(connection, bill_ids, app.clock)
    for one in found:
        place = places[one.change.change_id]
        if one.problem is not None:
            findings.add([Finding(one.problem.reason.value, place, one.problem.message)])
        for each in one.nexts:
            if batch.changed_on < since[each.bill_id]:
                message = (
                    f"{batch.changed_on} is before {since[each.bill_id]}, from which bill"
                    f" {each.before.bill.bill_number} as it stands counts"
                )
                findings.add([Finding("CORRECTED_ON_BEFORE_BILL", place, message)])


def _refuse(findings: Findings) -> None:
    if findings.count:
        raise refusal_of(findings, "the batch", "BATCH_INVALID")


def _row(app: LevyApp, batch: Batch, batch_id: UUID, count: int, asked: Asked) -> dict[str, object]:
    return {
        "batch_id": batch_id,
        "tax_year": batch.tax_year,
        "source": batch.source,
        "changed_on": batch.changed_on,
        "change_count": count,
        "pack_version": app.law.pack_version,
        "rule_id": app.change_reasons.at(batch.changed_on).rule_id,
        "posted_by": asked.user,
        "trace_id": trace_id_of(asked.traceparent),
        "recorded_at": app.clock.now(),
    }
