"""A value's tax in SQL: its composite rate, its lines in sum, and its total by the law's method."""

from levy_service.domain.billing import BillingTerms, BillMethod, ResidualTo
from levy_service.runs.arithmetic import Numbers


def taxed(
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
           as lines_cents, {odd_place(terms)} as odd_place
    from (select rate, place, agency_code, {line} as line from run_rates r
          where r.tax_code = p.tax_code and {which}) l
) {rated} cross join lateral (select {tax} as tax) {total}
"""


def odd_place(terms: BillingTerms) -> str:
    """The line that takes what rounding leaves over."""
    match terms.residual_to:
        case ResidualTo.AGENCY:
            code = terms.residual_agency_code.replace("'", "''").replace("%", "%%")
            return f"min(place) filter (where agency_code = '{code}')"
        case ResidualTo.LARGEST_LINE:
            return "(array_agg(place order by line desc, place))[1]"
        case ResidualTo.LAST_LINE:
            return "max(place) filter (where rate > 0)"
