"""What a year would come to: computed as a run would, written nowhere but into the preview."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from levy_service import roll_store
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain.roll import Findings
from levy_service.runs import (
    computing,
    judging,
    preview_store,
    reserving,
    run_store,
    tables,
    writing,
)
from levy_service.runs.writing import Written
from levy_service.runs.year import YearTerms
from levy_service.sent_rows import refusal_of
from millage.levy.v1 import runs_pb2 as pb
from taxkit import idempotency, ids, requests
from taxkit.errors import Refusal, conflict, invalid, not_found
from taxkit.telemetry import trace_id_of

METHOD: Final = "PreviewLevy"
TEXT_MAX: Final = 300


def preview(
    app: LevyApp, asked: Asked, request: pb.PreviewLevyRequest
) -> Iterator[pb.PreviewProgress]:
    """Compute every parcel without a bill and keep the sums; all in one transaction."""
    idempotency.check_key(request.idempotency_key)
    tax_year = reserving.checked_year(request.tax_year)
    bill_class = requests.plain_text(request.bill_class, "bill_class", TEXT_MAX)
    with app.database.begin() as connection:
        known = reserving.answered(connection, METHOD, request)
        if known is not None:
            yield _last(pb.Preview.FromString(known))
            return
        reserving.hold_year(connection, tax_year)
        reserving.refuse_while_running(connection, tax_year)
        year = reserving.year_terms(app, tax_year, bill_class)
        parcels = run_store.unbilled(connection, tax_year, bill_class)
        if not parcels:
            raise nothing_to_bill(tax_year)
        preview_store.begin(connection)
        total = Written(0, 0, 0)
        for done, written in _batches(app, connection, year):
            total = total + written
            yield pb.PreviewProgress(parcels_done=done, parcels=parcels)
        preview_id = _keep(app, connection, asked, year, parcels, total)
        answer = told(connection, preview_id)
        reserving.remember(connection, METHOD, request, answer)
    yield _last(answer)


def _last(preview: pb.Preview) -> pb.PreviewProgress:
    parcels = preview.parcel_count
    return pb.PreviewProgress(parcels_done=parcels, parcels=parcels, preview=preview)


def discard(
    app: LevyApp, connection: Connection, asked: Asked, request: pb.DiscardPreviewRequest
) -> pb.Preview:
    preview_id = requests.required_id(request.preview_id, "preview_id")
    reason = requests.plain_text(request.reason, "reason", TEXT_MAX).strip()
    if not reason:
        raise invalid("REASON_MISSING", "say why it is discarded", "reason")
    refuse_settled(found(connection, preview_id, lock=True))
    row = {
        "preview_id": preview_id,
        "reason": reason,
        "discarded_by": asked.user,
        "recorded_at": app.clock.now(),
    }
    preview_store.insert_discard(connection, row)
    return told(connection, preview_id)


def found(connection: Connection, preview_id: UUID, *, lock: bool = False) -> Any:
    row = preview_store.preview(connection, preview_id, lock=lock)
    if row is None:
        raise not_found("PREVIEW_NOT_FOUND", f"there is no preview {preview_id}")
    return row


def refuse_settled(row: Any) -> None:
    """A preview is certified or discarded once."""
    if row.discarded_by is not None:
        raise conflict("PREVIEW_DISCARDED", f"{row.discarded_by} has discarded this preview")
    if row.certification_id is not None:
        raise conflict("PREVIEW_CERTIFIED", "this preview is certified already")


def nothing_to_bill(tax_year: int) -> Refusal:
    return Refusal("NOTHING_TO_BILL", f"every parcel of {tax_year} on file has its bill")


def told(connection: Connection, preview_id: UUID) -> pb.Preview:
    answer = head(found(connection, preview_id))
    answer.rows.extend(map(_row, preview_store.rows(connection, preview_id)))
    return answer


def head(row: Any) -> pb.Preview:
    state = pb.PREVIEW_STATE_OPEN
    if row.discarded_by is not None:
        state = pb.PREVIEW_STATE_DISCARDED
    elif row.certification_id is not None:
        state = pb.PREVIEW_STATE_CERTIFIED
    return pb.Preview(
        preview_id=str(row.preview_id),
        tax_year=row.tax_year,
        bill_class=row.bill_class,
        state=state,
        parcel_count=row.parcel_count,
        bill_count=row.bill_count,
        line_count=row.line_count,
        net_value_dollars=int(row.net_value_dollars),
        total_cents=row.total_cents,
        made_by=row.made_by,
        recorded_at=row.recorded_at.isoformat(),
        pack_version=row.pack_version,
        roll_digest=row.roll_digest,
        discarded_by=row.discarded_by or "",
        discard_reason=row.discard_reason or "",
    )


_DIMENSIONS: Final = {
    "tax_code": pb.PREVIEW_DIMENSION_TAX_CODE,
    "agency": pb.PREVIEW_DIMENSION_AGENCY,
}


def _row(row: Any) -> pb.PreviewRow:
    prior, filed, run = (
        (
            int(getattr(row, f"{measure}_bills")),
            int(getattr(row, f"{measure}_value_dollars")),
            int(getattr(row, f"{measure}_cents")),
        )
        for measure in ("prior", "filed", "run")
    )
    change = [now + new - before for before, now, new in zip(prior, filed, run, strict=True)]
    return pb.PreviewRow(
        dimension=_DIMENSIONS[row.dimension],
        code=row.code,
        name=row.name,
        prior_year=_figures(prior),
        on_file=_figures(filed),
        run=_figures(run),
        difference=_figures(change),
    )


def _figures(values: Sequence[int]) -> pb.Figures:
    bills, dollars, cents = values
    return pb.Figures(bill_count=bills, value_dollars=dollars, tax_cents=cents)


def _batches(
    app: LevyApp, connection: Connection, year: YearTerms
) -> Iterator[tuple[int, Written]]:
    """Compute all unbilled parcels; a parcel that cannot be billed refuses the preview."""
    findings, after, done = Findings(), "", 0
    rates = roll_store.rates_on_file(connection, year.tax_year)
    size = app.settings.roll_batch
    while count := tables.fill(
        connection, year, run_store.to_bill(year.tax_year, year.bill_class, after, size)
    ):
        after, done = run_store.last_parcel(connection), done + count
        judging.judge(connection, year, rates, findings)
        if not findings.count:
            computing.compute(connection, year)
            preview_store.add_computed(connection)
            yield done, writing.written(connection)
    if findings.count:
        raise refusal_of(findings)


def _keep(
    app: LevyApp,
    connection: Connection,
    asked: Asked,
    year: YearTerms,
    parcels: int,
    total: Written,
) -> UUID:
    preview_store.add_on_file(connection, "prior", year.tax_year - 1)
    preview_store.add_on_file(connection, "filed", year.tax_year)
    preview_id = ids.new_id()
    preview_store.insert(
        connection,
        {
            "preview_id": preview_id,
            "tax_year": year.tax_year,
            "bill_class": year.bill_class,
            "roll_digest": reserving.digest(connection, year),
            "pack_version": app.law.pack_version,
            "rule_ids": list(year.billing.rule_ids),
            "parcel_count": parcels,
            "bill_count": total.bill_count,
            "line_count": total.line_count,
            "net_value_dollars": preview_store.run_value(connection),
            "total_cents": total.total_cents,
            "made_by": asked.user,
            "trace_id": trace_id_of(asked.traceparent),
            "recorded_at": app.clock.now(),
        },
    )
    return preview_id
