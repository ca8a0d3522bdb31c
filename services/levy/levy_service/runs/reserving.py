"""What every command on a year's roll begins with: its lock, its key, its law."""

import hashlib
from typing import Any, Final

from google.protobuf.message import Message
from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.rulebook import YearLaw
from levy_service.runs import run_store
from levy_service.runs.telling import Teller
from levy_service.runs.year import YearTerms
from taxkit import idempotency
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal, RefusalKind, invalid

YEAR_MAX: Final = 9999
_SHORTENED: Final = 32


def checked_year(tax_year: int) -> int:
    if not 0 < tax_year <= YEAR_MAX:
        raise invalid("TAX_YEAR_INVALID", f"tax_year is {tax_year}: four digits", "tax_year")
    return tax_year


def year_law(app: LevyApp, tax_year: int, bill_class: str) -> YearLaw:
    try:
        return app.law.year(tax_year, bill_class=bill_class)
    except NoTermInForce as error:
        raise Refusal("NO_LAW_IN_FORCE", str(error)) from error


def year_terms(app: LevyApp, tax_year: int, bill_class: str) -> YearTerms:
    """A year's law for a batch that is issued now."""
    law = year_law(app, tax_year, bill_class)
    teller = Teller(app.settings.county, app.law.jurisdiction_id, tax_year, app.clock.now())
    return YearTerms(tax_year, law.billing, law.increment, teller, bill_class)


def hold_year(connection: Connection, tax_year: int) -> None:
    """Keep the year's roll to this transaction; LoadRoll holds the same lock."""
    connection.exec_driver_sql("set local statement_timeout = '10min'")
    # A batch's lines are sorted by bill: in memory, not on disk.
    connection.exec_driver_sql("set local work_mem = '128MB'")
    held = connection.exec_driver_sql(
        "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (f"roll year {tax_year}",)
    ).scalar_one()
    if not held:
        raise Refusal(
            "ROLL_IN_PROGRESS",
            f"the roll of {tax_year} is being loaded, previewed or run: try again later",
            kind=RefusalKind.UNAVAILABLE,
        )


def refuse_while_running(connection: Connection, tax_year: int) -> None:
    run = run_store.unfinished(connection, tax_year)
    if run is not None:
        raise Refusal(
            "RUN_UNFINISHED",
            f"run {run.run_id} of {tax_year} was begun and has not ended: let it end first",
        )


def answered(connection: Connection, method: str, request: Any) -> bytes | None:
    """The answer a key was given before; another request under it is refused."""
    known = idempotency.answered(connection, method, request.idempotency_key)
    if known is None:
        return None
    if known[0] != idempotency.request_hash(request):
        raise idempotency.conflicting(request.idempotency_key)
    return known[1]


def remember(connection: Connection, method: str, request: Any, answer: Message) -> None:
    digest = idempotency.request_hash(request)
    body = answer.SerializeToString()
    idempotency.remember(connection, method, request.idempotency_key, digest, body)


def digest(connection: Connection, year: YearTerms) -> str:
    """Name exactly this roll, these rates and this law."""
    roll = _hash(run_store.figures_of_roll(connection, year.tax_year, year.bill_class))
    return f"{roll}:{law_digest(year)}"


def law_digest(year: YearTerms) -> str:
    return _hash(repr((year.billing, year.increment)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_SHORTENED]
