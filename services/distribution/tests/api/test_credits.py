"""LEVY-001, DIST-001: what the state owes for credits it bears, and its payments shared."""

import threading

import grpc
import pytest

from millage.distribution.v1 import credits_pb2 as pb
from millage.distribution.v1 import credits_pb2_grpc as stubs
from taxkit.ids import new_id
from taxkit.testing import bearer, reason_of

COUNTY, SCHOOL = "010010000", "040010000"


@pytest.fixture
def stub(channel):
    return stubs.CreditServiceStub(channel)


@pytest.fixture
def clerk(keys):
    return bearer(keys.token("distribution.read", "distribution.credits"))


def told(county: int, school: int, *amounts: int, version: int = 1, **lines: int) -> dict:
    """A bill's lines and what credits took off each; the first credit the agencies bear."""
    return {
        "bill_version": version,
        "total_cents": county + school,
        "components": [
            {
                "agency_code": code, "agency_name": code, "amount_cents": cents,
                "credited_cents": lines[name],
            }
            for name, code, cents in (("of_county", COUNTY, county), ("of_school", SCHOOL, school))
        ],
        "credits": [
            {
                "code": f"credit-{place}", "name": f"Credit {place}", "amount_cents": cents,
                "as_line": True, **({"borne_by": "state"} if place else {}),
            }
            for place, cents in enumerate(amounts)
        ],
    }  # fmt: skip


def listed(stub, metadata, code: str = "") -> dict[tuple[str, str], tuple[int, int]]:
    asked = pb.ListCreditClaimsRequest(tax_year=2021, credit_code=code)
    return {
        (each.credit_code, each.agency_code): (each.claimed_cents, each.paid_cents)
        for each in stub.ListCreditClaims(asked, metadata=metadata).claims
    }


def payment(
    cents: int, key: str = "k", code: str = "credit-1", received_on: str = "2022-09-01"
) -> pb.PostCreditPaymentRequest:
    return pb.PostCreditPaymentRequest(
        idempotency_key=key, tax_year=2021, credit_code=code, amount_cents=cents,
        received_on=received_on, reference="Warrant 77",
    )  # fmt: skip


@pytest.fixture
def billed(app, neighbours):
    """Two bills whose second credit the state bears: 30 and 70 cents of what both gave up."""
    for _ in range(2):
        made = told(700, 300, 100, 50, of_county=105, of_school=45)
        neighbours.absorb(app, "on_bill_created", neighbours.bill_created(new_id(), **made))


def test_levy_001_only_what_the_state_bears_is_claimed(stub, clerk, billed) -> None:
    """Of two credits on each bill the agencies bear one: of the other each claims its part."""
    assert listed(stub, clerk) == {
        ("credit-1", COUNTY): (70, 0),
        ("credit-1", SCHOOL): (30, 0),
    }


def test_levy_001_the_states_money_is_shared_by_what_each_goes_without(stub, clerk, billed) -> None:
    """Paid in two parts every agency ends with its claim; a retry changes nothing."""
    first = stub.PostCreditPayment(payment(33), metadata=clerk)
    assert [(each.agency_code, each.amount_cents) for each in first.shares] == [
        (COUNTY, 23),
        (SCHOOL, 10),
    ]
    assert first == stub.PostCreditPayment(payment(33), metadata=clerk)
    stub.PostCreditPayment(payment(67, "rest"), metadata=clerk)
    assert listed(stub, clerk, "credit-1") == {
        ("credit-1", COUNTY): (70, 70),
        ("credit-1", SCHOOL): (30, 30),
    }


def test_levy_003_a_corrected_bill_claims_what_it_says_last(app, neighbours, stub, clerk) -> None:
    """In whatever order its versions come."""
    bill = new_id()
    later = told(350, 150, 50, 20, version=2, of_county=49, of_school=21)
    first = told(700, 300, 100, 50, of_county=105, of_school=45)
    made = neighbours.bill_created(bill, **first)
    neighbours.absorb(app, "on_bill_corrected", neighbours.bill_corrected(bill, 2, {}, **later))
    neighbours.absorb(app, "on_bill_created", made)
    assert listed(stub, clerk) == {("credit-1", COUNTY): (14, 0), ("credit-1", SCHOOL): (6, 0)}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["as told", "the correction first"])
def test_levy_003_a_credit_that_a_correction_takes_away_is_claimed_no_more(
    app, neighbours, stub, clerk, order
) -> None:
    """All of them, so that the bill names none; what the state paid of it is still told."""
    bill, other = new_id(), new_id()
    first = told(700, 300, 100, 50, of_county=105, of_school=45)
    bodies = [
        ("on_bill_created", neighbours.bill_created(bill, **first)),
        ("on_bill_corrected", neighbours.bill_corrected(bill, 2, {COUNTY: 805, SCHOOL: 345})),
    ]
    for place in order:
        neighbours.absorb(app, *bodies[place])
    assert listed(stub, clerk) == {}

    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(other, **first))
    assert listed(stub, clerk) == {("credit-1", COUNTY): (35, 0), ("credit-1", SCHOOL): (15, 0)}
    back = told(700, 300, 100, 50, version=3, of_county=105, of_school=45)
    neighbours.absorb(app, "on_bill_corrected", neighbours.bill_corrected(bill, 3, {}, **back))
    assert listed(stub, clerk)["credit-1", COUNTY] == (70, 0)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (payment(101), "CREDIT_OVERPAID"),
        (payment(5, code="credit-0"), "CREDIT_NOT_CLAIMED"),
        (payment(0), "AMOUNT_INVALID"),
        (payment(5, code=""), "CREDIT_MISSING"),
        (payment(5, received_on="2199-12-31"), "RECEIVED_IN_FUTURE"),
    ],
    ids=["too-much", "borne-by-agencies", "nothing", "of-what", "not-yet"],
)
def test_levy_001_a_payment_that_is_not_claimed_is_refused(
    stub, clerk, billed, request_, reason
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        stub.PostCreditPayment(request_, metadata=clerk)
    assert reason_of(refused.value) == reason
    assert {paid for _, paid in listed(stub, clerk).values()} == {0}


def test_levy_001_payments_at_once_never_pay_more_than_is_claimed(stub, clerk, billed) -> None:
    """Of four that are too much together, those that fit are taken."""
    refused = []

    def pay(key: str) -> None:
        try:
            stub.PostCreditPayment(payment(40, key), metadata=clerk)
        except grpc.RpcError as error:
            refused.append(reason_of(error))

    threads = [threading.Thread(target=pay, args=(f"k{place}",)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == ["CREDIT_OVERPAID"] * 2
    assert sum(paid for _, paid in listed(stub, clerk).values()) == 80


def test_a_bill_whose_lines_do_not_bear_its_credits_is_set_aside(
    app, neighbours, stub, clerk
) -> None:
    """Nothing of it is kept."""
    made = told(700, 300, 100, 50, of_county=105, of_school=44)
    neighbours.absorb(app, "on_bill_created", neighbours.bill_created(new_id(), **made))
    with app.database.begin() as connection:
        (reason,) = connection.exec_driver_sql("select reason from parked_messages").scalars()
    assert reason == "CREDITS_DIFFER"
    assert listed(stub, clerk) == {}
