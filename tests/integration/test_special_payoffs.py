"""LEVY-017 to LEVY-019, SALE-003: from the payoff of a special assessment to its agency's share."""

from collections.abc import Iterator
from typing import Any

import pytest
from county import County, cash, eventually, line

from devkit.demo_bills import ROLL
from millage.cashiering.v1.cashiering_pb2 import Session
from millage.distribution.v1 import distribution_pb2
from millage.levy.v1 import levy_pb2, special_payoffs_pb2, specials_pb2
from millage.levy.v1.special_payoffs_pb2_grpc import SpecialPayoffServiceStub
from millage.levy.v1.specials_pb2_grpc import SpecialServiceStub
from millage.receivables.v1 import special_payoffs_pb2 as due_pb2
from millage.receivables.v1.special_payoffs_pb2_grpc import SpecialPayoffsServiceStub
from millage.taxsale.v1 import taxsale_pb2
from millage_cli import roll as rolls
from millage_cli.client import Client, new_key
from millage_cli.problems import Problem
from taxkit.clock import SystemClock

AGENCY = "900120000"
PARCELS = {
    "on its bill": ("10252130010000", 2022),
    "on none": ("03173010220000", 2021),
    "for a person": ("31261100740000", 2022),
    "not sold": ("13264290020000", 2022),
}


def today() -> str:
    """Corrections count from the day they are made: the payment has to be of that day, too."""
    return SystemClock().today().isoformat()


@pytest.fixture(scope="module")
def till(county: County) -> Session:
    return county.open_session("WINDOW-9", today())


@pytest.fixture
def assessor(county: County) -> Iterator[Client]:
    client = county.client("ada", ["assessor"])
    yield client
    client.close()


def opened(assessor: Client, parcel: str, number: str) -> specials_pb2.Special:
    return SpecialServiceStub(assessor.channel("levy")).OpenSpecial(
        specials_pb2.OpenSpecialRequest(
            idempotency_key=new_key(), assessment_number=number, agency_code=AGENCY,
            agency_name="Special Service Area 12", project="Sewer", parcel_number=parcel,
            principal_cents=300_000, years=3, rate_percent="5", method="level_principal",
            first_year=2022, interest_from=today(),
        )
    )  # fmt: skip


def status(assessor: Client, special: specials_pb2.Special) -> str:
    asked = specials_pb2.GetSpecialRequest(assessment_id=special.assessment_id)
    return SpecialServiceStub(assessor.channel("levy")).GetSpecial(asked).status


def bill_of_2022(county: County, parcel: str) -> levy_pb2.Bill:
    """Issue the parcel's bill of the next year, by the rates of the year before."""
    (roll,) = [
        one for one in rolls.read_rolls([ROLL / "rates.csv", ROLL / "parcels.csv"])
        if one.tax_year == 2021
    ]  # fmt: skip
    found = [each for each in roll.parcels if each.parcel_number == parcel]
    rates = [each for each in roll.rates if each.tax_code == found[0].tax_code]
    header = levy_pb2.RollHeader(
        idempotency_key=new_key(), jurisdiction="us-il-cook", tax_year=2022, source="next year"
    )
    end = levy_pb2.RollEnd(rate_count=len(rates), parcel_count=1)
    parts = [
        levy_pb2.LoadRollRequest(header=header),
        *(levy_pb2.LoadRollRequest(rate=each) for each in rates),
        *(levy_pb2.LoadRollRequest(parcel=each) for each in found),
        levy_pb2.LoadRollRequest(end=end),
    ]
    answer = county.office.levy.LoadRoll(iter(parts))
    return county.office.levy.GetBill(levy_pb2.GetBillRequest(bill_id=answer.bill_ids[0]))


def blocked(county: County, parcel: str, tax_year: int) -> list[str]:
    asked = taxsale_pb2.GetPayoffBlocksRequest(parcel_number=parcel, tax_year=tax_year)
    return [each.why for each in county.office.taxsale.GetPayoffBlocks(asked).blocks]


def due(county: County, parcel: str) -> list[Any]:
    stub = SpecialPayoffsServiceStub(county.office.channel("receivables"))
    asked = due_pb2.ListSpecialPayoffsRequest(parcel_number=parcel)
    return list(stub.ListSpecialPayoffs(asked).payoffs)


def paid_at_the_counter(county: County, till: Session, bill: levy_pb2.Bill) -> int:
    """Pay all that the bill asks for today; gives what of it the assessment's agency gets."""
    county.settled()
    cents = county.due(bill, today())
    receipt = county.pay(till, [line(bill, cents)], [cash(cents)])
    county.followed(receipt)
    asked = distribution_pb2.GetSharesRequest(receipt_id=receipt.receipt_id)
    shares = county.office.distribution.GetShares(asked).shares
    return sum(
        each.amount_cents
        for each in shares
        if each.agency_code == AGENCY and each.charge_type == "tax"
    )


