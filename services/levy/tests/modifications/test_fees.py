"""LEVY-012: a fee in a draft makes it TP, and is brought to what was paid of it."""

import pytest

from millage.levy.v1 import modifications_pb2 as pb

MISC = "MISC"
HALVES = [(50_000, 0), (50_000, 0)]


@pytest.fixture
def fee(bill, told):
    """The bill bears a miscellaneous receipt fee of 75.00; gives what lets it be paid."""

    def bear(paid: int = 0) -> pb.FeeOfBill:
        told(bill, HALVES, fees=((MISC, 7_500, paid), ("NSF", 2_500, 0)))
        return pb.FeeOfBill(bill_id=bill, charge_code=MISC)

    return bear


def test_ac_19_f_a_fee_in_the_draft_makes_it_tp_and_an_unpaid_one_nothing(
    levy, modifications, bill, fee, events, refused
):
    """AC-19 f, LEVY-012: 75 unpaid, MN asked: TP, fee 0, and the bill that is not chosen stays."""
    draft = modifications.open("MN", fees=[fee()])
    assert (draft.option, draft.asked_option, len(draft.modified)) == ("TP", "MN", 0)
    (one,) = draft.fees
    assert (one.amount_cents, one.paid_cents, one.new_amount_cents) == (7_500, 0, 0)
    assert refused(modifications.edit, draft, bill, total_cents=1) == "EDIT_NOT_OF_OPTION"
    done = modifications.finish(draft)
    assert (done.status, done.fees[0].new_amount_cents) == ("finished", 0)
    (told,) = events("BillModified")
    assert told["fees"] == [{"charge_code": MISC, "amount_before_cents": 7_500, "amount_cents": 0}]
    assert told["before"] == told["after"]
    assert (levy.bill(bill).bill_version, events("BillCorrected")) == (1, [])


def test_q_36_a_part_paid_fee_is_what_was_paid_of_it(modifications, fee):
    """Q-36, LEVY-012: 25 of 75 paid when the draft is finished, not when it was opened."""
    draft = modifications.open("NC", fees=[fee()])
    fee(paid=2_500)
    done = modifications.finish(draft)
    assert (done.option, done.fees[0].amount_cents, done.fees[0].new_amount_cents) == (
        "TP", 7_500, 2_500,
    )  # fmt: skip


@pytest.mark.parametrize("option", ["MN", "NC"])
def test_levy_012_another_fee_asks_for_no_option(modifications, bill, fee, refused, option):
    """LEVY-012: only a miscellaneous receipt fee forces TP; another one stays as it is."""
    fee(paid=2_500)
    other = pb.FeeOfBill(bill_id=bill, charge_code="NSF")
    draft = modifications.open(option, fees=[other], bill_ids=[bill])
    assert (draft.option, draft.asked_option) == (option, option)
    (one,) = draft.fees
    assert (one.amount_cents, one.paid_cents, one.new_amount_cents) == (2_500, 0, 2_500)
    assert refused(modifications.finish, draft) == "MODIFICATION_CHANGES_NOTHING"


def test_levy_012_beside_a_misc_receipt_fee_another_is_tp_as_well(modifications, bill, fee):
    """LEVY-011, LEVY-012: the option is the draft's; all that is in it is what was paid."""
    both = [fee(paid=2_500), pb.FeeOfBill(bill_id=bill, charge_code="NSF")]
    draft = modifications.open("MN", fees=both)
    assert draft.option == "TP"
    done = modifications.finish(draft)
    assert [(each.amount_cents, each.new_amount_cents) for each in done.fees] == [
        (7_500, 2_500), (2_500, 0),
    ]  # fmt: skip


def test_levy_012_the_bills_of_such_a_draft_are_tp_as_well(levy, modifications, bill, fee, events):
    """LEVY-012: bill and fee chosen together: one event, both to what was paid."""
    draft = modifications.open("MN", fees=[fee()], bill_ids=[bill])
    modifications.finish(draft)
    assert levy.bill(bill).total_cents == 0
    (told,) = events("BillModified")
    assert (told["option"], told["fees"][0]["amount_cents"]) == ("TP", 0)


def test_levy_012_a_paid_fee_and_a_fee_that_is_not_there_are_refused(
    modifications, bill, fee, told, refused
):
    """LEVY-012: nothing would change; none of that code; gone since it was drafted."""
    paid = modifications.open("MN", fees=[fee(paid=7_500)])
    assert refused(modifications.finish, paid) == "MODIFICATION_CHANGES_NOTHING"
    strange = [pb.FeeOfBill(bill_id=bill, charge_code="NONE")]
    assert refused(modifications.open, "MN", fees=strange) == "FEE_NOT_FOUND"
    told(bill, HALVES)
    assert modifications.get(paid).fees[0].hindrance == "FEE_NOT_FOUND"
    assert refused(modifications.finish, paid) == "FEE_NOT_FOUND"


def test_levy_012_a_fee_waits_for_a_payment_file_like_its_bill(
    modifications, bill, fee, payment_file
):
    """LEVY-015: the file may pay the bill that bears the fee."""
    draft = modifications.open("MN", fees=[fee()])
    end = payment_file(bill)
    assert modifications.finish(draft).HasField("held")
    end()
    assert modifications.get(draft).status == "finished"
