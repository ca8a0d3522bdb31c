"""LEVY-017 to LEVY-019: a payoff is withdrawn, and everything is as if nobody had asked for it."""

from collections.abc import Callable
from typing import Any

import pytest

from levy_service.specials import paid
from levy_service.specials.payoff_events import SPECIAL_PAYOFF
from millage.levy.v1 import special_payoffs_pb2 as pb
from millage.levy.v1 import specials_pb2
from taxkit import ids, testing

AGENCY = "900120000"
LEFT, RAN = 200_000, 4_110


def told(app, name: str) -> list[dict]:
    return [each for each in testing.emitted(app) if each["type"].split(".")[-2] == name]


def withdrawing(payoff: pb.SpecialPayoff, **changes: str) -> pb.WithdrawPayoffRequest:
    given = {"payoff_id": payoff.payoff_id, "reason": "the sale fell through", **changes}
    return pb.WithdrawPayoffRequest(**given)


@pytest.fixture
def posted(specials, bill_of, on_file):
    """An assessment whose first installment is on the bill of 2021, and the bill."""

    def make(**changes):
        on_file()
        opened = specials.open(**changes)
        bill = bill_of()
        return specials.get(opened), bill

    return make


@pytest.fixture
def hear(app, balance) -> Callable[..., None]:
    """Receivables tells of a bill's tax and of what else is open on it."""

    def tell(
        bill: Any, sequence: int, tax_cents: int, paid_cents: int, more_cents: int = 0
    ) -> None:
        part = {
            "installment": 1, "due_on": "2022-03-01", "tax_charged_cents": tax_cents,
            "tax_open_cents": tax_cents - paid_cents, "interest_open_cents": more_cents,
            "paid_cents": paid_cents,
        }  # fmt: skip
        event = balance(
            bill.bill_id, sequence, tax_cents - paid_cents + more_cents, bill_version=2,
            installments=[part],
        )  # fmt: skip
        app.consumer.absorb("on_balance_changed", [event])

    return tell


def test_levy_017_the_bill_is_as_it_was(payoffs, posted, specials, levy, app) -> None:
    """To the cent, line by line; the assessment goes on, and both are told."""
    special, bill = posted()
    payoff = payoffs.posted(special, bill).payoff
    answer = payoffs.do(withdrawing(payoff))
    now, after = levy.bill(bill.bill_id), specials.get(special)

    assert (answer.payoff.state, answer.payoff.steps[-1].reason) == (
        "withdrawn", "the sale fell through",
    )  # fmt: skip
    assert now.bill_version == 3
    assert (now.total_cents, list(now.lines)) == (bill.total_cents, list(bill.lines))
    assert list(now.installments) == list(bill.installments)
    assert (after.status, after.left_cents) == ("posted", LEFT)
    assert [each.paid_off for each in after.tracts] == [False]
    corrected = told(app, "BillCorrected")[-1]["data"]
    assert (corrected["total_cents"], corrected["before_payments"]) == (bill.total_cents, True)
    news = [each["data"] for each in told(app, "SpecialPayoff")]
    assert [(each["state"], each["left_cents"]) for each in news] == [
        ("due", 0),
        ("withdrawn", LEFT),
    ]
    changed = told(app, "SpecialAssessmentChanged")
    assert [each["assessment_step"] for each in news] == [
        int(each["sequence"]) for each in changed if each["data"]["action"].startswith("payoff_")
    ]
    assert [SPECIAL_PAYOFF.schema().validate(each) for each in news] == [{}, {}]


def test_levy_017_the_next_year_asks_for_its_installment_again(
    payoffs, posted, specials, bill_of
) -> None:
    """And what is paid off anew is paid off like the first time."""
    special, bill = posted()
    payoffs.do(withdrawing(payoffs.posted(special, bill).payoff))
    again = payoffs.posted(special, bill, expected_version=3).payoff

    assert (again.amount_cents, again.bill_version) == (LEFT + RAN, 4)
    payoffs.do(withdrawing(again))
    assert [each.tax_year for each in specials.get(special).installments] == [2021, 2022, 2023]
    states = [each.state for each in payoffs.list(assessment_id=special.assessment_id)]
    assert states == ["withdrawn", "withdrawn"]


