"""LEVY-017: who asks for a payoff at the counter pays it with money of the same day."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillCorrected,
    BillInstallment,
    BillIssued,
    InstallmentTarget,
    PaymentReceived,
)
from receivables_service.rulebook import load

TERMS = load(Path(__file__).resolve().parents[4] / "jurisdictions" / "us-il-cook")
START, DAY = datetime(2019, 1, 1, tzinfo=UTC), date(2019, 2, 20)
ISSUE = BillIssued(
    UUID(int=1), date(2019, 2, 1), START, 2018, (BillInstallment(1, date(2019, 3, 1), 100_000),)
)


def version(number: int, cents: int, *, early: bool) -> BillCorrected:
    at = START + timedelta(days=50, seconds=number)
    targets = (InstallmentTarget(1, cents),)
    return BillCorrected(UUID(int=number), DAY, at, targets, number, before_payments=early)


def paid(cents: int, seconds: int = 60) -> PaymentReceived:
    at = START + timedelta(days=50, seconds=seconds)
    return PaymentReceived(UUID(int=100), DAY, at, UUID(int=200), cents)


@pytest.mark.parametrize(("early", "open_cents", "surplus"), [(True, 0, 0), (False, 5_000, 5_000)])
def test_levy_017_money_of_the_day_pays_a_payoff(early: bool, open_cents: int, surplus: int):
    """Though it was recorded before the payoff; any other correction finds such money gone."""
    facts = [ISSUE, version(2, 105_000, early=early), paid(105_000, seconds=0)]

    for order in permutations(facts):
        state = derive(order, TERMS)
        assert (state.open_cents, state.surplus_cents) == (open_cents, surplus)


def test_levy_017_a_correction_of_the_day_before_the_payoff_is_not_undone():
    """Version 2 raised the bill, version 3 asks for the payoff, both on one day: 3 counts."""
    facts = [
        ISSUE, version(2, 110_000, early=False), version(3, 115_000, early=True), paid(115_000),
    ]  # fmt: skip

    for order in permutations(facts):
        assert derive(order, TERMS).open_cents == 0


def test_levy_017_a_correction_after_the_payoff_is_as_ever():
    """Version 3 lowers the bill later on the day: what was paid too much is held."""
    facts = [ISSUE, version(2, 105_000, early=True), version(3, 90_000, early=False), paid(105_000)]

    for order in permutations(facts):
        state = derive(order, TERMS)
        assert (state.open_cents, state.surplus_cents) == (0, 15_000)
