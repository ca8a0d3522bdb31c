"""Reminds owners that a discount period ends: the timer looks at each bill once (NOTI-004)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.changes.due_changes import Caused
from receivables_service.discounts.announcing import YEARS_AHEAD, YEARS_BACK
from receivables_service.discounts.offering import Asking, Offer, offers
from receivables_service.discounts.period_events import PERIOD_ENDING
from receivables_service.domain.discount_reminders import Ending, endings
from receivables_service.tables import BILLS, BillHead
from receivables_service.told import of_bill
from taxkit.inbox import Work
from taxkit.rows import Columns

AT_ONCE = 200
"""Bills one transaction looks at."""

_SEEN = Columns({"bill_id": "uuid", "last_day": "date", "reminded": "boolean"})
# Nobody is reminded twice of one day: two workers may look, the first that writes tells.
_CANDIDATES = f"""
select {BILLS.names} from bills b where tax_year = %(year)s and open_cents > 0
    and bill_number is not null and (%(any_day)s or issued_on = any(%(days)s::date[]))
    and not exists (select from discount_reminders r
        where r.bill_id = b.bill_id and r.last_day = %(last)s)
order by bill_id limit {AT_ONCE} for update of b skip locked
"""


def remind(app: Any, today: date) -> int:
    """Tell of every period that ends soon; gives how many bills were told of."""
    told = 0
    law = app.discounts
    for year in range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1):
        for last_day, found in _by_day(law, year, today).items():
            more = True
            while more:
                count, more = app.database.run(
                    lambda connection, year=year, last_day=last_day, found=found: _page(
                        app, connection, (year, last_day, today), found
                    )
                )
                told += count
    return told


def _by_day(law: Any, tax_year: int, today: date) -> dict[date, list[Ending]]:
    found: dict[date, list[Ending]] = {}
    for program in law.programs(tax_year):
        for ending in endings(program, tax_year, today, law.roll):
            found.setdefault(ending.last_day, []).append(ending)
    return found


def _page(
    app: Any, connection: Connection, days: tuple[int, date, date], found: Sequence[Ending]
) -> tuple[int, bool]:
    year, last_day, today = days
    given = {
        "year": year,
        "last": last_day,
        "any_day": any(each.issued_on is None for each in found),
        "days": sorted({each.issued_on for each in found if each.issued_on}),
    }
    heads = [BillHead(*row) for row in connection.exec_driver_sql(_CANDIDATES, given)]
    asking = Asking(app.discounts, app.terms, app.clock, today)
    made = offers(connection, asking, {head.bill_id: head.open_cents for head in heads})
    ending = {bill_id: offer for bill_id, offer in made.items() if offer.until == last_day}
    rows = [(head.bill_id, last_day, head.bill_id in ending) for head in heads]
    _SEEN.insert(connection, "discount_reminders", rows)
    work = Work(connection, app.clock)
    for head in heads:
        if head.bill_id in ending:
            subject = f"discount-period/{head.bill_id}/{last_day}"
            work.emit(PERIOD_ENDING, subject, 1, _told(head, ending, today), cause=Caused())
    app.store_events(connection, work)
    return len(ending), len(heads) == AT_ONCE


def _told(head: BillHead, ending: Mapping[UUID, Offer], today: date) -> dict[str, Any]:
    offer = ending[head.bill_id]
    return {
        **of_bill(head),
        "programs": list(offer.programs),
        "discount_cents": offer.discount_cents,
        "settles_cents": offer.settles_cents,
        "open_cents": head.open_cents,
        "last_day": offer.until.isoformat(),
        "days_left": (offer.until - today).days + 1,
        "business_date": today.isoformat(),
        "owner": {"name": head.owner_name, "email": head.owner_email},
    }
