"""AC-15 and what surrounds it: returned checks, and posted payments cancelled by hand."""

import threading
from datetime import date

import grpc
import pytest

from taxkit.ids import new_id
from taxkit.testing import parked, reason_of

YEARS = (2019, 2020, 2021, 2022)
PAID, RETURNED = date(2023, 3, 1), date(2023, 3, 8)


def dues(year):
    return (date(year, 12, 10), date(year + 1, 4, 10))


def redeem(county):
    """Three bills in default and one that is not, of one parcel, paid by one check."""
    bills = {year: new_id() for year in YEARS}
    for year, bill in bills.items():
        county.issue(500, 500, bill=bill, tax_year=year, due=dues(year))
    county.default(date(2022, 6, 30))
    receipt = county.pay_bills(dict.fromkeys(bills.values(), 1_000), PAID)
    return bills, receipt


def test_ac_15_a_returned_check_costs_its_fee_once_on_the_oldest_bill(quiet):
    """AC-15, RECV-056, RECV-057: all four are open again, and 2019 alone bears 25."""
    bills, receipt = redeem(quiet)
    assert [quiet.quote(PAID, bill).open_cents for bill in bills.values()] == [0] * 4

    answer = quiet.bounce(receipt, RETURNED)

    assert (2_500, str(bills[2019])) == (answer.fee_cents, answer.fee_bill_id)
    assert [quiet.quote(RETURNED, bill).open_cents for bill in bills.values()] == [
        102_500,
        100_000,
        100_000,
        100_000,
    ]
    assert [
        sum(part.fee_open_cents for part in quiet.quote(PAID, bill).installments)
        for bill in bills.values()
    ] == [2_500, 0, 0, 0]
    assert [
        quiet.quote(RETURNED, bill).installments[0].collection_type for bill in bills.values()
    ] == ["DS", "DS", "DS", "S"]
    (told,) = quiet.told("PaymentReturned")
    assert ("R01", 2_500, str(bills[2019]), 400_000) == (
        told["reason_code"],
        told["nsf_fee_cents"],
        told["fee_bill_id"],
        told["total_cents"],
    )
    assert told["payer"] == {"name": "Dolores Park", "email": None}
    assert sum(quiet.balance_of_receipts().values()) == 0
    words = {one["kind"] for one in quiet.told("PaymentAllocated")}
    assert {"payment", "nsf"} == words


@pytest.mark.parametrize("law_folder", ["penalised"], indirect=True)
def test_recv_056_penalty_and_interest_come_back_from_their_own_dates(quiet):
    """RECV-056: as if the check had never been: ten percent of each late half."""
    quiet.issue(500, 500)
    receipt = quiet.pay(1_000, date(2019, 12, 1))
    assert quiet.quote(date(2020, 5, 1)).open_cents == 0
    quiet.bounce(receipt, date(2020, 5, 1))
    assert quiet.quote(date(2020, 5, 1)).open_cents == 110_000 + 2_500


def test_recv_055_a_posted_payment_is_cancelled_and_its_charges_are_open_again(quiet):
    """RECV-055: only after its session has closed, once, with who and why; repaid afterwards."""
    quiet.issue(500, 500)
    receipt = quiet.pay(1_000, date(2019, 12, 1))
    with pytest.raises(grpc.RpcError) as refused:
        quiet.cancel(receipt, date(2019, 12, 2))
    assert reason_of(refused.value) == "SESSION_OPEN"
    quiet.close_session(date(2019, 12, 1))

    first = quiet.cancel(receipt, date(2019, 12, 2), idempotency_key="once")

    assert first == quiet.cancel(receipt, date(2019, 12, 2), idempotency_key="once")
    assert quiet.cells()["open"] == 1_000
    (told,) = quiet.told("PaymentCancelled")
    assert (told["reason"], told["cancelled_by"]) == ("wrong parcel", "ana")
    with pytest.raises(grpc.RpcError) as refused:
        quiet.cancel(receipt, date(2019, 12, 2))
    assert reason_of(refused.value) == "RECEIPT_REVERSED"
    quiet.pay(1_000, date(2019, 12, 3))
    assert "open" not in quiet.cells()


def test_recv_055_the_tills_own_reversal_of_a_cancelled_receipt_changes_nothing(quiet):
    """RECV-055: told by both, it is taken back once; and a reversed receipt is not cancelled."""
    quiet.issue(500, 500)
    receipt = quiet.pay(1_000, date(2019, 12, 1))
    quiet.close_session(date(2019, 12, 1))
    quiet.cancel(receipt, date(2019, 12, 2))
    quiet.void(receipt, 1_000, date(2019, 12, 3))
    assert parked(quiet.app) == []
    assert quiet.cells() == {"S tax 1": 500, "S tax 2": 500, "open": 1_000}
    other = quiet.pay(700, date(2019, 12, 4))
    quiet.void(other, 700, date(2019, 12, 4))
    with pytest.raises(grpc.RpcError) as refused:
        quiet.bounce(other, date(2019, 12, 5))
    assert reason_of(refused.value) == "RECEIPT_REVERSED"


