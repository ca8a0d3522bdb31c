"""RECV-065 to RECV-067, AC-17: fees on bills and on accounts that have none."""

import threading
from datetime import date

import grpc
import pytest

from millage.receivables.v1 import codes_pb2, half_pay_pb2
from millage.receivables.v1 import fees_pb2 as pb
from taxkit.testing import foreign_event, reason_of

OCT, NOV = date(2019, 10, 1), date(2019, 11, 1)
PARCEL = "13264290020000"
ON_PARCEL = {"holder_kind": "property", "holder_id": PARCEL, "statement_id": PARCEL}


def refused(do):
    with pytest.raises(grpc.RpcError) as error:
        do()
    return reason_of(error.value)


def add(county, *, rights=(), **changes):
    given = {
        "idempotency_key": county.key(), "fee_type": "court", "tax_year": 2019,
        "amount_cents": 5_000, "due_on": "2019-12-10", "batch": "B7", "reason": "filed",
        **ON_PARCEL,
    }  # fmt: skip
    request = pb.AddFeeRequest(**given | changes)
    return county.fees.AddFee(request, metadata=county.caller(*rights))


def on_agent(county, **changes):
    return add(county, **{"holder_kind": "agent", "holder_id": "77", "statement_id": ""} | changes)


def to_zero(county, fee, **changes):
    county.day(NOV)
    given = {
        "idempotency_key": county.key(), "fee_id": fee.fee_id, "batch": "B8",
        "modified_on": "2019-11-01", "modify_code": "ERR", "reason": "charged twice",
    }  # fmt: skip
    request = pb.ModifyFeeToZeroRequest(**given | changes)
    return county.fees.ModifyFeeToZero(request, metadata=county.caller())


def make_code(county, code):
    county.codes.CreateCode(
        codes_pb2.CreateCodeRequest(
            idempotency_key=county.key(), code=code, reason="new",
            settings=codes_pb2.CodeSettings(description="Written off"),
        ),
        metadata=county.caller(),
    )  # fmt: skip


def note(county, fee, receipt, **changes):
    given = {
        "idempotency_key": county.key(), "fee_id": fee.fee_id, "reason": "at the window",
        "receipt_number": f"2022-{receipt.int % 1_000_000:06d}",
    }  # fmt: skip
    request = pb.NoteFeePaymentRequest(**given | changes)
    return county.fees.NoteFeePayment(request, metadata=county.caller())


def test_recv_065_a_property_s_fee_is_owed_with_its_bill(quiet):
    """RECV-065: on the first installment, in the ledger, with who, why, batch and day."""
    quiet.issue(500, 500)
    quiet.day(OCT)
    fee = add(quiet)
    assert (fee.state, fee.bill_id, fee.charged_by) == ("billed", str(quiet.bill), "ana")
    assert (fee.batch, fee.due_on, fee.amount_cents) == ("B7", "2019-12-10", 5_000)
    found = quiet.quote(OCT)
    assert (found.open_cents, found.installments[0].fee_open_cents) == (105_000, 5_000)
    assert quiet.told("BalanceChanged")[-1]["cause"] == "fee"
    listed = pb.ListFeesRequest(holder_kind="property", holder_id=PARCEL)
    assert [one.fee_id for one in quiet.fees.ListFees(listed, metadata=quiet.caller()).fees] == [
        fee.fee_id
    ]


def test_levy_016_a_fee_goes_with_its_bill_to_another_property(quiet):
    """LEVY-016, RECV-065: it is listed where its bill is, and waived there as before."""
    quiet.issue(500, 500)
    quiet.day(OCT)
    fee = add(quiet)
    data = {
        "bill_id": str(quiet.bill), "bill_number": "2019-1", "bill_version": 2, "tax_year": 2019,
        "parcel_number": "18032000510000", "owner": {"name": "Dolores Park", "email": None},
        "moved_on": NOV.isoformat(), "moved_by": "ada", "reason": "the home was moved",
    }  # fmt: skip
    name = "org.millage.levy.BillMoved.v1"
    moved = foreign_event(name, f"bill/{quiet.bill}", data, sequence=2)
    quiet.absorb("on_bill_moved", moved, NOV)

    def listed(parcel):
        asked = pb.ListFeesRequest(holder_kind="property", holder_id=parcel)
        return [one.fee_id for one in quiet.fees.ListFees(asked, metadata=quiet.caller()).fees]

    assert (listed(PARCEL), listed("18032000510000")) == ([], [fee.fee_id])
    assert to_zero(quiet, fee).state == "waived"


