"""Levy's commands that pay a special assessment off (LEVY-017, LEVY-018, LEVY-019)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from levy_service import corrections_store, queries, versions
from levy_service.bootstrap import LevyApp
from levy_service.domain.amortization import CannotAmortize
from levy_service.domain.billing import Charge
from levy_service.domain.payoff import (
    CannotPayOff,
    Payoff,
    SpecialStatus,
    check_day,
    quote,
    with_charge,
)
from levy_service.queries import WholeBill
from levy_service.specials import (
    commands,
    locking,
    payoff_bills,
    payoff_steps,
    payoff_store,
    store,
)
from levy_service.specials.payoff_store import DUE, UNBILLED, PayoffRow
from levy_service.specials.steps import By
from levy_service.versions import Because, NextVersion
from taxkit import ids
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal
from taxkit.money import CENTS_MAX
from taxkit.telemetry import trace_id_of

KIND: Final = "special_payoff"
"""Of a payoff that waits for the end of a payment file (LEVY-015)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which assessment, on which day, and of a ditch which tracts."""

    assessment_id: UUID
    payoff_on: date
    tracts: Sequence[str]
    by: By


@dataclass(frozen=True, slots=True)
class OnBill:
    """The bill that was loaded, and by which reason the parcel's values change."""

    bill_id: UUID
    expected_version: int
    change_reason: str


def quoted(app: LevyApp, connection: Connection, wanted: Wanted) -> Payoff:
    """Say what pays an assessment off on a day; refused where it cannot be paid off."""
    row = commands.found(store.assessment(connection, wanted.assessment_id), wanted.assessment_id)
    _refuse_ended(row)
    tracts = store.tract_states(connection, [row.assessment_id])[row.assessment_id]
    try:
        check_day(wanted.payoff_on, app.clock.today())
        return quote(tracts, wanted.tracts, wanted.payoff_on, row.rate_percent, row.days_in_year)
    except CannotAmortize as problem:
        raise commands.refusal_of(problem) from problem
    except CannotPayOff as problem:
        raise Refusal(problem.reason, problem.message) from problem


def change_reason(app: LevyApp, code: str) -> tuple[str, bool]:
    """(code, whether the bill follows): what is not configured stands for the default (LEVY-018).

    Where somebody else has to accept a correction, or no reason is on file, the bill stays.
    """
    try:
        reasons = app.change_reasons.at(app.clock.today()).value
    except NoTermInForce:
        return code, False
    found = reasons.find_or_default(code or reasons.special_assessment_reason)
    return found.code, found.corrects and not found.needs_acceptance


def corrects(app: LevyApp, on: OnBill) -> bool:
    _, follows = change_reason(app, on.change_reason)
    return follows


def pay_off_posted(app: LevyApp, connection: Connection, wanted: Wanted, on: OnBill) -> UUID:
    """Let the loaded bill ask for the payoff; where the reason makes no correction, leave it."""
    row = _begun(connection, wanted.assessment_id)
    if row.status != SpecialStatus.POSTED:
        raise Refusal(
            "SPECIAL_NOT_POSTED",
            f"assessment {row.assessment_number} is {row.status}: it is paid off without a bill",
        )
    corrections_store.lock(connection, on.bill_id)
    bill = _loaded(connection, row, on)
    payoff = quoted(app, connection, wanted)
    code, follows = change_reason(app, on.change_reason)
    if follows:
        _correct(app, connection, row, bill, payoff, wanted.by)
    version = bill.bill.bill_version + 1 if follows else None
    kept = _row(app, row, payoff, wanted.by, code, (bill.bill.bill_id, version))
    return _keep(app, connection, kept, payoff, wanted.by)


def pay_off_unposted(app: LevyApp, connection: Connection, wanted: Wanted) -> UUID:
    """Pay off what no bill asks for: a bill of its own does (LEVY-019)."""
    row = _begun(connection, wanted.assessment_id)
    if row.status == SpecialStatus.POSTED:
        raise Refusal(
            "SPECIAL_POSTED",
            f"assessment {row.assessment_number} is on bills: it is paid off on one of them",
        )
    payoff = quoted(app, connection, wanted)
    bill_id = payoff_bills.issue(app, connection, row, payoff, wanted.by)
    kept = _row(app, row, payoff, wanted.by, "", (bill_id, 1))
    return _keep(app, connection, kept, payoff, wanted.by)


