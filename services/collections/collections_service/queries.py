"""What collections can be asked: one bill's age, and all open money by age."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from collections_service import codes, stays, store
from collections_service.bootstrap import CollectionsApp
from collections_service.domain.aging import AgingTerms, OpenInstallment, oldest_bucket
from collections_service.domain.coded import CodeOnBill
from taxkit import db
from taxkit.errors import not_found

_FIRST_YEAR, _LAST_YEAR = 0, 9999


@dataclass(frozen=True, slots=True)
class BillAging:
    """A bill's open installments, to be aged as of a date, and what changed its age so far."""

    bill: Any
    as_of: date
    terms: AgingTerms
    installments: tuple[OpenInstallment, ...]
    changes: tuple[Any, ...]
    codes: tuple[CodeOnBill, ...] = ()
    # What plans and flags say of it.
    stays: tuple[str, ...] = ()

    @property
    def bucket(self) -> str:
        return oldest_bucket(self.installments, self.terms, self.as_of)


@dataclass(frozen=True, slots=True)
class BucketTotal:
    code: str
    amount_cents: int
    account_count: int


@dataclass(frozen=True, slots=True)
class AgingReport:
    """Open money by age: every bucket of the law, youngest first; what is not due stands apart."""

    as_of: date
    buckets: tuple[BucketTotal, ...]
    total_cents: int
    # An account with money in two buckets is counted in both, and once here.
    account_count: int
    not_yet_due_cents: int


def bill_aging(app: CollectionsApp, bill_id: UUID, as_of: date | None) -> BillAging:
    """Age one bill; without a date, as of the day of its newest balance."""
    with app.database.begin() as connection:
        db.read_one_moment(connection)
        bill = store.bill(connection, bill_id)
        if bill is None:
            raise not_found("BILL_NOT_FOUND", f"collections has not heard of bill {bill_id}")
        installments = store.open_installments(connection, [bill_id]).get(bill_id, ())
        changes = store.changes_of(connection, bill_id)
        on_it = codes.of_bill(connection, bill_id)
        said = stays.of_bill(connection, bill_id)
    day = as_of or bill.balance_on
    terms = app.aging_terms(day)
    return BillAging(bill, day, terms, installments, tuple(changes), on_it, said)


def aging_report(
    app: CollectionsApp,
    as_of: date,
    tax_year: int,
    *,
    include_prior_years: bool,
    without_plans: bool = False,
) -> AgingReport:
    """Add up what is open by age, of one tax year, of it and those before, or (0) of all."""
    terms = app.aging_terms(as_of)
    years = (tax_year, tax_year) if tax_year else (_FIRST_YEAR, _LAST_YEAR)
    if include_prior_years:
        years = (_FIRST_YEAR, years[1])
    with app.database.begin() as connection:
        return report_of(connection, terms, as_of, years, without_plans=without_plans)


def report_of(
    connection: Connection,
    terms: AgingTerms,
    as_of: date,
    years: tuple[int, int],
    *,
    without_plans: bool = False,
) -> AgingReport:
    """Read the report's rows and put each bucket of the law in its place, also an empty one."""
    rows = store.aging_report(connection, terms, as_of, years, without_plans=without_plans)
    found = {row.place: row for row in rows}
    nothing = store.ReportRow(None, 0, 0)
    places = [(place, found.get(place, nothing)) for place in range(len(terms.begin_days) + 1)]
    total = found.get(None, nothing)
    return AgingReport(
        as_of=as_of,
        buckets=tuple(
            BucketTotal(terms.code(place), row.amount_cents, row.account_count)
            for place, row in places[1:]
        ),
        total_cents=total.amount_cents,
        account_count=total.account_count,
        not_yet_due_cents=places[0][1].amount_cents,
    )
