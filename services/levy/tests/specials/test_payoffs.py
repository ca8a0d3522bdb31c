"""LEVY-017 to LEVY-019: an assessment is paid off, and the bill, or a person, hears of it."""

import pytest

from levy_service.specials import paid
from levy_service.specials.payoff_events import SPECIAL_PAYOFF
from millage.levy.v1 import special_payoffs_pb2 as pb
from millage.levy.v1 import specials_pb2
from taxkit import testing

AGENCY = "900120000"
# 2,000.00 left at 5 % since November 2022: billed up to then, 150 days to the end of March.
LEFT, RAN = 200_000, 4_110


def told(app, name: str) -> list[dict]:
    return [each for each in testing.emitted(app) if each["type"].split(".")[-2] == name]


@pytest.fixture
def posted(specials, bill_of, on_file):
    """An assessment whose first installment is on the bill of 2021, and the bill."""

    def make(**changes):
        on_file()
        opened = specials.open(**changes)
        bill = bill_of()
        return specials.get(opened), bill

    return make


def test_levy_017_the_bill_asks_for_what_is_left_and_its_interest(
    payoffs, posted, levy, app
) -> None:
    """On the agency's line and the last installment; nothing else on the bill has changed."""
    special, bill = posted()
    answer = payoffs.posted(special, bill)
    now = levy.bill(bill.bill_id)

    assert (answer.payoff.principal_cents, answer.payoff.interest_cents) == (LEFT, RAN)
    assert (answer.payoff.state, answer.payoff.bill_version) == ("due", 2)
    assert now.total_cents == bill.total_cents + LEFT + RAN
    differing = [
        (was.agency_code, is_now.amount_cents - was.amount_cents)
        for was, is_now in zip(bill.lines, now.lines, strict=True)
        if was != is_now
    ]
    assert differing == [(AGENCY, LEFT + RAN)]
    first, last = now.installments
    assert first == bill.installments[0]
    assert last.amount_cents == bill.installments[1].amount_cents + LEFT + RAN
    (corrected,) = told(app, "BillCorrected")
    assert corrected["data"]["total_cents"] == now.total_cents
    assert corrected["data"]["before_payments"], "whoever asks for it pays on the same day"


def test_levy_017_a_payoff_is_what_was_quoted(payoffs, posted) -> None:
    """And the quote names the bills it may be asked for on."""
    special, bill = posted()
    quote = payoffs.quote(special)
    answer = payoffs.posted(special, bill)

    assert quote.amount_cents == answer.payoff.amount_cents == LEFT + RAN
    assert list(quote.bill_ids) == [bill.bill_id]


def test_levy_017_of_a_ditch_tracts_are_chosen(payoffs, posted, specials, levy) -> None:
    """The other tract goes on as before."""
    tracts = [specials_pb2.SpecialTract(tract=name, principal_cents=150_000) for name in "AB"]
    special, bill = posted(tracts=tracts)
    answer = payoffs.posted(special, bill, tracts=["B"])
    found = specials.get(special)

    assert [each.tract for each in answer.payoff.tracts] == ["B"]
    assert (found.status, found.left_cents) == ("posted", 100_000)
    assert [each.paid_off for each in found.tracts] == [False, True]
    assert {each.tract for each in found.installments if not each.bill_id} == {"A"}
    version = levy.bill(bill.bill_id).bill_version
    again = payoffs.posting(special, bill, tracts=["B"], expected_version=version)
    assert payoffs.refused(again) == "TRACT_PAID_OFF"


def test_levy_017_it_is_paid_in_full_once_its_bill_is(
    payoffs, posted, specials, app, balance
) -> None:
    """And owed again when the payment is taken back."""
    special, bill = posted()
    payoff = payoffs.posted(special, bill).payoff

    def hear(sequence: int, open_cents: int, version: int = 2) -> str:
        event = balance(bill.bill_id, sequence, open_cents, 100, bill_version=version)
        app.consumer.absorb("on_balance_changed", [event])
        paid.follow(app)
        return specials.get(special).status

    assert hear(1, 0, version=1) == "posted", "that was the bill before the payoff"
    assert hear(2, 0) == "paid_in_full"
    assert hear(3, 500) == "posted"
    assert hear(4, 0) == "paid_in_full"
    assert paid.follow(app) == 0
    states = [each["data"]["state"] for each in told(app, "SpecialPayoff")]
    assert states == ["due", "paid", "due", "paid"]
    assert payoffs.get(payoff.payoff_id).state == "paid"


def test_levy_018_a_reason_without_a_correction_leaves_the_bill_and_a_task(
    payoffs, posted, specials, levy, app
) -> None:
    """Paid in full, its values updated, roll and bill unchanged, reported; no internal error."""
    special, bill = posted()
    answer = payoffs.posted(special, bill, change_reason="register_only")
    found = specials.get(special)

    assert (found.status, found.left_cents) == ("paid_in_full", 0)
    assert levy.bill(bill.bill_id) == bill
    assert "unchanged" in answer.message
    assert told(app, "BillCorrected") == []
    (task,) = payoffs.list(state="unbilled")
    assert task.payoff_id == answer.payoff.payoff_id
    assert [each["data"]["state"] for each in told(app, "SpecialPayoff")] == ["unbilled"]


