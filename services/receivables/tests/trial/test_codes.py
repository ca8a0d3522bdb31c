"""Codes, half pay and fees, each method asked in every wrong way."""

from uuid import UUID

import pytest

from millage.receivables.v1 import code_runs_pb2 as runs
from millage.receivables.v1 import codes_pb2 as pb
from millage.receivables.v1 import fees_pb2 as fees
from millage.receivables.v1 import half_pay_pb2 as half_pay
from taxkit.ids import new_id
from taxkit.trial import Case, Suite


def _settings(rate: str = "0.01") -> pb.CodeSettings:
    return pb.CodeSettings(
        description="In bankruptcy", monthly_rate=rate, penalty_rate="0.05",
        delinquent_notices="exclude",
    )  # fmt: skip


class TestCodes(Suite):
    service = "millage.receivables.v1.CodesService"

    def _made(self, stage) -> str:
        return stage.done(self._create()).code

    def _create(self, code: str = "") -> pb.CreateCodeRequest:
        name = code or f"C{new_id().hex[-12:]}"
        return pb.CreateCodeRequest(code=name, settings=_settings(), reason="filing")

    def _change(self, code: str, rate: str = "0.02") -> pb.ChangeCodeRequest:
        return pb.ChangeCodeRequest(code=code, settings=_settings(rate), reason="stayed")

    def _set(self, code: str, bill_id: str) -> pb.SetCodeRequest:
        items = [pb.CodeItem(bill_id=bill_id)]
        return pb.SetCodeRequest(code=code, items=items, comment="filing")

    def _remove(self, code: str, bill_id: str) -> pb.RemoveCodeRequest:
        items = [pb.CodeItem(bill_id=bill_id)]
        return pb.RemoveCodeRequest(code=code, items=items, comment="closed")

    def _coded(self, stage) -> pb.SetCodeRequest:
        return stage.done(self._set(self._made(stage), stage.bill()))

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        return {**self._asked(stage), **self._changing(stage)}

    def _changing(self, stage) -> dict[str, Case]:
        def remove(coded: pb.SetCodeRequest) -> pb.RemoveCodeRequest:
            return self._remove(coded.code, coded.items[0].bill_id)

        return {
            "CreateCode": Case(
                self._create,
                refused_when={"CODE_EXISTS": lambda: self._create(self._made(stage))},
            ),
            "ChangeCode": Case(
                lambda: self._change(self._made(stage)),
                refused_when={
                    "SETTINGS_UNCHANGED": lambda: self._change(self._made(stage), "0.01")
                },
            ),
            "SetCode": Case(
                lambda: self._set(self._made(stage), stage.bill()),
                refused_when={"CODE_ALREADY_SET": lambda: self._coded(stage)},
            ),
            "RemoveCode": Case(
                lambda: remove(self._coded(stage)),
                refused_when={
                    "CODE_NOT_SET": lambda: self._remove(self._made(stage), stage.bill())
                },
            ),
        }

    def _asked(self, stage) -> dict[str, Case]:
        coded = self._coded(stage)
        bill_id = coded.items[0].bill_id
        (found,) = stage.do(pb.ListAdjustmentsRequest(bill_id=bill_id)).lines
        parcel = found.parcel_number
        return {
            "GetCode": Case(lambda: pb.GetCodeRequest(code=coded.code)),
            "ListCodes": Case(pb.ListCodesRequest),
            "ListCodeItems": Case(
                lambda: pb.ListCodeItemsRequest(statement_id=parcel, tax_year=2021)
            ),
            "ListAdjustments": Case(
                lambda: pb.ListAdjustmentsRequest(statement_id=parcel, tax_year=2021)
            ),
        }


class TestHalfPay(Suite):
    service = "millage.receivables.v1.HalfPayService"

    def _set(self, bill_id: str) -> half_pay.SetHalfPayRequest:
        return half_pay.SetHalfPayRequest(
            items=[half_pay.HalfPayItem(bill_id=bill_id)], first_due_on="2022-04-30",
            second_due_on="2022-10-31", comment="asked for",
        )  # fmt: skip

    def _remove(self, bill_id: str) -> half_pay.RemoveHalfPayRequest:
        return half_pay.RemoveHalfPayRequest(bill_ids=[bill_id], comment="over")

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        def halved() -> str:
            return stage.done(self._set(stage.bill())).items[0].bill_id

        return {
            "SetHalfPay": Case(
                lambda: self._set(stage.bill()),
                always_possible="set again, the days and the items are those said last",
            ),
            "RemoveHalfPay": Case(
                lambda: self._remove(halved()),
                refused_when={"HALF_PAY_NOT_SET": lambda: self._remove(stage.bill())},
            ),
        }


class TestFees(Suite):
    service = "millage.receivables.v1.FeesService"

    def _add(self) -> fees.AddFeeRequest:
        return fees.AddFeeRequest(
            fee_type="court", tax_year=2021, amount_cents=5_000, due_on="2022-04-01", batch="B1",
            holder_kind="agent", holder_id="77", reason="filed",
        )  # fmt: skip

    def _zero(self, fee_id: str) -> fees.ModifyFeeToZeroRequest:
        return fees.ModifyFeeToZeroRequest(
            fee_id=fee_id, batch="B2", modified_on="2022-03-01", modify_code="ERR", reason="error"
        )

    def _note(self, stage, fee_id: str, cents: int = 10_000) -> fees.NoteFeePaymentRequest:
        receipt_id = stage.receipt(cents=cents)
        number = f"2022-{UUID(receipt_id).int % 1_000_000:06d}"
        return fees.NoteFeePaymentRequest(fee_id=fee_id, receipt_number=number, reason="paid")

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        def charged() -> str:
            return stage.do(self._add()).fee_id

        def waived() -> str:
            return stage.done(self._zero(charged())).fee_id

        fee_id = charged()
        return {
            "ListFeeTypes": Case(fees.ListFeeTypesRequest),
            "AddFee": Case(self._add, always_possible="an account may bear any number of fees"),
            "ListFees": Case(lambda: fees.ListFeesRequest(holder_kind="agent", holder_id="77")),
            "GetFee": Case(lambda: fees.GetFeeRequest(fee_id=fee_id)),
            "ModifyFeeToZero": Case(
                lambda: self._zero(charged()),
                refused_when={"FEE_WAIVED": lambda: self._zero(waived())},
            ),
            "NoteFeePayment": Case(
                lambda: self._note(stage, stage.former_fee(charged())),
                refused_when={
                    "FEE_WAIVED": lambda: self._note(stage, waived()),
                    "FEE_ON_BILL": lambda: self._note(stage, charged()),
                    "RECEIPT_TOO_SMALL": lambda: self._note(
                        stage, stage.former_fee(charged()), 4_999
                    ),
                },
            ),
        }


class TestCodeRuns(Suite):
    service = "millage.receivables.v1.CodeRunsService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        made = TestCodes()
        code = made._made(stage)

        def commit() -> runs.CommitCodeRunRequest:
            return runs.CommitCodeRunRequest(codes=[code], tax_year=2022, comment="yearly")

        def coded() -> runs.CommitCodeRunRequest:
            stage.next_year(stage.done(made._set(code, stage.bill())).items[0].bill_id)
            return commit()

        return {
            "PreviewCodeRun": Case(lambda: runs.PreviewCodeRunRequest(codes=[code], tax_year=2022)),
            "CommitCodeRun": Case(
                coded, refused_when={"NOTHING_TO_CODE": lambda: stage.done(coded())}
            ),
            "ListCodeRuns": Case(runs.ListCodeRunsRequest),
        }
