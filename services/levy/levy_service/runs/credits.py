"""A batch's credits in SQL: what domain.credits takes off one tax, and the lines that are left."""

from decimal import Decimal
from typing import Final

from levy_service.domain.billing import BillingTerms
from levy_service.domain.credits import Credit, FromRoll
from levy_service.runs.arithmetic import ANY_SIZE, Numbers
from levy_service.runs.taxes import odd_place, taxed

# Ratios of rolls have nine decimals at most: as whole numbers they are multiplied exactly.
_NINE: Final = "1000000000"
_EVERY_RATE: Final = "true"
NONE: Final = "null::bigint[], 0::bigint, null::integer, 0::bigint"
"""The columns of `run_bills` of bills that nobody claimed a credit for."""


def credited(numbers: Numbers, terms: BillingTerms) -> str:
    """Bills of parcels with credits: what is left of the tax is shared by the rates."""
    joined, left, amounts = chain("t.tax", numbers, terms)
    of_rest = line_of("n.tax", "r.rate", "a.composite", terms)
    return f"""
select p.ord * 2, p.ord, p.tax_code, 'whole', p.net, a.composite, n.tax, p.prior, b.odd_place,
       n.tax - b.lines_cents, p.net, p.share, p.charged, n.amounts, n.given, a.odd_place,
       t.tax - a.lines_cents
from run_parcels p {taxed("a", "t", "p.net", _EVERY_RATE, numbers, terms)} {joined}
     cross join lateral (
       select {left} as tax, t.tax - {left} as given, array[{amounts}]::bigint[] as amounts
     ) n
     cross join lateral (
       select coalesce(sum(line), 0)::bigint as lines_cents, {odd_place(terms)} as odd_place
       from (select rate, place, agency_code,
                    case when n.given > 0 then {of_rest} else {_own(numbers, terms)} end as line
             from run_rates r where r.tax_code = p.tax_code) l
     ) b
where p.frozen is null and p.share is null and p.credits is not null
"""


def line_of(tax: str, rate: str, composite: str, terms: BillingTerms) -> str:
    """An agency's part of a tax that no line follows from by its own rate."""
    return ANY_SIZE.share(
        tax, rate, f"nullif({composite}, 0)", terms.line_rounding, terms.line_step_cents
    )


def unfit(terms: BillingTerms) -> str:
    """Which of `credits` are not as the law has them now, though they were as they came."""
    of_law = ", ".join(map(_text, terms.credits.credits))
    wrong = [f"credits - array[{of_law}]::text[] <> '{{}}'"]
    for code, law in terms.credits.credits.items():
        for said in FromRoll:
            has = f"jsonb_exists(credits -> {_text(code)}, '{said}')"
            wrong.append(f"{has} is not distinct from {str(law.by_roll is not said).lower()}")
    refused = [
        _text(code) for code, law in terms.credits.credits.items() if law.is_refused_in_district
    ]
    in_district = f"jsonb_exists_any(credits, array[{', '.join(refused)}]::text[])"
    wrong.append(f"coalesce(frozen, share) is not null and {in_district}")
    return f"(credits is not null and ({' or '.join(wrong)}))"


def claimed(year_codes: str) -> str:
    """A bill's credits as they are kept: as they were claimed, with what each came to."""
    return (
        "case when b.credit_cents is not null then (select jsonb_agg(jsonb_build_object('code',"
        " k.code, 'amount_cents', k.cents) || (%(said)s::jsonb -> k.code) || (p.credits -> k.code)"
        " order by k.place)"
        f" from unnest({year_codes}, b.credit_cents) with ordinality k (code, cents, place)"
        " where k.cents is not null) end"
    )


def told(year_codes: str) -> str:
    """The event's member for credits; nothing where there are none."""
    return (
        "case when b.credit_cents is null then '' else ',\"credits\":' ||"
        " (select jsonb_agg(jsonb_build_object('code', k.code, 'amount_cents', k.cents)"
        " || (%(said)s::jsonb -> k.code)"
        f" order by k.place) from unnest({year_codes}, b.credit_cents) with ordinality"
        " k (code, cents, place) where k.cents is not null)::text end"
    )


def chain(tax: str, numbers: Numbers, terms: BillingTerms) -> tuple[str, str, str]:
    """Joins: each credit and what it leaves; the last rest; and all amounts in the law's order."""
    joined, left, rest_after = list[str](), tax, {"": tax}
    for place, (code, law) in enumerate(terms.credits.credits.items(), start=1):
        amount = _amount(code, law, rest_after[law.after], numbers, terms)
        joined.append(
            f"cross join lateral (select case when jsonb_exists(p.credits, {_text(code)})"
            f" then least({amount}, {left}) end as cents) k{place} cross join lateral"
            f" (select {left} - coalesce(k{place}.cents, 0) as rest) m{place}"
        )
        left = rest_after[code] = f"m{place}.rest"
    amounts = ", ".join(f"k{place}.cents" for place in range(1, len(joined) + 1))
    return " ".join(joined), left, amounts


def _amount(code: str, law: Credit, rest: str, numbers: Numbers, terms: BillingTerms) -> str:
    said = f"(p.credits -> {_text(code)} ->> '{law.from_roll}')"
    if law.tax_above is not None:
        amount = f"greatest({rest} - {_of_value(law.tax_above, law)}, 0)"
    elif law.cents is not None:
        amount = str(law.cents)
    elif law.is_amount:
        amount = f"{said}::bigint"
    else:
        base = _lines_of(law.agency_code, numbers, terms) if law.agency_code else rest
        numerator, denominator = f"trunc({said}::numeric * {_NINE})", f"{_NINE}::numeric"
        if law.ratio is not None:
            numerator, denominator = map(str, law.ratio.as_integer_ratio())
        amount = ANY_SIZE.share(base, numerator, denominator, law.rounding, law.step_cents)
    if law.at_most_of_value is not None:
        amount = f"least({amount}, {_of_value(law.at_most_of_value, law)})"
    return amount if law.at_most_cents is None else f"least({amount}, {law.at_most_cents})"


def _of_value(share: Decimal, law: Credit) -> str:
    """Cents of a share of the parcel's net value."""
    numerator, denominator = map(str, share.as_integer_ratio())
    return ANY_SIZE.share("p.net * 100", numerator, denominator, law.rounding, law.step_cents)


def _lines_of(agency_code: str, numbers: Numbers, terms: BillingTerms) -> str:
    pattern = _text(f"^(?:{agency_code})$")
    return (
        f"(select coalesce(sum({_own(numbers, terms)}), 0) from run_rates r"
        f" where r.tax_code = p.tax_code and r.agency_code ~ {pattern})"
    )


def _own(numbers: Numbers, terms: BillingTerms) -> str:
    rounding, step = terms.line_rounding, terms.line_step_cents
    return numbers.tax("p.net", "r.rate", terms.rate_unit, rounding, step)


def _text(text: str) -> str:
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"
