"""What taxsale can be asked: one bill's standing, and the bills that may be offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from taxkit import db
from taxkit.errors import not_found
from taxsale_service import holds, specials, store, successions
from taxsale_service.bootstrap import TaxsaleApp
from taxsale_service.domain.holds import Hold
from taxsale_service.domain.specials import PayoffTerms
from taxsale_service.domain.standing import Finding, eligible_from, standing_of
from taxsale_service.specials import Blocking


@dataclass(frozen=True, slots=True)
class BillStanding:
    """A bill's row, its standing on a day, and what changed it so far where that was asked."""

    bill: Any
    finding: Finding
    # None when nothing is open.
    eligible_from: date | None
    changes: tuple[Any, ...] = ()
    # Of a bill on a parcel that was retired.
    successor_number: str = ""
    # Special assessments that keep a buyer waiting (SALE-003).
    blocked_by: tuple[str, ...] = ()
    # What keeps it from being offered, whatever its standing.
    held_by: tuple[Hold, ...] = ()


# A place in the list of eligible bills: tax year and bill id of the last one given out.
Place = tuple[int, UUID]
START: Place = (0, UUID(int=0))


def bill_standing(app: TaxsaleApp, bill_id: UUID, as_of: date | None) -> BillStanding:
    """Tell one bill's standing; without a date, as of the day of its newest balance."""
    with app.database.begin() as connection:
        db.read_one_moment(connection)
        bill = store.bill(connection, bill_id)
        if bill is None:
            raise not_found("BILL_NOT_FOUND", f"taxsale has not heard of bill {bill_id}")
        changes = store.changes_of(connection, bill_id)
        ends = successions.ends(connection, [bill.parcel_number])
        # Unless a day is asked for, holds are those of today: they come and go between balances.
        held = holds.of_bills(connection, [bill], app.law.holds, as_of or app.clock.today())
        about = About(ends, _blocked(app, connection, [bill]), held)
    return _standing(app, bill, as_of or bill.balance_on, about, tuple(changes))


def eligible_bills(
    app: TaxsaleApp, as_of: date, tax_year: int, after: Place, size: int, *, held_too: bool = False
) -> tuple[list[BillStanding], Place | None]:
    """Give a page of bills that may be offered on a day, of a tax year or (0) of all."""
    with app.database.begin() as connection:
        years = [tax_year] if tax_year else store.years_with_debt(connection)
        law = {year: app.sale_terms(year) for year in years}
        kept_by = None if held_too else {year: app.law.holds(year) for year in years}
        rows = store.eligible(connection, law, as_of, after, size + 1, kept_by)
        ends = successions.ends(connection, sorted({row.parcel_number for row in rows}))
        held = holds.of_bills(connection, rows[:size], app.law.holds, as_of) if held_too else {}
        about = About(ends, _blocked(app, connection, rows[:size]), held)
    page = [_standing(app, row, as_of, about) for row in rows[:size]]
    last = rows[size - 1] if len(rows) > size else None
    return page, (last.tax_year, last.bill_id) if last else None


def payoff_blocks(
    app: TaxsaleApp, parcel_number: str, tax_year: int
) -> tuple[list[Blocking], PayoffTerms]:
    """What a buyer of a parcel's items has to wait for, and the criteria that say so."""
    terms = app.law.payoffs(tax_year)
    with app.database.begin() as connection:
        found = specials.blocking(connection, [parcel_number], terms)
    return found.get(parcel_number, []), terms


Blocked = dict[tuple[int, str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class About:
    """What is known besides: where retired parcels end, who waits for what, what is held."""

    ends: Mapping[str, str]
    blocked: Blocked
    held: Mapping[UUID, tuple[Hold, ...]]


def _blocked(app: TaxsaleApp, connection: Connection, bills: Sequence[Any]) -> Blocked:
    """Of a page's bills, by year and parcel; a statement or two for each year's criteria."""
    found: Blocked = {}
    for year in sorted({each.tax_year for each in bills}):
        parcels = [each.parcel_number for each in bills if each.tax_year == year]
        blocks = specials.blocking(connection, parcels, app.law.payoffs(year))
        found |= {
            (year, parcel): tuple(each.assessment_number for each in of)
            for parcel, of in blocks.items()
        }
    return found


def _standing(
    app: TaxsaleApp,
    bill: Any,
    as_of: date,
    about: About,
    changes: tuple[Any, ...] = (),
) -> BillStanding:
    terms = app.sale_terms(bill.tax_year)
    debt = store.debt_in(bill)
    return BillStanding(
        bill=bill,
        finding=standing_of(debt, terms, as_of),
        eligible_from=eligible_from(debt, terms)[0] if debt else None,
        changes=changes,
        successor_number=about.ends.get(bill.parcel_number, ""),
        blocked_by=about.blocked.get((bill.tax_year, bill.parcel_number), ()),
        held_by=about.held.get(bill.bill_id, ()),
    )
