"""Histories of a bill with every kind of fact there is, under every pack and a few other laws."""

import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st

from receivables_service import rulebook
from receivables_service.domain.discount_facts import (
    DiscountGranted,
    DiscountReversed,
    Offer,
    PartialPay,
)
from receivables_service.domain.facts import (
    BillCorrected,
    BillIssued,
    DefaultDeclared,
    DrawnFor,
    FeeCharged,
    GraceExpired,
    MoneyDrawn,
    PaymentReceived,
    PaymentReversed,
)
from receivables_service.domain.fee_facts import FeeLifted
from receivables_service.domain.half_pay_facts import HalfPayRemoved, HalfPaySet
from receivables_service.domain.rate_facts import CodeSettled
from taxkit.money import Rounding, split

sys.path.insert(0, str(Path(__file__).parent))

from test_change_properties import (
    CONTENTS,
    EVERY_KIND,
    FROM_DEFAULT,
    FROM_DUE,
    days,
    head,
    histories,
    rates,
)

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
PACKS = [
    rulebook.load(folder)
    for folder in sorted(JURISDICTIONS.iterdir())
    if (folder / "receivables.yaml").exists()
]
LAWS = [FROM_DUE, FROM_DEFAULT, *PACKS]

fee_codes = st.sampled_from(["returned_check", "mailing"])
CONTENTS |= {
    FeeCharged: st.tuples(
        fee_codes, st.integers(1, 5_000), st.just("test/fee"), st.booleans(), st.booleans()
    ),
    FeeLifted: st.tuples(fee_codes, st.integers(1, 5_000)),
    GraceExpired: st.tuples(),
    HalfPaySet: st.tuples(days, st.integers(0, 200), st.booleans(), st.just(("mailing",))).map(
        lambda said: (said[0], said[0] + timedelta(days=said[1]), *said[2:])
    ),
    HalfPayRemoved: st.tuples(),
    CodeSettled: st.tuples(st.sampled_from(["A", "B"]), st.integers(1, 3), rates, rates),
}
NEVER_AFTER_OTHERS = (BillIssued, MoneyDrawn, DiscountGranted, DiscountReversed)
KINDS = (
    *(kind for kind in EVERY_KIND if kind is not PaymentReversed),
    *(PaymentReversed, BillCorrected, FeeCharged, FeeLifted, GraceExpired),
    *(HalfPaySet, HalfPaySet, HalfPayRemoved),
)
WEIGHTS = st.sampled_from([{"a/general": 1, "a/debt": 1}, {"a/general": 7, "-": 2, "b/x": 1}])
offers = st.builds(
    Offer,
    st.sampled_from(["early", "veteran"]),
    st.just("early_payment"),
    st.just("test/discount"),
    st.sampled_from([Decimal("0.03"), Decimal("0.25")]),
    st.just(Rounding.HALF_UP),
    st.sampled_from(PartialPay),
    st.just("4100"),
    st.sampled_from([(), ("mailing",)]),
    st.booleans(),
    st.booleans(),
)


@st.composite
def drawn(draw, payments):
    """Money of a payment goes on its day or later, and may come back."""
    facts = []
    for number, payment in enumerate(payments):
        if not draw(st.booleans()):
            continue
        cents = draw(st.integers(1, payment.amount_cents))
        on = payment.effective_on + timedelta(days=draw(st.integers(0, 200)))
        of = (payment.receipt_id, payment.fact_id)
        facts.append(MoneyDrawn(*head(200 + number, on), *of, cents, DrawnFor.PAID_OUT))
        if draw(st.booleans()):
            later = on + timedelta(days=draw(st.integers(0, 30)))
            back = -draw(st.integers(1, cents))
            facts.append(MoneyDrawn(*head(300 + number, later), *of, back, DrawnFor.PAID_OUT))
    return facts


@st.composite
def discounted(draw, payments):
    """Payments are granted discounts, of which some are taken back."""
    facts = []
    for number, payment in enumerate(payments):
        for more in range(draw(st.integers(0, 2))):
            of = (payment.fact_id, payment.receipt_id)
            most = draw(st.none() | st.integers(1, 9_000))
            grant = DiscountGranted(
                *head(400 + 2 * number + more, payment.effective_on), *of, draw(offers), most
            )
            facts.append(grant)
            if draw(st.booleans()):
                on = payment.effective_on + timedelta(days=draw(st.integers(0, 60)))
                facts.append(DiscountReversed(*head(500 + 2 * number + more, on), grant.fact_id))
    return facts


def _in_parts(draw, fact, cents, weights):
    return replace(fact, funds=tuple(split(cents, draw(weights)).items()))


@st.composite
def stories(draw, law, kinds=KINDS):
    """A bill of any history under a law: funds, versions, draws, discounts and all."""
    if law.default.at(2019) is None:
        kinds = tuple(kind for kind in kinds if kind is not DefaultDeclared)
    issue, *later = draw(histories(kinds))
    whole = sum(each.amount_cents for each in issue.installments)
    by_fund = draw(st.booleans())
    if whole:
        some = st.just(0) | st.integers(0, whole)
        issue = replace(
            issue,
            specials_cents=draw(some),
            unpenalised_cents=draw(some),
            interest_free_cents=draw(some),
        )
    if by_fund:
        issue = _in_parts(draw, issue, whole, WEIGHTS)
    versions = iter(range(2, 99))
    facts = [issue]
    for fact in later:
        if not isinstance(fact, BillCorrected):
            facts.append(fact)
            continue
        corrected = replace(
            fact,
            bill_version=draw(st.none() | st.just(next(versions))),
            to_amount_paid=draw(st.booleans()),
            before_payments=draw(st.booleans()),
        )
        if by_fund:
            cents = sum(each.amount_cents for each in fact.targets)
            corrected = _in_parts(draw, corrected, cents, WEIGHTS)
        facts.append(corrected)
    payments = [fact for fact in facts if isinstance(fact, PaymentReceived)]
    return [*facts, *draw(drawn(payments)), *draw(discounted(payments))]


def unvoided(facts):
    """The payments that nobody takes back."""
    void = {fact.receipt_id for fact in facts if isinstance(fact, PaymentReversed)}
    return [
        fact for fact in facts if isinstance(fact, PaymentReceived) and fact.receipt_id not in void
    ]
