"""The command that retires a parcel, and where its place is now."""

import re
from collections.abc import Sequence

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.moves.store import knows_parcel
from levy_service.specials import locking, placing
from levy_service.specials.steps import By
from levy_service.successors import store
from levy_service.successors.events import PARCEL_RETIRED
from levy_service.successors.store import Link
from taxkit import ids, outbox
from taxkit.contracts import OutgoingEvent
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal, invalid, not_found


def retire(app: LevyApp, connection: Connection, link: Link, traceparent: str) -> None:
    """Put a successor in a parcel's place, once and for good (LEVY-024)."""
    _check(app, link)
    # In this order, as whoever opens an assessment has them.
    locking.share(connection)
    store.one_at_a_time(connection)
    if not knows_parcel(connection, link.parcel_number):
        raise not_found("PARCEL_UNKNOWN", f"parcel {link.parcel_number} is on no roll")
    _refuse_retired(connection, link.parcel_number)
    ahead = store.chain(connection, link.successor_number)
    if any(one.successor_number == link.parcel_number for one in ahead):
        raise Refusal(
            "SUCCESSOR_CYCLE",
            f"{link.successor_number} was itself retired in favour of {link.parcel_number}:"
            " a parcel cannot take its own place",
        )
    store.insert(connection, link)
    _take_specials_along(app, connection, link, ahead, traceparent)
    told = {
        "parcel_number": link.parcel_number,
        "successor_number": link.successor_number,
        "retired_on": link.retired_on.isoformat(),
        "retired_by": link.retired_by,
        "reason": link.reason,
    }
    event = OutgoingEvent(
        ids.new_id(), PARCEL_RETIRED, f"parcel/{link.parcel_number}", 1, link.recorded_at, told,
        traceparent,
    )  # fmt: skip
    outbox.store(connection, app.settings.county, [event])


def _take_specials_along(
    app: LevyApp, connection: Connection, link: Link, ahead: Sequence[Link], traceparent: str
) -> None:
    """What land owes for an improvement is owed by what is in its place today."""
    to = ahead[-1].successor_number if ahead else link.successor_number
    by = By(link.retired_by, link.reason, link.retired_on, traceparent)
    rows = placing.on_parcel(connection, link.parcel_number)
    placing.move(app, connection, rows, to, by)


def _refuse_retired(connection: Connection, parcel_number: str) -> None:
    found = store.chain(connection, parcel_number)
    if found:
        raise retired(found)


def retired(chain: list[Link]) -> Refusal:
    """Say what took a parcel's place, and what is there today."""
    first, last = chain[0], chain[-1]
    return Refusal(
        "PARCEL_RETIRED",
        f"parcel {first.parcel_number} was retired on {first.retired_on}:"
        f" {last.successor_number} is in its place",
        metadata={"successor_number": last.successor_number},
    )


def _check(app: LevyApp, link: Link) -> None:
    if link.parcel_number == link.successor_number:
        raise invalid(
            "SUCCESSOR_IS_ITSELF", "another parcel has to take its place", "successor_number"
        )
    today = app.clock.today()
    if link.retired_on > today:
        raise invalid(
            "RETIRED_ON_IN_FUTURE", f"{link.retired_on} is after today, {today}", "retired_on"
        )
    try:
        form = app.law.parcel_number.at(link.retired_on.year).value.pattern
    except NoTermInForce as error:
        raise Refusal("NO_LAW_IN_FORCE", str(error)) from error
    if not re.fullmatch(form, link.successor_number):
        raise invalid(
            "PARCEL_NUMBER_INVALID",
            f"{link.successor_number!r} is no number of a parcel",
            "successor_number",
        )
