"""Levy's command: a roll comes in as a stream and becomes bills, all of them or none.

Everything happens in one transaction. The stream is staged by COPY, judged row by row on the way
in and in sets once it is whole; then parcels are computed and written a batch at a time. A refusal
or a cut connection at any point leaves nothing.
"""

import hashlib
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection

from levy_service import billing_run, intake, roll_store
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.funds import store as fund_names
from levy_service.guard import gate
from levy_service.levies import of_rolls
from levy_service.register import rolls as register_rolls
from levy_service.register.store import as_of_default
from levy_service.roll import Roll
from levy_service.rulebook import YearLaw
from levy_service.runs import run_store
from millage.levy.v1 import levy_pb2 as pb
from taxkit import idempotency, ids, requests
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal, RefusalKind, invalid
from taxkit.telemetry import trace_id_of

_METHOD = "LoadRoll"
_SOURCE_MAX = 200
_CLASS_MAX = 60
# A bill that is mailed later is a correction or a bill of another roll.
_YEARS_TO_MAIL = 5


def load_roll(
    app: LevyApp,
    asked: Asked,
    parts: Iterator[pb.LoadRollRequest],
) -> pb.LoadRollResponse:
    """Bill a roll; the same roll under the same key is answered as before."""
    digest = hashlib.sha256()
    messages = _hashed(parts, digest)
    header = _read_header(app, messages)
    law = _law_of(app, header)
    with app.database.begin() as connection:
        _reserve(connection, header)
        known = idempotency.answered(connection, _METHOD, header.idempotency_key)
        if known is not None:
            for _ in messages:
                pass
            return _same_answer(header.idempotency_key, known, digest.digest())
        roll = Roll(
            ids.new_id(), header.jurisdiction, header.tax_year, app.clock.now(),
            header.bill_class, header.only_stage, _levy_version(connection, header, law),
        )  # fmt: skip
        roll_store.insert_roll(connection, _roll_row(app, roll, law, header, asked))
        taken = intake.take_in(connection, roll, law, messages)
        trace = asked.traceparent
        fund_names.keep(app, connection, roll.tax_year, taken.fund_names, trace)
        as_of = _as_of(app, header)
        teller = register_rolls.Teller(roll, as_of, asked.user, asked.traceparent)
        register_rolls.take_in(app, connection, teller)
        if not roll.staged:
            gate.refuse_issuing(connection, "select parcel_number from staged_parcels", {})
        answer = billing_run.issue_bills(app, connection, roll, law, taken.rates)
        idempotency.remember(
            connection,
            _METHOD,
            header.idempotency_key,
            digest.digest(),
            answer.SerializeToString(),
        )
        return answer


def _levy_version(connection: Connection, header: pb.RollHeader, law: YearLaw) -> int:
    if not header.certified_levies:
        return 0
    return of_rolls.newest_version(connection, header.tax_year, law.billing.rate_unit)


def _hashed(parts: Iterator[pb.LoadRollRequest], digest: Any) -> Iterator[pb.LoadRollRequest]:
    """Pass messages on, counting each in the request's hash."""
    for part in parts:
        body = part.SerializeToString(deterministic=True)
        digest.update(len(body).to_bytes(4, "big") + body)
        yield part


def _read_header(app: LevyApp, messages: Iterator[pb.LoadRollRequest]) -> pb.RollHeader:
    first = next(messages, None)
    if first is None or first.WhichOneof("part") != "header":
        raise invalid("HEADER_MISSING", "send the header before rates and parcels", "header")
    header = first.header
    idempotency.check_key(header.idempotency_key)
    if header.jurisdiction != app.law.jurisdiction_id:
        raise invalid(
            "JURISDICTION_UNKNOWN",
            f"{header.jurisdiction!r} is not billed here: {app.law.jurisdiction_id} is",
            "header.jurisdiction",
        )
    if len(header.source) > _SOURCE_MAX or "\x00" in header.source:
        raise invalid("TEXT_INVALID", f"at most {_SOURCE_MAX} characters, no NUL", "header.source")
    requests.plain_text(header.bill_class, "header.bill_class", _CLASS_MAX)
    return header


def _law_of(app: LevyApp, header: pb.RollHeader) -> YearLaw:
    mailed_on = _mailed_on(header)
    try:
        return app.law.year(header.tax_year, mailed_on, header.bill_class)
    except NoTermInForce as error:
        raise Refusal("NO_LAW_IN_FORCE", str(error)) from error


def _mailed_on(header: pb.RollHeader) -> date | None:
    if header.mailed_on and header.only_stage:
        raise invalid(
            "MAILED_ON_OF_A_RUN",
            "the bills of a roll that is only put on file are issued by a run, by the usual dates",
            "header.mailed_on",
        )
    mailed_on = requests.optional_date(header.mailed_on, "header.mailed_on")
    if mailed_on is not None and not 0 <= mailed_on.year - header.tax_year <= _YEARS_TO_MAIL:
        raise invalid(
            "DATE_INVALID",
            f"bills of {header.tax_year} are not mailed on {mailed_on}: in that year or within"
            f" {_YEARS_TO_MAIL} years",
            "header.mailed_on",
        )
    return mailed_on


def _as_of(app: LevyApp, header: pb.RollHeader) -> date:
    """Of which day the roll's parcels tell; never of one to come."""
    today = app.clock.today()
    day = requests.optional_date(header.parcels_as_of, "header.parcels_as_of")
    if day is not None and day > today:
        raise invalid("DATE_INVALID", f"{day} is after today, {today}", "header.parcels_as_of")
    return day or as_of_default(header.tax_year, today)


def _reserve(connection: Connection, header: pb.RollHeader) -> None:
    """Keep a second roll of the year, and a retry that overtakes the first call, out."""
    locks = (f"roll key {header.idempotency_key}", f"roll year {header.tax_year}")
    if not roll_store.begin_roll(connection, locks):
        raise Refusal(
            "ROLL_IN_PROGRESS",
            f"a roll of {header.tax_year}, or of the same key, is being loaded: try again later",
            kind=RefusalKind.UNAVAILABLE,
        )
    if run_store.unfinished(connection, header.tax_year) is not None:
        raise Refusal(
            "RUN_UNFINISHED",
            f"a levy run of {header.tax_year} was begun and has not ended: let it end first",
        )


def _same_answer(key: str, known: tuple[bytes, bytes], digest: bytes) -> pb.LoadRollResponse:
    if known[0] != digest:
        raise idempotency.conflicting(key)
    return pb.LoadRollResponse.FromString(known[1])


def _roll_row(
    app: LevyApp, roll: Roll, law: YearLaw, header: pb.RollHeader, asked: Asked
) -> dict[str, object]:
    return {
        "roll_id": roll.roll_id,
        "jurisdiction": roll.jurisdiction,
        "tax_year": roll.tax_year,
        "source": header.source,
        "bill_class": roll.bill_class,
        "staged": roll.staged,
        "rate_unit": law.billing.rate_unit.name,
        "mailed_on": _mailed_on(header),
        "levy_version": roll.levy_version or None,
        "parcels_as_of": _as_of(app, header),
        "pack_version": app.law.pack_version,
        "rule_ids": list(law.billing.rule_ids),
        "loaded_by": asked.user,
        "trace_id": trace_id_of(asked.traceparent),
        "recorded_at": roll.recorded_at,
    }
