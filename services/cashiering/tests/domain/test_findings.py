"""CASH-018 to CASH-024, CASH-073: what is found about a basket, without a database."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain import basket as baskets
from cashiering_service.domain.basket import Basket, BasketState, LineKind, NewLine, Subject
from cashiering_service.domain.basket_terms import (
    BasketTerms,
    FlagRule,
    FlagTerms,
    InterestDisplay,
    RelatedRule,
    TaxType,
)
from cashiering_service.domain.findings import (
    BillKnown,
    Book,
    Severity,
    blocking,
    findings,
    missing_of_set,
)
from cashiering_service.domain.limits import MayTake
from cashiering_service.domain.paying import Charge, Quoted, Wish
from cashiering_service.domain.receipt import SessionHead
from cashiering_service.domain.subtotals import subtotals

DAY = date(2022, 12, 15)
BEFORE, AFTER = date(2022, 3, 1), date(2022, 12, 30)
SESSION = SessionHead(UUID(int=1), "T01", 1, DAY, DAY, True)
EMPTY = Basket(UUID(int=2), SESSION, BasketState.OPEN, 1, DAY, "cashier")
REAL, MOBILE = TaxType("real", "Real property", ("2",)), TaxType("mobile", "Mobile home", ("MH",))
TERMS = BasketTerms(
    ("tax",),
    collection_types_apart=True,
    defaulted_together=True,
    defaulted_in_full=True,
    tax_types=(REAL, MOBILE),
    related=(),
    flags=(),
    interest_display=InterestDisplay.NONE,
    current_due_switch=True,
    proration=True,
    year_days=0,
    advance_types=(),
    verified_payer=False,
)


def bill(year: int, cents: int = 1_000, kind: str = "S", **changes: object) -> BillKnown:
    charges = (Charge(1, BEFORE, cents // 2, collection_type=kind),)
    charges += (Charge(2, AFTER, cents - cents // 2, collection_type=kind),)
    known = BillKnown(UUID(int=year), f"{year}-P", "P", year, "Ada", cents, charges)
    return replace(known, **changes)  # type: ignore[arg-type]


def book(*bills: BillKnown, flags: dict[str, set[tuple[str, str]]] | None = None) -> Book:
    given = {flag: frozenset(subjects) for flag, subjects in (flags or {}).items()}
    return Book({one.bill_id: one for one in bills}, given)


def basket(*bills: BillKnown, by_bill_number: bool = False, typed: int | None = None) -> Basket:
    lines = [
        NewLine(
            LineKind.BILL,
            "tax",
            Subject(one.parcel_number, one.bill_id, one.bill_number, 1, one.tax_year),
            Wish(DAY, typed),
            Quoted(DAY, True, one.charges, one.open_cents),
            by_bill_number,
        )
        for one in bills
    ]
    return baskets.add_lines(EMPTY, lines)


def codes(*args: object) -> list[tuple[str, Severity]]:
    return [(one.code, one.severity) for one in findings(*args)]  # type: ignore[arg-type]


def test_cash_018_only_a_lookup_by_bill_number_warns_of_other_years() -> None:
    """It names years and amounts; what is paid already or in the basket is not named."""
    one, two, paid = bill(2021), bill(2020, 500), bill(2019, 0)
    known = book(one, two, paid)
    (found,) = findings(basket(one, by_bill_number=True), known, TERMS)

    assert (found.code, found.severity) == ("OTHER_YEARS_OWED", Severity.WARN)
    assert found.message == "parcel P owes other bills: 2020 $5.00"
    assert codes(basket(one), known, TERMS) == []
    assert codes(basket(one, two, by_bill_number=True), known, TERMS) == []


def test_cash_019_secured_and_unsecured_are_added_up_apart() -> None:
    """Each with what was due before the line's date and what was not; defaulted is secured."""
    both = basket(bill(2021, 1_001), bill(2020, 300, "DS"), bill(2019, 41, "U"), typed=10)

    assert [
        (one.collection_type, one.current_cents, one.delinquent_cents, one.paying_cents)
        for one in subtotals(both)
    ] == [("S", 651, 650, 20), ("U", 21, 20, 10)]


@given(st.lists(st.tuples(st.sampled_from(["S", "DS", "U"]), st.integers(0, 9_999)), max_size=8))
def test_cash_019_no_cent_is_left_out_of_the_subtotals(given_bills) -> None:
    bills = [bill(2000 + n, cents, kind) for n, (kind, cents) in enumerate(given_bills)]
    held = basket(*bills)
    sums = subtotals(held)

    assert sum(one.current_cents + one.delinquent_cents for one in sums) == held.quoted_cents
    assert sum(one.paying_cents for one in sums) == held.total_cents


def test_cash_020_a_part_of_a_parcels_defaulted_bills_needs_approval() -> None:
    """Those left out are named; bills that are not in default, or paid, do not belong."""
    one, two = bill(2019, kind="DS"), bill(2020, kind="DS")
    known = book(one, two, bill(2018, 0, "DS"), bill(2021))

    assert codes(basket(one), known, TERMS) == [("DEFAULTED_SET_INCOMPLETE", Severity.APPROVE)]
    assert codes(basket(one, two), known, TERMS) == []
    assert missing_of_set("P", basket(one), known) == [two]
    assert codes(basket(one), known, replace(TERMS, defaulted_together=False)) == []


