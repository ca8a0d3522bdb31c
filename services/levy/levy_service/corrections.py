"""Levy's command on an issued bill: a correction is its next version, the law's split included."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import corrections_store, queries, versions
from levy_service.bootstrap import LevyApp
from levy_service.domain import correction
from levy_service.domain.billing import BillingProblem, CannotBill, ComputedBill
from levy_service.domain.correction import CorrectionTerms, StandingBill
from levy_service.queries import WholeBill
from levy_service.versions import Because, NextVersion
from taxkit.errors import Refusal, invalid

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


def from_body(body: Mapping[str, Any], user: str, traceparent: str) -> Corrected:
    """A correction as it is kept while it waits: every value as its contract writes it."""
    compute = (
        to_total(body["total_cents"])
        if "total_cents" in body
        else to_net_value(body["net_value_dollars"])
    )
    return Corrected(
        bill_id=UUID(body["bill_id"]),
        expected_version=body["expected_version"],
        reason=body["reason"],
        corrected_on=date.fromisoformat(body["corrected_on"]),
        compute=compute,
        user=user,
        traceparent=traceparent,
    )


def correct_bill(app: LevyApp, connection: Connection, asked: Corrected) -> int:
    """Issue the next version of a bill; answers with the total it had (LEVY-004, LEVY-005)."""
    corrections_store.lock(connection, asked.bill_id)
    before = _standing(connection, asked)
    _check_date(app, connection, asked)
    terms = versions.terms_of(app, before)
    standing = versions.as_computed(before)
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
    why = Because(asked.corrected_on, asked.reason, asked.user, asked.traceparent)
    versions.issue(app, connection, [NextVersion(before, after, terms)], why)
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