def settle(app: LevyApp, connection: Connection, payoff_id: UUID, by: By) -> None:
    """A person has seen to what no bill asks for."""
    found = payoff_bills.found(connection, payoff_id)
    store.assessment(connection, found.assessment_id, lock=True)
    found = payoff_bills.found(connection, payoff_id)
    if found.state != UNBILLED:
        raise Refusal("PAYOFF_HAS_NO_TASK", f"the payoff is {found.state}: nobody has to see to it")
    payoff_steps.take(app, connection, payoff_id, found.assessment_id, payoff_store.SETTLED, by)


def from_body(
    app: LevyApp, body: Mapping[str, Any], user: str, traceparent: str
) -> tuple[Wanted, OnBill]:
    """A payoff as it is kept while it waits; its interest is that of the day it was asked for."""
    by = By(user, body["reason"], app.clock.today(), traceparent)
    wanted = Wanted(
        UUID(body["assessment_id"]), date.fromisoformat(body["payoff_on"]), body["tracts"], by
    )
    on = OnBill(UUID(body["bill_id"]), body["expected_version"], body["change_reason"])
    return wanted, on


def apply_held(
    app: LevyApp, connection: Connection, body: Mapping[str, Any], user: str, traceparent: str
) -> None:
    wanted, on = from_body(app, body, user, traceparent)
    pay_off_posted(app, connection, wanted, on)


def _begun(connection: Connection, assessment_id: UUID) -> Any:
    locking.change(connection)
    row = store.assessment(connection, assessment_id, lock=True)
    row = commands.found(row, assessment_id)
    _refuse_ended(row)
    return row


def _refuse_ended(row: Any) -> None:
    if row.status == SpecialStatus.PAID_IN_FULL:
        raise Refusal(
            "ALREADY_PAID_OFF", f"assessment {row.assessment_number} is paid in full already"
        )
    if row.status == SpecialStatus.CLOSED:
        raise Refusal("SPECIAL_ENDED", f"assessment {row.assessment_number} is closed")


def _loaded(connection: Connection, row: Any, on: OnBill) -> WholeBill:
    bill = queries.bill_in(connection, on.bill_id)
    head = bill.bill
    # An assessment that was moved is paid off on the bills that ask for it, wherever they are.
    if not store.billed_on(connection, row.assessment_id, on.bill_id):
        if head.parcel_number != row.parcel_number:
            raise Refusal(
                "BILL_OF_ANOTHER_PARCEL",
                f"bill {head.bill_number} is on parcel {head.parcel_number}, assessment"
                f" {row.assessment_number} on {row.parcel_number}",
            )
        raise Refusal(
            "SPECIAL_NOT_ON_BILL",
            f"bill {head.bill_number} asks for nothing of assessment {row.assessment_number}",
        )
    if head.bill_version != on.expected_version:
        raise Refusal(
            "BILL_VERSION_STALE",
            f"bill {head.bill_number} is at version {head.bill_version}, the payoff was made for"
            f" version {on.expected_version}: look at the bill and send it again",
            metadata={"bill_version": str(head.bill_version)},
        )
    return bill


def _correct(
    app: LevyApp, connection: Connection, row: Any, bill: WholeBill, payoff: Payoff, by: By
) -> None:
    charge = Charge(row.agency_code, row.agency_name, payoff.amount_cents)
    after = with_charge(versions.as_issued(bill), charge)
    if after.total_cents > CENTS_MAX:
        raise Refusal("BILL_OUT_OF_RANGE", f"a bill has at most {CENTS_MAX} cents")
    why = Because(by.on, by.reason, by.user, by.traceparent)
    terms = versions.terms_of(app, bill)
    # Who asks for a payoff stands at the counter: the money is of the same day.
    following = NextVersion(bill, after, terms, before_payments=True)
    versions.issue(app, connection, [following], why)


def _row(
    app: LevyApp, row: Any, payoff: Payoff, by: By, code: str, on: tuple[UUID, int | None]
) -> PayoffRow:
    bill_id, version = on
    return PayoffRow(
        payoff_id=ids.new_id(),
        assessment_id=row.assessment_id,
        payoff_on=payoff.payoff_on,
        principal_cents=payoff.principal_cents,
        interest_cents=payoff.interest_cents,
        change_reason=code,
        is_billed=version is not None,
        bill_id=bill_id,
        bill_version=version,
        requested_by=by.user,
        trace_id=trace_id_of(by.traceparent),
        recorded_at=app.clock.now(),
    )


def _keep(app: LevyApp, connection: Connection, row: PayoffRow, payoff: Payoff, by: By) -> UUID:
    payoff_store.insert(connection, row, payoff)
    state = DUE if row.is_billed else UNBILLED
    payoff_steps.take(app, connection, row.payoff_id, row.assessment_id, state, by)
    return row.payoff_id
