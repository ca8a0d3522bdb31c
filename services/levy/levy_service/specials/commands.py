"""Levy's commands on special assessments: open, defer, resume, close."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.domain import amortization
from levy_service.domain.amortization import AmortizationTerms, CannotAmortize
from levy_service.domain.payoff import ENDED, SpecialStatus, accrued_cents
from levy_service.moves import store as register
from levy_service.specials import locking, payoff_store, placing, steps, store
from levy_service.specials.payoff_store import DUE
from levy_service.specials.steps import By
from levy_service.successors import retiring
from levy_service.successors import store as successor_store
from taxkit import ids
from taxkit.errors import Refusal, conflict, invalid, not_found
from taxkit.telemetry import trace_id_of

WHOLE: Final = ""
"""The name of the one tract of an assessment that is no ditch."""


@dataclass(frozen=True, slots=True)
class Opening:
    """An assessment to be opened: names and terms, and principal by tract."""

    names: Mapping[str, str]
    terms: AmortizationTerms
    days_in_year: int
    is_ditch: bool
    tracts: Mapping[str, int]


def open_special(app: LevyApp, connection: Connection, asked: Opening, by: By) -> UUID:
    """Put an assessment on file with every year's installment (LEVY-017)."""
    locking.change(connection)
    number, parcel = asked.names["assessment_number"], asked.names["parcel_number"]
    store.lock_number(connection, number)
    if store.numbered(connection, number) is not None:
        raise conflict("ASSESSMENT_TAKEN", f"there is an assessment {number} already")
    check_parcel(connection, parcel)
    parts = {
        tract: amortization.schedule(cents, asked.terms) for tract, cents in asked.tracts.items()
    }
    assessment_id = ids.new_id()
    row = opened_row(app, assessment_id, asked, by)
    store.insert_assessment(connection, row, asked.tracts)
    store.insert_installments(connection, assessment_id, 1, parts)
    steps.take(app, connection, Opened(**row), "opened", SpecialStatus.NOT_POSTED, by)
    return assessment_id


def opened_row(app: LevyApp, assessment_id: UUID, asked: Opening, by: By) -> dict[str, Any]:
    """An assessment's row as it is opened."""
    return {
        "assessment_id": assessment_id,
        **asked.names,
        "is_ditch": asked.is_ditch,
        "principal_cents": sum(asked.tracts.values()),
        "years": asked.terms.years,
        "rate_percent": asked.terms.rate_percent,
        "method": asked.terms.method.value,
        "first_year": asked.terms.first_year,
        "interest_from": asked.terms.interest_from,
        "days_in_year": asked.days_in_year,
        "opened_by": by.user,
        "trace_id": trace_id_of(by.traceparent),
        "recorded_at": app.clock.now(),
    }


def check_parcel(connection: Connection, parcel_number: str) -> None:
    """An assessment is only on a parcel that levy knows, and that was not retired."""
    if not register.knows_parcel(connection, parcel_number):
        raise not_found("PARCEL_UNKNOWN", f"parcel {parcel_number} is on no roll")
    # Whoever retires it meanwhile waits, and takes the assessment along.
    successor_store.one_at_a_time(connection)
    if chain := successor_store.chain(connection, parcel_number):
        raise retiring.retired(chain)


class Opened:
    """A row that has no step yet, in the shape of those that have."""

    step = 0

    def __init__(self, **row: object) -> None:
        self.__dict__.update(row)


def defer(app: LevyApp, connection: Connection, assessment_id: UUID, by: By) -> None:
    row = live(connection, assessment_id)
    if row.status == SpecialStatus.DEFERRED:
        raise Refusal("SPECIAL_DEFERRED", f"assessment {row.assessment_number} is deferred already")
    refuse_nothing_left(row)
    steps.take(app, connection, row, "deferred", SpecialStatus.DEFERRED, by)


def resume(
    app: LevyApp, connection: Connection, assessment_id: UUID, first_year: int, by: By
) -> None:
    """Spread what is left over the years that are left; `by.on` is since when it counts again."""
    row = live(connection, assessment_id)
    if row.status != SpecialStatus.DEFERRED:
        raise Refusal("SPECIAL_NOT_DEFERRED", f"assessment {row.assessment_number} is not deferred")
    _check_resumed_on(app, connection, row, by.on)
    years = store.years_left(connection, assessment_id)
    parts = {}
    for tract in store.tract_states(connection, [assessment_id])[assessment_id]:
        if not tract.left_cents:
            continue
        since = max(by.on, tract.interest_to)
        days = (since - tract.interest_to).days
        ran = accrued_cents(tract.left_cents, row.rate_percent, days, row.days_in_year)
        terms = AmortizationTerms(
            years, row.rate_percent, store.terms_of(row).method, first_year, since
        )
        parts[tract.tract] = amortization.schedule(tract.left_cents, terms, ran)
    generation = store.newest_generation(connection, assessment_id) + 1
    store.insert_installments(connection, assessment_id, generation, parts)
    was_billed = any(each.action == "posted" for each in store.steps(connection, assessment_id))
    status = SpecialStatus.POSTED if was_billed else SpecialStatus.NOT_POSTED
    steps.take(app, connection, row, "resumed", status, by)


def _check_resumed_on(app: LevyApp, connection: Connection, row: Any, on: date) -> None:
    today = app.clock.today()
    if on > today:
        raise invalid("RESUMED_ON_IN_FUTURE", f"{on} is after today, {today}", "resumed_on")
    since = store.steps(connection, row.assessment_id)[-1].changed_on
    if on < since:
        raise invalid(
            "RESUMED_ON_BEFORE_DEFERRAL", f"{on} is before {since}, when it was deferred",
            "resumed_on",
        )  # fmt: skip


def close(app: LevyApp, connection: Connection, assessment_id: UUID, by: By) -> None:
    row = live(connection, assessment_id)
    if any(each.state == DUE for each in payoff_store.of_assessment(connection, assessment_id)):
        raise Refusal(
            "PAYOFF_DUE", f"a bill asks for the payoff of assessment {row.assessment_number}"
        )
    steps.take(app, connection, row, "closed", SpecialStatus.CLOSED, by)


def move(
    app: LevyApp, connection: Connection, assessment_id: UUID, parcel_number: str, by: By
) -> None:
    """Put an assessment where a person says that its land is now."""
    row = live(connection, assessment_id)
    if row.parcel_number == parcel_number:
        raise Refusal(
            "MOVE_CHANGES_NOTHING",
            f"assessment {row.assessment_number} is on parcel {parcel_number} already",
        )
    check_parcel(connection, parcel_number)
    placing.move(app, connection, [row], parcel_number, by)


def live(connection: Connection, assessment_id: UUID) -> Any:
    """An assessment that can still change, locked."""
    locking.change(connection)
    row = found(store.assessment(connection, assessment_id, lock=True), assessment_id)
    if row.status in ENDED:
        raise Refusal("SPECIAL_ENDED", f"assessment {row.assessment_number} is {row.status}")
    return row


def refusal_of(problem: CannotAmortize) -> Refusal:
    return invalid(problem.reason, problem.message, problem.field)


def found(row: Any, named: object) -> Any:
    if row is None:
        raise not_found("SPECIAL_NOT_FOUND", f"no special assessment {named} is on file")
    return row


def refuse_nothing_left(row: Any) -> None:
    if not row.left_cents:
        raise Refusal(
            "NOTHING_LEFT_TO_BILL",
            f"all of assessment {row.assessment_number} is on bills or in payoffs already",
        )
