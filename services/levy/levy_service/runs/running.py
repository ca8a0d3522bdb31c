"""Issues a certified roll: batches, each one transaction that moves the watermark with its bills.

A run killed at any moment has issued whole batches. Asked for again under its key it goes on
behind the last of them, so that nothing is issued twice and nothing is left out.
"""

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from levy_service import roll_store
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain.roll import Findings
from levy_service.guard import gate
from levy_service.runs import (
    certifying,
    computing,
    judging,
    preview_store,
    previews,
    reserving,
    run_store,
    tables,
    writing,
)
from levy_service.runs.year import YearTerms
from levy_service.sent_rows import refusal_of
from levy_service.settings import RunBy
from levy_service.specials import posting
from millage.levy.v1 import runs_pb2 as pb
from taxkit import idempotency, ids, requests
from taxkit.errors import Refusal
from taxkit.persons import is_among
from taxkit.telemetry import trace_id_of

METHOD: Final = "RunLevy"


def run(app: LevyApp, asked: Asked, request: pb.RunLevyRequest) -> Iterator[pb.RunProgress]:
    """Begin a year's run, or go on with the one of this key; its figures at the end."""
    idempotency.check_key(request.idempotency_key)
    reserving.checked_year(request.tax_year)
    requests.plain_text(request.bill_class, "bill_class", previews.TEXT_MAX)
    run_id = app.database.run(lambda connection: _begun(app, connection, asked, request))
    while state := app.database.run(lambda connection: _batch(app, connection, run_id)):
        yield state
    with app.database.begin() as connection:
        row = run_store.run(connection, run_id)
        answer = told(connection, row)
    yield pb.RunProgress(bills_issued=row.bill_count, bills=row.certified_bills, run=answer)


def _begun(app: LevyApp, connection: Connection, asked: Asked, request: pb.RunLevyRequest) -> UUID:
    """Give the key's run; begin it when the year's roll is the one that was certified."""
    reserving.hold_year(connection, request.tax_year)
    known = reserving.answered(connection, METHOD, request)
    if known is not None:
        return UUID(pb.Run.FromString(known).run_id)
    params = {"year": request.tax_year, "class": request.bill_class}
    gate.refuse_issuing(connection, run_store.UNBILLED_PARCELS, params)
    reserving.refuse_while_running(connection, request.tax_year)
    year = reserving.year_terms(app, request.tax_year, request.bill_class)
    certification = preview_store.newest_certification(
        connection, request.tax_year, request.bill_class
    )
    if certification is None:
        raise Refusal(
            "ROLL_NOT_CERTIFIED",
            f"nobody has certified the roll of {request.tax_year} that is still to be billed",
        )
    if certification.roll_digest != reserving.digest(connection, year):
        raise certified_otherwise(request.tax_year, certification)
    _check_runner(app, asked, certification)
    run_id = ids.new_id()
    run_store.insert_run(
        connection,
        {
            "run_id": run_id,
            "certification_id": certification.certification_id,
            "tax_year": request.tax_year,
            "started_by": asked.user,
            "trace_id": trace_id_of(asked.traceparent),
            "recorded_at": app.clock.now(),
        },
    )
    reserving.remember(connection, METHOD, request, pb.Run(run_id=str(run_id)))
    return run_id


def _check_runner(app: LevyApp, asked: Asked, certification: Any) -> None:
    two = app.settings.levy_run_by is RunBy.TWO_PERSONS
    if two and is_among(asked.user, (certification.certified_by,)):
        raise Refusal(
            "SECOND_PERSON_NEEDED", "who certified a roll does not run it: another person does"
        )


def certified_otherwise(tax_year: int, certification: Any) -> Refusal:
    return Refusal(
        "ROLL_CERTIFIED_OTHERWISE",
        f"the roll of {tax_year}, its rates or the law are not what"
        f" {certification.certified_by} certified on {certification.certified_on}:"
        " preview and certify it as it is now",
    )


def _batch(app: LevyApp, connection: Connection, run_id: UUID) -> pb.RunProgress | None:
    """Issue the next batch; None when the run has ended."""
    row = run_store.run(connection, run_id)
    reserving.hold_year(connection, row.tax_year)
    # Read again under the lock: whoever held it may have issued a batch.
    row = run_store.run(connection, run_id)
    if row.ended_at is not None:
        return None
    year = reserving.year_terms(app, row.tax_year, row.bill_class)
    certification = preview_store.certification(connection, row.certification_id)
    if certification.roll_digest.partition(":")[2] != reserving.law_digest(year):
        raise certified_otherwise(row.tax_year, certification)
    size = app.settings.roll_batch
    left = run_store.to_bill(row.tax_year, row.bill_class, row.up_to_parcel, size)
    if not tables.fill(connection, year, left):
        _end(connection, row, app)
        return None
    _refuse_unbillable(connection, year)
    computing.compute(connection, year)
    written = writing.write(connection, year, run_id)
    posting.note(app, connection, year.tax_year)
    up_to = run_store.last_parcel(connection)
    run_store.insert_batch(connection, run_id, row.batch_count + 1, up_to, written, app.clock.now())
    issued = row.bill_count + written.bill_count
    return pb.RunProgress(bills_issued=issued, bills=row.certified_bills)


def _end(connection: Connection, row: Any, app: LevyApp) -> None:
    """A run ends on what was certified, to the cent."""
    issued, certified = (
        (row.bill_count, row.total_cents),
        (row.certified_bills, row.certified_cents),
    )
    assert issued == certified, f"issued {issued}, certified {certified}"
    run_store.insert_end(connection, row.run_id, app.clock.now())


def _refuse_unbillable(connection: Connection, year: YearTerms) -> None:
    """The preview has found none; should a parcel have changed since, nothing is issued for it."""
    findings = Findings()
    if tables.suspects(connection, year.billing):
        rates = roll_store.rates_on_file(connection, year.tax_year)
        judging.judge(connection, year, rates, findings)
    if findings.count:
        raise refusal_of(findings)


_STATES: Final = {False: pb.RUN_STATE_RUNNING, True: pb.RUN_STATE_FINISHED}


def told(connection: Connection, row: Any) -> pb.Run:
    return pb.Run(
        run_id=str(row.run_id),
        tax_year=row.tax_year,
        bill_class=row.bill_class,
        state=_STATES[row.ended_at is not None],
        certification=certifying.told(connection, row.certification_id),
        batch_count=row.batch_count,
        bill_count=row.bill_count,
        line_count=row.line_count,
        total_cents=row.total_cents,
        started_by=row.started_by,
        started_at=row.recorded_at.isoformat(),
        finished_at=row.ended_at.isoformat() if row.ended_at else "",
        levy_version=row.levy_version,
    )
