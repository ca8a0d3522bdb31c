"""Levy's commands on a draft: open, edit, roll back, drop. None of them changes a bill."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain import modification
from levy_service.domain.modification import (
    CannotModify,
    Edit,
    Option,
    Purpose,
    Standing,
    ToldFee,
)
from levy_service.modifications import checking, drafted, rows
from levy_service.modifications.drafted import BILLS_MAX, Draft, DraftedBill, DraftedFee
from taxkit import ids
from taxkit.errors import Refusal, invalid
from taxkit.telemetry import trace_id_of


@dataclass(frozen=True, slots=True)
class Opening:
    """What a draft is opened with: which bills, and what will be kept of why they change."""

    wanted: dict[str, Any]
    standing: Standing
    bill_ids: tuple[UUID, ...]
    fees: tuple[tuple[UUID, str], ...]
    option: Option
    purpose: Purpose
    batch: str
    modified_on: date
    code: str
    reason: str
    adjustment_code: str


def open_draft(app: LevyApp, connection: Connection, opening: Opening, asked: Asked) -> UUID:
    """Open a draft on bills as they stand (LEVY-007)."""
    if opening.modified_on > app.clock.today():
        raise invalid(
            "MODIFIED_ON_IN_FUTURE", f"{opening.modified_on} is after today", "modified_on"
        )
    found = find_modifiable(app, connection, opening.wanted, opening.standing)
    bills = _chosen(found, opening)
    option = modification.option_with(opening.option, _fees(found, opening))
    modification_id = ids.new_id()
    row = {
        "modification_id": modification_id,
        "status": "open",
        "revision": 1,
        "option": option.value,
        "asked_option": opening.option.value,
        "purpose": opening.purpose.value,
        **opening.wanted,
        "standing": opening.standing.value,
        "batch": opening.batch,
        "modified_on": opening.modified_on,
        "code": opening.code,
        "reason": opening.reason,
        "adjustment_code": opening.adjustment_code,
    }
    rows.insert(connection, row)
    drafted_as = [(each.bill_id, each.whole.bill.bill_version) for each in bills]
    rows.add_bills(connection, modification_id, drafted_as, chosen=True)
    rows.add_fees(connection, modification_id, opening.fees)
    rows.opened(connection, modification_id, step(app, "opened", asked))
    return modification_id


def _chosen(found: Sequence[DraftedBill], opening: Opening) -> Sequence[DraftedBill]:
    if not found:
        raise Refusal("NO_BILLS_FOUND", "no bill is as it was asked for: nothing to modify")
    if not opening.bill_ids:
        return () if opening.fees else found
    wanted = set(opening.bill_ids)
    if strangers := wanted - {each.bill_id for each in found}:
        raise invalid(
            "BILL_NOT_FOUND", f"bill {min(strangers)} is none of those asked for", "bill_ids"
        )
    return [each for each in found if each.bill_id in wanted]


def _fees(found: Sequence[DraftedBill], opening: Opening) -> list[ToldFee]:
    """The fees asked for, as the ledger told of them; one that it did not is refused."""
    fees = []
    wholes = {each.bill_id: each.whole for each in found}
    for bill_id, code in opening.fees:
        if bill_id not in wholes:
            raise invalid("BILL_NOT_FOUND", f"bill {bill_id} is none of those asked for", "fees")
        fee = DraftedFee(wholes[bill_id], code).told
        if fee is None:
            raise Refusal("FEE_NOT_FOUND", f"bill {bill_id} bears no fee {code}")
        fees.append(fee)
    return fees


def find_modifiable(
    app: LevyApp, connection: Connection, wanted: dict[str, Any], standing: Standing
) -> list[DraftedBill]:
    found = drafted.modifiable(app, connection, wanted, standing, BILLS_MAX + 1)
    if len(found) > BILLS_MAX:
        raise Refusal(
            "TOO_MANY_BILLS", f"more than {BILLS_MAX} bills: narrow by year, district or standing"
        )
    return found


def edit(
    app: LevyApp,
    connection: Connection,
    modification_id: UUID,
    revision: int,
    edits: Sequence[tuple[UUID, Edit]],
    asked: Asked,
) -> None:
    """Put edits on a draft's bills; a due date reaches all of its statement (LEVY-013)."""
    draft = opened_draft(connection, modification_id, revision)
    for _, given in edits:
        try:
            modification.check(given, draft.option)
        except CannotModify as error:
            raise invalid(error.reason.value, error.message, "edits") from error
    due_on = _due_dates(draft, edits)
    if due_on:
        _add_statements(connection, draft, due_on)
        draft = drafted.find(connection, modification_id)
    known = {each.bill_id: each for each in draft.bills}
    checking.refuse_unfit(connection, known, edits)
    after = {each.bill_id: each.edit for each in draft.bills}
    for bill_id, given in edits:
        after[bill_id] = modification.amended(after[bill_id], given)
    for bill_id, bill in known.items():
        if (day := due_on.get(_statement(bill))) is not None:
            after[bill_id] = modification.amended(after[bill_id], Edit(due_on=day))
    changed = [
        (bill_id, one.net_value_dollars, one.total_cents, one.due_on, one.bill_code)
        for bill_id, one in after.items()
        if one != known[bill_id].edit
    ]
    rows.edit(connection, modification_id, changed)
    _refuse_hindered(app, drafted.find(connection, modification_id), edits)
    rows.advance(connection, modification_id, "open", step(app, "edited", asked))


