"""LEVY-002: bills computed in SQL are the domain's, to the cent, whatever the law says."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levy_service import bill_credits, events, roll_store
from levy_service.domain.billing import (
    AgencyRate,
    BillingTerms,
    BillMethod,
    CannotBill,
    Charge,
    ComputedBill,
    ResidualTo,
)
from levy_service.domain.credits import (
    NO_CREDITS,
    BorneBy,
    Credit,
    CreditClaim,
    CreditTerms,
    FromRoll,
    InDistrict,
)
from levy_service.domain.increment import IncrementTerms, Part
from levy_service.domain.installments import (
    Due,
    InstallmentPlan,
    OddCents,
    ShareOf,
    SinglePayment,
)
from levy_service.domain.parcel_extras import bill_parcel
from levy_service.domain.rates import RatePer, RateUnit
from levy_service.domain.roll import Findings, ParcelRow
from levy_service.runs import computing, judging, tables, writing
from levy_service.runs.tables import Selected
from levy_service.runs.telling import Teller
from levy_service.runs.year import YearTerms
from levy_service.staged_json import credits_told
from taxkit import ids
from taxkit.money import CENTS_MAX, Rounding

_YEAR, _CODE, _FUND = 2021, "T1", "030540500"
_AT = datetime(2022, 1, 31, 12, tzinfo=UTC)
_INCREMENT = IncrementTerms(r"03[0-9]{4}[5-9][0-9]{2}", "TIF")
_UNITS = (
    RateUnit(RatePer.PERCENT, 3),
    RateUnit(RatePer.PERCENT, 4),
    RateUnit(RatePer.MILLS, 3),
    RateUnit(RatePer.DOLLARS_PER_1000, 6),
    RateUnit(RatePer.DOLLARS_PER_100, 0),
)
_steps = st.sampled_from([1, 100])
# An agency billed as one, or its rate by fund.
_SPLITS = (
    lambda amount: [("", amount)],
    lambda amount: [("general", amount // 3), ("debt", amount - amount // 3)],
    lambda amount: [("", 1), ("Z", amount), ("a", 0)],
)
_NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Co"]), min_size=1, max_size=8
)


@dataclass(frozen=True)
class Case:
    terms: BillingTerms
    rates: tuple[AgencyRate, ...]
    parcels: tuple[ParcelRow, ...]


@st.composite
def plans(draw: st.DrawFn) -> InstallmentPlan:
    count = draw(st.integers(1, 4))
    of = draw(st.sampled_from(ShareOf))
    parts = draw(st.lists(st.integers(1, 100), min_size=count, max_size=count))
    whole = sum(parts)
    shares = [Decimal(part * 10_000 // whole) / 10_000 for part in parts]
    shares = [max(share, Decimal("0.0001")) for share in shares]
    if of is ShareOf.TOTAL:
        shares[0] += 1 - sum(shares)
    days = count + (of is ShareOf.PRIOR_YEAR_TOTAL)
    due = tuple(Due(date(2022, 3, 1) + timedelta(days=60 * place)) for place in range(days))
    single = st.builds(SinglePayment, st.integers(0, 10_000), st.just(Due(date(2022, 5, 1))))
    return InstallmentPlan(
        tuple(shares),
        of,
        draw(st.sampled_from(Rounding)),
        draw(st.sampled_from(OddCents)) if of is ShareOf.TOTAL else OddCents.LAST,
        due,
        draw(_steps),
        draw(st.none() | single),
    )


@st.composite
def rates(draw: st.DrawFn, unit: RateUnit) -> tuple[AgencyRate, ...]:
    """One to seven agencies in any order, some by fund, and a district's fund among them."""
    amounts = draw(
        st.lists(st.integers(0, 9) | st.integers(0, unit.units_max // 100), min_size=1, max_size=7)
    )
    codes = draw(st.permutations(["10", "9", "a", "B", "03", "é", "z"]))[: len(amounts)]
    made = [
        AgencyRate(code, f"{code} {name}", part, fund)
        for code, amount in zip(codes, amounts, strict=True)
        for name in [draw(_NAMES)]
        for fund, part in draw(st.sampled_from(_SPLITS))(amount)
    ]
    made.insert(draw(st.integers(0, len(made))), AgencyRate(_FUND, "The district's fund", 0))
    return tuple(made)


_CHARGES = st.builds(
    Charge,
    st.sampled_from(["sewer", "Light", "ditch"]),
    st.just("A charge"),
    st.integers(1, 9_999),
    st.sampled_from(["", "z", "B"]),
)
# Credits of every kind, each coming off after the ones before it or of some lines alone.
_LAWS = (
    NO_CREDITS,
    CreditTerms(
        {
            "reduction": Credit(step_cents=2),
            "o'half %": Credit(ratio=Decimal("0.5"), after="reduction", rounding=Rounding.DOWN),
            "flat": Credit(cents=5_000),
            "lottery": Credit(from_roll=FromRoll.CENTS),
            "some": Credit(ratio=Decimal("0.25"), agency_code="1.*|[a-z]", at_most_cents=777),
        }
    ),
    CreditTerms(
        {
            "own": Credit(name="The owner's 10 %", borne_by=BorneBy.STATE),
            "rest": Credit(ratio=Decimal("0.7"), after="own", name="Relief"),
            "above": Credit(tax_above=Decimal("0.01"), rounding=Rounding.UP, step_cents=10),
            "little": Credit(
                cents=9_000, at_most_of_value=Decimal("0.0003"), rounding=Rounding.HALF_EVEN
            ),
        },
        as_lines=True,
    ),
    # Those that lower both bills of a parcel in a district, or the base's first.
    CreditTerms(
        {
            "reduction": Credit(step_cents=2, in_district=InDistrict.PRO_RATA),
            "flat": Credit(cents=5_000, in_district=InDistrict.BASE_FIRST),
            "lottery": Credit(from_roll=FromRoll.CENTS, in_district=InDistrict.PRO_RATA),
            "half": Credit(ratio=Decimal("0.5"), after="flat", in_district=InDistrict.BASE_FIRST),
            "breaker": Credit(
                tax_above=Decimal("0.0101"), after="half", in_district=InDistrict.PRO_RATA
            ),
        },
        as_lines=True,
    ),
)


@st.composite
def claims(draw: st.DrawFn, law: CreditTerms) -> tuple[CreditClaim, ...]:
    """Some of the law's credits in any order, each with what the roll has to say of it."""
    of_roll = {
        FromRoll.RATIO: (st.integers(0, 10**9).map(lambda part: Decimal(part) / 10**9), st.none()),
        FromRoll.CENTS: (st.none(), st.integers(0, 99) | st.integers(0, 10**7)),
        None: (st.none(), st.none()),
    }
    codes = draw(st.lists(st.sampled_from(sorted(law.credits) or [""]), unique=True))
    return tuple(
        CreditClaim(code, *map(draw, of_roll[law.credits[code].by_roll])) for code in codes if code
    )


_DOLLARS = st.integers(0, 30) | st.integers(0, 10_000_000) | st.integers(0, CENTS_MAX // 10**4)
_PARCELS = st.builds(
    ParcelRow,
    row=st.just(0),
    parcel_number=st.just(""),
    tax_code=st.just(_CODE),
    property_class=_NAMES,
    township=st.just(""),
    value_dollars=st.just(0),
    net_value_dollars=_DOLLARS,
    prior_year_total_cents=st.integers(0, 999) | st.integers(0, CENTS_MAX),
    owner_name=_NAMES,
    owner_email=st.none() | _NAMES,
    frozen_value_dollars=st.none() | _DOLLARS,
    charges=st.lists(_CHARGES, max_size=3, unique_by=lambda c: (c.agency_code, c.fund_code)).map(
        tuple
    ),
) | st.builds(
    ParcelRow,
    row=st.just(0),
    parcel_number=st.just(""),
    tax_code=st.just(_CODE),
    property_class=_NAMES,
    township=st.just(""),
    value_dollars=st.just(0),
    net_value_dollars=_DOLLARS,
    prior_year_total_cents=st.integers(0, CENTS_MAX),
    owner_name=_NAMES,
    owner_email=st.none(),
    increment_share=st.integers(0, 10_000).map(lambda part: f"{Decimal(part) / 10_000:.4f}"),
    charges=st.lists(_CHARGES, max_size=1).map(tuple),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    unit = draw(st.sampled_from(_UNITS))
    found = draw(rates(unit))
    to = draw(st.sampled_from(ResidualTo))
    agency = draw(st.sampled_from([rate for rate in found if rate.agency_code != _FUND]))
    terms = BillingTerms(
        total_rounding=draw(st.sampled_from(Rounding)),
        line_rounding=draw(st.sampled_from(Rounding)),
        residual_agency_code=agency.agency_code if to is ResidualTo.AGENCY else "",
        plan=draw(plans()),
        rule_ids=(),
        method=draw(st.sampled_from(BillMethod)),
        residual_to=to,
        total_step_cents=draw(_steps),
        line_step_cents=draw(_steps),
        rate_unit=unit,
        credits=draw(st.sampled_from(_LAWS)),
    )
    parcels = draw(st.lists(_PARCELS, min_size=1, max_size=5))
    return Case(terms, found, tuple(_with_claims(draw, each, terms.credits) for each in parcels))


def _with_claims(draw: st.DrawFn, parcel: ParcelRow, law: CreditTerms) -> ParcelRow:
    if draw(st.booleans()):
        return parcel
    return replace(parcel, credits=draw(claims(law)))


def _put_on_file(connection: Any, case: Case) -> list[ParcelRow]:
    roll_id = ids.new_id()
    run = connection.exec_driver_sql
    run(
        "insert into rolls (roll_id, jurisdiction, tax_year, source, pack_version, rule_ids,"
        " loaded_by, trace_id, recorded_at) values (%s, 'x', %s, '', '', '{}', '', %s, now())",
        (roll_id, _YEAR, roll_id),
    )
    run("alter table rates drop constraint if exists rates_rate_thousandths_check")
    for place, rate in enumerate(case.rates, start=1):
        run(
            "insert into agencies values (%s, %s, %s) on conflict do nothing",
            (_YEAR, rate.agency_code, rate.agency_name),
        )
        run(
            "insert into rates values (%s, %s, %s, %s, %s, %s, %s)",
            (
                _YEAR, _CODE, place, rate.agency_code, rate.rate_units, roll_id,
                rate.fund_code,
            ),
        )  # fmt: skip
    for code in ("sewer", "Light", "ditch"):
        run("insert into agencies values (%s, %s, 'A charge')", (_YEAR, code))
    return list(case.parcels)


def _select(parcels: list[ParcelRow]) -> Selected:
    rows = [
        (
            place, f"{place:014d}", _CODE, one.property_class, one.owner_name, one.owner_email,
            one.net_value_dollars, one.prior_year_total_cents, one.frozen_value_dollars,
            one.increment_share or None, roll_store.charges_told(one),
            sum(charge.amount_cents for charge in one.charges), credits_told(one),
        )
        for place, one in enumerate(parcels)
    ]  # fmt: skip
    names = [f"c{place}" for place in range(13)]
    kinds = [
        "bigint", "text", "text", "text", "text", "text", "bigint", "bigint", "bigint", "numeric",
        "jsonb", "bigint", "jsonb",
    ]  # fmt: skip
    arrays = ", ".join(f"%({n})s::{k}[]" for n, k in zip(names, kinds, strict=True))
    statement = (
        f"select {', '.join(names[:9])}, (select roll_id from rolls limit 1), '',"
        f" {', '.join(names[9:])}"
        f" from unnest({arrays}) v ({', '.join(names)})"
    )
    columns = zip(*rows, strict=True)
    return Selected(statement, dict(zip(names, map(list, columns), strict=True)))


def _domain(case: Case, parcel: ParcelRow) -> dict[Part, ComputedBill]:
    return bill_parcel(parcel, case.rates, case.terms, _INCREMENT)


def _year(case: Case) -> YearTerms:
    return YearTerms(_YEAR, case.terms, _INCREMENT, Teller("cook", "us-il-cook", _YEAR, _AT))


def _rows(connection: Any, statement: str, *params: object) -> list[Any]:
    return connection.exec_driver_sql(statement, params).all()


def _compare(connection: Any, parcel: ParcelRow, part: Part, bill: ComputedBill, number: str):
    (row,) = _rows(connection, "select * from bills where bill_number = %s", number)
    assert bill.net_value_dollars == row.net_value_dollars
    assert bill.composite_units == row.composite_thousandths
    assert bill.total_cents == row.total_cents
    assert part == row.part
    assert bill.credits == bill_credits.read(row.credits)
    lines = _rows(
        connection, "select * from bill_lines where bill_id = %s order by place", row.bill_id
    )
    assert [(x.agency_code, x.fund_code, x.rate_units, *_cents(x)) for x in bill.lines] == [
        (x.agency_code, x.fund_code, x.rate_thousandths, *_cents(x)) for x in lines
    ]
    given = sum(each.amount_cents for each in bill.credits)
    assert given == sum(line.credited_cents for line in lines)
    assert list(range(1, len(lines) + 1)) == [line.place for line in lines]
    parts = _rows(
        connection, "select * from installments where bill_id = %s order by 3", row.bill_id
    )
    assert [(x.installment, x.due_on, x.amount_cents) for x in bill.installments] == [
        (x.installment, x.due_on, x.amount_cents) for x in parts
    ]
    (told,) = _rows(connection, "select body from outbox where trace_id = %s", row.bill_id)
    numbered = ParcelRow(
        0, row.parcel_number, _CODE, parcel.property_class, "", 0, 0, 0, parcel.owner_name,
        parcel.owner_email,
    )  # fmt: skip
    expected = events.bill_created(
        str(row.bill_id), number, "us-il-cook", _YEAR, numbered, bill, part.value
    )
    assert expected == json.loads(told.body)["data"]


def _cents(line: Any) -> tuple[int, int, int]:
    return line.amount_cents, line.residual_cents, line.credited_cents


@pytest.fixture
def connection(app) -> Iterator[Any]:
    with app.database.engine.connect() as opened:
        yield opened


@given(case=cases())
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_levy_002_sql_computes_what_the_domain_does(connection, case: Case) -> None:
    """Every rounding, method, step, residual place, rate unit and plan; increments, odd texts."""
    year, expected = _year(case), {}
    with connection.begin() as transaction:
        parcels = _put_on_file(connection, case)
        for place, parcel in enumerate(parcels):
            try:
                expected[place] = _domain(case, parcel)
            except CannotBill:
                continue
        findings = Findings()
        tables.fill(connection, year, _select(parcels))
        judging.judge(connection, year, {_CODE: case.rates}, findings)
        assert len(parcels) - len(expected) == findings.count

        good = [parcels[place] for place in expected]
        if good:
            tables.fill(connection, year, _select(good))
            computing.compute(connection, year)
            written = writing.write(connection, year, None)
            bills = [bill for of in expected.values() for bill in of.values()]
            assert (len(bills), sum(bill.total_cents for bill in bills)) == (
                written.bill_count, written.total_cents,
            )  # fmt: skip
        for place, computed in enumerate(expected.values()):
            for part, bill in computed.items():
                suffix = "-TIF" if part is Part.INCREMENT else ""
                number = f"{_YEAR}-{place:014d}{suffix}"
                _compare(connection, good[place], part, bill, number)
        transaction.rollback()
