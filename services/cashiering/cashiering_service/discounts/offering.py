"""What bills of the read copy are let off today, while receivables is away (CASH-025)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.domain.offered import (
    At,
    Offer,
    Payable,
    Period,
    Program,
    Roll,
    Standing,
    offer,
)
from taxkit.calendar import Roll as RollRule
from taxkit.clock import Clock
from taxkit.lawpack import load_jurisdiction
from taxkit.money import Rounding

_BILLS = """
select d.bill_id, d.tax_year, d.installments, d.discounting,
    exists (select from dues o where o.parcel_number = d.parcel_number and o.tax_year < d.tax_year
        and o.open_cents > 0 and (select max((one ->> 'due_on')::date)
            from jsonb_array_elements(o.installments) one) < %(day)s) as owes_earlier_years,
    array(select f.flag from flags f where f.is_on
        and (f.subject_kind = 'parcel' and f.subject = d.parcel_number
            or f.subject_kind = 'bill' and f.subject = d.bill_id::text)) as flags,
    array(select p.kind from discount_proofs p where p.parcel_number = d.parcel_number
        and p.valid_from <= %(day)s
        and (p.valid_through is null or p.valid_through >= %(day)s)) as proofs
from dues d
where d.bill_id = any(%(bills)s::uuid[]) and d.open_cents > 0 and d.discounting is not null
"""
_PROGRAMS = """
select tax_year, program, told from discount_programs where tax_year = any(%s::integer[])
    and (told ->> 'offered')::boolean and (told ->> 'automatic')::boolean
"""


@dataclass(frozen=True, slots=True)
class Offers:
    """Computes offers from the read copies; a county without programs costs one statement."""

    clock: Clock
    roll: Roll

    def of(self, connection: Connection, bill_ids: Sequence[UUID], day: date) -> dict[UUID, Offer]:
        """What a payment of each bill whole on a day would be let off."""
        bills = connection.exec_driver_sql(_BILLS, {"bills": list(bill_ids), "day": day}).all()
        if not bills:
            return {}
        years = sorted({row.tax_year for row in bills})
        programs: dict[int, list[Program]] = {}
        for row in connection.exec_driver_sql(_PROGRAMS, (years,)):
            programs.setdefault(row.tax_year, []).append(_program(row.program, row.told))
        now = self.clock.now()
        at = At(day, self.clock.time_of(now) if self.clock.date_of(now) == day else None)
        found = {}
        for row in bills:
            standing = Standing(row.owes_earlier_years, frozenset(row.flags), frozenset(row.proofs))
            of_year = programs.get(row.tax_year, ())
            made = offer(
                of_year, _payable(row.installments, row.discounting), standing, at, self.roll
            )
            if made is not None:
                found[row.bill_id] = made
        return found


def load(jurisdictions_dir: str, jurisdiction: str, clock: Clock) -> Offers:
    """Offers by the county's clock and working days."""
    calendar = load_jurisdiction(Path(jurisdictions_dir) / jurisdiction).business_calendar()
    return Offers(clock, lambda day: calendar.roll(day, RollRule.FOLLOWING))


def _payable(installments: Sequence[Mapping[str, Any]], told: Mapping[str, Any]) -> Payable:
    return Payable(
        date.fromisoformat(told["issued_on"]),
        told["bill_class"],
        tuple(map(date.fromisoformat, told["corrected_on"])),
        told["billed_cents"],
        told["specials_cents"],
        tuple(one["tax_open_cents"] for one in installments),
        told["fees"],
    )


def _program(code: str, told: Mapping[str, Any]) -> Program:
    return Program(
        code,
        tuple(map(_period, told["periods"])),
        Rounding(told["rounding"]),
        told["weekend"],
        told["cut_off"],
        frozenset(told["classes"]),
        frozenset(told["fee_codes"]),
        told["specials"],
        told["good_standing"],
        frozenset(told["excluded_flags"]),
        frozenset(told["proofs"]),
        frozenset(told["stacks_with"]),
    )


def _period(told: Mapping[str, Any]) -> Period:
    return Period(
        Decimal(told["rate"]),
        _day(told["first_day"]),
        _day(told["last_day"]),
        told["days_after_notice"],
        told["months_after_notice"],
        told["days_after_correction"],
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
