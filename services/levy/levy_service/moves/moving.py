"""The command that moves bills: each in a further version with another parcel, owner, or both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import corrections_store, roll_store
from levy_service.bootstrap import LevyApp
from levy_service.moves import store, with_specials
from levy_service.moves.events import BILL_MOVED, bill_moved
from levy_service.queries import WholeBill
from levy_service.successors import retiring
from levy_service.successors import store as successor_store
from taxkit import ids
from taxkit.contracts import OutgoingEvent
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal, invalid, not_found
from taxkit.telemetry import trace_id_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bills, as seen in which versions, go where, from which day on and why."""

    versions: Mapping[UUID, int]
    # Empty: it stays as it is.
    parcel_number: str
    owner_name: str
    owner_email: str
    moved_on: date
    reason: str
    user: str
    traceparent: str
    # Whether special assessments that the bills ask for go along; empty where nobody said.
    specials: str = ""


def from_body(body: Mapping[str, Any], user: str, traceparent: str) -> Wanted:
    """A move as it is kept while it waits."""
    return Wanted(
        versions={UUID(one["bill_id"]): one["expected_version"] for one in body["bills"]},
        parcel_number=body["parcel_number"],
        owner_name=body["owner_name"],
        owner_email=body["owner_email"],
        moved_on=date.fromisoformat(body["moved_on"]),
        reason=body["reason"],
        user=user,
        traceparent=traceparent,
        # Not asked from the beginning.
        specials=body.get("specials", ""),
    )


def move_bills(app: LevyApp, connection: Connection, wanted: Wanted) -> list[WholeBill]:
    """Move all of the bills or none; what they ask for, and what was paid, stays as it is."""
    specials = with_specials.decided(connection, wanted)
    corrections_store.lock_all(connection, wanted.versions)
    found = store.whole_bills(connection, list(wanted.versions))
    _check_bills(found, wanted)
    _check_destination(app, connection, found.values(), wanted)
    _check_day(app, connection, wanted)
    moves = [_moved(one, wanted) for one in found.values()]
    _write(app, connection, moves, wanted)
    with_specials.follow(app, connection, specials, wanted)
    return list(store.whole_bills(connection, list(wanted.versions)).values())


@dataclass(frozen=True, slots=True)
class Move:
    """A bill as it stands, and what of its next version is another."""

    before: WholeBill
    parcel_number: str
    owner_name: str
    owner_email: str | None

    @property
    def version(self) -> int:
        before: int = self.before.bill.bill_version
        return before + 1


def _moved(bill: WholeBill, wanted: Wanted) -> Move:
    head = bill.bill
    if wanted.owner_name:
        owner = (wanted.owner_name, wanted.owner_email or None)
    else:
        owner = (head.owner_name, head.owner_email)
    return Move(bill, wanted.parcel_number or head.parcel_number, *owner)


def _check_bills(found: Mapping[UUID, WholeBill], wanted: Wanted) -> None:
    for bill_id, version in wanted.versions.items():
        if bill_id not in found:
            raise not_found("BILL_NOT_FOUND", f"levy has issued no bill {bill_id}")
        head = found[bill_id].bill
        if head.bill_version != version:
            raise Refusal(
                "BILL_VERSION_STALE",
                f"bill {head.bill_number} is at version {head.bill_version}, the move was made for"
                f" version {version}: look at the bill and send it again",
                metadata={"bill_id": str(bill_id), "bill_version": str(head.bill_version)},
            )
        stays = (head.parcel_number, head.owner_name, head.owner_email)
        move = _moved(found[bill_id], wanted)
        if (move.parcel_number, move.owner_name, move.owner_email) == stays:
            raise Refusal(
                "MOVE_CHANGES_NOTHING",
                f"bill {head.bill_number} is on parcel {head.parcel_number} of {head.owner_name}"
                " already",
            )


def _check_destination(
    app: LevyApp, connection: Connection, bills: Iterable[WholeBill], wanted: Wanted
) -> None:
    """A bill goes only to a parcel that levy knows, and that was not retired."""
    number = wanted.parcel_number
    if not number:
        return
    for year in sorted({one.bill.tax_year for one in bills}):
        try:
            form = app.law.year(year).parcel_number
        except NoTermInForce as error:
            raise Refusal("NO_LAW_IN_FORCE", str(error)) from error
        if not form.fullmatch(number):
            raise invalid(
                "PARCEL_NUMBER_INVALID", f"{number!r} is no number of a parcel", "parcel_number"
            )
    if not store.knows_parcel(connection, number):
        raise not_found("PARCEL_UNKNOWN", f"parcel {number} is on no roll")
    successors = successor_store.chain(connection, number)
    if successors:
        raise retiring.retired(successors)


def _check_day(app: LevyApp, connection: Connection, wanted: Wanted) -> None:
    today = app.clock.today()
    if wanted.moved_on > today:
        raise invalid(
            "MOVED_ON_IN_FUTURE", f"{wanted.moved_on} is after today, {today}", "moved_on"
        )
    counted = corrections_store.counts_from_all(connection, list(wanted.versions), app.clock)
    since = max(counted.values())
    if wanted.moved_on < since:
        raise invalid(
            "MOVED_ON_BEFORE_BILL",
            f"{wanted.moved_on} is before {since}, from which a bill as it stands counts",
            "moved_on",
        )


def _write(app: LevyApp, connection: Connection, moves: Sequence[Move], wanted: Wanted) -> None:
    now, trace_id = app.clock.now(), trace_id_of(wanted.traceparent)
    roll_store.write_bills(
        connection,
        app.settings.county,
        [_bill_row(one) for one in moves],
        [_line_row(one, line) for one in moves for line in one.before.lines],
        [
            (one.before.bill.bill_id, one.version, part.installment, part.due_on, part.amount_cents)
            for one in moves
            for part in one.before.installments
        ],
        [_told(app, one, wanted) for one in moves],
    )
    corrections_store.insert(
        connection,
        [
            (
                one.before.bill.bill_id, one.version, wanted.moved_on, wanted.reason, wanted.user,
                app.law.pack_version, [], trace_id, now, None,
            )
            for one in moves
        ],
    )  # fmt: skip
    store.insert_moves(connection, moves)


def _bill_row(move: Move) -> list[object]:
    changed = {
        "bill_version": move.version,
        "parcel_number": move.parcel_number,
        "owner_name": move.owner_name,
        "owner_email": move.owner_email,
    }
    head = move.before.bill
    return [changed.get(name, getattr(head, name)) for name in roll_store.BILLS]


def _line_row(move: Move, line: Any) -> list[object]:
    changed = {"bill_version": move.version}
    return [changed.get(name, getattr(line, name)) for name in roll_store.LINES]


def _told(app: LevyApp, move: Move, wanted: Wanted) -> OutgoingEvent:
    bill_id = move.before.bill.bill_id
    told = bill_moved(
        move.before.bill,
        {
            "bill_version": move.version,
            "parcel_number": move.parcel_number,
            "owner": {"name": move.owner_name, "email": move.owner_email},
            "moved_on": wanted.moved_on.isoformat(),
            "moved_by": wanted.user,
            "reason": wanted.reason,
        },
    )
    return OutgoingEvent(
        ids.new_id(), BILL_MOVED, f"bill/{bill_id}", move.version, app.clock.now(), told,
        wanted.traceparent,
    )  # fmt: skip