def test_levy_018_the_task_is_done_by_a_person(payoffs, posted) -> None:
    """Once."""
    special, bill = posted()
    payoff = payoffs.posted(special, bill, change_reason="register_only").payoff
    settle = pb.SettlePayoffRequest(payoff_id=payoff.payoff_id, reason="bill corrected by hand")
    settled = payoffs.do(settle)

    assert (settled.state, payoffs.list(state="unbilled")) == ("settled", [])
    settle.idempotency_key = ""
    assert payoffs.refused(settle) == "PAYOFF_HAS_NO_TASK"


@pytest.mark.parametrize(
    ("reason", "code", "state"),
    [
        ("", "payoff", "due"),
        ("not configured anywhere", "data_correction", "due"),
        ("court_order", "court_order", "unbilled"),
    ],
    ids=["the pack's", "unconfigured: the default", "somebody has to accept"],
)
def test_levy_018_which_reason_counts(payoffs, posted, reason, code, state) -> None:
    """What is not configured stands for the default."""
    special, bill = posted()
    payoff = payoffs.posted(special, bill, change_reason=reason).payoff

    assert (payoff.change_reason, payoff.state) == (code, state)


def test_levy_019_what_is_on_no_bill_has_a_bill_of_its_own(
    payoffs, specials, on_file, levy, bill_of, app, balance
) -> None:
    """Due on the day of the payoff; the year's bill asks for nothing of it."""
    on_file()
    special = specials.open()
    payoff = payoffs.unposted(special, payoff_on="2023-04-30").payoff
    own = levy.bill(payoff.bill_id)

    assert own.total_cents == payoff.amount_cents == 300_000 + 22_397  # 545 days of 365
    assert [(each.agency_code, each.amount_cents) for each in own.lines] == [
        (AGENCY, own.total_cents)
    ]
    assert [each.due_on for each in own.installments] == ["2023-04-30"]
    (created,) = [
        each for each in told(app, "BillCreated") if each["data"]["bill_id"] == own.bill_id
    ]
    assert created["data"]["bill_class"] == "special_payoff"
    rolled = bill_of()
    assert AGENCY not in {each.agency_code for each in rolled.lines}
    app.consumer.absorb("on_balance_changed", [balance(own.bill_id, 1, 0, 100)])
    paid.follow(app)
    assert specials.get(special).status == "paid_in_full"


def test_levy_019_a_payoff_of_the_rolls_year_does_not_stand_for_the_years_bill(
    payoffs, specials, on_file, levy, roll, app
) -> None:
    """The parcel is billed for 2023 all the same."""
    on_file()
    payoffs.unposted(specials.open())
    with app.database.begin() as connection:
        years = connection.exec_driver_sql("select tax_year from bills where tax_code = ''")
        assert list(years.scalars()) == [2023]
    parcel = roll.parcels(2021)[0]
    parcel.parcel.parcel_number = "13264290020000"
    rates = [one for one in roll.rates(2021) if one.rate.tax_code == parcel.parcel.tax_code]

    assert levy.load([roll.header(2023), *rates, parcel]).bill_count == 1


def test_levy_019_a_deferred_assessment_is_paid_off_without_a_bill(
    payoffs, posted, specials, levy
) -> None:
    """Though it was on bills before."""
    special, bill = posted()
    specials.do(
        specials_pb2.DeferSpecialRequest(assessment_id=special.assessment_id, reason="hardship")
    )
    assert payoffs.refused(payoffs.posting(special, bill)) == "SPECIAL_NOT_POSTED"
    payoff = payoffs.unposted(special).payoff

    assert (payoff.principal_cents, payoff.interest_cents) == (LEFT, RAN)
    assert levy.bill(bill.bill_id) == bill


def test_what_cannot_be_paid_off_says_why(payoffs, posted, specials, levy) -> None:
    """A stable reason each, and nothing is written."""
    special, bill = posted()
    other = next(each for each in levy.bills().bills if each.parcel_number != special.parcel_number)
    earlier = levy.bills(tax_year=2020, parcel_number=special.parcel_number).bills[0]
    wrong = [
        (payoffs.posting(special, bill, payoff_on="2023-03-30"), "PAYOFF_ON_IN_PAST"),
        (payoffs.posting(special, bill, payoff_on="2024-04-02"), "PAYOFF_ON_TOO_FAR"),
        (payoffs.posting(special, bill, tracts=["A"]), "TRACT_UNKNOWN"),
        (payoffs.posting(special, bill, expected_version=2), "BILL_VERSION_STALE"),
        (payoffs.posting(special, other), "BILL_OF_ANOTHER_PARCEL"),
        (payoffs.posting(special, earlier), "SPECIAL_NOT_ON_BILL"),
        (payoffs.unposting(special), "SPECIAL_POSTED"),
    ]

    assert [payoffs.refused(each) for each, _ in wrong] == [reason for _, reason in wrong]
    payoffs.posted(special, bill)
    again = payoffs.posting(special, bill, expected_version=2)
    assert payoffs.refused(again) == "ALREADY_PAID_OFF"
    close = specials_pb2.CloseSpecialRequest(assessment_id=special.assessment_id, reason="annulled")
    assert specials.refused(close) == "PAYOFF_DUE"


def test_the_events_of_payoffs_are_what_their_schema_says(payoffs, posted, app) -> None:
    """In every state."""
    special, bill = posted()
    payoffs.posted(special, bill)

    assert [
        SPECIAL_PAYOFF.schema().validate(each["data"]) for each in told(app, "SpecialPayoff")
    ] == [{}]
