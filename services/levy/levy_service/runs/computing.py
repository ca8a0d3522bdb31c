"""Computes a batch of bills in SQL: what domain.billing decides of one, of all of them at once.

A test holds the two against each other on rolls of every kind.
"""

from typing import Final

from sqlalchemy import Connection

from levy_service.domain.billing import BillingTerms
from levy_service.runs.arithmetic import Numbers
from levy_service.runs.credits import credited
from levy_service.runs.districts import frozen, shared
from levy_service.runs.lines import fill_lines
from levy_service.runs.parts import in_one, laterals, parts_of
from levy_service.runs.taxes import taxed
from levy_service.runs.year import YearTerms

_EVERY_RATE: Final = "true"
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
    fill_lines(connection, numbers, year.billing, year.teller)


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
       s.odd_place, s.odd, {parts_of(terms.plan)}, {in_one(terms.plan)}, s.net, s.share, s.charged,
       s.credit_cents, s.given, s.gross_place, s.gross_odd
from ({_whole(numbers, terms)} union all {frozen(numbers, terms)}
      union all {shared(numbers, terms)} union all {credited(numbers, terms)}) s
     {laterals(terms.plan)}
order by s.ord
"""


def _whole(numbers: Numbers, terms: BillingTerms) -> str:
    return f"""
select p.ord * 2 as ord, p.ord as parcel_ord, p.tax_code, 'whole' as part, p.net as taxed,
       a.composite, t.tax, p.prior, a.odd_place, t.tax - a.lines_cents as odd, p.net, p.share,
       p.charged, null::bigint[] as credit_cents, 0::bigint as given, null::integer as gross_place,
       0::bigint as gross_odd
from run_parcels p {taxed("a", "t", "p.net", _EVERY_RATE, numbers, terms)}
where p.frozen is null and p.share is null and p.credits is null
"""
