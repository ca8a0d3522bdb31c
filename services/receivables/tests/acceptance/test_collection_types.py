"""AC-5 to AC-10 as a county runs them: events and gRPC in, the ledger and its events out."""

import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from receivables_service.domain.facts import (
    BillCorrected,
    BillIssued,
    DefaultDeclared,
    PaymentReceived,
    Reallocated,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "domain"))

from stories import expected
from test_sequences import CORRECTED, SEQUENCES

JUNE_30 = date(2020, 6, 30)


def act(county, step):
    """Let the county do what a step of the pure sequence says."""
    if isinstance(step, BillIssued):
        county.issue(*(one.amount_cents // 100 for one in step.installments))
    elif isinstance(step, PaymentReceived):
        county.pay(step.amount_cents // 100, step.effective_on)
    elif isinstance(step, DefaultDeclared):
        county.default(step.effective_on)
    elif isinstance(step, BillCorrected):
        county.correct(*(one.amount_cents // 100 for one in step.targets), on=step.effective_on)
    elif isinstance(step, Reallocated):
        county.reallocate(step.effective_on)


def run(county, name):
    """Compare the ledger with the sequence's table after every step it posts."""
    steps, _, table = SEQUENCES[name]
    wanted = expected(table)
    for called, step in steps.items():
        if isinstance(step, date):
            assert wanted[called].get("open", 0) * 100 == county.quote(step).open_cents, called
        else:
            act(county, step)
            assert wanted[called] == county.cells(), called
    received = sum(
        step.amount_cents for step in steps.values() if isinstance(step, PaymentReceived)
    )
    assert received == sum(county.balance_of_receipts().values())


def test_ac_5_partial_payment_default_correction_down_to_800(quiet):
    """AC-5: the paid part stays S, the rest is DS, and the correction takes off the last DS."""
    run(quiet, "AC-5")


def test_ac_6_a_payment_after_default_pays_defaulted_charges(quiet):
    """AC-6, RECV-002: money up to the day is S, money after it is DS."""
    run(quiet, "AC-6")


def test_ac_7_reallocating_moves_nothing_between_s_and_ds(quiet):
    """AC-7, RECV-005: after AC-6 there is nothing to place, the first time and the second."""
    run(quiet, "AC-7")
    assert quiet.changes() == []


def test_ac_8_a_correction_to_100_leaves_a_surplus_of_400(quiet):
    """AC-8, RECV-006: what no longer fits is lifted, and becomes surplus only then."""
    run(quiet, "AC-8")


def test_ac_8_neighbour_a_correction_to_400_leaves_100(quiet):
    """AC-8: a smaller correction lifts the DS payment alone."""
    run(quiet, "AC-8, corrected to 400")


@pytest.mark.parametrize("law_folder", ["penalised"], indirect=True)
@pytest.mark.parametrize(("name", "penalty"), [("AC-9", 8), ("AC-10", 68)])
def test_ac_9_ac_10_the_grace_ends_in_a_penalty_on_what_is_unpaid(quiet, name, penalty):
    """AC-9, AC-10, RECV-007, RECV-008: nothing on day 30, ten percent of the DS tax on day 31."""
    run(quiet, name)
    last = expected(SEQUENCES[name][2])["day 31"]

    assert quiet.end_graces(CORRECTED + timedelta(days=30)).bill_count == 0
    done = quiet.end_graces(CORRECTED + timedelta(days=31))

    assert (1, penalty * 100, False) == (done.bill_count, done.amount_cents, done.more)
    assert last == quiet.cells()
    (told,) = quiet.told("GraceExpired")
    assert (penalty * 100, last["open"] * 100) == (told["penalty_cents"], told["open_cents"])
    assert told["grace_ended_on"] == "2020-10-01"
    assert told["owner"]["name"] == "Dolores Park"
    assert quiet.end_graces(CORRECTED + timedelta(days=400)).bill_count == 0


@pytest.mark.parametrize("law_folder", ["penalised"], indirect=True)
def test_recv_008_what_is_paid_within_the_grace_bears_no_penalty(quiet):
    """RECV-008, Q-26: 80 on day 30 settles AC-9, and the end of the grace finds nothing."""
    run(quiet, "AC-9")
    day_30 = CORRECTED + timedelta(days=30)
    quiet.pay(80, day_30)
    assert quiet.end_graces(day_30 + timedelta(days=1)).bill_count == 0
    assert "open" not in quiet.cells()


@pytest.mark.parametrize("law_folder", ["penalised"], indirect=True)
def test_recv_008_a_payment_told_late_takes_the_penalty_back(quiet):
    """RECV-008: posted on day 40 as of day 20, it undoes what the end of the grace charged."""
    run(quiet, "AC-9")
    quiet.end_graces(CORRECTED + timedelta(days=31))
    assert quiet.cells()["DS penalty 2"] == 8
    quiet.pay(80, CORRECTED + timedelta(days=20))
    assert "DS penalty 2" not in quiet.cells()
    assert quiet.quote(CORRECTED + timedelta(days=60)).open_cents == 0


@pytest.mark.parametrize("law_folder", ["penalised"], indirect=True)
def test_recv_008_the_grace_ends_on_the_day_that_levy_tells(quiet):
    """RECV-007, RECV-008, LEVY-005: the day in the correction counts, not the law's own 30 days."""
    quiet.issue(500, 500)
    quiet.pay(570, date(2020, 5, 1))
    quiet.default(JUNE_30)
    quiet.correct(500, 100, on=CORRECTED, grace_ends_on="2020-11-15")
    assert quiet.quote(date(2020, 11, 15)).open_cents == 8_000
    assert quiet.quote(date(2020, 11, 16)).open_cents == 8_800
    assert quiet.end_graces(date(2020, 11, 15)).bill_count == 0
    assert quiet.end_graces(date(2020, 11, 16)).amount_cents == 800
    (told,) = quiet.told("GraceExpired")
    assert told["grace_ended_on"] == "2020-11-15"


def test_ac_9_under_the_law_as_it_is_interest_stands_beside(california):
    """AC-9: with California's 1.5% a month, the rows of tax and penalty are the same."""
    california.issue(500, 500)
    california.pay(570, date(2020, 5, 1))
    assert california.default(JUNE_30).bill_count == 1
    california.correct(500, 100, on=JUNE_30)
    assert california.quote(JUNE_30).open_cents == 8_000
    second = california.quote(date(2020, 7, 31)).installments[1]
    assert (second.tax_open_cents, second.penalty_open_cents) == (8_000, 800)
    assert second.interest_open_cents == 120
    assert second.collection_type == "DS"


def test_recv_003_the_default_process_tells_what_it_moved_and_again_moves_nothing(california):
    """RECV-003: tax and penalty that are unpaid go, the paid stays; the same key, same answer."""
    california.issue(500, 500)
    california.pay(570, date(2020, 5, 1))
    first = california.default(JUNE_30)
    assert (first.bill_count, first.amount_cents, first.more) == (1, 53_000, False)
    (told,) = california.told("CollectionTypeTransferred")
    assert (
        told["from_type"],
        told["to_type"],
        told["reason"],
        told["amount_cents"],
        told["effective_on"],
    ) == ("S", "DS", "default", 53_000, "2020-06-30")
    assert [
        (row["charge_type"], row["installment"], row["amount_cents"]) for row in told["rows"]
    ] == [("tax", 2, 50_000), ("penalty", 2, 3_000)]
    balance = california.told("BalanceChanged")[-1]
    assert (
        balance["cause"],
        balance["defaulted"],
        balance["pi_locked"],
    ) == ("default", True, False)
    assert [one["defaulted_open_cents"] for one in balance["installments"]] == [0, 53_000]

    again = california.default(JUNE_30)

    assert (again.bill_count, again.amount_cents) == (0, 0)
    assert len(california.told("CollectionTypeTransferred")) == 1


def test_recv_003_only_open_bills_whose_day_has_come_default(california, bill_ids):
    """RECV-003: not the paid, not the next year's, nor one whose last installment is due later."""
    due, paid, next_year, late, _ = bill_ids
    for bill in (due, paid):
        california.issue(500, 500, bill=bill)
    california.issue(
        500, 500, bill=next_year, tax_year=2020, due=(date(2020, 12, 10), date(2021, 4, 12))
    )
    california.issue(500, 500, bill=late, due=(date(2020, 12, 10), date(2021, 4, 12)))
    california.pay(1_000, date(2019, 11, 1), bill=paid)

    assert california.default(JUNE_30).bill_count == 1
    assert [str(due)] == [one["bill_id"] for one in california.told("CollectionTypeTransferred")]
    assert california.default(date(2021, 6, 30)).bill_count == 2


def test_recv_003_a_bill_whose_due_date_was_moved_waits_for_the_next_day(california, bill_ids):
    """RECV-003: what a correction lets fall due after the day is not in default on it."""
    moved = (date(2020, 6, 30), date(2020, 8, 31))
    california.issue(500, 500)
    california.correct(500, 500, on=date(2020, 3, 1), due=moved)
    early, late_told = bill_ids[0], california.bill
    # The correction may be told before its bill.
    california.bill, california.versions = early, 1
    california.correct(500, 500, on=date(2020, 3, 1), due=moved)
    california.issue(500, 500)

    assert california.default(JUNE_30).bill_count == 0
    assert california.default(date(2021, 6, 30)).bill_count == 2
    assert {str(early), str(late_told)} == {
        one["bill_id"] for one in california.told("CollectionTypeTransferred")
    }


def test_recv_003_what_is_secured_again_after_the_day_defaults_with_it(california):
    """RECV-003, RECV-009: unsecured on June 30 nothing defaults; transferred back, all does."""
    california.issue(500, 500)
    california.pay(300, date(2019, 11, 1))
    california.transfer("U", date(2020, 3, 2))
    california.default(JUNE_30)
    assert "DS tax 2" not in california.cells()
    california.transfer("S", date(2020, 9, 5))

    assert california.default(date(2020, 9, 4)).bill_count == 0
    assert california.default(date(2020, 9, 5)).bill_count == 1
    cells = california.cells()
    assert (cells["DS tax 1"], cells["DS tax 2"], cells["pay S tax 1"]) == (200, 500, -300)
    assert california.default(date(2020, 9, 5)).bill_count == 0
    # Ten percent of each half's unpaid tax; 1.5% for October, of the month that has begun.
    assert california.quote(date(2020, 10, 1)).open_cents == 70_000 + 7_000 + 1_050


def test_recv_003_a_paid_bill_whose_payment_is_taken_back_defaults_as_of_its_day(california):
    """RECV-003: the next run finds it, and interest runs from the day all the same."""
    california.issue(500, 500)
    receipt = california.pay(1_000, date(2019, 11, 1))
    assert california.default(JUNE_30).bill_count == 0
    california.void(receipt, 1_000, date(2020, 9, 15))
    assert california.default(date(2020, 9, 14)).bill_count == 1
    quoted = california.quote(date(2020, 9, 15))
    # Ten percent of each half, and 1.5% for July, August and September.
    assert quoted.open_cents == 100_000 + 10_000 + 3 * 1_500


def test_recv_003_a_run_stops_at_its_limit_and_says_that_more_is_left(california, bill_ids):
    """RECV-003: called again it goes on where it stopped."""
    from millage.receivables.v1 import due_pb2 as pb

    for bill in bill_ids:
        california.issue(500, 500, bill=bill)
    california.default(date(2019, 7, 2))
    california.clock.moment += timedelta(days=400)
    counts = []
    for number in range(4):
        request = pb.RunDefaultProcessRequest(
            idempotency_key=f"run-{number}", until="2020-06-30", limit=2
        )
        done = california.due.RunDefaultProcess(request, metadata=california.caller())
        counts.append((done.bill_count, done.more))
        assert done == california.due.RunDefaultProcess(request, metadata=california.caller())
    assert counts == [(2, True), (2, True), (1, False), (0, False)]
