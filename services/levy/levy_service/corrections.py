"""Levy's command on an issued bill: a correction is its next version, the law's split included."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import corrections_store, events, queries, roll_store
from levy_service.bootstrap import LevyApp
from levy_service.domain import correction
from levy_service.domain.billing import (
    AgencyRate,
    BillingProblem,
    CannotBill,
    ComputedBill,
    ComputedInstallment,
)
from levy_service.domain.correction import CorrectionTerms, StandingBill
from levy_service.domain.increment import Part
from levy_service.queries import WholeBill
from taxkit import ids
from taxkit.contracts import OutgoingEvent
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal, invalid
from taxkit.telemetry import trace_id_of

_INPUT = (BillingProblem.BAD_VALUE, BillingProblem.BILL_OUT_OF_RANGE)


@dataclass(frozen=True, slots=True)
class Corrected:
    """What is asked: which bill, as seen in which version, to which figure, and why."""

    bill_id: UUID
    expected_version: int
    reason: str
    corrected_on: date
    compute: Callable[[StandingBill, CorrectionTerms], ComputedBill]
    user: str
    traceparent: str


def to_net_value(dollars: int) -> Callable[[StandingBill, CorrectionTerms], ComputedBill]:
    return lambda standing, terms: correction.to_net_value(standing, dollars, terms)


def to_total(cents: int) -> Callable[[StandingBill, CorrectionTerms], ComputedBill]:
    return lambda standing, terms: correction.to_total(standing, cents, terms)


def correct_bill(app: LevyApp, connection: Connection, asked: Corrected) -> int:
    """Issue the next version of a bill; answers with the total it had (LEVY-004, LEVY-005)."""
    corrections_store.lock(connection, asked.bill_id)
    before = _standing(connection, asked)
    _check_date(app, connection, asked)
    terms = _terms(app, before)
    standing = _as_computed(before)
    try:
        after = asked.compute(standing, terms)
    except CannotBill as problem:
        if problem.reason in _INPUT:
            raise invalid(problem.reason.value, problem.message) from problem
        raise Refusal(problem.reason.value, problem.message) from problem
    if (after.total_cents, after.net_value_dollars) == (
        before.bill.total_cents,
        before.bill.net_value_dollars,
    ):
        raise Refusal(
            "CORRECTION_CHANGES_NOTHING",
            f"bill {before.bill.bill_number} has this value and this total already",
        )
    _write(app, connection, asked, before, after, terms)
    previous_cents: int = before.bill.total_cents
    return previous_cents


def _standing(connection: Connection, asked: Corrected) -> WholeBill:
    found = queries.bill_in(connection, asked.bill_id)
    row = found.bill
    if row.bill_version != asked.expected_version:
        raise Refusal(
            "BILL_VERSION_STALE",
            f"bill {row.bill_number} is at version {row.bill_version}, the correction was made"
            f" for version {asked.expected_version}: look at the bill and send it again",
            metadata={"bill_version": str(row.bill_version)},
        )
    return found


def _check_date(app: LevyApp, connection: Connection, asked: Corrected) -> None:
    if asked.corrected_on > app.clock.today():
        raise invalid(
            "CORRECTED_ON_IN_FUTURE",
            f"{asked.corrected_on} is after today, {app.clock.today()}",
            "corrected_on",
        )
    since = corrections_store.counts_from(connection, asked.bill_id, app.clock)
    if asked.corrected_on < since:
        raise invalid(
            "CORRECTED_ON_BEFORE_BILL",
            f"{asked.corrected_on} is before {since}, from which the bill as it stands counts",
            "corrected_on",
        )


def _terms(app: LevyApp, before: WholeBill) -> CorrectionTerms:
    try:
        terms = app.law.correction(before.bill.tax_year)
    except NoTermInForce as error:
        raise Refusal("NO_LAW_IN_FORCE", str(error)) from error
    if before.bill.part != Part.INCREMENT:
        return terms
    # All of it is the fund's, what rounding leaves over, too.
    (line,) = before.lines
    return replace(terms, billing=replace(terms.billing, residual_agency_code=line.agency_code))


def _as_computed(bill: WholeBill) -> StandingBill:
    return StandingBill(
        bill.bill.net_value_dollars,
        tuple(
            AgencyRate(each.agency_code, each.agency_name, each.rate_thousandths)
            for each in bill.lines
        ),
        tuple(
            ComputedInstallment(each.installment, each.due_on, each.amount_cents)
            for each in bill.installments
        ),
    )


def _write(
    app: LevyApp,
    connection: Connection,
    asked: Corrected,
    before: WholeBill,
    after: ComputedBill,
    terms: CorrectionTerms,
) -> None:
    head = before.bill
    version = head.bill_version + 1
    changed = {
        "bill_version": version,
        "net_value_dollars": after.net_value_dollars,
        "composite_thousandths": after.composite_thousandths,
        "total_cents": after.total_cents,
    }
    told = events.bill_corrected(
        before, after, version, asked.corrected_on, asked.reason, asked.user
    )
    now = app.clock.now()
    event = OutgoingEvent(
        ids.new_id(), events.BILL_CORRECTED, f"bill/{asked.bill_id}", version, now, told,
        asked.traceparent,
    )  # fmt: skip
    roll_store.write_bills(
        connection,
        app.settings.county,
        [[changed.get(name, getattr(head, name)) for name in roll_store.BILLS]],
        _line_rows(asked.bill_id, version, after),
        [
            (asked.bill_id, version, part.installment, part.due_on, part.amount_cents)
            for part in after.installments
        ],
        [event],
    )
    _keep(app, connection, asked, version, terms, now)


def _line_rows(bill_id: UUID, version: int, bill: ComputedBill) -> Iterator[tuple[object, ...]]:
    for place, line in enumerate(bill.lines, start=1):
        yield (
            bill_id, version, place, line.agency_code, line.rate_thousandths, line.amount_cents,
            line.residual_cents,
        )  # fmt: skip


def _keep(
    app: LevyApp,
    connection: Connection,
    asked: Corrected,
    version: int,
    terms: CorrectionTerms,
    now: Any,
) -> None:
    corrections_store.insert(
        connection,
        {
            "bill_id": asked.bill_id,
            "bill_version": version,
            "corrected_on": asked.corrected_on,
            "reason": asked.reason,
            "corrected_by": asked.user,
            "pack_version": app.law.pack_version,
            "rule_ids": list(terms.rule_ids),
            "trace_id": trace_id_of(asked.traceparent),
            "recorded_at": now,
        },
    )
