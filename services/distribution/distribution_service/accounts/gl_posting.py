"""Once a day the books are added up by tax year and told (DIST-018, COLL-023)."""

from typing import NamedTuple

from sqlalchemy import Connection

from distribution_service.accounts.gl_events import GL_POSTED
from distribution_service.bootstrap import DistributionApp
from taxkit import outbox, telemetry
from taxkit.inbox import Work

# Of several workers one adds up; it may take its time, as every posting is read.
_ALONE = """
select pg_try_advisory_xact_lock(hashtextextended('gl posting', 0)),
    set_config('statement_timeout', '10min', true)
"""
_DONE = "select 1 from gl_postings where posted_on = %s limit 1"
_ADD_UP = """
insert into gl_postings (posted_on, tax_year, sequence, shared_cents)
select %(today)s, t.tax_year,
    1 + (select count(*) from gl_postings g where g.tax_year = t.tax_year), t.cents
from (
    select a.tax_year, sum(a.amount_cents)::bigint as cents
    from allocations a join bills b using (bill_id)
    where a.shared and not starts_with(b.agency_codes[1], 'fees/') group by a.tax_year
) t
returning tax_year, sequence, shared_cents
"""


class Cause(NamedTuple):
    traceparent: str = ""


def post(app: DistributionApp) -> None:
    """Add up and tell what the books hold, unless that was done today."""

    def work(connection: Connection) -> None:
        today = app.clock.today()
        alone = connection.exec_driver_sql(_ALONE).one()[0]
        if not alone or connection.exec_driver_sql(_DONE, (today,)).one_or_none():
            return
        rows = connection.exec_driver_sql(_ADD_UP, {"today": today}).all()
        made = Work(connection, app.clock)
        cause = Cause(telemetry.current_traceparent())
        for tax_year, sequence, cents in sorted(map(tuple, rows)):
            told = {
                "business_date": today.isoformat(),
                "tax_year": tax_year,
                "shared_cents": cents,
            }
            made.emit(GL_POSTED, f"books/{tax_year}", sequence, told, cause=cause)
        outbox.store(connection, app.settings.county, made.emitted)

    app.database.run(work)