def _refuse_hindered(app: LevyApp, draft: Draft, edits: Sequence[tuple[UUID, Edit]]) -> None:
    """What cannot be computed is not kept as an edit."""
    edited = {bill_id for bill_id, _ in edits}
    for each in drafted.judge(app, draft):
        if each.hindrance and each.bill.bill_id in edited:
            number = each.bill.whole.bill.bill_number
            raise invalid(each.hindrance, f"bill {number}: {each.message}", "edits")


Statement = tuple[str, int]
"""Parcel and tax year: the bills of both are one statement."""


def _statement(bill: DraftedBill) -> Statement:
    return bill.whole.bill.parcel_number, bill.whole.bill.tax_year


def _due_dates(draft: Draft, edits: Sequence[tuple[UUID, Edit]]) -> dict[Statement, date]:
    statements = {each.bill_id: _statement(each) for each in draft.bills}
    found: dict[Statement, date] = {}
    for bill_id, given in edits:
        if given.due_on is None or bill_id not in statements:
            continue
        if found.setdefault(statements[bill_id], given.due_on) != given.due_on:
            raise invalid(
                "DUE_DATES_DIFFER",
                f"bill {bill_id} is of one statement with another: one due date for both",
                "edits",
            )
    return found


def _add_statements(connection: Connection, draft: Draft, due_on: dict[Statement, date]) -> None:
    known = {each.bill_id for each in draft.bills}
    reached = [
        (row.bill_id, row.bill_version)
        for row in rows.of_statements(connection, due_on)
        if row.bill_id not in known
    ]
    rows.add_bills(connection, draft.modification_id, reached, chosen=False)


def roll_back(
    app: LevyApp, connection: Connection, modification_id: UUID, revision: int, asked: Asked
) -> None:
    """Return a draft to its bills as they are stored (LEVY-010)."""
    opened_draft(connection, modification_id, revision)
    rows.drop_edits(connection, modification_id)
    rows.advance(connection, modification_id, "open", step(app, "rolled_back", asked))


def drop(app: LevyApp, connection: Connection, modification_id: UUID, asked: Asked) -> None:
    """Give a draft up; what was in it stays to be seen."""
    opened_draft(connection, modification_id, None)
    rows.advance(connection, modification_id, "dropped", step(app, "dropped", asked))


def opened_draft(connection: Connection, modification_id: UUID, revision: int | None) -> Draft:
    """A draft that may still be changed, locked, in the revision its caller saw."""
    draft = drafted.find(connection, modification_id, lock=True)
    head = draft.head
    if head.status != "open":
        raise Refusal(
            "MODIFICATION_NOT_OPEN",
            f"modification {modification_id} is {head.status}: open another one",
            metadata={"status": head.status},
        )
    if revision is not None and head.revision != revision:
        raise Refusal(
            "MODIFICATION_EDITED",
            f"the draft is at revision {head.revision}, not {revision}: look at it again",
            metadata={"revision": str(head.revision)},
        )
    return draft


def bills_to_finish(connection: Connection, modification_id: UUID, revision: int) -> list[UUID]:
    """The bills of a draft that may be finished, if its caller saw it as it is."""
    draft = opened_draft(connection, modification_id, revision)
    if rows.held(connection, modification_id) is not None:
        raise Refusal(
            "MODIFICATION_HELD",
            f"modification {modification_id} is finished as soon as a payment file has ended",
        )
    return sorted(draft.bill_ids)


def step(app: LevyApp, what: str, asked: Asked) -> dict[str, object]:
    return {
        "step": what,
        "done_by": asked.user,
        "trace_id": trace_id_of(asked.traceparent),
        "recorded_at": app.clock.now(),
    }
