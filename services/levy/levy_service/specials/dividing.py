"""The command that divides an assessment among the parcels its own became, as a person says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.domain.amortization import AmortizationTerms
from levy_service.domain.payoff import SpecialStatus, TractState
from levy_service.specials import (
    commands,
    loading_store,
    payoff_store,
    respreading,
    steps,
    store,
)
from levy_service.specials.commands import WHOLE, Opened, Opening
from levy_service.specials.respreading import Ahead
from levy_service.specials.steps import By
from levy_service.successors import store as successor_store
from taxkit import ids
from taxkit.errors import Refusal, conflict, invalid, not_found
from taxkit.money import format_cents
from taxkit.rows import Columns

_DIVISIONS: Final = Columns({"assessment_id": "uuid", "new_assessment_id": "uuid"})


@dataclass(frozen=True, slots=True)
class Part:
    parcel_number: str
    principal_cents: int


def divide(
    app: LevyApp, connection: Connection, assessment_id: UUID, parts: Sequence[Part], by: By
) -> list[UUID]:
    """Open one assessment a part, for what is on no bill yet, and close the one there was."""
    row = commands.live(connection, assessment_id)
    loading_store.lock_numbers(connection)
    successor_store.one_at_a_time(connection)
    _refuse(connection, row)
    _check_parts(connection, row, parts)
    found = _open(app, connection, row, parts, by)
    steps.take(app, connection, row, "divided", SpecialStatus.CLOSED, by)
    pairs = [(assessment_id, each) for each in found]
    _DIVISIONS.insert(connection, "special_divisions", pairs)
    return found


def divided_from(connection: Connection, assessment_id: UUID) -> str:
    """The number of the assessment that one is a part of; empty of what was opened by itself."""
    found = connection.exec_driver_sql(
        "select a.assessment_number from special_divisions d join special_assessments a"
        " using (assessment_id) where d.new_assessment_id = %s",
        (assessment_id,),
    ).scalar_one_or_none()
    return found or ""


def _refuse(connection: Connection, row: Any) -> None:
    number = row.assessment_number
    if row.is_ditch:
        raise Refusal(
            "SPECIAL_IS_DITCH",
            f"assessment {number} has tracts: move it, or close it and open one for each parcel",
        )
    if row.status == SpecialStatus.DEFERRED:
        raise Refusal("SPECIAL_DEFERRED", f"assessment {number} is deferred: resume it first")
    if payoff_store.asked_for(connection, [row.assessment_id]):
        raise Refusal(
            "PAYOFF_DUE",
            f"a payoff of assessment {number} is asked for: withdraw it, or let it end",
        )
    commands.refuse_nothing_left(row)


def _check_parts(connection: Connection, row: Any, parts: Sequence[Part]) -> None:
    parcels = [each.parcel_number for each in parts]
    whole = sum(each.principal_cents for each in parts)
    if whole != row.left_cents:
        raise invalid(
            "PARTS_DO_NOT_ADD_UP",
            f"the parts make {format_cents(whole)}, left of assessment {row.assessment_number} is"
            f" {format_cents(row.left_cents)}",
            "parts",
        )
    if retired := loading_store.retired_parcels(connection, parcels):
        old, new = min(retired.items())
        raise Refusal("PARCEL_RETIRED", f"parcel {old} was retired: {new} is in its place")
    if unknown := set(parcels) - loading_store.known_parcels(connection, parcels):
        raise not_found("PARCEL_UNKNOWN", f"parcel {min(unknown)} is on no roll")
    numbers = [_number(row, place) for place in range(1, len(parts) + 1)]
    if taken := loading_store.on_file(connection, numbers):
        raise conflict("ASSESSMENT_TAKEN", f"there is an assessment {min(taken)} already")


def _number(row: Any, place: int) -> str:
    return f"{row.assessment_number}-{place}"


def _open(
    app: LevyApp, connection: Connection, row: Any, parts: Sequence[Part], by: By
) -> list[UUID]:
    (whole,) = store.tract_states(connection, [row.assessment_id])[row.assessment_id]
    ahead = respreading.ahead_of(connection, row)
    rows = [
        commands.opened_row(app, ids.new_id(), _opening(row, place, part, whole, ahead), by)
        for place, part in enumerate(parts, start=1)
    ]
    found = [one["assessment_id"] for one in rows]
    loading_store.copy_assessments(connection, rows)
    cents = [part.principal_cents for part in parts]
    tracts = [(one, WHOLE, each) for one, each in zip(found, cents, strict=True)]
    loading_store.copy_tracts(connection, tracts)
    installments: list[tuple[object, ...]] = []
    for one, each in zip(found, cents, strict=True):
        tract = TractState(WHOLE, each, each, whole.interest_to)
        spread = {WHOLE: respreading.spread(tract, row, ahead._replace(number=1))}
        installments += store.installment_rows(one, 1, spread)
    loading_store.copy_installments(connection, installments)
    changed = [
        (Opened(**one), "opened", SpecialStatus.NOT_POSTED, one["principal_cents"]) for one in rows
    ]
    steps.keep(app, connection, changed, by)
    return found


def _opening(row: Any, place: int, part: Part, whole: TractState, ahead: Ahead) -> Opening:
    names = {
        "assessment_number": _number(row, place),
        "agency_code": row.agency_code,
        "agency_name": row.agency_name,
        "project": row.project,
        "parcel_number": part.parcel_number,
    }
    # Interest was billed up to this day; what runs from it on is with the first installment.
    since, method = whole.interest_to, store.terms_of(row).method
    terms = AmortizationTerms(ahead.years, row.rate_percent, method, ahead.first_year, since)
    return Opening(names, terms, row.days_in_year, False, {WHOLE: part.principal_cents})
