"""Commands on miscellaneous sources."""

from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.domain.source_setup import check_source
from cashiering_service.domain.sources import (
    AmountMode,
    Entry,
    ParcelTie,
    Priced,
    Source,
    price,
)
from cashiering_service.sources import store as sources_store
from taxkit.errors import Refusal, conflict, not_found


def set_source(app: CashieringApp, connection: Connection, asked: Asked, source: Source) -> Source:
    """Say what a source is from a date on; what it was until then stays (CASH-077)."""
    check_source(source)
    sources_store.lock_code(connection, source.source_code)
    sources_store.insert(connection, source, asked.user, app.clock.now())
    return source


def add_at_capture(
    app: CashieringApp, connection: Connection, asked: Asked, source: Source
) -> Source:
    """Add a plain source while money waits, where the county's rules allow it (CASH-079)."""
    rules = app.law.source_rules(source.effective_from)
    if not rules.create_at_capture:
        raise Refusal("SOURCE_CREATION_OFF", "sources are not made at the counter here")
    plain = replace(source, amount_mode=AmountMode.ENTERED, parcel_tie=ParcelTie.OPTIONAL)
    check_source(plain)
    sources_store.lock_code(connection, plain.source_code)
    if sources_store.is_known(connection, plain.source_code):
        raise conflict("SOURCE_KNOWN", f"there is a source {plain.source_code} already")
    if not rules.free_form_funds:
        for fund, account in (
            (plain.credit_fund, plain.credit_account),
            (plain.debit_fund, plain.debit_account),
        ):
            if (fund or account) and not sources_store.has_fund(connection, fund, account):
                raise Refusal(
                    "FUND_UNKNOWN",
                    f"no source has fund {fund!r} and account {account!r}; new ones are not named"
                    " at the counter here",
                )
    sources_store.insert(connection, plain, asked.user, app.clock.now())
    return plain


def source_as_of(connection: Connection, source_code: str, day: date) -> Source:
    found = sources_store.in_force(connection, day, [source_code]).get(source_code)
    if found is None:
        raise not_found("SOURCE_NOT_FOUND", f"no source {source_code!r} on {day}")
    return found


def priced(connection: Connection, entry: Entry, day: date) -> Priced:
    """What an entry would cost on a day."""
    found = sources_store.in_force(connection, day, [entry.source_code])
    return price(found.get(entry.source_code), entry)
