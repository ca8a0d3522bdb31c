"""A file of facts says what facts say, and is read to the same facts again."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.discount_facts import (
    DiscountGranted,
    DiscountReversed,
    Offer,
    PartialPay,
)
from receivables_service.domain.facts import (
    Allotment,
    AllottedRow,
    BillCorrected,
    BillInstallment,
    BillIssued,
    CollectionTypeTransferred,
    DefaultDeclared,
    DrawnFor,
    FeeCharged,
    GraceExpired,
    InstallmentTarget,
    InterestAndPenaltyWaived,
    LockLifted,
    MoneyDrawn,
    PaymentReceived,
    PaymentReversed,
    Reallocated,
    TakenBackBy,
    WaivedAmount,
)
from receivables_service.domain.fee_facts import FeeLifted
from receivables_service.domain.half_pay_facts import HalfPayRemoved, HalfPaySet
from receivables_service.domain.rate_facts import (
    AccrualDeferred,
    AgencyHolding,
    CodeLifted,
    CodeSet,
    CodeSettled,
    DeferralEnded,
    DeferralResumed,
)
from receivables_service.domain.terms import ChargeType, CollectionType, InterestBasis
from receivables_service.fact_files import KINDS, FactsInvalid, read, written
from receivables_service.fact_files.reading import KIND, START
from receivables_service.fact_files.values import receipt
from taxkit.money import Rounding

DAYS = st.dates(date(1990, 1, 1), date(2030, 12, 31))
CENTS = st.integers(1, 10**9)
NOTHING_TOO = st.integers(0, 10**9)
CODES = st.sampled_from(["BANK", "DEFR", "lien", "court_costs"])
MAYBE_CODE = st.sampled_from(["", "lien"])
RATES = st.none() | st.sampled_from([Decimal("0.015"), Decimal(0), Decimal("0.999999999")])
RECEIPTS = st.sampled_from(["A-17", "B", "T01-20221215-1-00007"]).map(receipt)
NUMBERS = st.integers(1, 12)
FUNDS = st.lists(st.tuples(st.sampled_from(["a/x", "a/y"]), CENTS), max_size=2).map(tuple)
SWITCH = st.booleans()
# The demand is fact 1, a payment fact 2, a discount of it fact 3, the end of a plan's deferral
# fact 4: others may name them.
PAYMENT, GRANT, END = UUID(int=2), UUID(int=3), UUID(int=4)
HEAD = (UUID(int=0), date(2000, 1, 1), START)


def fact(made, *parts):
    return st.builds(lambda on, *given: made(HEAD[0], on, START, *given), DAYS, *parts)


ISSUED = fact(
    BillIssued, st.integers(1900, 2100),
    st.lists(st.builds(BillInstallment, NUMBERS, DAYS, NOTHING_TOO), min_size=1, max_size=3,
             unique_by=lambda one: one.number)
    .map(lambda found: tuple(sorted(found, key=lambda one: one.number))),
    MAYBE_CODE, st.sampled_from(["", "trust_tax"]), NOTHING_TOO, MAYBE_CODE, NOTHING_TOO,
    NOTHING_TOO, FUNDS,
)  # fmt: skip
ROWS = st.builds(
    AllottedRow, NUMBERS, st.sampled_from(ChargeType), CENTS, MAYBE_CODE,
    st.none() | st.sampled_from(CollectionType), st.sampled_from(["", "a/x"]),
)  # fmt: skip
ALLOTMENTS = st.builds(
    Allotment, MAYBE_CODE, st.sampled_from(["", "tax"]), st.lists(ROWS, max_size=2).map(tuple),
    st.sampled_from(["", "ana"]), st.sampled_from(["", "2020-01-01T12:00:00+00:00"]),
    st.none() | st.sampled_from(InterestBasis),
)  # fmt: skip
PAID = fact(PaymentReceived, st.just(receipt("A-17")), CENTS, ALLOTMENTS)
OFFERS = st.builds(
    Offer, CODES, st.sampled_from(["early", "senior"]), st.sampled_from(["r/1", ""]),
    st.sampled_from([Decimal("0.02"), Decimal("0.123456789")]), st.sampled_from(Rounding),
    st.sampled_from(PartialPay), CODES, st.lists(CODES, max_size=2).map(tuple), SWITCH, SWITCH,
)  # fmt: skip
GRANTED = fact(
    DiscountGranted, st.just(PAYMENT), st.just(receipt("A-17")), OFFERS, st.none() | CENTS, SWITCH,
    st.none() | st.just(GRANT),
)  # fmt: skip
WAIVED = st.lists(
    st.builds(
        WaivedAmount, st.integers(0, 12),
        st.sampled_from([ChargeType.INTEREST, ChargeType.PENALTY]), CENTS,
    ),
    max_size=3, unique_by=lambda one: (one.number, one.charge_type),
).map(tuple)  # fmt: skip
TARGETS = st.lists(st.builds(InstallmentTarget, NUMBERS, NOTHING_TOO, st.none() | DAYS), max_size=3)
OTHERS = st.one_of(
    PAID,
    GRANTED,
    fact(DiscountReversed, st.just(GRANT)),
    fact(PaymentReversed, RECEIPTS, st.sampled_from(TakenBackBy)),
    fact(
        MoneyDrawn, st.just(receipt("A-17")), st.just(PAYMENT),
        CENTS | CENTS.map(lambda cents: -cents), st.sampled_from(DrawnFor),
    ),
    fact(BillCorrected, TARGETS.map(tuple), st.none() | st.integers(2, 9), SWITCH, FUNDS),
    fact(DefaultDeclared),
    fact(
        CollectionTypeTransferred,
        st.sampled_from([CollectionType.SECURED, CollectionType.UNSECURED]), MAYBE_CODE,
    ),
    fact(FeeCharged, CODES, CENTS, st.sampled_from(["by-hand", "fees/1", ""]), SWITCH, SWITCH),
    fact(FeeLifted, CODES, CENTS),
    fact(InterestAndPenaltyWaived, WAIVED),
    fact(LockLifted),
    fact(Reallocated),
    fact(GraceExpired),
    fact(CodeSet, CODES, RATES, RATES, st.none() | st.just(date(2031, 1, 1)), MAYBE_CODE),
    fact(CodeLifted, CODES, MAYBE_CODE),
    fact(AgencyHolding, SWITCH),
    fact(AccrualDeferred, CODES),
    fact(DeferralEnded, CODES, SWITCH),
    fact(DeferralResumed, st.just("P-1"), st.just(END)),
    st.builds(
        lambda first, days, *given: HalfPaySet(*HEAD, first, first + timedelta(days=days), *given),
        DAYS, st.integers(0, 300), SWITCH, st.lists(CODES, max_size=2).map(tuple),
    ),
    fact(HalfPayRemoved),
)  # fmt: skip


def numbered(facts):
    """Facts with the ids and moments that a file gives them."""
    return [
        replace(one, fact_id=UUID(int=n), recorded_at=START + timedelta(seconds=n))
        for n, one in enumerate(facts, 1)
    ]


def drawn(facts):
    """What left of the one payment that is drawn on."""
    return sum(one.amount_cents for one in facts if isinstance(one, MoneyDrawn))


NAMES = {receipt(name): name for name in ("A-17", "B", "T01-20221215-1-00007")}
STORIES = (
    st.tuples(
        ISSUED, PAID, GRANTED.map(lambda one: replace(one, replaces=None)),
        fact(DeferralEnded, st.just("P-1"), SWITCH),
    )
    .flatmap(lambda first: st.lists(OTHERS, max_size=8).map(lambda more: [*first, *more]))
    .map(numbered)
    .filter(lambda facts: 0 <= drawn(facts) <= facts[1].amount_cents)
)  # fmt: skip


@given(STORIES)
def test_what_is_written_is_read_to_the_same_facts(facts) -> None:
    """Every value of every kind, through JSON and back."""
    file = json.loads(json.dumps(written(facts, NAMES)))
    assert read(file) == facts
    assert written(read(file), NAMES) == file


@given(STORIES, st.randoms(use_true_random=False))
def test_the_ids_and_moments_of_the_ledger_become_numbers_and_places(facts, random) -> None:
    """Whatever order they come in, the file has them as they were recorded."""
    others = random.sample(range(10**6, 10**9), len(facts))
    ids = {one.fact_id: UUID(int=n) for one, n in zip(facts, others, strict=True)}
    naming = ("payment_id", "grant_id", "replaces", "ended_by")
    stored = [
        replace(
            one,
            fact_id=ids[one.fact_id],
            **{
                name: ids[getattr(one, name)]
                for name in naming
                if getattr(one, name, None) is not None
            },
        )
        for one in facts
    ]
    random.shuffle(stored)
    assert written(stored, NAMES) == written(facts, NAMES)


DOCUMENTED = {
    line.split("`")[1]: line
    for line in (Path(__file__).parents[4] / "docs" / "facts.md").read_text("utf-8").splitlines()
    if line.startswith("| `")
}


@given(STORIES)
def test_what_a_file_says_is_in_the_page_about_it(facts) -> None:
    """Every kind has its row, and every name that a fact of it bears stands there."""
    assert set(DOCUMENTED) - {"fact"} == set(KINDS)
    for row in written(facts, NAMES)["facts"]:
        said = DOCUMENTED[row["fact"]]
        assert [name for name in row.keys() - {"fact", "on"} if f"`{name}" not in said] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_class_of_its_own(kind) -> None:
    """So that a fact has one name."""
    assert [name for name in KINDS if KIND[name].made is KIND[kind].made] == [kind]


def test_recv_059_what_a_code_says_is_numbered_by_its_day() -> None:
    """RECV-059: the first said holds for all days before, wherever it stands in the file."""
    demand = {
        "fact": "issued", "on": "2019-07-01", "tax_year": 2019,
        "installments": [{"installment": 1, "due_on": "2019-12-10", "amount_cents": 5}],
    }  # fmt: skip
    says = [
        {"fact": "code_says", "on": day, "code": code, "monthly_rate": "0.01"}
        for day, code in (("2020-02-01", "A"), ("2020-01-01", "A"), ("2020-03-01", "B"))
    ]
    found = [one for one in read([demand, *says]) if isinstance(one, CodeSettled)]
    assert [(one.code, one.version) for one in found] == [("A", 2), ("A", 1), ("B", 1)]
    assert written(read([demand, *says]))["facts"][1:] == says


BASE = [
    {
        "fact": "issued", "on": "2019-07-01", "tax_year": 2019,
        "installments": [{"installment": 1, "due_on": "2019-12-10", "amount_cents": 5}],
    },
    {"fact": "payment", "on": "2019-08-01", "receipt": "A", "amount_cents": 5},
]  # fmt: skip
DISCOUNT = {
    "fact": "discount", "on": "2019-08-01", "receipt": "A", "payment": 2, "program": "E",
    "rate": "0.02",
}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (DISCOUNT | {"payment": 1}, "fact 3, discount: fact 1 is no payment of that receipt"),
        (DISCOUNT | {"receipt": "B"}, "fact 3, discount: fact 2 is no payment of that receipt"),
        (DISCOUNT | {"rate": "2"}, "not between 0 and 1"),
        (DISCOUNT | {"rate": "NaN"}, "no decimal number"),
        (DISCOUNT | {"rate": "two"}, "no decimal number"),
        (DISCOUNT | {"rounding": "up and away"}, "there are half_up"),
        (DISCOUNT | {"specials": "yes"}, "neither true nor false"),
        (DISCOUNT | {"fee_codes": "lien"}, "no list of texts"),
        (DISCOUNT | {"replaces": 2}, "fact 3: fact 2 is no discount"),
        ({"fact": "discount_reversed", "on": "2019-08-01", "discount": 2}, "is no discount"),
        ({"fact": "fee_lifted", "on": "2019-08-01", "charge_code": "x"}, "no amount_cents"),
        ({"fact": "half_pay", "on": "2019-08-01", "first_due_on": "2019-10-01",
          "second_due_on": "2019-09-01"}, "before the first"),
        ({"fact": "code_says", "on": "2019-08-01", "code": ""}, "no text"),
        ({"fact": "correction", "on": "2019-08-01", "installments": [],
          "to_amount_paid": 1}, "neither true nor false"),
        ({"fact": "default", "on": None}, "on is None, no text"),
        ({"fact": "default", "on": "2019-08-01", "unto": "2019-09-01"},
         "'unto' says nothing here: there are note, on"),
        ({"fact": "correction", "on": "2019-08-01",
          "installments": [{"installment": 1, "amount_cents": 5, "due": "2019-09-01"}]},
         "'due' says nothing here"),
        ({"fact": "correction", "on": "2019-08-01", "installments": {"1": 5}},
         "no list of objects"),
        ({"fact": "agency_holding", "on": "2019-08-01", "held": "yes"}, "neither true nor false"),
        ({"fact": "draw", "on": "2019-08-01", "receipt": "A", "payment": 2, "amount_cents": 6,
          "for": "applied"}, "draws of fact 2 come to 6 of its 5 cents"),
        ({"fact": "draw", "on": "2019-08-01", "receipt": "A", "payment": 2, "amount_cents": 1,
          "for": "applied", "comes_back": True}, "come to -1"),
        ({"fact": "deferral_resumed", "on": "2019-08-01", "plan": "P", "ended_by": 2},
         "fact 2 ended no deferral of plan P"),
        ({"fact": "reversal", "on": "2019-08-01", "receipt": "A", "by": "magic"},
         "there are reversal, cancellation, nsf"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_where_and_why(row, says: str) -> None:
    """At which fact, and what of it."""
    with pytest.raises(FactsInvalid) as refused:
        read([*BASE, row])
    assert says in str(refused.value)


def test_a_note_is_nobodys_business() -> None:
    """On the file and on a fact; anything else beside the facts is a slip."""
    noted = [one | {"note": "as the payer says"} for one in BASE]
    assert read({"note": "of an audit", "facts": noted}) == read(BASE)
    with pytest.raises(FactsInvalid, match="'fact' says nothing beside"):
        read({"fact": BASE, "facts": BASE})