def test_levy_019_its_own_bill_asks_for_nothing(payoffs, specials, on_file, levy, bill_of) -> None:
    """And the bill of the year asks for the installment as ever."""
    on_file()
    special = specials.open()
    payoff = payoffs.unposted(special).payoff
    payoffs.do(withdrawing(payoff))
    own = levy.bill(payoff.bill_id)

    assert (own.total_cents, [each.amount_cents for each in own.installments]) == (0, [0])
    assert [(each.agency_code, each.amount_cents) for each in own.lines] == [(AGENCY, 0)]
    assert specials.get(special).status == "not_posted"
    assert AGENCY in {each.agency_code for each in bill_of().lines}
    assert specials.get(special).status == "posted"
    assert payoffs.list(state="due") == []


def test_levy_018_a_task_nobody_has_seen_to_goes(payoffs, posted, specials, levy) -> None:
    """The bill never asked for it, and stays as it is."""
    special, bill = posted()
    payoff = payoffs.posted(special, bill, change_reason="register_only").payoff
    assert "no bill asked" in payoffs.do(withdrawing(payoff)).message

    assert payoffs.list(state="unbilled") == []
    assert (specials.get(special).status, levy.bill(bill.bill_id)) == ("posted", bill)


def test_levy_017_of_a_ditch_one_payoff_is_withdrawn(payoffs, posted, specials) -> None:
    """The other tract's stays due."""
    tracts = [specials_pb2.SpecialTract(tract=name, principal_cents=150_000) for name in "AB"]
    special, bill = posted(tracts=tracts)
    one = payoffs.posted(special, bill, tracts=["A"]).payoff
    two = payoffs.posted(special, bill, tracts=["B"], expected_version=2).payoff
    payoffs.do(withdrawing(one))
    found = specials.get(special)

    assert {each.tract: each.paid_off for each in found.tracts} == {"A": False, "B": True}
    assert payoffs.get(two.payoff_id).state == "due"


def test_levy_017_a_tract_that_was_in_a_payoff_joins_the_years_of_the_others(
    payoffs, posted, specials, bill_of
) -> None:
    """The others were deferred and resumed meanwhile; every cent of principal is asked for once."""
    tracts = [specials_pb2.SpecialTract(tract=name, principal_cents=150_000) for name in "AB"]
    special, bill = posted(tracts=tracts)
    payoff = payoffs.posted(special, bill, tracts=["A"]).payoff
    named = {"assessment_id": special.assessment_id, "reason": "hardship"}
    specials.do(specials_pb2.DeferSpecialRequest(**named))
    specials.do(specials_pb2.ResumeSpecialRequest(**named, first_year=2024))
    payoffs.do(withdrawing(payoff))
    found = specials.get(special)

    ahead = [each for each in found.installments if not each.bill_id]
    assert [(each.tax_year, each.tract, each.number) for each in ahead] == [
        (2024, "A", 1), (2024, "B", 1), (2025, "A", 2), (2025, "B", 2),
    ]  # fmt: skip
    # What ran until it was resumed is with the first, of both tracts alike.
    assert [(each.principal_cents, each.interest_cents) for each in ahead[0::2]] == [
        (each.principal_cents, each.interest_cents) for each in ahead[1::2]
    ]
    assert sum(each.principal_cents for each in ahead) == found.left_cents == 200_000


def test_levy_017_money_that_came_keeps_it(payoffs, posted, hear, levy) -> None:
    """From its first cent on, with what to do instead; what was paid of the rest does not."""
    special, bill = posted()
    payoff = payoffs.posted(special, bill).payoff
    total = levy.bill(bill.bill_id).total_cents
    hear(bill, 1, total, bill.total_cents + 1)
    assert payoffs.refused(withdrawing(payoff)) == "PAYOFF_MONEY_RECEIVED"
    assert payoffs.get(payoff.payoff_id).received_cents == 1
    hear(bill, 2, total, bill.total_cents)

    assert payoffs.do(withdrawing(payoff)).payoff.state == "withdrawn"


