"""Lets bills follow their parcels' values: found, computed and issued in sets (LEVY-003)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import corrections_store, versions
from levy_service import store as bills_store
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain import revaluing
from levy_service.domain.billing import CannotBill, ComputedBill
from levy_service.domain.correction import CorrectionTerms
from levy_service.domain.increment import Part
from levy_service.domain.revaluing import NewValue
from levy_service.guard import gate
from levy_service.guard import store as guard_store
from levy_service.guard.gate import Change as GuardedChange
from levy_service.queries import WholeBill
from levy_service.value_changes import registering, store
from levy_service.versions import Because, NextVersion
from taxkit.errors import Refusal

KIND = "value_change"


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a change would make of its parcel's bills; those that stay as they are are left out."""

    change: Any
    bills: Sequence[WholeBill] = ()
    nexts: Sequence[NextVersion] = ()
    problem: CannotBill | None = None

    @property
    def bill_ids(self) -> list[UUID]:
        return [each.bill.bill_id for each in self.bills]

    @property
    def outcome(self) -> str:
        if not self.bills:
            return "no_bill"
        return "corrected" if self.nexts else "unchanged"


@dataclass(frozen=True, slots=True)
class Corrected:
    """What became of changes."""

    corrected: int = 0
    not_corrected: int = 0
    held: int = 0
    difference_cents: int = 0


def prospects(
    app: LevyApp, connection: Connection, changes: Sequence[Any], *, lock: bool = True
) -> list[Prospect]:
    """Compute what changes would make of bills, which lock holds still; nothing is written."""
    years = {each.tax_year for each in changes}
    found: dict[tuple[int, str], list[WholeBill]] = {}
    registered: dict[tuple[int, str], Any] = {}
    for year in sorted(years):
        numbers = [each.parcel_number for each in changes if each.tax_year == year]
        known = store.registered(connection, year, numbers)
        registered |= {(year, number): row for number, row in known.items()}
        found |= _bills(connection, year, numbers, lock=lock)
    law = _Law(app)
    return [
        _prospect(law, each, found.get(key, []), registered[key])
        for each in changes
        for key in [(each.tax_year, each.parcel_number)]
    ]


def _bills(
    connection: Connection, tax_year: int, numbers: Sequence[str], *, lock: bool
) -> dict[tuple[int, str], list[WholeBill]]:
    issued = store.issued_for(connection, tax_year, numbers)
    if lock:
        corrections_store.lock_all(connection, [row.bill_id for row in issued])
    # Only now do the bills stand still.
    rows = bills_store.newest_bills(connection, [row.bill_id for row in issued])
    lines = bills_store.lines_of(connection, rows)
    parts = bills_store.installments_of(connection, rows)
    wholes = {row.bill_id: WholeBill(row, lines[row.bill_id], parts[row.bill_id]) for row in rows}
    found: dict[tuple[int, str], list[WholeBill]] = {}
    for row in issued:
        found.setdefault((tax_year, row.parcel_number), []).append(wholes[row.bill_id])
    return found


class _Law:
    """The terms bills are corrected by: worked out once a year and class."""

    def __init__(self, app: LevyApp) -> None:
        self.app = app
        self._terms: dict[tuple[int, str], CorrectionTerms] = {}

    def of(self, whole: WholeBill) -> CorrectionTerms:
        key = (whole.bill.tax_year, whole.bill.bill_class)
        if key not in self._terms:
            self._terms[key] = versions.terms_of(self.app, whole)
        return self._terms[key]


def _prospect(law: _Law, change: Any, bills: Sequence[WholeBill], registered: Any) -> Prospect:
    if not bills:
        return Prospect(change)
    # Of two parts the first is the base, by whose law both are computed.
    terms = law.of(bills[0])
    increment = law.app.law.increment.at(change.tax_year).value
    value = NewValue(
        change.net_value_dollars, registered.frozen_value_dollars, registered.increment_share
    )
    standing = {Part(each.bill.part): versions.as_computed(each) for each in bills}
    try:
        after = revaluing.to_value(standing, value, terms, increment)
    except CannotBill as problem:
        return Prospect(change, bills, problem=problem)
    nexts = [
        NextVersion(each, after[Part(each.bill.part)], terms)
        for each in bills
        if _differs(each, after[Part(each.bill.part)])
    ]
    return Prospect(change, bills, nexts)


