"""What taxsale can be asked: one bill's standing, and the bills that may be offered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from taxkit.errors import not_found
from taxsale_service import store, successions
from taxsale_service.bootstrap import TaxsaleApp
from taxsale_service.domain.standing import Finding, eligible_from, standing_of


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


# A place in the list of eligible bills: tax year and bill id of the last one given out.
Place = tuple[int, UUID]
START: Place = (0, UUID(int=0))


def bill_standing(app: TaxsaleApp, bill_id: UUID, as_of: date | None) -> BillStanding:
    """Tell one bill's standing; without a date, as of the day of its newest balance."""
    with app.database.begin() as connection:
        store.read_one_moment(connection)
        bill = store.bill(connection, bill_id)
        if bill is None:
            raise not_found("BILL_NOT_FOUND", f"taxsale has not heard of bill {bill_id}")
        changes = store.changes_of(connection, bill_id)
        ends = successions.ends(connection, [bill.parcel_number])
    return _standing(app, bill, as_of or bill.balance_on, ends, tuple(changes))


def eligible_bills(
    app: TaxsaleApp, as_of: date, tax_year: int, after: Place, size: int
) -> tuple[list[BillStanding], Place | None]:
    """Give a page of bills that may be offered on a day, of a tax year or (0) of all."""
    with app.database.begin() as connection:
        years = [tax_year] if tax_year else store.years_with_debt(connection)
        law = {year: app.sale_terms(year) for year in years}
        rows = store.eligible(connection, law, as_of, after, size + 1)
        ends = successions.ends(connection, sorted({row.parcel_number for row in rows}))
    page = [_standing(app, row, as_of, ends) for row in rows[:size]]
    last = rows[size - 1] if len(rows) > size else None
    return page, (last.tax_year, last.bill_id) if last else None


def _standing(
    app: TaxsaleApp,
    bill: Any,
    as_of: date,
    ends: Mapping[str, str],
    changes: tuple[Any, ...] = (),
) -> BillStanding:
    terms = app.sale_terms(bill.tax_year)
    debt = store.debt_in(bill)
    return BillStanding(
        bill=bill,
        finding=standing_of(debt, terms, as_of),
        eligible_from=eligible_from(debt, terms)[0] if debt else None,
        changes=changes,
        successor_number=ends.get(bill.parcel_number, ""),
    )
