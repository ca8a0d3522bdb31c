"""What the sender says of a file before its bytes, and what follows from it."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain.payment_source import Capture, PaymentSource, misfit
from cashiering_service.domain.remittance import (
    GRAMMARS,
    Defaults,
    RemittanceReader,
    Trailer,
    open_reader,
)
from cashiering_service.domain.remittance.layout_document import LayoutDocument
from cashiering_service.imports import layouts as import_layouts
from cashiering_service.till import lenders
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import requests
from taxkit.errors import invalid
from taxkit.idempotency import check_key
from taxkit.money import CENTS_MAX

_FILE_NAME_MAX = 200
_CODE_MAX = 40
POLICIES = {
    pb.IMPORT_POLICY_UNSPECIFIED: "park",
    pb.IMPORT_POLICY_ALL_OR_NOTHING: "all_or_nothing",
    pb.IMPORT_POLICY_DRY_RUN: "dry_run",
}


@dataclass(frozen=True, slots=True)
class Header:
    key: str
    layout: str
    file_name: str
    till_code: str
    business_date: date
    effective_on: date | None
    policy: str
    source: str
    control_count: int | None
    control_total_cents: int | None
    lender_code: str

    def request_hash(self, file_sha256: str) -> bytes:
        return hashlib.sha256(f"{self!r} {file_sha256}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Staged:
    """A file in staging, whole and in agreement with its control totals."""

    run_id: UUID
    header: Header
    trailer: Trailer
    file_sha256: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read: its layout with the day's law, and where its money is from."""

    header: Header
    layout: str | LayoutDocument
    source: PaymentSource
    reader: RemittanceReader

    @property
    def key_fields(self) -> tuple[str, ...]:
        if isinstance(self.layout, LayoutDocument):
            return self.layout.key
        return GRAMMARS[self.layout].key


def read(app: CashieringApp, parts: Iterator[Any]) -> Header:
    """Take the first part of a stream, which has to be the header."""
    first = next(parts, None)
    if first is None or first.WhichOneof("part") != "header":
        raise invalid("HEADER_MISSING", "send the header before the file's bytes", "header")
    given = first.header
    layout = requests.plain_text(given.layout, "layout", _CODE_MAX)
    business_date = requests.required_date(given.business_date, "business_date")
    if business_date > app.clock.today():
        raise invalid("BUSINESS_DATE_IN_FUTURE", f"{business_date} is after today", "business_date")
    if given.policy not in POLICIES:
        raise invalid("POLICY_UNKNOWN", f"there is no policy {given.policy}", "policy")
    return Header(
        check_key(given.idempotency_key),
        layout,
        requests.plain_text(given.file_name, "file_name", _FILE_NAME_MAX),
        requests.plain_text(given.till_code, "till_code", _CODE_MAX),
        business_date,
        requests.optional_date(given.effective_on, "effective_on"),
        POLICIES[given.policy],
        requests.plain_text(given.source, "source", _CODE_MAX),
        _control(given, "control_count"),
        _control(given, "control_total_cents"),
        requests.plain_text(given.lender_code, "lender_code", _CODE_MAX),
    )


def _control(given: pb.ImportHeader, name: str) -> int | None:
    if not given.HasField(name):  # type: ignore[arg-type]
        return None
    value: int = getattr(given, name)
    if not 0 <= value <= CENTS_MAX:
        raise invalid("CONTROL_OUT_OF_RANGE", f"{name} is {value}: 0 to {CENTS_MAX}", name)
    return value


def prepare_reading(app: CashieringApp, connection: Connection, header: Header) -> Reading:
    """Find the layout in force on the file's day, its source and its reader."""
    layout, source_code = import_layouts.in_force(connection, header.layout, header.business_date)
    sources = app.law.payment_sources(header.business_date)
    code = header.source or source_code
    if code not in sources:
        raise invalid(
            "SOURCE_UNKNOWN", f"{code!r} is not one of {', '.join(sorted(sources))}", "source"
        )
    _check_fit(layout, sources[code])
    _check_controls(layout, header)
    _check_lender(connection, layout, sources[code], header)
    references = app.law.reference_format(header.business_date)
    defaults = Defaults(received_on=header.effective_on or header.business_date)
    return Reading(header, layout, sources[code], open_reader(layout, references, defaults))


def _check_fit(layout: str | LayoutDocument, source: PaymentSource) -> None:
    """A layout that serves its own source need not serve the one a header names instead."""
    if isinstance(layout, str) or source.capture is Capture.LENDER:
        return
    if (wrong := misfit(layout, source)) is not None:
        raise invalid(
            "SOURCE_MISFIT",
            f"layout {layout.name} has {wrong.found}; {source.name} needs {wrong.expected}",
            "source",
        )


def _check_controls(layout: str | LayoutDocument, header: Header) -> None:
    """A file without a trailer is held to what its sender says of it."""
    if isinstance(layout, str) or layout.control is not None:
        return
    for name in ("control_count", "control_total_cents"):
        if getattr(header, name) is None:
            raise invalid(
                "CONTROL_TOTALS_MISSING",
                f"files of layout {layout.name} have no trailer: give count and total of this one",
                name,
            )


def _check_lender(
    connection: Connection, layout: str | LayoutDocument, source: PaymentSource, header: Header
) -> None:
    """A lender pays in bulk under its code, which the lines carry or the header."""
    if header.lender_code:
        lenders.check(connection, header.lender_code)
    if source.capture is not Capture.LENDER or header.lender_code:
        return
    if isinstance(layout, str) or layout.field("lender_code") is None:
        raise invalid(
            "LENDER_MISSING", "say whose payments these are: the lines do not", "lender_code"
        )