def _differs(before: WholeBill, after: ComputedBill) -> bool:
    head = before.bill
    return (head.total_cents, head.net_value_dollars) != (
        after.total_cents,
        after.net_value_dollars,
    )


def correct(
    app: LevyApp, connection: Connection, found: Sequence[Prospect], on: date, asked: Asked
) -> Corrected:
    """Issue what follows from changes; those of bills that a payment file may pay wait."""
    _refuse_unbillable(found)
    bill_ids = [bill_id for one in found for bill_id in one.bill_ids]
    held_bills = guard_store.held_among(connection, bill_ids)
    held = [one for one in found if one.nexts and not held_bills.isdisjoint(one.bill_ids)]
    if held:
        _hold(app, connection, held, on, asked)
    waiting = {one.change.change_id for one in held}
    free = [one for one in found if one.change.change_id not in waiting]
    _issue(app, connection, free, on, asked)
    return Corrected(
        sum(bool(one.nexts) for one in free),
        sum(not one.nexts for one in free),
        len(held),
        sum(difference(each) for one in free for each in one.nexts),
    )


def difference(version: NextVersion) -> int:
    before: int = version.before.bill.total_cents
    return version.after.total_cents - before


def _refuse_unbillable(found: Iterable[Prospect]) -> None:
    for one in found:
        if one.problem is not None:
            parcel = one.change.parcel_number
            raise Refusal(one.problem.reason.value, f"parcel {parcel}: {one.problem.message}")


def _hold(
    app: LevyApp, connection: Connection, held: Sequence[Prospect], on: date, asked: Asked
) -> None:
    change_ids = [one.change.change_id for one in held]
    body = {"change_ids": [str(each) for each in change_ids], "on": on.isoformat()}
    bill_ids = sorted(bill_id for one in held for bill_id in one.bill_ids)
    guarded = GuardedChange(KIND, bill_ids, body, asked.user, asked.traceparent)
    row = gate.hold(app, connection, guarded, lambda: _issue(app, connection, held, on, asked))
    assert row is not None, bill_ids
    store.hold(connection, change_ids, row.change_id)


def apply_held(
    app: LevyApp, connection: Connection, body: Mapping[str, Any], user: str, traceparent: str
) -> None:
    """Let bills follow that had to wait, in whichever version they are by now."""
    changes = store.changes(connection, [UUID(each) for each in body["change_ids"]])
    found = prospects(app, connection, changes)
    _refuse_unbillable(found)
    _issue(app, connection, found, date.fromisoformat(body["on"]), Asked(user, traceparent))


def _issue(
    app: LevyApp, connection: Connection, found: Sequence[Prospect], on: date, asked: Asked
) -> None:
    """A correction counts from its day, but never before the version it replaces."""
    bill_ids = [each.bill_id for one in found for each in one.nexts]
    since = corrections_store.counts_from_all(connection, bill_ids, app.clock)
    nexts = [
        NextVersion(
            each.before, each.after, each.terms,
            because=_because(one.change, max(on, since[each.bill_id]), asked),
        )
        for one in found
        for each in one.nexts
    ]  # fmt: skip
    if nexts:
        versions.issue(app, connection, nexts, Because(on, "", asked.user, asked.traceparent))
    made = [
        (one.change.change_id, each.bill_id, each.number) for one in found for each in one.nexts
    ]
    store.keep_versions(connection, made)
    outcomes = [(one.change.change_id, one.outcome) for one in found]
    store.settle(connection, outcomes, app.clock.now())


def _because(change: Any, on: date, asked: Asked) -> Because:
    return Because(on, registering.reason_of(change), asked.user, asked.traceparent)
