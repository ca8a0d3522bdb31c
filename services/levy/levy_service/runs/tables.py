"""The tables a batch is computed in: temporary, one set a transaction, emptied between batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from levy_service.domain.billing import BillingTerms
from levy_service.domain.increment import IncrementTerms
from levy_service.roll_store import CHARGES
from levy_service.runs.credits import unfit
from levy_service.runs.year import YearTerms
from levy_service.specials import batches
from taxkit.money import CENTS_MAX

TABLES: Final = ("run_parcels", "run_rates", "run_bills", "run_lines")

_SQL: Final = """
create temp table if not exists run_parcels (
    ord bigint, parcel_number text, tax_code text, property_class text, owner_name text,
    owner_email text, net bigint, prior bigint, frozen bigint, roll_id uuid, bill_class text,
    share numeric, charges jsonb, charged bigint, credits jsonb
) on commit drop;
create temp table if not exists run_rates (
    tax_code text, place integer, other_place integer, agency_code text, fund_code text,
    rate integer, is_fund boolean, told text, told_after text
) on commit drop;
create temp table if not exists run_bills (
    ord bigint, bill_id uuid, event_id uuid, parcel_ord bigint, tax_code text, part text,
    taxed bigint, composite bigint, tax bigint, odd_place integer, odd bigint,
    -- The installments' amounts; one where the law has small bills paid at once.
    parts bigint[], in_one boolean,
    -- Where a share of the tax is a district's: the parcel's whole value, and the share.
    net bigint, share numeric,
    -- Direct charges: of the total, but not of the tax.
    charged bigint,
    -- What each credit took off, in the law's order, and all of them together.
    credit_cents bigint[], given bigint,
    -- Of its lines before credits: where the odd cents are, and how many.
    gross_place integer, gross_odd bigint
) on commit drop;
create temp table if not exists run_lines (
    ord bigint, bill_id uuid, place integer, agency_code text, fund_code text, rate bigint,
    amount bigint, odd bigint, told text, told_after text,
    -- What the line was before credits; nothing where there are none.
    gross bigint
) on commit drop;
"""
# Of a parcel `s`, staged or on file: what its row brings beside its value.
EXTRAS: Final = (
    "increment_share, charges, case when charges is null then 0 else"
    f" (select sum(c.amount_cents)::bigint from {CHARGES.format(of='s.charges')}) end, credits"
)
# So near to the largest amount, rounding may pass it.
_NEAR: Final = 1_000_000
_INDEX: Final = "create index if not exists run_rates_of on run_rates (tax_code, place)"


@dataclass(frozen=True, slots=True)
class Selected:
    """A statement that selects parcels in the columns of `run_parcels`."""

    statement: str
    params: Mapping[str, object]


def fill(connection: Connection, year: YearTerms, parcels: Selected) -> int:
    """Begin a batch: its parcels and the rates of their tax codes. Gives how many parcels."""
    connection.exec_driver_sql(_SQL)
    connection.exec_driver_sql(_INDEX)
    # Of a batch before in the same transaction nothing may be left.
    connection.exec_driver_sql(f"truncate {', '.join(TABLES)}")
    found: int = connection.exec_driver_sql(
        f"insert into run_parcels {parcels.statement}", dict(parcels.params)
    ).rowcount
    batches.charge(connection, year.tax_year, year.bill_class)
    told, told_after = year.teller.component()
    connection.exec_driver_sql(
        "insert into run_rates select tax_code, place, row_number() over"
        " (partition by tax_code, is_fund order by place), agency_code, fund_code,"
        f" rate_thousandths, is_fund, {told}, {told_after}"
        " from (select *, agency_code ~ %(funds)s as is_fund from rates"
        " join agencies using (tax_year, agency_code) where tax_year = %(year)s"
        " and tax_code in (select tax_code from run_parcels)) r order by tax_code, place",
        {"year": year.tax_year, "funds": _pattern(year.increment)},
    )
    connection.exec_driver_sql("analyze run_rates")
    return found


def suspects(connection: Connection, terms: BillingTerms) -> Sequence[Any]:
    """Parcels that may not be billable, and which the domain has to judge one by one."""
    unit = terms.rate_unit.units_per_dollar
    return connection.exec_driver_sql(
        "select p.* from run_parcels p join (select tax_code, sum(rate)::numeric as composite,"
        " count(*) filter (where is_fund) as funds, sum(rate) filter (where is_fund) as fund_rate"
        " from run_rates group by tax_code) r using (tax_code)"
        f" where net * composite * 100 + charged::numeric * {unit}"
        f" > {(CENTS_MAX - _NEAR) * unit}"
        f" or prior > {CENTS_MAX} or {unfit(terms)}"
        " or (coalesce(frozen, share) is not null and (funds <> 1 or fund_rate <> 0)) order by ord"
    ).all()


def _pattern(law: IncrementTerms) -> str:
    """Which agencies are funds; where the law knows none, what no code matches."""
    return f"^(?:{law.agency_code})$" if law.agency_code is not None else "^(?!)$"
