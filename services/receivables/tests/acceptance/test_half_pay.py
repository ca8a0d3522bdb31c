"""RECV-068, AC-17: half pay through the API, with corrections, fees and codes."""

from datetime import date

import grpc
import pytest

from millage.receivables.v1 import codes_pb2
from millage.receivables.v1 import half_pay_pb2 as pb
from taxkit.ids import new_id
from taxkit.testing import reason_of

OCT, NOV = date(2019, 10, 1), date(2019, 11, 1)
DUE = {"first_due_on": "2019-12-10", "second_due_on": "2020-04-10"}


def refused(do):
    with pytest.raises(grpc.RpcError) as error:
        do()
    return reason_of(error.value)


def put(county, *, fees=(), rights=(), bill=None, **changes):
    request = pb.SetHalfPayRequest(
        **{
            "idempotency_key": county.key(), "comment": "asked for",
            "items": [pb.HalfPayItem(bill_id=str(bill or county.bill), fees=fees)], **DUE,
        } | changes
    )  # fmt: skip
    return county.halves.SetHalfPay(request, metadata=county.caller(*rights))


def remove(county, **changes):
    given = {"idempotency_key": county.key(), "bill_ids": [str(county.bill)], "comment": "over"}
    request = pb.RemoveHalfPayRequest(**given | changes)
    return county.halves.RemoveHalfPay(request, metadata=county.caller())


def halves(answer):
    (bill,) = answer.bills
    return [
        (each.charged_cents // 100, each.open_cents // 100) for each in (bill.first, bill.second)
    ]


def code(county, **settings):
    request = codes_pb2.CreateCodeRequest(
        idempotency_key=county.key(), code="NOHALF", reason="policy",
        settings=codes_pb2.CodeSettings(description="In full only", **settings),
    )  # fmt: skip
    county.codes.CreateCode(request, metadata=county.caller())
    items = [codes_pb2.CodeItem(bill_id=str(county.bill))]
    county.codes.SetCode(
        codes_pb2.SetCodeRequest(
            idempotency_key=county.key(), code="NOHALF", items=items, comment="c"
        ),
        metadata=county.caller(),
    )


def test_ac_17_an_increase_lands_in_the_second_half(quiet):
    """AC-17: 500 and 500, 500 paid, raised by 100: the first has 0.00 due next, the second 600."""
    quiet.issue(500, 500)
    quiet.pay(500, OCT)
    quiet.correct(550, 550, on=NOV)
    assert halves(put(quiet, first_as_paid=True)) == [(500, 0), (600, 600)]
    found = quiet.quote(NOV)
    assert (found.half_pay, found.installments[0].tax_open_cents) == (True, 0)
    quiet.correct(560, 560, on=date(2019, 11, 2))
    assert quiet.quote(date(2019, 11, 2)).installments[1].tax_open_cents == 62_000
    assert halves(remove(quiet)) == [(560, 60), (560, 560)]
    assert sum(quiet.balance_of_receipts().values()) == 50_000


def test_recv_068_setting_it_is_told_and_in_the_audit_trail(quiet):
    """RECV-068: a balance by its new terms, and lines with who and why."""
    quiet.issue(500, 500)
    put(quiet, first_due_on="2020-01-31")
    last = quiet.told("BalanceChanged")[-1]
    assert (last["cause"], last["installments"][0]["due_on"]) == ("terms", "2020-01-31")
    remove(quiet)
    assert quiet.told("BalanceChanged")[-1]["installments"][0]["due_on"] == "2019-12-10"
    asked = codes_pb2.ListAdjustmentsRequest(bill_id=str(quiet.bill))
    lines = quiet.codes.ListAdjustments(asked, metadata=quiet.caller()).lines
    assert [(one.line_type, one.action, one.changed_by, one.comment) for one in lines] == [
        ("ADJLB", "Remove Half Pay Status", "ana", "over"),
        ("ADJLB", "Set Half Pay Status", "ana", "asked for"),
    ]
    assert [one.kind for one in quiet.changes()] == ["half_pay_set", "half_pay_removed"]


def test_recv_068_a_code_that_is_not_eligible_blocks(quiet):
    """RECV-068: whichever bill of several bears it, nothing is set on any."""
    quiet.issue(500, 500)
    other = new_id()
    quiet.issue(300, 300, bill=other, bill_number="2019-2")
    code(quiet, not_eligible_for_half_pay=True)
    both = [pb.HalfPayItem(bill_id=str(each)) for each in (other, quiet.bill)]
    assert refused(lambda: put(quiet, items=both)) == "HALF_PAY_NOT_ELIGIBLE"
    assert not quiet.quote(NOV, other).half_pay


def test_recv_068_another_code_does_not_block(quiet):
    """RECV-068: only the switch does."""
    quiet.issue(500, 500)
    code(quiet, alert_user=True)
    assert halves(put(quiet)) == [(500, 500), (500, 500)]


def test_recv_068_a_returned_check_s_fee_does_not_join(quiet):
    """RECV-068: the law's fee is of no type that allows it."""
    quiet.issue(500, 500)
    quiet.bounce(quiet.pay(100, OCT), NOV)
    fee = next(one.charge_code for one in quiet.entries() if one.charge_type == "fee")
    assert refused(lambda: put(quiet, fees=[fee])) == "FEE_NOT_HALVED"
    assert refused(lambda: put(quiet, fees=["none"])) == "FEE_NOT_FOUND"


def test_recv_068_what_cannot_be_parted_is_refused(quiet):
    """RECV-068: a bill of one installment, one not in half pay, and one in default."""
    quiet.issue(500, 500)
    one = new_id()
    quiet.issue(300, due=(date(2019, 12, 10),), bill=one, bill_number="2019-2")
    assert refused(lambda: put(quiet, bill=one)) == "HALF_PAY_INSTALLMENTS"
    assert refused(lambda: remove(quiet)) == "HALF_PAY_NOT_SET"
    quiet.default()
    assert refused(lambda: put(quiet)) == "BILL_DEFAULTED"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"items": []}, "ITEMS_OF_WHAT"),
        ({"items": [pb.HalfPayItem(bill_id="7")]}, "ID_INVALID"),
        ({"items": [pb.HalfPayItem(bill_id="7")] * 501}, "TOO_MANY_BILLS"),
        ({"first_due_on": "soon"}, "DATE_INVALID"),
        ({"first_due_on": "2020-04-11"}, "DATES_REVERSED"),
        ({"first_due_on": "2018-12-31"}, "DUE_ON_BEFORE_TAX_YEAR"),
        ({"comment": ""}, "REASON_MISSING"),
        ({"fees": [""]}, "CODE_MISSING"),
        ({"fees": ["x"] * 51}, "TOO_MANY_FEES"),
        ({"fees": ["a\x00"]}, "TEXT_INVALID"),
        ({"rights": ("receivables.read",)}, "FORBIDDEN"),
    ],
)
def test_recv_068_hostile_values_are_refused_and_change_nothing(quiet, changes, reason):
    """RECV-068: each with its own reason."""
    quiet.issue(500, 500)
    assert refused(lambda: put(quiet, **changes)) == reason
    assert (quiet.changes(), quiet.quote(NOV).half_pay) == ([], False)
