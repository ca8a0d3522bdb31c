"""What is not there, not said or said twice is refused, each by a reason of its own."""

import grpc
import pytest

from millage.receivables.v1 import bill_changes_pb2 as changes_pb
from millage.receivables.v1 import bill_changes_pb2_grpc as changes
from millage.receivables.v1 import codes_pb2 as codes_pb
from millage.receivables.v1 import codes_pb2_grpc as codes
from millage.receivables.v1 import fees_pb2 as fees_pb
from millage.receivables.v1 import fees_pb2_grpc as fees
from millage.receivables.v1 import flags_pb2 as flags_pb
from millage.receivables.v1 import flags_pb2_grpc as flags
from millage.receivables.v1 import import_exceptions_pb2 as imports_pb
from millage.receivables.v1 import import_exceptions_pb2_grpc as imports
from millage.receivables.v1 import prepay_pb2 as prepay_pb
from millage.receivables.v1 import prepay_pb2_grpc as prepay
from millage.receivables.v1 import returns_pb2 as returns_pb
from millage.receivables.v1 import returns_pb2_grpc as returns
from millage.receivables.v1 import special_payoffs_pb2 as payoffs_pb
from millage.receivables.v1 import special_payoffs_pb2_grpc as payoffs
from taxkit.ids import new_id
from taxkit.testing import bearer, reason_of

NOBODY = "00000000-0000-0000-0000-000000000001"
TAX = flags_pb.FlaggedCharge(installment=1, charge_type="tax")


@pytest.fixture
def refused(channel, keys):
    """Ask with all rights; gives the reason why it was refused."""

    def ask(method, request):
        stub_of, name = method
        if "idempotency_key" in request.DESCRIPTOR.fields_by_name:
            request.idempotency_key = str(new_id())
        with pytest.raises(grpc.RpcError) as error:
            getattr(stub_of(channel), name)(request, metadata=bearer(keys.token("receivables.*")))
        return reason_of(error.value)

    return ask


@pytest.mark.parametrize(
    ("method", "request_", "reason"),
    [
        ((codes.CodesServiceStub, "ListAdjustments"), codes_pb.ListAdjustmentsRequest(),
         "ADJUSTMENTS_OF_WHAT"),
        ((codes.CodesServiceStub, "ListAdjustments"),
         codes_pb.ListAdjustmentsRequest(bill_id=NOBODY, statement_id="1"), "ADJUSTMENTS_OF_WHAT"),
        ((fees.FeesServiceStub, "GetFee"), fees_pb.GetFeeRequest(fee_id=NOBODY), "FEE_UNKNOWN"),
        ((fees.FeesServiceStub, "ModifyFeeToZero"),
         fees_pb.ModifyFeeToZeroRequest(fee_id=NOBODY, reason="paid elsewhere", batch="B1",
                                        modified_on="2022-02-01", modify_code="PAID"),
         "FEE_UNKNOWN"),
        ((imports.ImportExceptionsServiceStub, "ListImportExceptions"),
         imports_pb.ListImportExceptionsRequest(state="lost"), "STATE_INVALID"),
        ((imports.ImportExceptionsServiceStub, "SettleImportException"),
         imports_pb.SettleImportExceptionRequest(exception_id=NOBODY, note="sent back"),
         "IMPORT_EXCEPTION_NOT_FOUND"),
        ((payoffs.SpecialPayoffsServiceStub, "ListSpecialPayoffs"),
         payoffs_pb.ListSpecialPayoffsRequest(), "PAYOFFS_OF_WHAT"),
        ((prepay.PrepayServiceStub, "GetPrepay"), prepay_pb.GetPrepayRequest(prepay_number="P9"),
         "PREPAY_NOT_FOUND"),
    ],
    ids=["adjustments", "adjustments twice", "fee", "fee to zero", "state", "exception",
         "payoffs", "prepay"],
)  # fmt: skip
def test_what_is_not_there_or_not_said_is_refused(refused, method, request_, reason) -> None:
    """RECV-039, RECV-046, RECV-061, RECV-067: before anything is looked for."""
    assert refused(method, request_) == reason


@pytest.mark.parametrize(
    ("charges", "reason"),
    [
        ([flags_pb.FlaggedCharge(installment=1, charge_type="rent")], "CHARGE_TYPE_UNKNOWN"),
        ([TAX, flags_pb.FlaggedCharge(installment=9, charge_type="tax")], "INSTALLMENT_UNKNOWN"),
        ([TAX] * 1000, "TOO_MANY_CHARGES"),
    ],
    ids=["type", "installment", "many"],
)
def test_recv_054_a_protest_names_charges_that_the_bill_has(
    refused, bill, ledger, charges, reason
) -> None:
    """RECV-054: one that is not there is refused, and nothing is flagged."""
    asked = flags_pb.SetFlagRequest(
        subject_kind="bill", subject=str(bill), flag="protest", reason="asked", charges=charges
    )
    assert refused((flags.FlagServiceStub, "SetFlag"), asked) == reason
    assert ledger.rows("select count(*) from flags") == [(0,)]


@pytest.mark.parametrize("waived", [0, 2])
def test_recv_020_a_waiver_names_each_amount_once(refused, bill, ledger, waived) -> None:
    """RECV-020: none, or the same installment's interest twice."""
    one = changes_pb.Waived(installment=1, charge_type="interest", amount_cents=5)
    asked = changes_pb.WaivePenaltyInterestRequest(
        bill_id=str(bill), reason="hardship", waived=[one] * waived
    )
    method = (changes.BillChangesServiceStub, "WaivePenaltyInterest")
    assert refused(method, asked) == "WAIVER_INVALID"
    assert ledger.rows("select count(*) from facts where kind = 'waiver'") == [(0,)]


def test_recv_055_a_number_that_two_receipts_bear_names_none(
    app, refused, neighbours, bill
) -> None:
    """RECV-055, Q-17: numbers may come again; then a receipt is named by its id."""
    first, second = new_id(), new_id()
    for receipt in (first, second):
        body = neighbours.payment_posted(receipt, neighbours.line(1, 500, bill))
        number = f"2022-{receipt.int % 1_000_000:06d}"
        app.consumer.absorb("on_payment_posted", [body.replace(number, "2022-000007")])
    asked = returns_pb.CancelPaymentRequest(receipt_number="2022-000007", reason="wrong parcel")
    method = (returns.ReturnsServiceStub, "CancelPayment")
    assert refused(method, asked) == "RECEIPT_NUMBER_AMBIGUOUS"