@pytest.mark.parametrize(("typed", "refused"), [(999, True), (1_000, False), (1_001, False)])
def test_cash_021_a_defaulted_bill_is_paid_in_full(typed: int, refused: bool) -> None:
    """A cent short is refused where the county says so; other bills may be paid in part."""
    one = bill(2019, kind="DS")
    found = codes(basket(one, typed=typed), book(one), TERMS)
    lenient = replace(TERMS, defaulted_in_full=False)

    assert found == ([("DEFAULTED_NOT_IN_FULL", Severity.REFUSE)] if refused else [])
    assert codes(basket(one, typed=typed), book(one), lenient) == []
    assert codes(basket(bill(2019), typed=typed), book(bill(2019)), TERMS) == []


@pytest.mark.parametrize(
    ("may_override", "severity"), [(True, Severity.APPROVE), (False, Severity.REFUSE)]
)
def test_cash_022_a_delinquent_related_tax_comes_first(
    may_override: bool, severity: Severity
) -> None:
    """The finding names the tax type; paid along with the rest it is none; not yet due neither."""
    terms = replace(TERMS, related=(RelatedRule("mobile", may_override),))
    home = bill(2020, tax_type=MOBILE)
    land = bill(2021, tax_type=REAL)
    (found,) = findings(basket(land), book(land, home), terms)

    assert (found.code, found.severity) == ("RELATED_TAX_DELINQUENT", severity)
    assert "delinquent in Mobile home (bill 2020-P, $5.00)" in found.message
    assert codes(basket(land, home), book(land, home), terms) == []
    due_later = replace(home, charges=(Charge(1, AFTER, 1_000),))
    assert codes(basket(land), book(land, due_later), terms) == []


@pytest.mark.parametrize(
    ("subject", "plan"),
    [
        (("parcel", "P"), ""), (("party", "Ada"), ""), (("plan", "PL-1"), "PL-1"),
        (("bill", "2021-P"), ""), (("bill", str(UUID(int=2021))), ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("rule", "severity"),
    [
        (FlagRule.SHOW, Severity.SHOW), (FlagRule.WARN, Severity.WARN),
        (FlagRule.ACTION, Severity.CONFIRM), (FlagRule.REFUSE, Severity.REFUSE),
    ],
)  # fmt: skip
def test_cash_023_a_flag_counts_by_its_rule_wherever_it_is_set(
    subject, plan, rule, severity
) -> None:
    """On parcel, party, plan or bill; another subject's is no matter of this bill."""
    flag = FlagTerms("x", "watched", rule, "call" if rule is FlagRule.ACTION else "")
    terms = replace(TERMS, flags=(flag,))
    one = bill(2021, plan_number=plan, plan_status="active" if plan else "")

    assert codes(basket(one), book(one, flags={"x": {subject}}), terms) == [("FLAG_X", severity)]
    assert codes(basket(one), book(one, flags={"x": {("parcel", "Q")}}), terms) == []
    assert codes(basket(one), book(one, flags={"x": {subject}}), TERMS) == []


@pytest.mark.parametrize(
    ("plan", "protested", "refused"),
    [("PL-1", True, True), ("", True, False), ("PL-1", False, False)],
)
def test_cash_024_protest_refuses_only_together_with_a_plan(plan, protested, refused) -> None:
    """Either condition alone does not block."""
    flag = FlagTerms("protest", "under protest", FlagRule.REFUSE, with_plan_only=True)
    terms = replace(TERMS, flags=(flag,))
    one = bill(2021, plan_number=plan, plan_status="active" if plan else "")
    known = book(one, flags={"protest": {("bill", "2021-P")}} if protested else {})

    assert (blocking(one, known, terms) is not None) == refused


def test_cash_073_a_bill_in_a_pending_plan_is_refused() -> None:
    """With what to do; an active plan keeps nobody out."""
    pending = bill(2021, plan_number="PL-1", plan_status="pending")
    found = blocking(pending, book(pending), TERMS)

    assert found is not None
    assert (found.code, found.message) == (
        "PLAN_PENDING",
        "bill 2021-P is in the pending plan PL-1: activate or void the plan first",
    )
    assert blocking(replace(pending, plan_status="active"), book(pending), TERMS) is None


def test_what_refuses_comes_first() -> None:
    """Then what needs approval, then warnings."""
    one, other = bill(2019, kind="DS"), bill(2020, kind="DS")
    held = basket(one, by_bill_number=True, typed=1)
    severities = [severity for _, severity in codes(held, book(one, other), TERMS)]

    assert severities == [Severity.REFUSE, Severity.APPROVE, Severity.WARN]


@pytest.mark.parametrize(
    ("may_take", "kept"),
    [(MayTake.ALL, "SDU"), (MayTake.SECURED, "SD"), (MayTake.UNSECURED, "U")],
)
def test_cash_006_a_cashier_is_offered_what_he_may_take(may_take: MayTake, kept: str) -> None:
    """What is defaulted is secured."""
    bills = {"S": bill(2021), "D": bill(2020, kind="DS"), "U": bill(2019, kind="U")}
    known = book(*bills.values())
    found = {name: blocking(one, known, TERMS, may_take) for name, one in bills.items()}

    assert "".join(name for name, one in found.items() if one is None) == kept
    assert {one.code for one in found.values() if one} <= {"COLLECTION_TYPE_NOT_ALLOWED"}


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({}, ("DECAL_MISSING", Severity.REFUSE)),
        ({"decal_number": "D1"}, ("DECAL_CONFIRM", Severity.CONFIRM)),
    ],
)
def test_cash_076_a_mobile_home_needs_its_decal_and_a_confirmation(details, expected) -> None:
    """Where the county has it so."""
    home = bill(2021, tax_type=replace(MOBILE, needs_decal=True))
    held = basket(home)
    line = replace(held.lines[0], details=details)

    assert codes(baskets.change_line(held, 1, line), book(home), TERMS) == [expected]
    assert codes(held, book(replace(home, tax_type=MOBILE)), TERMS) == []
