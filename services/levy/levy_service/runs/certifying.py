"""A person answers for a year's figures: which, who, when, and in what words."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.runs import preview_store, previews, reserving
from millage.levy.v1 import runs_pb2 as pb
from taxkit import ids, requests
from taxkit.errors import Refusal, invalid
from taxkit.telemetry import trace_id_of

METHOD: Final = "CertifyRoll"


def certify(
    app: LevyApp, connection: Connection, asked: Asked, request: pb.CertifyRollRequest
) -> pb.Certification:
    """Certify a preview, if the roll is still the one it was made of."""
    preview_id = requests.required_id(request.preview_id, "preview_id")
    statement = requests.plain_text(request.statement, "statement", previews.TEXT_MAX).strip()
    if not statement:
        raise invalid("STATEMENT_MISSING", "say what is certified", "statement")
    preview = previews.found(connection, preview_id, lock=True)
    reserving.hold_year(connection, preview.tax_year)
    previews.refuse_settled(preview)
    reserving.refuse_while_running(connection, preview.tax_year)
    _check_read(preview, request)
    year = reserving.year_terms(app, preview.tax_year, preview.bill_class)
    if preview.roll_digest != reserving.digest(connection, year):
        raise Refusal(
            "PREVIEW_STALE",
            f"the roll of {preview.tax_year}, its rates or the law have changed since"
            f" {preview.made_by} made this preview: make another one",
        )
    certification_id = ids.new_id()
    now = app.clock.now()
    preview_store.insert_certification(
        connection,
        {
            "certification_id": certification_id,
            "preview_id": preview_id,
            "tax_year": preview.tax_year,
            "statement": statement,
            "certified_on": app.clock.today(),
            "certified_by": asked.user,
            "trace_id": trace_id_of(asked.traceparent),
            "recorded_at": now,
        },
    )
    return told(connection, certification_id)


def told(connection: Connection, certification_id: UUID) -> pb.Certification:
    row = preview_store.certification(connection, certification_id)
    return pb.Certification(
        certification_id=str(row.certification_id),
        preview_id=str(row.preview_id),
        tax_year=row.tax_year,
        statement=row.statement,
        certified_by=row.certified_by,
        certified_on=row.certified_on.isoformat(),
        bill_count=row.bill_count,
        total_cents=row.total_cents,
    )


def _check_read(preview: Any, request: pb.CertifyRollRequest) -> None:
    """Who certifies says the figures; those of another preview are a mistake."""
    if (preview.bill_count, preview.total_cents) != (request.bill_count, request.total_cents):
        raise Refusal(
            "FIGURES_DIFFER",
            f"the preview has {preview.bill_count} bills of {preview.total_cents} cents, not"
            f" {request.bill_count} of {request.total_cents}",
        )
