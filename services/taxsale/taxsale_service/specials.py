"""What taxsale keeps of levy's special assessments, and whom they keep from buying (SALE-003)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from marshmallow import fields, validate
from sqlalchemy import Connection

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX
from taxkit.rows import Columns
from taxsale_service import successions
from taxsale_service.domain.specials import (
    Block,
    PayoffTerms,
    Special,
    SpecialPayoff,
    block_of,
    newest,
)

_CENTS = validate.Range(0, CENTS_MAX)
_UNKNOWN: Final = Special("", 0)


class SpecialAssessmentChangedSeen(ReaderSchema):
    assessment_id = fields.UUID(required=True)
    assessment_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    agency_name = fields.String(required=True)
    status = fields.String(required=True)
    left_cents = fields.Integer(required=True, strict=True, validate=_CENTS)


class SpecialPayoffSeen(ReaderSchema):
    payoff_id = fields.UUID(required=True)
    assessment_id = fields.UUID(required=True)
    assessment_number = fields.String(required=True)
    parcel_number = fields.String(required=True)
    agency_name = fields.String(required=True)
    payoff_on = fields.Date(required=True)
    amount_cents = fields.Integer(required=True, strict=True, validate=_CENTS)
    state = fields.String(required=True)
    status = fields.String(required=True)
    assessment_step = fields.Integer(load_default=None, strict=True, allow_none=True)
    left_cents = fields.Integer(load_default=None, strict=True, allow_none=True, validate=_CENTS)


_SPECIALS = Columns(
    {
        "assessment_id": "uuid",
        "assessment_number": "text",
        "parcel_number": "text",
        "agency_name": "text",
        "status": "text",
        "left_cents": "bigint",
        "step": "bigint",
    }
)
_PAYOFFS = Columns(
    {
        "payoff_id": "uuid",
        "assessment_id": "uuid",
        "assessment_number": "text",
        "parcel_number": "text",
        "agency_name": "text",
        "payoff_on": "date",
        "amount_cents": "bigint",
        "state": "text",
        "status": "text",
        "assessment_step": "bigint",
        "left_cents": "bigint",
    }
)


def _newer(columns: Columns, key: str) -> str:
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns.types if name != key)
    return f"on conflict ({key}) do update set {changes}"


def on_special_assessment_changed(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    _keep(work, events, _SPECIALS, "special_assessments", "assessment_id")


def on_special_payoff(_app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    _keep(work, events, _PAYOFFS, "special_payoffs", "payoff_id")


def _keep(
    work: Work, events: Sequence[IncomingEvent], columns: Columns, table: str, key: str
) -> None:
    """Keep what was told last; of several in one batch only the last counts."""
    newest = {event.data[key]: {**event.data, "step": event.sequence} for event in events}
    rows = [[newest[each][name] for name in columns.types] for each in sorted(newest)]
    columns.insert(work.connection, table, rows, _newer(columns, key))


@dataclass(frozen=True, slots=True)
class Blocking:
    """An assessment a buyer has to wait for, with the payoff that is asked for if one is."""

    assessment_number: str
    agency_name: str
    parcel_number: str
    why: Block
    left_cents: int
    payoff: Any = None


# An assessment may be on another parcel by now than when its payoff was told. Two ways to the same
# rows, each by its index: as one condition with `or` it would read the whole table.
_SPECIALS_OF: Final = """
select * from special_assessments where parcel_number = any(%(parcels)s)
union
select s.* from special_assessments s where s.assessment_id in (
    select p.assessment_id from special_payoffs p where p.parcel_number = any(%(parcels)s))
"""
_PAYOFFS_OF: Final = """
select * from special_payoffs where parcel_number = any(%(parcels)s)
union
select p.* from special_payoffs p where p.assessment_id in (
    select s.assessment_id from special_assessments s where s.parcel_number = any(%(parcels)s))
order by payoff_id
"""


def blocking(
    connection: Connection, parcel_numbers: Sequence[str], terms: PayoffTerms
) -> dict[str, list[Blocking]]:
    """What keeps buyers of each parcel's items waiting, by number of the assessment.

    Items of a retired parcel wait for what is on the one in its place, too (LEVY-024).
    """
    ends = successions.ends(connection, parcel_numbers)
    wanted = {"parcels": sorted({*parcel_numbers, *ends.values()})}
    kept = {row.assessment_id: row for row in connection.exec_driver_sql(_SPECIALS_OF, wanted)}
    asked: dict[UUID, list[Any]] = {}
    for row in connection.exec_driver_sql(_PAYOFFS_OF, wanted):
        asked.setdefault(row.assessment_id, []).append(row)
    found: dict[str, list[Blocking]] = {}
    for assessment_id in sorted({*kept, *asked}):
        one = _judged(kept.get(assessment_id), asked.get(assessment_id, []), terms)
        if one is not None:
            found.setdefault(one.parcel_number, []).append(one)
    of = {
        each: [*found.get(each, ()), *found.get(ends.get(each, ""), ())] for each in parcel_numbers
    }
    return {parcel: blocks for parcel, blocks in of.items() if blocks}


def _judged(row: Any, payoffs: Sequence[Any], terms: PayoffTerms) -> Blocking | None:
    special = _UNKNOWN if row is None else Special(row.status, row.left_cents, row.step)
    told = [
        SpecialPayoff(each.state, each.status, each.assessment_step, each.left_cents or 0)
        for each in payoffs
    ]
    why = block_of(special, told, terms)
    if why is None:
        return None
    named = _newest_row(row, payoffs)
    due = [each for each in payoffs if each.state in ("due", "unbilled")]
    return Blocking(
        named.assessment_number, named.agency_name, named.parcel_number, why,
        newest(special, told).left_cents, due[-1] if due else None,
    )  # fmt: skip


def _newest_row(row: Any, payoffs: Sequence[Any]) -> Any:
    """Who told of the assessment last, and so of its parcel."""
    last = max(payoffs, key=lambda each: each.assessment_step or 0, default=row)
    if row is None or (last is not row and (last.assessment_step or 0) > row.step):
        return last
    return row


SPECIAL_ASSESSMENT_CHANGED = Subscription(
    owner="levy",
    event="SpecialAssessmentChanged.v1",
    method="on_special_assessment_changed",
    schema=SpecialAssessmentChangedSeen(),
    handle=on_special_assessment_changed,
    ordering=Ordering.NEWEST,
)
SPECIAL_PAYOFF = Subscription(
    owner="levy",
    event="SpecialPayoff.v1",
    method="on_special_payoff",
    schema=SpecialPayoffSeen(),
    handle=on_special_payoff,
    ordering=Ordering.NEWEST,
)