def test_levy_017_what_was_paid_or_withdrawn_or_seen_to_is_not_withdrawn(
    payoffs, posted, specials, hear, levy, app
) -> None:
    """Each with its reason; nothing is written."""
    special, bill = posted()
    payoff = payoffs.posted(special, bill).payoff
    total = levy.bill(bill.bill_id).total_cents
    hear(bill, 1, total, total)
    paid.follow(app)
    assert payoffs.refused(withdrawing(payoff)) == "PAYOFF_MONEY_RECEIVED"
    hear(bill, 2, total, 0)
    paid.follow(app)
    payoffs.do(withdrawing(payoff))
    before = len(testing.emitted(app))
    assert payoffs.refused(withdrawing(payoff)) == "PAYOFF_WITHDRAWN"
    unknown = pb.SpecialPayoff(payoff_id=str(ids.new_id()))
    assert payoffs.refused(withdrawing(unknown)) == "PAYOFF_NOT_FOUND"
    assert payoffs.refused(withdrawing(payoff, reason=" ")) == "REASON_MISSING"
    assert len(testing.emitted(app)) == before

    found = levy.bill(bill.bill_id)
    other = payoffs.posted(special, found, change_reason="register_only").payoff
    payoffs.do(pb.SettlePayoffRequest(payoff_id=other.payoff_id, reason="paid to the agency"))
    assert payoffs.refused(withdrawing(other)) == "PAYOFF_SETTLED"
    assert paid.follow(app) == 0


def test_levy_017_asked_twice_it_is_done_once(payoffs, posted, levy) -> None:
    """The same key gives the same answer."""
    special, bill = posted()
    asked = withdrawing(payoffs.posted(special, bill).payoff, idempotency_key=str(ids.new_id()))

    assert payoffs.do(asked) == payoffs.do(asked)
    assert levy.bill(bill.bill_id).bill_version == 3


def test_levy_017_a_bill_changed_since_loses_the_payoff_alone(
    payoffs, posted, levy, corrections
) -> None:
    """What a value change took off the last installment is taken off the ones before."""
    special, bill = posted()
    payoff = payoffs.posted(special, bill).payoff
    found = levy.bill(bill.bill_id)
    corrections.send(
        bill_id=bill.bill_id, expected_version=2, net_value_dollars=found.net_value_dollars // 2
    )
    lowered = levy.bill(bill.bill_id)
    payoffs.do(withdrawing(payoff))
    now = levy.bill(bill.bill_id)

    assert now.total_cents == lowered.total_cents - payoff.amount_cents
    assert sum(each.amount_cents for each in now.installments) == now.total_cents
    assert sum(each.amount_cents for each in now.lines) == now.total_cents


def test_levy_017_what_the_bill_asks_for_no_more_is_not_taken_off_it(
    payoffs, posted, levy, corrections
) -> None:
    """A bill lowered beyond the payoff says so, and the payoff stays until a person sees to it."""
    special, bill = posted()
    payoff = payoffs.posted(special, bill).payoff
    corrections.send(bill_id=bill.bill_id, expected_version=2, total_cents=payoff.amount_cents - 1)
    before = levy.bill(bill.bill_id)

    assert payoffs.refused(withdrawing(payoff)) == "PAYOFF_NOT_ON_BILL"
    assert levy.bill(bill.bill_id) == before
    assert payoffs.get(payoff.payoff_id).state == "due"


def test_levy_017_a_payoff_of_before_there_were_withdrawals_is_withdrawn_like_any(
    payoffs, posted, specials, app
) -> None:
    """Its tract is kept where it was written, and counts until then."""
    special, bill = posted()
    payoff_id = ids.new_id()
    with app.database.begin() as connection:
        of = {"payoff": payoff_id, "special": special.assessment_id, "bill": bill.bill_id}
        for statement in (
            (
                "insert into special_payoffs values (%(payoff)s, %(special)s, '2023-03-31', 200000,"
                " 0, 'register_only', false, %(bill)s, null, 'ada', gen_random_uuid(), now())"
            ),
            "insert into special_payoff_tracts values (%(payoff)s, %(special)s, '', 200000, 0)",
            (
                "insert into special_payoff_steps values (%(payoff)s, 1, 'unbilled', '2023-03-31',"
                " 'ada', 'sold', now())"
            ),
        ):
            connection.exec_driver_sql(statement, of)
    assert [each.paid_off for each in specials.get(special).tracts] == [True]
    assert payoffs.refused(payoffs.posting(special, bill)) == "ALREADY_PAID_OFF"
    payoffs.do(withdrawing(payoffs.get(str(payoff_id))))

    assert specials.get(special).left_cents == LEFT
    assert payoffs.posted(special, bill).payoff.principal_cents == LEFT
