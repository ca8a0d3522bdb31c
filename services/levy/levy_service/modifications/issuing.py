"""Finishes a draft: the next version of every bill that changes, all of them or none.

Nothing here knows who asks for it now: a clerk, or the import guard once a file has ended.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import corrections_store, versions
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain.modification import Option
from levy_service.modifications import drafted, rows, told
from levy_service.modifications.drafted import Draft, Judged
from levy_service.modifications.drafts import opened_draft, step
from levy_service.versions import Because, NextVersion
from taxkit.errors import Refusal, invalid

_NAMED_MAX = 20


def finish_held(
    app: LevyApp, connection: Connection, body: Mapping[str, Any], user: str, traceparent: str
) -> None:
    """Finish a draft that had to wait, in the revision it was finished in then."""
    modification_id, revision = UUID(body["modification_id"]), body["revision"]
    finish(app, connection, modification_id, revision, Asked(user, traceparent))


def finish(
    app: LevyApp, connection: Connection, modification_id: UUID, revision: int, asked: Asked
) -> None:
    """Issue what a draft asks for, tell of it, and close the draft."""
    draft = opened_draft(connection, modification_id, revision)
    corrections_store.lock_all(connection, draft.bill_ids)
    # Only now do the bills stand still.
    draft = drafted.find(connection, draft.modification_id)
    _refuse_moved(connection, draft)
    _check_day(app, connection, draft)
    judged = drafted.judge(app, draft)
    _refuse_hindered(judged, draft)
    changing = [each for each in judged if each.changes]
    fees = [(each, each.told) for each in draft.fees if each.told is not None]
    lowered = [fee for _, fee in fees if fee.after(draft.option) != fee.charged_cents]
    if not changing and not lowered and not any(each.bill.edit.bill_code for each in judged):
        raise Refusal(
            "MODIFICATION_CHANGES_NOTHING", "every bill of the draft is as the draft would make it"
        )
    nexts = [_next(app, each, draft.option) for each in changing]
    head = draft.head
    why = Because(head.modified_on, head.reason, asked.user, asked.traceparent)
    beside = told.of_modification(app, draft, judged, asked)
    versions.issue(app, connection, nexts, why, beside)
    issued = [(each.bill_id, each.number) for each in nexts]
    rows.keep_new_versions(connection, draft.modification_id, issued)
    amounts = [
        (each.bill_id, each.charge_code, fee.charged_cents, fee.after(draft.option))
        for each, fee in fees
    ]
    rows.keep_new_amounts(connection, draft.modification_id, amounts)
    rows.advance(connection, draft.modification_id, "finished", step(app, "finished", asked))


def _next(app: LevyApp, judged: Judged, option: Option) -> NextVersion:
    assert judged.after is not None
    whole = judged.bill.whole
    to_paid = option is Option.TO_PAID
    return NextVersion(whole, judged.after, versions.terms_of(app, whole), to_paid)


def _refuse_moved(connection: Connection, draft: Draft) -> None:
    """Refuse what was drafted for bills that are no longer so, naming each of them."""
    moved = [
        f"bill {one.whole.bill.bill_number} is at version {one.newest_version},"
        f" drafted at {one.whole.bill.bill_version}"
        for one in draft.bills
        if one.moved_on
    ]
    if draft.option is Option.DUE_DATE:
        moved += _unreached(connection, draft)
    if moved:
        raise Refusal(
            "BILLS_MOVED_ON",
            f"{'; '.join(moved[:_NAMED_MAX])}: open another draft on them as they are now",
            metadata={"count": str(len(moved))},
        )


def _unreached(connection: Connection, draft: Draft) -> list[str]:
    """Bills that have come onto a statement since its due date was drafted."""
    known = {each.bill_id for each in draft.bills}
    edited = [each.whole.bill for each in draft.bills if each.edit.due_on is not None]
    if not edited:
        return []
    statements = [(bill.parcel_number, bill.tax_year) for bill in edited]
    return [
        f"bill {row.bill_number} has come onto the statement"
        for row in rows.of_statements(connection, statements)
        if row.bill_id not in known
    ]


def _check_day(app: LevyApp, connection: Connection, draft: Draft) -> None:
    since = corrections_store.counts_from_all(
        connection, [each.bill_id for each in draft.bills], app.clock
    )
    day = draft.head.modified_on
    for each in draft.bills:
        if day < since[each.bill_id]:
            raise invalid(
                "MODIFIED_ON_BEFORE_BILL",
                f"{day} is before {since[each.bill_id]}, from which bill"
                f" {each.whole.bill.bill_number} as it stands counts",
                "modified_on",
            )


def _refuse_hindered(judged: Sequence[Judged], draft: Draft) -> None:
    for fee in draft.fees:
        if fee.hindrance:
            number = fee.whole.bill.bill_number
            raise Refusal(fee.hindrance, f"bill {number} bears no fee {fee.charge_code} any more")
    hindered = [each for each in judged if each.hindrance]
    if hindered:
        said = [f"bill {one.bill.whole.bill.bill_number}: {one.message}" for one in hindered]
        raise Refusal(
            hindered[0].hindrance,
            "; ".join(said[:_NAMED_MAX]),
            metadata={"count": str(len(hindered))},
        )
