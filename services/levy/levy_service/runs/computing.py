"""Computes a batch of bills in SQL: what domain.billing decides of one, of all of them at once.

A test holds the two against each other on rolls of every kind.
"""

from typing import Final

from sqlalchemy import Connection

from levy_service.domain.billing import BillingTerms, BillMethod, ResidualTo
from levy_service.runs.arithmetic import ANY_SIZE, Numbers
from levy_service.runs.lines import fill_lines
from levy_service.runs.parts import in_one, laterals, parts_of
from levy_service.runs.year import YearTerms
from taxkit.money import Rounding

_EVERY_RATE: Final = "true"
_AGENCIES_ONLY: Final = "not r.is_fund"
# Version 7, as taxkit.ids makes them: in the order of the bills, so that indexes grow at one end.
_NEW_ID: Final = (
    "(lpad(to_hex((extract(epoch from statement_timestamp()) * 1000)::bigint + (s.ord >> 12)), 12,"
    " '0') || '7' || lpad(to_hex(s.ord & 4095), 3, '0') || '-'"
    " || substr(gen_random_uuid()::text, 20))::uuid"
)


def compute(connection: Connection, year: YearTerms) -> None:
    """Compute the bills of the batch's parcels, all of which can be billed."""
    numbers = _numbers(connection, year.billing)
    connection.exec_driver_sql(_bills(numbers, year.billing))
    fill_lines(connection, numbers, year.billing)


def _numbers(connection: Connection, terms: BillingTerms) -> Numbers:
    value, composite = connection.exec_driver_sql(
        "select coalesce((select max(net) from run_parcels), 0), coalesce((select max(whole)"
        " from (select sum(rate) as whole from run_rates group by tax_code) c), 0)"
    ).one()
    return Numbers.for_amounts(int(value), int(composite), terms.rate_unit)


def _bills(numbers: Numbers, terms: BillingTerms) -> str:
    """One bill a parcel; in an increment district two, the second for what the first leaves."""
    return f"""
insert into run_bills
select s.ord, {_NEW_ID}, {_NEW_ID}, s.parcel_ord, s.tax_code, s.part, s.taxed, s.composite, s.tax,
       s.odd_place, s.odd, {parts_of(terms.plan)}, {in_one(terms.plan)}
from ({_whole(numbers, terms)} union all {_parted(numbers, terms)}) s
     {laterals(terms.plan)}
order by s.ord
"""


def _whole(numbers: Numbers, terms: BillingTerms) -> str:
    return f"""
select p.ord * 2 as ord, p.ord as parcel_ord, p.tax_code, 'whole' as part, p.net as taxed,
       a.composite, t.tax, p.prior, a.odd_place, t.tax - a.lines_cents as odd
from run_parcels p {_taxed("a", "t", "p.net", _EVERY_RATE, numbers, terms)}
where p.frozen is null
"""


def _parted(numbers: Numbers, terms: BillingTerms) -> str:
    # Last year's bill is shared as this year's is: of two parts the first is the nearest cent.
    share = ANY_SIZE.share("p.prior", "bt.tax", "nullif(wt.tax, 0)", Rounding.HALF_UP, 1)
    return f"""
select p.ord * 2 + o.later, p.ord, p.tax_code, o.part, o.taxed, w.composite, o.tax, o.prior,
       o.odd_place, o.odd
from run_parcels p cross join lateral (select least(p.frozen, p.net) as value) f
     {_taxed("w", "wt", "p.net", _AGENCIES_ONLY, numbers, terms)}
     {_taxed("b", "bt", "f.value", _AGENCIES_ONLY, numbers, terms)}
     cross join lateral (select coalesce({share}, p.prior) as base) q
     cross join lateral (values
       (0, 'base', f.value, bt.tax, q.base, b.odd_place, bt.tax - b.lines_cents),
       (1, 'increment', p.net - f.value, wt.tax - bt.tax, p.prior - q.base, null, 0)
     ) o (later, part, taxed, tax, prior, odd_place, odd)
where p.frozen is not null
"""


def _taxed(
    rated: str, total: str, value: str, which: str, numbers: Numbers, terms: BillingTerms
) -> str:
    """Joins a value's composite rate and lines in sum, and beside it its tax."""
    line = numbers.tax(value, "rate", terms.rate_unit, terms.line_rounding, terms.line_step_cents)
    rounding, step = terms.total_rounding, terms.total_step_cents
    if terms.method is BillMethod.TOTAL_FIRST:
        tax = numbers.tax(value, f"{rated}.composite", terms.rate_unit, rounding, step)
    else:
        tax = numbers.share(f"{rated}.lines_cents", "1", "1", rounding, step)
    return f"""
cross join lateral (
    select coalesce(sum(rate), 0)::bigint as composite, coalesce(sum(line), 0)::bigint
           as lines_cents, {_odd_place(terms)} as odd_place
    from (select rate, place, agency_code, {line} as line from run_rates r
          where r.tax_code = p.tax_code and {which}) l
) {rated} cross join lateral (select {tax} as tax) {total}
"""


def _odd_place(terms: BillingTerms) -> str:
    """The line that takes what rounding leaves over."""
    match terms.residual_to:
        case ResidualTo.AGENCY:
            code = terms.residual_agency_code.replace("'", "''").replace("%", "%%")
            return f"min(place) filter (where agency_code = '{code}')"
        case ResidualTo.LARGEST_LINE:
            return "(array_agg(place order by line desc, place))[1]"
        case ResidualTo.LAST_LINE:
            return "max(place) filter (where rate > 0)"
