"""LEVY-011: whatever was paid when, a bill that is brought to it owes nothing afterwards."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillCorrected,
    BillInstallment,
    BillIssued,
    DefaultDeclared,
    InstallmentTarget,
    PaymentReceived,
)
from receivables_service.rulebook import load

sys.path.insert(0, str(Path(__file__).parent))

from stories import PENALTY, terms

COOK = load(Path(__file__).parents[4] / "jurisdictions" / "us-il-cook")
STRICT = terms(penalty=PENALTY, interest=(3, 200))
ISSUED = datetime(2021, 12, 1, tzinfo=UTC)
DUE = (date(2022, 3, 1), date(2022, 12, 30))
DAYS = st.integers(0, 400)


def history(payments: list[tuple[int, int]], modified: int) -> tuple[list, BillCorrected]:
    at = [ISSUED + timedelta(days=days) for days in range(402)]
    demand = tuple(BillInstallment(n, day, 50_000) for n, day in enumerate(DUE, 1))
    facts: list = [BillIssued(UUID(int=1), ISSUED.date(), ISSUED, 2021, demand)]
    facts += [
        PaymentReceived(UUID(int=10 + n), at[day].date(), at[day], UUID(int=100 + n), cents)
        for n, (day, cents) in enumerate(payments)
        if day <= modified
    ]
    targets = (InstallmentTarget(1, 0), InstallmentTarget(2, 0))
    on = at[modified]
    return facts, BillCorrected(UUID(int=2), on.date(), on, targets, 2, to_amount_paid=True)


@given(
    st.lists(st.tuples(DAYS, st.integers(1, 60_000)), max_size=4),
    DAYS,
    st.integers(0, 800),
    st.booleans(),
    st.sampled_from([COOK, STRICT]),
)
def test_levy_011_nothing_is_owed_from_then_on(payments, modified, later, defaults, law) -> None:
    """Nothing on any later day, and every cent that came in is applied or surplus."""
    facts, correction = history(payments, modified)
    if defaults and law is STRICT:
        on = correction.effective_on - timedelta(days=1)
        facts.append(DefaultDeclared(UUID(int=3), on, ISSUED + timedelta(days=modified)))
    before = derive(facts, law)
    paid = tuple(
        InstallmentTarget(each.number, each.tax_charged_cents - each.tax_open_cents)
        for each in before.installments
    )
    correction = BillCorrected(
        correction.fact_id, correction.effective_on, correction.recorded_at, paid, 2, True
    )
    after = derive([*facts, correction], law, correction.effective_on + timedelta(days=later))
    assert after.open_cents == 0
    assert after.received_cents == before.received_cents
    assert after.surplus_cents >= before.surplus_cents