def test_recv_057_a_check_paid_in_advance_bears_its_fee_on_the_bill_it_met(quiet):
    """RECV-056, RECV-038: no line names the bill; its money is off it again, the fee is on it."""
    receipt = new_id()
    line = quiet.neighbours.line(1, 40_000) | {
        "kind": "advance", "advance_type": "regular", "suspense_reason": None,
        "parcel_number": "13264290020000",
    }  # fmt: skip
    body = quiet.neighbours.payment_posted(receipt, line, day="2019-06-03")
    quiet.absorb("on_payment_posted", body, date(2019, 6, 3))
    quiet.issue(500, 500)
    assert quiet.cells()["open"] == 600
    answer = quiet.bounce(receipt, date(2019, 7, 5))
    assert (answer.fee_cents, answer.fee_bill_id) == (2_500, str(quiet.bill))
    assert quiet.cells() == {"S tax 1": 500, "S tax 2": 500, "S fee 1": 25, "open": 1_025}
    (told,) = quiet.told("PaymentReturned")
    assert told["bill_ids"] == [str(quiet.bill)]
    assert sum(quiet.balance_of_receipts().values()) == 0


def test_recv_056_money_in_suspense_goes_back_without_a_fee(quiet):
    """RECV-056: no bill, nobody to bear it."""
    receipt = new_id()
    body = quiet.neighbours.payment_posted(
        receipt, quiet.neighbours.line(1, 7_000), day="2019-12-01"
    )
    quiet.absorb("on_payment_posted", body, date(2019, 12, 1))
    answer = quiet.bounce(receipt, date(2019, 12, 5))
    assert (answer.fee_cents, answer.fee_bill_id) == (0, "")
    assert sum(quiet.balance_of_receipts().values()) == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"receipt_id": ""}, "RECEIPT_OF_WHAT"),
        ({"receipt_number": "2022-1"}, "RECEIPT_OF_WHAT"),
        ({"receipt_id": "x"}, "ID_INVALID"),
        ({"receipt_id": str(new_id())}, "RECEIPT_NOT_FOUND"),
        ({"receipt_id": "", "receipt_number": "no such"}, "RECEIPT_NOT_FOUND"),
        ({"reason_code": ""}, "REASON_MISSING"),
        ({"returned_on": ""}, "DATE_INVALID"),
        ({"returned_on": "2019-11-30"}, "RETURN_DATE_INVALID"),
        ({"returned_on": "2199-11-30"}, "RETURN_DATE_INVALID"),
    ],
)
def test_recv_056_a_return_that_makes_no_sense_is_refused(quiet, changes, reason):
    """RECV-056: and the payment stands."""
    quiet.issue(500, 500)
    receipt = quiet.pay(1_000, date(2019, 12, 1))
    with pytest.raises(grpc.RpcError) as refused:
        quiet.bounce(receipt, date(2019, 12, 5), **changes)
    assert reason == reason_of(refused.value)
    assert "open" not in quiet.cells()


def test_recv_056_a_number_borne_by_two_receipts_has_to_be_an_id(quiet):
    """Q-17: numbers may repeat; ids never do."""
    quiet.issue(500, 500)
    one = quiet.pay(10, date(2019, 12, 1))
    number = f"2022-{one.int % 1_000_000:06d}"
    by_number = quiet.bounce(one, date(2019, 12, 5), receipt_id="", receipt_number=number)
    assert str(one) == by_number.receipt_id


def test_recv_056_of_two_who_take_a_receipt_back_at_once_one_is_told(quiet):
    """RECV-055, RECV-056: a bank's return and a cancellation: one fee at most, and no crash."""
    quiet.issue(500, 500)
    receipt = quiet.pay(1_000, date(2019, 12, 1))
    quiet.close_session(date(2019, 12, 1))
    said = []

    def take_back(way):
        try:
            way(receipt, date(2019, 12, 8))
            said.append("done")
        except grpc.RpcError as error:
            said.append(reason_of(error))

    ways = [quiet.bounce, quiet.cancel, quiet.bounce, quiet.cancel]
    threads = [threading.Thread(target=take_back, args=(way,)) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [*["RECEIPT_REVERSED"] * 3, "done"]
    assert sum(quiet.balance_of_receipts().values()) == 0


def test_levy_021_a_returned_check_opens_the_return_of_a_trust_tax_again(quiet):
    """LEVY-021, RECV-056: taken back by the bank as by the till; paid anew it is paid again."""
    quiet.issue(500, 500, bill_class="trust_tax")
    receipt = quiet.pay(1_000, date(2019, 12, 1))
    quiet.bounce(receipt, date(2019, 12, 5))
    owed = quiet.quote(date(2019, 12, 6)).open_cents
    quiet.pay(0, date(2019, 12, 6), cents=owed)
    told = [each["settled"] for each in quiet.told("TrustTaxBillSettled")]
    assert (told, parked(quiet.app)) == ([True, False, True], [])