def test_recv_065_a_type_s_own_amount_counts_where_none_is_given(quiet):
    """RECV-065: 45.00 for service of papers."""
    quiet.issue(500, 500)
    assert add(quiet, fee_type="service", amount_cents=0).amount_cents == 4_500
    assert refused(lambda: add(quiet, amount_cents=0)) == "AMOUNT_NOT_POSITIVE"


def test_ac_17_a_fee_added_in_half_pay_lands_in_the_second_half(quiet):
    """AC-17: 500 paid, raised by 100, set as paid, fee 50 of a type that allows it: 650."""
    quiet.issue(500, 500)
    quiet.pay(500, OCT)
    quiet.correct(550, 550, on=NOV)
    quiet.halves.SetHalfPay(
        half_pay_pb2.SetHalfPayRequest(
            idempotency_key=quiet.key(), first_due_on="2019-12-10", second_due_on="2020-04-10",
            items=[half_pay_pb2.HalfPayItem(bill_id=str(quiet.bill))], first_as_paid=True,
            comment="asked",
        ),
        metadata=quiet.caller(),
    )  # fmt: skip
    add(quiet)
    found = [(one.tax_open_cents + one.fee_open_cents) for one in quiet.quote(NOV).installments]
    assert found == [0, 65_000]
    add(quiet, fee_type="service", amount_cents=0)
    assert quiet.quote(NOV).installments[0].fee_open_cents == 4_500


def test_recv_066_a_miscellaneous_fee_is_the_sum_of_its_rows(quiet):
    """RECV-066: its template's, or those given; accounts have to be configured."""
    quiet.issue(500, 500)
    misc = {"fee_type": "misc_rcpt", "amount_cents": 0}
    fee = add(quiet, template="copies", **misc)
    assert (fee.amount_cents, [row.account_code for row in fee.rows]) == (
        1_700, ["FEE-100", "FEE-200"],
    )  # fmt: skip
    add(quiet)
    told = quiet.told("BalanceChanged")[-1]["fees"]
    assert {each["charge_code"]: each.get("miscellaneous", False) for each in told} == {
        "misc_rcpt": True, "court_costs": False,
    }  # fmt: skip
    rows = [pb.FeeRow(account_code="FEE-100", description="Copies", amount_cents=900)]
    edited = on_agent(quiet, template="copies", rows=rows, **misc)
    asked = pb.GetFeeRequest(fee_id=edited.fee_id)
    assert quiet.fees.GetFee(asked, metadata=quiet.caller()) == edited
    assert (edited.amount_cents, list(edited.rows)) == (900, rows)
    other = [pb.FeeRow(account_code="FEE-999", amount_cents=1)]
    assert refused(lambda: add(quiet, rows=other, **misc)) == "ACCOUNT_CODE_UNKNOWN"
    assert refused(lambda: add(quiet, template="none", **misc)) == "TEMPLATE_UNKNOWN"
    assert refused(lambda: add(quiet, rows=rows)) == "FEE_ROWS_INVALID"


@pytest.mark.parametrize(
    "kind",
    ["account", "litigation", "tax_district", "agent", "assessment_agency", "mortgage_holder"],
)
def test_recv_067_a_fee_on_an_account_is_listed_and_waived(quiet, kind):
    """RECV-067: unpaid, then modified to nothing, once, with batch, day, code, reason and code."""
    fee = on_agent(quiet, holder_kind=kind)
    assert (fee.state, fee.bill_number[:7]) == ("unpaid", "F-2019-")
    make_code(quiet, "WRITEOFF")
    assert refused(lambda: to_zero(quiet, fee, bill_code="NONE")) == "CODE_UNKNOWN"
    done = to_zero(quiet, fee, bill_code="WRITEOFF")
    assert (done.state, done.end.outcome, done.end.ended_by) == ("waived", "waived", "ana")
    assert (done.end.batch, done.end.modify_code, done.end.ended_on, done.end.bill_code) == (
        "B8", "ERR", "2019-11-01", "WRITEOFF",
    )  # fmt: skip
    assert refused(lambda: to_zero(quiet, fee)) == "FEE_WAIVED"