def test_levy_017_a_payoff_on_its_bill_is_paid_at_the_counter(
    county: County, till: Session, assessor: Client
) -> None:
    """The bill asks for the installment, then for all of it; the agency gets every cent."""
    parcel, year = PARCELS["on its bill"]
    special = opened(assessor, parcel, "SSA-12-017")
    bill = bill_of_2022(county, parcel)
    assert status(assessor, special) == "posted"
    eventually(lambda: blocked(county, parcel, year), lambda why: why == ["not_paid_off"])
    payoffs = SpecialPayoffServiceStub(assessor.channel("levy"))
    answer = payoffs.PayOffPosted(
        special_payoffs_pb2.PayOffPostedRequest(
            idempotency_key=new_key(), assessment_id=special.assessment_id, bill_id=bill.bill_id,
            expected_version=1, reason="the house is sold",
        )
    )  # fmt: skip
    assert (answer.payoff.state, answer.payoff.amount_cents) == ("due", 200_000)
    eventually(lambda: blocked(county, parcel, year), lambda why: why == ["payoff_due"])
    (found,) = eventually(lambda: due(county, parcel), bool)
    assert (found.bill_id, found.amount_cents) == (bill.bill_id, 200_000)

    bill.bill_version = 2
    assert paid_at_the_counter(county, till, bill) == 315_000
    eventually(lambda: status(assessor, special), lambda now: now == "paid_in_full")
    eventually(lambda: blocked(county, parcel, year), lambda why: why == [])
    eventually(lambda: due(county, parcel), lambda left: left == [])


def test_levy_019_a_payoff_on_a_bill_of_its_own_is_paid_at_the_counter(
    county: County, till: Session, assessor: Client
) -> None:
    """The parcel has a second bill, which the counter takes like any other."""
    parcel, year = PARCELS["on none"]
    special = opened(assessor, parcel, "SSA-12-019")
    answer = SpecialPayoffServiceStub(assessor.channel("levy")).PayOffUnposted(
        special_payoffs_pb2.PayOffUnpostedRequest(
            idempotency_key=new_key(), assessment_id=special.assessment_id, reason="sold"
        )
    )
    asked = levy_pb2.GetBillRequest(bill_id=answer.payoff.bill_id)
    bill = county.office.levy.GetBill(asked)
    eventually(lambda: blocked(county, parcel, year), lambda why: why == ["payoff_due"])

    assert paid_at_the_counter(county, till, bill) == 300_000
    eventually(lambda: status(assessor, special), lambda now: now == "paid_in_full")
    eventually(lambda: blocked(county, parcel, year), lambda why: why == [])


def test_levy_018_a_payoff_that_no_bill_asks_for_waits_for_a_person(
    county: County, assessor: Client
) -> None:
    """The bill stays; the task is listed; a buyer waits until somebody has seen to it."""
    parcel, year = PARCELS["for a person"]
    special = opened(assessor, parcel, "SSA-12-018")
    bill = bill_of_2022(county, parcel)
    payoffs = SpecialPayoffServiceStub(assessor.channel("levy"))
    answer = payoffs.PayOffPosted(
        special_payoffs_pb2.PayOffPostedRequest(
            idempotency_key=new_key(), assessment_id=special.assessment_id, bill_id=bill.bill_id,
            expected_version=1, reason="sold", change_reason="register_only",
        )
    )  # fmt: skip
    assert status(assessor, special) == "paid_in_full"
    assert county.office.levy.GetBill(levy_pb2.GetBillRequest(bill_id=bill.bill_id)) == bill
    eventually(lambda: blocked(county, parcel, year), lambda why: why == ["payoff_due"])
    (found,) = eventually(lambda: due(county, parcel), bool)
    assert (found.state, found.bill_id) == ("unbilled", "")

    settling = special_payoffs_pb2.SettlePayoffRequest(
        idempotency_key=new_key(), payoff_id=answer.payoff.payoff_id, reason="paid to the agency"
    )
    assert payoffs.SettlePayoff(settling).state == "settled"
    eventually(lambda: blocked(county, parcel, year), lambda why: why == [])


def test_levy_017_a_withdrawn_payoff_leaves_every_service_as_it_was(
    county: County, till: Session, assessor: Client
) -> None:
    """The bill owes what it owed, the buyer waits for the assessment, and the next year asks on."""
    parcel, year = PARCELS["not sold"]
    special = opened(assessor, parcel, "SSA-12-117")
    bill = bill_of_2022(county, parcel)
    county.settled()
    before = county.due(bill, today())
    payoffs = SpecialPayoffServiceStub(assessor.channel("levy"))
    answer = payoffs.PayOffPosted(
        special_payoffs_pb2.PayOffPostedRequest(
            idempotency_key=new_key(), assessment_id=special.assessment_id, bill_id=bill.bill_id,
            expected_version=1, reason="the house is sold",
        )
    )  # fmt: skip
    eventually(lambda: blocked(county, parcel, year), lambda why: why == ["payoff_due"])
    withdrawing = special_payoffs_pb2.WithdrawPayoffRequest(
        idempotency_key=new_key(), payoff_id=answer.payoff.payoff_id, reason="it was not"
    )
    assert payoffs.WithdrawPayoff(withdrawing).payoff.state == "withdrawn"
    eventually(lambda: blocked(county, parcel, year), lambda why: why == ["not_paid_off"])
    eventually(lambda: due(county, parcel), lambda left: left == [])

    bill.bill_version = 3
    county.settled()
    assert county.due(bill, today()) == before
    assert paid_at_the_counter(county, till, bill) == 115_000
    again = special_payoffs_pb2.WithdrawPayoffRequest(
        idempotency_key=new_key(), payoff_id=answer.payoff.payoff_id, reason="again"
    )
    with pytest.raises(Problem) as refused:
        payoffs.WithdrawPayoff(again)
    assert refused.value.reason == "PAYOFF_WITHDRAWN"
    assert status(assessor, special) == "posted"
