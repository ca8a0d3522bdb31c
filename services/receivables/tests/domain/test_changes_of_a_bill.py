"""Late news of the secured time, transfers, waivers under lock, fees, and orders of allocation."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service.domain.balances import Charge
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillCorrected,
    InstallmentTarget,
    InterestAndPenaltyWaived,
    WaivedAmount,
)
from receivables_service.domain.placing import Placing
from receivables_service.domain.terms import (
    AllocationKey,
    AllocationTerm,
    ChargeType,
    CollectionType,
)
from receivables_service.rulebook import load
from taxkit.dated import NoTermInForce

sys.path.insert(0, str(Path(__file__).parent))

from stories import (
    DEFAULTED,
    PENALTY,
    START,
    Story,
    cells,
    expected,
    terms,
    told,
)

PLAIN, PENALISED = terms(), terms(penalty=PENALTY)
BEFORE, AFTER = date(2020, 2, 1), date(2020, 8, 1)
S, DS, U = CollectionType.SECURED, CollectionType.DEFAULTED, CollectionType.UNSECURED


@pytest.fixture
def story():
    return Story()


def test_recv_002_the_defaulted_date_itself_is_still_secured(story):
    """RECV-002: money of that day is S, of the next day DS."""
    facts = [story.issue(500, 500), story.default()]
    on_the_day, day_after = story.pay(100, DEFAULTED), story.pay(100, date(2020, 7, 1))

    assert cells(derive([*facts, on_the_day], PLAIN))["pay S tax 1"] == -100
    assert cells(derive([*facts, day_after], PLAIN))["pay DS tax 1"] == -100


def test_recv_002_a_payment_mailed_before_the_default_goes_back_to_secured(story):
    """Q-49: what it pays goes back from DS to S, and money taken since moves on."""
    table = """
               | issued | default | pay 300 | mailed 400
    S tax 1      |  500 |    0    |    0    |  400
    DS tax 1     |      |  500    |  500    |  100
    S tax 2      |  500 |    0    |    0    |    0
    DS tax 2     |      |  500    |  500    |  500
    pay S tax 1  |      |         |         | -400
    pay DS tax 1 |      |         | -300    | -100
    pay DS tax 2 |      |         |         | -200
    open         | 1000 | 1000    |  700    |  300
    """
    steps = {
        "issued": story.issue(500, 500),
        "default": story.default(),
        "pay 300": story.pay(300, AFTER),
        "mailed 400": story.pay(400, BEFORE),
    }

    assert expected(table) == told(steps, PLAIN)


def test_recv_003_a_returned_payment_defaults_with_the_rest(story):
    """RECV-003: what a bad check seemed to pay was unpaid at the defaulted date."""
    steps = [story.issue(500, 500), story.default()]
    check = story.pay(1000, BEFORE)

    assert cells(derive(steps, PLAIN)) == (
        cells(derive([*steps, check, story.void(check, AFTER)], PLAIN))
    )


def test_recv_003_a_bill_paid_in_time_is_not_in_default(story):
    """RECV-003: nothing moves, and a later increase is secured like the rest."""
    facts = [story.issue(500, 500), story.pay(1000, BEFORE), story.default()]
    facts.append(story.correct(500, 600, on=AFTER))

    assert cells(derive(facts, PLAIN)) == {
        "S tax 1": 500,
        "S tax 2": 600,
        "pay S tax 1": -500,
        "pay S tax 2": -500,
        "open": 100,
    }


def test_recv_003_where_the_law_knows_no_default_none_is_declared(story):
    """A default under such a law is refused, not guessed."""
    cook = load(Path(__file__).resolve().parents[4] / "jurisdictions" / "us-il-cook")

    with pytest.raises(NoTermInForce, match="knows none"):
        derive([story.issue(500, 500), story.default()], cook)


def test_recv_004_before_default_each_installment_follows_its_target(story):
    """Q-11: the ordinary split; what it leaves no room for moves on to what is open."""
    table = """
              | issued | pay 450 | to 400 + 300 | to 600 + 600
    S tax 1     |  500 |  500    |  400         |  600
    S tax 2     |  500 |  500    |  300         |  600
    pay S tax 1 |      | -450    | -400         | -400
    pay S tax 2 |      |         |  -50         |  -50
    open        | 1000 |  550    |  250         |  750
    """
    steps = {
        "issued": story.issue(500, 500),
        "pay 450": story.pay(450, START.date()),
        "to 400 + 300": story.correct(400, 300, on=date(2019, 8, 1)),
        "to 600 + 600": story.correct(600, 600, on=date(2019, 9, 1)),
    }

    assert expected(table) == told(steps, PLAIN)


@pytest.mark.parametrize("numbers", [(1,), (1, 2, 3), (1, 3), (1, 2, 2)])
def test_recv_004_a_correction_names_every_installment_once(story, numbers):
    """LEVY-004: a target that is missing is not taken for zero, nor for no change."""
    issued = story.issue(500, 500)
    targets = tuple(InstallmentTarget(each, 100) for each in numbers)
    correction = BillCorrected(UUID(int=50), AFTER, START, targets)

    with pytest.raises(ValueError, match="has targets for"):
        derive([issued, correction], PLAIN)


def test_recv_006_the_latest_money_is_lifted_first(story):
    """RECV-006: the first payment keeps its place, the second becomes surplus."""
    first, second = story.pay(300, BEFORE), story.pay(300, date(2020, 3, 1))
    facts = [story.issue(600, 0), second, first, story.correct(400, 0, on=date(2020, 3, 2))]
    state = derive(facts, PLAIN)

    assert [(first.fact_id, 30_000), (second.fact_id, 10_000)] == [
        (row.fact_id, row.amount_cents) for row in state.payments
    ]
    assert [(second.fact_id, 20_000)] == [
        (row.fact_id, row.amount_cents) for row in state.unapplied
    ]


@pytest.mark.parametrize(("own", "other"), [(S, DS), (DS, S)])
def test_recv_005_money_takes_its_own_type_first_whatever_the_rule_ranks_first(story, own, other):
    """RECV-005, Q-12, Q-46: it goes to the other only for what its own has no room for."""
    charges = [Charge(1, ChargeType.TAX, other), Charge(2, ChargeType.TAX, own)]
    placing = Placing(PLAIN)
    placing.add_charges(charges)
    money = story.pay(300, BEFORE)
    assert placing.pay(money, defaulted=own is DS) == 30_000
    placing.hold(money, "surplus", "test", 30_000)
    charges[0].charged, charges[1].charged = 50_000, 20_000

    placing.place_held(AFTER, S)

    assert [(row.collection_type, row.amount_cents) for row in placing.payments] == [
        (own, 20_000),
        (other, 10_000),
    ]
    assert placing.unapplied == []


def test_recv_003_a_correction_on_the_defaulted_date_finds_the_bill_in_default(story):
    """RECV-004: of one day the default comes first, whichever was recorded first."""
    facts = [story.issue(500, 500), story.correct(300, 500, on=DEFAULTED), story.default()]

    assert cells(derive(facts, PLAIN)) == {"DS tax 1": 500, "DS tax 2": 300, "open": 800}


def test_recv_020_a_correction_under_lock_leaves_the_penalty_as_it_is(story):
    """RECV-020: amounts are frozen; neither grace nor a new penalty touches them."""
    on = date(2020, 5, 1)
    waived = InterestAndPenaltyWaived(
        UUID(int=60), on, START, (WaivedAmount(1, ChargeType.PENALTY, 1_000),)
    )
    facts = [story.issue(500, 500), waived, story.correct(500, 300, on=date(2020, 5, 2))]
    found = cells(derive(facts, PENALISED, date(2020, 12, 1)))

    assert (found["S penalty 1"], found["S penalty 2"]) == (40, 50)


def test_recv_006_a_reallocation_places_surplus_on_a_later_increase(story):
    """RECV-006: an increase leaves held money alone until somebody asks for it to be placed."""
    facts = [story.issue(500, 500), story.pay(1_100, BEFORE)]
    facts.append(story.correct(500, 800, on=date(2020, 3, 1)))

    before = cells(derive(facts, PLAIN))
    after = cells(derive([*facts, story.reallocate(date(2020, 3, 2))], PLAIN))

    assert (before["surplus"], before["open"]) == (100, 300)
    assert ("surplus" in after, after["open"], after["pay S tax 2"]) == (False, 200, -600)


def test_recv_007_a_paid_installment_that_grows_keeps_its_penalty_and_has_grace(story):
    """Q-27: the penalty paid stays; after 30 days the increase alone bears another."""
    table = """
                  | issued | paid 1100 | to 1200 | day 30 | day 31
    S tax 1         |  500 |  500      |  500    |  500   |  500
    S penalty 1     |      |   50      |   50    |   50   |   50
    S tax 2         |  500 |  500      |  700    |  700   |  700
    S penalty 2     |      |   50      |   50    |   50   |   70
    pay S tax 1     |      | -500      | -500    | -500   | -500
    pay S penalty 1 |      |  -50      |  -50    |  -50   |  -50
    pay S tax 2     |      | -500      | -500    | -500   | -500
    pay S penalty 2 |      |  -50      |  -50    |  -50   |  -50
    open            | 1000 |    0      |  200    |  200   |  220
    """
    steps = {
        "issued": story.issue(500, 500),
        "paid 1100": story.pay(1_100, date(2020, 5, 1)),
        "to 1200": story.correct(500, 700, on=date(2020, 5, 10)),
        "day 30": date(2020, 6, 9),
        "day 31": date(2020, 6, 10),
    }

    assert expected(table) == told(steps, PENALISED)


def test_recv_007_a_correction_says_itself_until_when_it_is_free(story):
    """RECV-007, LEVY-005: its own last day counts; told again without it, it is the same fact."""
    known = story.correct(500, 400, on=date(2020, 5, 10))
    longer = replace(known, grace_ends_on=date(2020, 8, 1))
    facts = [story.issue(500, 500), longer]

    state = derive(facts, PENALISED, date(2020, 8, 1))
    assert (state.grace_ends_on, cells(state)["open"]) == (date(2020, 8, 1), 900)
    assert cells(derive(facts, PENALISED, date(2020, 8, 2)))["open"] == 990
    assert longer == known


def test_recv_007_a_correction_that_corrects_nothing_gives_no_grace(story):
    """RECV-007: the same targets again leave the penalty as it is."""
    facts = [story.issue(500, 500), story.correct(500, 500, on=date(2020, 5, 1))]

    assert cells(derive(facts, PENALISED, date(2020, 5, 2)))["S penalty 2"] == 50


def test_recv_009_a_transfer_takes_charges_and_money_along_and_back(story):
    """RECV-009: secured to unsecured, a default that finds nothing secured, and back."""
    table = """
              | issued | pay 200 | to U | default | pay 100 | to S
    S tax 1     |  500 |  500    |    0 |    0    |    0    |  500
    S tax 2     |  500 |  500    |    0 |    0    |    0    |  500
    U tax 1     |      |         |  500 |  500    |  500    |    0
    U tax 2     |      |         |  500 |  500    |  500    |    0
    pay S tax 1 |      | -200    |    0 |    0    |    0    | -300
    pay U tax 1 |      |         | -200 | -200    | -300    |    0
    open        | 1000 |  800    |  800 |  800    |  700    |  700
    """
    steps = {
        "issued": story.issue(500, 500),
        "pay 200": story.pay(200, BEFORE),
        "to U": story.transfer(U, date(2020, 3, 1)),
        "default": story.default(),
        "pay 100": story.pay(100, AFTER),
        "to S": story.transfer(S, date(2020, 9, 1)),
    }

    assert expected(table) == told(steps, PLAIN)


def test_recv_009_nothing_is_transferred_into_default(story):
    """Only the default process makes a charge defaulted."""
    with pytest.raises(ValueError, match="only a default"):
        story.transfer(DS, AFTER)


def test_recv_010_charge_codes_are_a_key_of_the_order_and_the_unlisted_come_last(story):
    """RECV-010: lien costs before other fees, fees before tax, as the rule lists them."""
    rule = AllocationTerm(
        "test/by-code",
        (AllocationKey.CHARGE_CODE, AllocationKey.INSTALLMENT),
        (ChargeType.TAX, ChargeType.INTEREST),
        (S,),
        ("lien", "returned_check", ""),
    )
    facts = [story.issue(500, 500)]
    facts += [story.fee(30, BEFORE, code) for code in ("copies", "returned_check", "lien")]
    facts.append(story.pay(1_070, date(2020, 2, 2)))
    state = derive(facts, terms(allocation=rule))

    assert [
        (row.charge_code, row.amount_cents) for row in state.payments
    ] == [("lien", 3_000), ("returned_check", 3_000), ("", 50_000), ("", 50_000),
            ("copies", 1_000)]  # fmt: skip


def test_recv_010_the_preview_of_a_payment_is_the_posting_of_it(story):
    """RECV-010: no second function to disagree with: a preview derives with the money in it."""
    facts = [story.issue(500, 500), story.default(), story.correct(500, 300, on=AFTER)]
    payment = story.pay(450, date(2020, 10, 1))

    preview = derive([*facts, payment], PENALISED, payment.effective_on)

    assert derive([*facts, payment], PENALISED).payments == preview.payments


def test_changes_that_come_before_their_bill_wait_for_it(story):
    """A default or correction whose bill has not arrived changes nothing until it has."""
    facts = [story.issue(500, 500), story.default(), story.correct(500, 300, on=AFTER)]

    assert not derive(facts[1:], PLAIN).charges
    assert derive(facts, PLAIN) == derive(reversed(facts), PLAIN)
