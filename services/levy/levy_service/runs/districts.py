"""Bills of parcels in tax-increment districts in SQL: what domain.increment decides of one."""

from typing import Final

from levy_service.domain.billing import BillingTerms
from levy_service.runs import district_credits
from levy_service.runs.arithmetic import ANY_SIZE, Numbers
from levy_service.runs.credits import NONE
from levy_service.runs.taxes import odd_place, taxed
from taxkit.money import Rounding

_AGENCIES_ONLY: Final = "not r.is_fund"
# Shares have nine decimals at most: as whole numbers they are multiplied and divided exactly.
_NINE: Final = "1000000000"
# Last year's bill is shared as this year's is: of two parts the first is the nearest cent.
_PRIOR: Final = ANY_SIZE.share(
    "p.prior", "(bt.tax + p.charged)", "nullif(wt.tax + p.charged, 0)", Rounding.HALF_UP, 1
)
_PARTS: Final = f"""
cross join lateral (select coalesce({_PRIOR}, p.prior) as base) q
cross join lateral (values
  (0, 'base', f.value, bt.tax, q.base, b.odd_place, bt.tax - b.lines_cents, p.charged),
  (1, 'increment', p.net - f.value, wt.tax - bt.tax, p.prior - q.base, null, 0, 0)
) o (later, part, taxed, tax, prior, odd_place, odd, charged)
"""
_SELECT: Final = """
select p.ord * 2 + o.later, p.ord, p.tax_code, o.part, o.taxed, w.composite, o.tax, o.prior,
       o.odd_place, o.odd, p.net, p.share, o.charged"""


def frozen(numbers: Numbers, terms: BillingTerms) -> str:
    """Two bills of a parcel with a frozen value: of that, and of what has grown since."""
    line = numbers.tax(
        "f.value", "rate", terms.rate_unit, terms.line_rounding, terms.line_step_cents
    )
    taxes = f"""
cross join lateral (select least(p.frozen, p.net) as value) f
     {taxed("w", "wt", "p.net", _AGENCIES_ONLY, numbers, terms)}
     {taxed("b", "bt", "f.value", _AGENCIES_ONLY, numbers, terms)}
"""
    return _bills("p.frozen", taxes, line, numbers, terms)


def shared(numbers: Numbers, terms: BillingTerms) -> str:
    """Two bills of a parcel whose tax is parted by a share: every line, rounded, once more."""
    grown = part_of("wt.tax", "p.share", terms.total_rounding)
    grown_value = part_of("p.net", "p.share", Rounding.HALF_UP)
    whole = numbers.tax(
        "p.net", "rate", terms.rate_unit, terms.line_rounding, terms.line_step_cents
    )
    line = part_of(whole, "(1 - p.share)", terms.line_rounding)
    taxes = f"""
     {taxed("w", "wt", "p.net", _AGENCIES_ONLY, numbers, terms)}
     cross join lateral (select wt.tax - {grown} as tax) bt
     cross join lateral (select p.net - {grown_value} as value) f
     cross join lateral (
       select coalesce(sum(line), 0)::bigint as lines_cents, {odd_place(terms)} as odd_place
       from (select rate, place, agency_code, {line} as line from run_rates r
             where r.tax_code = p.tax_code and {_AGENCIES_ONLY}) l
     ) b
"""
    return _bills("p.share", taxes, line, numbers, terms)


def _bills(parted_by: str, taxes: str, line: str, numbers: Numbers, terms: BillingTerms) -> str:
    """Both bills of each parcel; of those with credits where the law has any."""
    plain = f"""
{_SELECT}, {NONE} from run_parcels p {taxes} {_PARTS}
where {parted_by} is not null and p.credits is null
"""
    if not terms.credits.credits:
        return plain
    return f"""{plain} union all
{_SELECT}, o.credit_cents, o.given, o.gross_place, o.gross_odd
from run_parcels p {taxes} {district_credits.parts(line, _PRIOR, numbers, terms)}
where {parted_by} is not null and p.credits is not null
"""


def part_of(whole: str, share: str, rounding: Rounding) -> str:
    """A share of a whole number, rounded once."""
    return ANY_SIZE.share(whole, f"trunc({share} * {_NINE})", _NINE, rounding, 1)