def test_recv_067_a_waived_fee_on_a_bill_leaves_the_books_and_a_line_behind(quiet):
    """RECV-067: what the bill owes is the tax again; the trail says who and why."""
    quiet.issue(500, 500)
    to_zero(quiet, add(quiet))
    assert quiet.quote(NOV).open_cents == 100_000
    lines = quiet.codes.ListAdjustments(
        codes_pb2.ListAdjustmentsRequest(bill_id=str(quiet.bill)), metadata=quiet.caller()
    ).lines
    assert [(one.action, one.charge_code, one.comment) for one in lines] == [
        ("Modify Fee to 0", "court_costs", "charged twice")
    ]
    assert sum(one.amount_cents for one in quiet.entries() if one.charge_type == "fee") == 0


def test_recv_067_of_two_fees_of_a_kind_the_paid_one_is_refused(quiet):
    """RECV-067: money pays the older one; the newer is waived, and then nothing is left to."""
    quiet.issue(500, 500)
    quiet.day(OCT)
    older = add(quiet)
    quiet.pay(1_050, date(2019, 10, 2))
    quiet.day(NOV)
    newer = add(quiet)
    assert refused(lambda: to_zero(quiet, older)) == "FEE_PAID"
    assert to_zero(quiet, newer).state == "waived"
    assert refused(lambda: to_zero(quiet, older)) == "FEE_PAID"
    assert quiet.quote(NOV).open_cents == 0


@pytest.mark.parametrize("holder", ["property", "agent"])
def test_recv_067_the_code_of_a_waiver_goes_on_the_fee(quiet, holder):
    """RECV-067, RECV-061: on its item, with a line of its own; the day is not to come."""
    quiet.issue(500, 500)
    quiet.day(NOV)
    make_code(quiet, "WRITEOFF")
    fee = add(quiet) if holder == "property" else on_agent(quiet)
    late = {"modified_on": "2019-11-02", "bill_code": "WRITEOFF"}
    assert refused(lambda: to_zero(quiet, fee, **late)) == "MODIFIED_ON_IN_FUTURE"
    to_zero(quiet, fee, bill_code="WRITEOFF")
    lines = quiet.codes.ListAdjustments(
        codes_pb2.ListAdjustmentsRequest(bill_id=fee.bill_id), metadata=quiet.caller()
    ).lines
    assert sorted((one.action, one.charge_code, one.new_code) for one in lines) == [
        ("Modify Fee to 0", "court_costs", ""),
        ("Set Bill/Fee Code", "court_costs", "WRITEOFF"),
    ]
    told = quiet.told("BillCodeChanged")[-1]
    assert (told["bill_id"], told["codes"]) == (
        fee.bill_id, [{"code": "WRITEOFF", "charge_code": "court_costs"}],
    )  # fmt: skip


def test_recv_067_two_clerks_at_once_waive_a_fee_once(quiet):
    """RECV-067: the second is told that it is waived."""
    fee, said = on_agent(quiet), []

    def run():
        try:
            said.append(to_zero(quiet, fee).state)
        except grpc.RpcError as error:
            said.append(reason_of(error))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["FEE_WAIVED"] * 3 + ["waived"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fee_type": "none"}, "FEE_TYPE_UNKNOWN"),
        ({"fee_type": ""}, "FIELD_MISSING"),
        ({"holder_kind": "king"}, "HOLDER_KIND_UNKNOWN"),
        ({"holder_id": ""}, "FIELD_MISSING"),
        ({"statement_id": ""}, "STATEMENT_MISSING"),
        ({"statement_id": "other"}, "STATEMENT_NOT_FOUND"),
        ({"tax_year": 2018}, "STATEMENT_NOT_FOUND"),
        ({"tax_year": 1}, "TAX_YEAR_INVALID"),
        ({"amount_cents": -1}, "AMOUNT_INVALID"),
        ({"amount_cents": 2**60}, "AMOUNT_INVALID"),
        ({"due_on": "soon"}, "DATE_INVALID"),
        ({"reason": ""}, "REASON_MISSING"),
        ({"rows": [pb.FeeRow(account_code="FEE-100")]}, "AMOUNT_NOT_POSITIVE"),
        ({"rows": [pb.FeeRow()] * 101}, "TOO_MANY_ROWS"),
        ({"batch": "a\x00"}, "TEXT_INVALID"),
        ({"rights": ("receivables.read",)}, "FORBIDDEN"),
    ],
)
def test_recv_065_hostile_values_are_refused_and_change_nothing(quiet, changes, reason):
    """RECV-065: each with its own reason."""
    quiet.issue(500, 500)
    assert refused(lambda: add(quiet, **changes)) == reason
    assert quiet.quote(NOV).open_cents == 100_000
