"""gRPC servicer of fees: translate, call, translate back."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from millage.receivables.v1 import fees_pb2 as pb
from millage.receivables.v1 import fees_pb2_grpc as stubs
from receivables_service.asking import asked_because, run_once
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.domain.fee_terms import FeeRow, Holder
from receivables_service.fees import commands, store
from receivables_service.fees.commands import Modified, Wanted
from receivables_service.fees.store import End, Fee
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found
from taxkit.inbox import Work
from taxkit.money import CENTS_MAX

_TEXT_MAX = 60
_DESCRIPTION_MAX = 200
_ROWS_MAX = 100
_YEARS = range(1800, 10_000)


class FeesServicer(stubs.FeesServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.read")
    @override
    def ListFeeTypes(
        self, request: pb.ListFeeTypesRequest, context: grpc.ServicerContext
    ) -> pb.ListFeeTypesResponse:
        terms = self._app.fees.at(self._app.clock.today())
        return pb.ListFeeTypesResponse(
            types=[
                pb.FeeType(
                    code=one.code, name=one.name, charge_code=one.charge_code,
                    amount_cents=one.amount_cents, half_pay=one.half_pay,
                    miscellaneous=one.miscellaneous,
                )
                for one in terms.types.values()
            ],
            account_codes=sorted(terms.account_codes),
            templates=[
                pb.FeeTemplate(code=one.code, rows=map(_row, one.rows))
                for one in terms.templates.values()
            ],
        )  # fmt: skip

    @requires("receivables.fee")
    @override
    def AddFee(self, request: pb.AddFeeRequest, context: grpc.ServicerContext) -> pb.Fee:
        wanted = _wanted(request)
        asked = asked_because(request.reason)
        return self._once(
            "AddFee", request, lambda work: commands.charge(self._app, work, wanted, asked)
        )

    @requires("receivables.read")
    @override
    def ListFees(
        self, request: pb.ListFeesRequest, context: grpc.ServicerContext
    ) -> pb.ListFeesResponse:
        kind, holder_id = _holder(request)
        with self._app.database.begin() as connection:
            fees = store.of_holder(connection, kind.value, holder_id)
            ends = store.ends_of(connection, [one.fee_id for one in fees])
            bills = store.opened(connection, [one.bill_id for one in fees if one.bill_id])
        return pb.ListFeesResponse(fees=[_fee(one, ends.get(one.fee_id), bills) for one in fees])

    @requires("receivables.read")
    @override
    def GetFee(self, request: pb.GetFeeRequest, context: grpc.ServicerContext) -> pb.Fee:
        fee_id = requests.required_id(request.fee_id, "fee_id")
        with self._app.database.begin() as connection:
            fee = store.one(connection, fee_id)
            if fee is None:
                raise not_found("FEE_UNKNOWN", f"there is no fee {fee_id}")
            return _whole(connection, fee)

    @requires("receivables.fee")
    @override
    def ModifyFeeToZero(
        self, request: pb.ModifyFeeToZeroRequest, context: grpc.ServicerContext
    ) -> pb.Fee:
        fee_id = requests.required_id(request.fee_id, "fee_id")
        modified = Modified(
            requests.required_text(request.batch, "batch", _TEXT_MAX),
            requests.required_date(request.modified_on, "modified_on"),
            requests.required_text(request.modify_code, "modify_code", _TEXT_MAX),
            requests.plain_text(request.bill_code, "bill_code", _TEXT_MAX),
        )
        asked = asked_because(request.reason)
        return self._once(
            "ModifyFeeToZero",
            request,
            lambda work: commands.modify_to_zero(self._app, work, fee_id, modified, asked),
        )

    @requires("receivables.fee")
    @override
    def NoteFeePayment(
        self, request: pb.NoteFeePaymentRequest, context: grpc.ServicerContext
    ) -> pb.Fee:
        fee_id = requests.required_id(request.fee_id, "fee_id")
        number = requests.required_text(request.receipt_number, "receipt_number", _TEXT_MAX)
        asked = asked_because(request.reason)
        return self._once(
            "NoteFeePayment",
            request,
            lambda work: commands.note_payment(work, fee_id, number, asked),
        )

    def _once(self, method: str, request: Any, do: Callable[[Work], Fee]) -> pb.Fee:
        return run_once(
            self._app, method, request, pb.Fee,
            lambda work: _whole(work.connection, do(work)),
        )  # fmt: skip


def _wanted(request: pb.AddFeeRequest) -> Wanted:
    kind, holder_id = _holder(request)
    if request.tax_year not in _YEARS:
        raise invalid("TAX_YEAR_INVALID", f"{request.tax_year} is no tax year", "tax_year")
    if not 0 <= request.amount_cents <= CENTS_MAX:
        raise invalid("AMOUNT_INVALID", f"{request.amount_cents} cents", "amount_cents")
    if len(request.rows) > _ROWS_MAX:
        raise invalid("TOO_MANY_ROWS", f"{len(request.rows)}, at most {_ROWS_MAX}", "rows")
    return Wanted(
        requests.required_text(request.fee_type, "fee_type", _TEXT_MAX),
        request.tax_year,
        request.amount_cents,
        requests.required_date(request.due_on, "due_on"),
        requests.plain_text(request.batch, "batch", _TEXT_MAX),
        kind,
        holder_id,
        requests.plain_text(request.statement_id, "statement_id", _TEXT_MAX),
        requests.plain_text(request.template, "template", _TEXT_MAX),
        tuple(
            FeeRow(
                requests.required_text(row.account_code, "rows", _TEXT_MAX),
                requests.plain_text(row.description, "rows", _DESCRIPTION_MAX),
                requests.positive_cents(row.amount_cents, "rows"),
            )
            for row in request.rows
        ),
    )


def _holder(request: Any) -> tuple[Holder, str]:
    if request.holder_kind not in list(Holder):
        raise invalid(
            "HOLDER_KIND_UNKNOWN",
            f"{request.holder_kind[:30]!r}: one of {', '.join(Holder)}",
            "holder_kind",
        )
    holder_id = requests.required_text(request.holder_id, "holder_id", _TEXT_MAX)
    return Holder(request.holder_kind), holder_id


def _whole(connection: Connection, fee: Fee) -> pb.Fee:
    bills = store.opened(connection, [fee.bill_id] if fee.bill_id else [])
    told = _fee(fee, store.ends_of(connection, [fee.fee_id]).get(fee.fee_id), bills)
    told.rows.extend(map(_row, store.rows_of(connection, fee.fee_id)))
    return told


def _row(row: FeeRow) -> pb.FeeRow:
    return pb.FeeRow(
        account_code=row.account_code, description=row.description, amount_cents=row.amount_cents
    )


def _state(fee: Fee, end: End | None, open_cents: int) -> str:
    if end is not None:
        return end.outcome
    if fee.holder_kind == Holder.PROPERTY:
        return "billed"
    if fee.bill_id is None or open_cents >= fee.amount_cents:
        return "unpaid"
    return "part_paid" if open_cents else "paid"


def _fee(fee: Fee, end: End | None, bills: Mapping[UUID, tuple[str, int]]) -> pb.Fee:
    number, open_cents = bills.get(fee.bill_id, ("", 0)) if fee.bill_id else ("", 0)
    told = pb.Fee(
        fee_id=str(fee.fee_id),
        fee_type=fee.fee_type,
        charge_code=fee.charge_code,
        holder_kind=fee.holder_kind,
        holder_id=fee.holder_id,
        statement_id=fee.statement_id,
        bill_id=str(fee.bill_id or ""),
        tax_year=fee.tax_year,
        amount_cents=fee.amount_cents,
        due_on=fee.due_on.isoformat(),
        batch=fee.batch,
        charged_by=fee.charged_by,
        reason=fee.reason,
        recorded_at=fee.recorded_at.isoformat(),
        state=_state(fee, end, open_cents),
        bill_number=number,
    )
    if end is not None:
        told.end.CopyFrom(_end(end))
    return told


def _end(end: End) -> pb.FeeEnd:
    return pb.FeeEnd(
        outcome=end.outcome,
        batch=end.batch,
        ended_on=end.ended_on.isoformat(),
        modify_code=end.modify_code,
        reason=end.reason,
        bill_code=end.bill_code,
        receipt_number=end.receipt_number,
        ended_by=end.ended_by,
        recorded_at=end.recorded_at.isoformat(),
    )


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        FeesServicer(app),
        stubs.add_FeesServiceServicer_to_server,
        "millage.receivables.v1.FeesService",
    )
