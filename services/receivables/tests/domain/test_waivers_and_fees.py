"""Waivers and their lock, and the fee of a returned check."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    FeeCharged,
    InterestAndPenaltyWaived,
    LockLifted,
    WaivedAmount,
)
from receivables_service.domain.fees import RedeemedBill, returned_check_fees
from receivables_service.domain.terms import (
    AllocationKey,
    AllocationTerm,
    ChargeType,
    CollectionType,
)

sys.path.insert(0, str(Path(__file__).parent))

from stories import FIRST_DUE, PENALTY, SECOND_DUE, START, Story, cells, terms

PLAIN = terms()
BEFORE, AFTER = date(2020, 2, 1), date(2020, 8, 1)
S = CollectionType.SECURED


@pytest.fixture
def story():
    return Story()


class TestWaiver:
    """AC-3: 1,000 tax, 20 penalty and 30 interest; 1,020 is paid and the interest waived."""

    ON = date(2020, 4, 9)
    LAW = terms(
        penalty=replace(PENALTY, numerator=1, denominator=50),
        interest=(3, 400),
        allocation=AllocationTerm(
            "test/tax-first",
            (AllocationKey.CHARGE_TYPE, AllocationKey.INSTALLMENT),
            (ChargeType.TAX, ChargeType.PENALTY, ChargeType.INTEREST),
            (S,),
        ),
    )

    def waived(self, charge_type, dollars, number=1):
        amount = WaivedAmount(number, charge_type, dollars * 100)
        return InterestAndPenaltyWaived(UUID(int=60), self.ON, START, (amount,))

    def test_recv_020_a_waiver_settles_the_bill_and_outlives_its_receipt(self, story):
        """AC-3: paid in full; reversed, 1,020 is open and locked; unlocked, 1,050 again."""
        issued = story.issue(1_000, due=(FIRST_DUE,))
        assert cells(derive([issued], self.LAW, self.ON)) == {
            "S tax 1": 1000,
            "S penalty 1": 20,
            "S interest 1": 30,
            "open": 1050,
        }
        payment = story.pay(1_020, self.ON)
        waived = self.waived(ChargeType.INTEREST, 30)
        paid = derive([issued, payment, waived], self.LAW)
        assert (paid.paid_in_full, paid.locked, paid.surplus_cents) == (True, True, 0)

        facts = [issued, payment, waived, story.void(payment, self.ON)]
        much_later = date(2021, 4, 10)
        for as_of in (None, self.ON, much_later):
            back = derive(facts, self.LAW, as_of)
            assert (back.open_cents, back.locked) == (102_000, True)

        lifted = derive([*facts, LockLifted(UUID(int=61), self.ON, START)], self.LAW)
        assert (lifted.open_cents, lifted.locked) == (105_000, False)

    def test_recv_020_what_the_lock_held_back_is_charged_when_it_is_lifted(self, story):
        """RECV-020: interest of the months under lock, and a penalty that fell due under it."""
        issued = story.issue(0, 1_000)
        on = date(2020, 8, 5)
        waived = replace(self.waived(ChargeType.INTEREST, 1, 2), effective_on=SECOND_DUE)
        facts = [issued, waived, LockLifted(UUID(int=61), on, START)]

        assert derive(facts[:2], self.LAW, on).open_cents == 100_000
        assert cells(derive([issued], self.LAW, on)) == cells(derive(facts, self.LAW))

    def test_recv_020_what_several_waivers_took_comes_back_as_one_charge(self, story):
        """RECV-020: 10 and 20 of the interest waived; lifted, one row of 30 brings them back."""
        facts = [story.issue(1_000, due=(FIRST_DUE,)), self.waived(ChargeType.INTEREST, 10)]
        facts.append(replace(self.waived(ChargeType.INTEREST, 20), fact_id=UUID(int=62)))
        facts.append(LockLifted(UUID(int=61), self.ON, START))

        state = derive(facts, self.LAW)

        assert [row.amount_cents for row in state.charges if row.rule_id == "lock-lifted"] == [
            3_000
        ]
        assert state.open_cents == 105_000

    def test_recv_020_one_waiver_names_an_amount_once(self):
        """RECV-020: the same interest twice in one waiver is a mistake."""
        once = self.waived(ChargeType.INTEREST, 10)
        with pytest.raises(ValueError, match="twice"):
            replace(once, waived=once.waived * 2)

    def test_recv_020_waived_money_is_lifted_and_placed_on_the_rest(self, story):
        """RECV-020: under an order that takes interest first, the bill is settled all the same."""
        law = terms(interest=(3, 400))
        facts = [story.issue(1_000, due=(FIRST_DUE,)), story.pay(1_000, self.ON)]
        facts.append(self.waived(ChargeType.INTEREST, 30))

        assert derive(facts, law).paid_in_full

    def test_recv_020_no_more_is_waived_than_there_is(self, story):
        """RECV-020: a waiver of 90 where 30 has accrued takes 30."""
        facts = [story.issue(1_000, due=(FIRST_DUE,)), self.waived(ChargeType.INTEREST, 90)]

        assert derive(facts, self.LAW).open_cents == 102_000

    @pytest.mark.parametrize("charge_type", [ChargeType.TAX, ChargeType.FEE])
    def test_recv_020_only_interest_and_penalty_are_waived(self, charge_type):
        """RECV-020: tax is abated by a correction, never waived."""
        with pytest.raises(ValueError, match="never waived"):
            WaivedAmount(1, charge_type, 100)

    def test_recv_020_a_waiver_names_an_installment_of_the_bill(self, story):
        """RECV-020: the third of one installment is a mistake."""
        facts = [story.issue(1_000, due=(FIRST_DUE,)), self.waived(ChargeType.INTEREST, 30, 3)]

        with pytest.raises(ValueError, match="no installment 3"):
            derive(facts, self.LAW)


def test_recv_057_a_returned_check_for_a_group_costs_one_fee_on_the_oldest_bill():
    """AC-15: 2019, 2020, 2021 in default and 2022 secured, one check: all four are open again."""
    bills = {year: Story() for year in (2021, 2019, 2022, 2020)}
    ids = {year: UUID(int=year) for year in bills}
    fees = returned_check_fees([RedeemedBill(ids[year], year) for year in bills], 2_500)
    on, opened = date(2023, 3, 1), {}
    for year, story in bills.items():
        facts = [story.issue(100, 100)]
        facts += [story.default()] if year < 2022 else []
        check = story.pay(200, on)
        assert derive([*facts, check], PLAIN).paid_in_full
        facts += [check, story.void(check, date(2023, 3, 9))]
        if cents := fees[ids[year]]:
            facts.append(story.fee(cents // 100, on))
        opened[year] = cells(derive(facts, PLAIN))["open"]

    assert opened == {2019: 225, 2020: 200, 2021: 200, 2022: 200}


def test_recv_003_an_unpaid_fee_defaults_and_a_later_one_is_charged_in_default(story):
    """RECV-003: NSF fees move like tax; after default a fee is DS from the start."""
    facts = [story.issue(500, 500), story.pay(10, BEFORE), story.fee(25, BEFORE), story.default()]
    facts.append(story.fee(40, AFTER, "lien"))
    found = cells(derive(facts, PLAIN))

    assert (found["DS fee 1"], "S fee 1" in found, found["pay S tax 1"]) == (65, False, -10)


@pytest.mark.parametrize(("code", "dollars"), [("", 25), ("returned_check", 0)])
def test_a_fee_has_a_code_and_an_amount(code, dollars):
    """A fee that says nothing is refused where it is made."""
    with pytest.raises(ValueError, match="has no code, or is not positive"):
        FeeCharged(UUID(int=1), AFTER, START, code, dollars, "test/fee")


def test_recv_020_a_waiver_of_what_is_partly_paid_is_one_row_a_charge(story):
    """RECV-020: 50 of penalty, 20 of it paid; all of it goes, in one row that can be posted."""
    law = terms(penalty=PENALTY)
    paid = story.pay(20, date(2020, 1, 10))
    amount = WaivedAmount(1, ChargeType.PENALTY, 5_000)
    waiver = InterestAndPenaltyWaived(UUID(int=60), date(2020, 1, 20), START, (amount,))
    state = derive([story.issue(500, 500), paid, waiver], law)
    rows = [row for row in state.charges if row.fact_id == waiver.fact_id]
    assert [row.amount_cents for row in rows] == [-5_000]
    assert state.installments[0].tax_open_cents == 48_000
