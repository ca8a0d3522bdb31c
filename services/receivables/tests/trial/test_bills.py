"""Bills and what is asked and changed of them, each method asked in every wrong way."""

import pytest

from millage.receivables.v1 import allocation_pb2 as allocation
from millage.receivables.v1 import bill_changes_pb2 as changes
from millage.receivables.v1 import due_pb2 as due
from millage.receivables.v1 import explain_pb2 as explain
from millage.receivables.v1 import rates_pb2 as rates
from millage.receivables.v1 import receivables_pb2 as pb
from millage.receivables.v1 import returns_pb2 as returns
from millage.receivables.v1 import special_payoffs_pb2 as payoffs
from taxkit.trial import Case, Suite

DAY = "2022-02-10"


class TestReceivables(Suite):
    service = "millage.receivables.v1.ReceivablesService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        bill_id = stage.bill()
        receipt_id = stage.receipt(bill_id)
        return {
            "Quote": Case(lambda: pb.QuoteRequest(bill_ids=[bill_id], as_of=DAY)),
            "GetBill": Case(lambda: pb.GetBillRequest(bill_id=bill_id, as_of=DAY)),
            "GetAllocations": Case(lambda: pb.GetAllocationsRequest(receipt_id=receipt_id)),
            "GetTotals": Case(lambda: pb.GetTotalsRequest(business_date=DAY)),
        }


class TestAllocation(Suite):
    service = "millage.receivables.v1.AllocationService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        bill_id = stage.bill()
        hand = allocation.AllottedAmount(installment=1, charge_type="tax", amount_cents=50)
        return {
            "ListAllocationRules": Case(lambda: allocation.ListAllocationRulesRequest(on=DAY)),
            "PreviewAllocation": Case(
                lambda: allocation.PreviewAllocationRequest(
                    bill_id=bill_id, amount_cents=100, effective_on=DAY, by_hand=[hand]
                )
            ),
        }


class TestSpecialPayoffs(Suite):
    service = "millage.receivables.v1.SpecialPayoffsService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        asked = payoffs.ListSpecialPayoffsRequest(bill_id=stage.bill())
        return {"ListSpecialPayoffs": Case(lambda: asked)}


class TestExplain(Suite):
    service = "millage.receivables.v1.ExplainService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        receipt_id = stage.receipt()
        bill_id = stage.bill()
        return {
            "Explain": Case(lambda: explain.ExplainRequest(receipt_id=receipt_id)),
            "WriteFacts": Case(lambda: explain.WriteFactsRequest(bill_id=bill_id)),
        }


class TestBillChanges(Suite):
    service = "millage.receivables.v1.BillChangesService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        def transfer(bill_id: str) -> changes.TransferCollectionTypeRequest:
            return changes.TransferCollectionTypeRequest(bill_id=bill_id, to="U", reason="sold")

        def waive(bill_id: str) -> changes.WaivePenaltyInterestRequest:
            waived = changes.Waived(installment=1, charge_type="interest", amount_cents=100)
            return changes.WaivePenaltyInterestRequest(
                bill_id=bill_id, waived=[waived], reason="hardship"
            )

        def unlock(bill_id: str) -> changes.UnlockPenaltyInterestRequest:
            return changes.UnlockPenaltyInterestRequest(bill_id=bill_id, reason="expired")

        def reallocate(bill_id: str) -> changes.ReallocateRequest:
            return changes.ReallocateRequest(bill_id=bill_id, reason="asked")

        bill_id = stage.bill()
        return {
            "TransferCollectionType": Case(
                lambda: transfer(stage.bill()),
                refused_when={"ALREADY_CARRIED": lambda: stage.done(transfer(stage.bill()))},
            ),
            "Reallocate": Case(
                lambda: reallocate(stage.bill()),
                always_possible="where nothing is held nothing moves, and that is the answer",
            ),
            "WaivePenaltyInterest": Case(
                lambda: waive(stage.bill()),
                refused_when={"WAIVER_TOO_LARGE": lambda: waive(self._paid(stage))},
            ),
            "UnlockPenaltyInterest": Case(
                lambda: unlock(stage.done(waive(stage.bill())).bill_id),
                refused_when={"NOT_LOCKED": lambda: unlock(stage.bill())},
            ),
            "ListBillChanges": Case(lambda: changes.ListBillChangesRequest(bill_id=bill_id)),
        }

    def _paid(self, stage) -> str:
        bill_id = stage.bill()
        stage.receipt(bill_id, 200_000)
        return bill_id


class TestRates(Suite):
    service = "millage.receivables.v1.RatesService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        def code(bill_id: str) -> rates.SetBillCodeRequest:
            return rates.SetBillCodeRequest(
                bill_id=bill_id, code="BANK", monthly_rate="0.01", reason="filing"
            )

        def lift(bill_id: str) -> rates.LiftBillCodeRequest:
            return rates.LiftBillCodeRequest(bill_id=bill_id, code="BANK", reason="closed")

        def coded() -> str:
            bill_id = stage.bill()
            stage.do(code(bill_id))
            return bill_id

        def hold(bill_id: str) -> rates.SetAgencyHoldingRequest:
            return rates.SetAgencyHoldingRequest(bill_id=bill_id, held=True, reason="bought")

        def held() -> rates.SetAgencyHoldingRequest:
            asked = hold(stage.bill())
            stage.do(asked)
            return asked

        return {
            "SetBillCode": Case(
                lambda: code(stage.bill()),
                always_possible="a code may be set anew: its rates are then those said last",
            ),
            "LiftBillCode": Case(
                lambda: lift(coded()),
                refused_when={"CODE_NOT_SET": lambda: lift(stage.bill())},
            ),
            "SetAgencyHolding": Case(
                lambda: hold(stage.bill()), refused_when={"HOLDING_UNCHANGED": held}
            ),
        }


class TestDue(Suite):
    service = "millage.receivables.v1.DueService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        stage.bill()
        again = "what is done already is not done twice: nothing to do is an answer, too"
        return {
            "RunDefaultProcess": Case(
                lambda: due.RunDefaultProcessRequest(until="2022-03-01"),
                always_possible=again,
                refused_when={
                    "DAY_NOT_OVER": lambda: due.RunDefaultProcessRequest(until="2022-03-15")
                },
            ),
            "EndGracePeriods": Case(
                lambda: due.EndGracePeriodsRequest(on="2022-03-01"),
                always_possible=again,
                refused_when={
                    "DATE_IN_FUTURE": lambda: due.EndGracePeriodsRequest(on="2022-03-16")
                },
            ),
        }


class TestReturns(Suite):
    service = "millage.receivables.v1.ReturnsService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        def cancel(receipt_id: str) -> returns.CancelPaymentRequest:
            return returns.CancelPaymentRequest(receipt_id=receipt_id, reason="wrong parcel")

        def bounce(receipt_id: str) -> returns.ReturnPaymentRequest:
            return returns.ReturnPaymentRequest(
                receipt_id=receipt_id, reason_code="R01", returned_on="2022-03-01"
            )

        def cancelled() -> str:
            receipt_id = stage.receipt_of_closed()
            stage.do(cancel(receipt_id))
            return receipt_id

        return {
            "CancelPayment": Case(
                lambda: cancel(stage.receipt_of_closed()),
                refused_when={
                    "SESSION_OPEN": lambda: cancel(stage.receipt()),
                    "RECEIPT_REVERSED": lambda: cancel(cancelled()),
                },
            ),
            "ReturnPayment": Case(
                lambda: bounce(stage.receipt()),
                refused_when={"RECEIPT_REVERSED": lambda: bounce(cancelled())},
            ),
        }
