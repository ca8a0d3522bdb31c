"""Credits of parcels in tax-increment districts in SQL: what domain.district_credits parts."""

from levy_service.domain.billing import BillingTerms
from levy_service.domain.credits import InDistrict
from levy_service.runs.arithmetic import ANY_SIZE, Numbers
from levy_service.runs.credits import chain, line_of
from levy_service.runs.taxes import odd_place
from taxkit.money import Rounding


def parts(line: str, prior: str, numbers: Numbers, terms: BillingTerms) -> str:
    """Joins: a row `o` for each of a parcel's two bills, less what credits take off it.

    As they stand for parcels without: `wt` and `bt` the taxes of the whole and the base, `b` the
    base's lines before credits, each of them `line`.
    """
    joined, _, _ = chain("wt.tax", numbers, terms)
    parted, on_base, on_grown, last = _parted(terms)
    of_rest = line_of("z.tax", "r.rate", "w.composite", terms)
    return f"""
cross join lateral (select coalesce({prior}, p.prior) as base) q {joined}
cross join lateral (select wt.tax as rest, wt.tax - bt.tax as grown) d0 {parted}
cross join lateral (select {last}.rest - {last}.grown as tax) z
cross join lateral (
  select coalesce(sum(line), 0)::bigint as lines_cents, {odd_place(terms)} as odd_place
  from (select rate, place, agency_code,
               case when z.tax < bt.tax then {of_rest} else {line} end as line
        from run_rates r where r.tax_code = p.tax_code and not r.is_fund) l
) n
cross join lateral (values
  (0, 'base', f.value, z.tax, q.base, n.odd_place, z.tax - n.lines_cents, p.charged,
   array[{on_base}]::bigint[], bt.tax - z.tax, b.odd_place, bt.tax - b.lines_cents),
  (1, 'increment', p.net - f.value, {last}.grown, p.prior - q.base, null, 0, 0,
   array[{on_grown}]::bigint[], wt.tax - bt.tax - {last}.grown, null, 0)
) o (later, part, taxed, tax, prior, odd_place, odd, charged, credit_cents, given, gross_place,
     gross_odd)
"""


def _parted(terms: BillingTerms) -> tuple[str, str, str, str]:
    """Joins: what each credit leaves of both parts; its amounts on each; and the last rest."""
    joined, on_base, on_grown = list[str](), list[str](), list[str]()
    for place, law in enumerate(terms.credits.credits.values(), start=1):
        before, cents = f"d{place - 1}", f"k{place}.cents"
        left = f"({before}.rest - {cents})"
        if law.in_district is InDistrict.PRO_RATA:
            whole = f"nullif({before}.rest, 0)"
            grown = ANY_SIZE.share(f"{before}.grown", left, whole, Rounding.HALF_UP, 1)
        else:
            grown = f"({left} - greatest({before}.rest - {before}.grown - {cents}, 0))"
        joined.append(
            f"cross join lateral (select {before}.rest - coalesce({cents}, 0) as rest,"
            f" case when {cents} is null then {before}.grown else coalesce({grown}, 0) end"
            f" as grown) d{place}"
        )
        taken = f"({before}.grown - d{place}.grown)"
        on_grown.append(f"case when {cents} is not null then {taken} end")
        on_base.append(f"{cents} - {taken}")
    return " ".join(joined), ", ".join(on_base), ", ".join(on_grown), f"d{len(joined)}"
