"""Receivables' gRPC servicer for what people change of a bill."""

from typing import Any

import grpc
from typing_extensions import override

from millage.receivables.v1 import bill_changes_pb2 as pb
from millage.receivables.v1 import bill_changes_pb2_grpc as stubs
from receivables_service.asked import requests_of
from receivables_service.asking import asked_because, run_once
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.changes import bill_changes
from receivables_service.domain.facts import WaivedAmount
from receivables_service.domain.terms import ChargeType, CollectionType
from receivables_service.plans import marks
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_WAIVED = {"interest": ChargeType.INTEREST, "penalty": ChargeType.PENALTY}
_CARRIED = {"S": CollectionType.SECURED, "U": CollectionType.UNSECURED}
_INSTALLMENT_MAX = 2**31 - 1


class BillChangesServicer(stubs.BillChangesServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.transfer")
    @override
    def TransferCollectionType(
        self, request: pb.TransferCollectionTypeRequest, context: grpc.ServicerContext
    ) -> pb.BillChangeAnswer:
        to = _CARRIED.get(request.to)
        if to is None:
            raise invalid("COLLECTION_TYPE_INVALID", f"{request.to!r}: S or U", "to")
        bill_id = requests.required_id(request.bill_id, "bill_id")
        on = requests.optional_date(request.effective_on, "effective_on")
        asked = asked_because(request.reason)
        return run_once(
            self._app,
            "TransferCollectionType",
            request,
            pb.BillChangeAnswer,
            lambda work: _answer(
                request,
                bill_changes.transfer(self._app.terms, work, bill_id, to, on, asked),
            ),
        )

    @requires("receivables.reallocate")
    @override
    def Reallocate(
        self, request: pb.ReallocateRequest, context: grpc.ServicerContext
    ) -> pb.BillChangeAnswer:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        asked = asked_because(request.reason)
        return run_once(
            self._app,
            "Reallocate",
            request,
            pb.BillChangeAnswer,
            lambda work: _answer(
                request, bill_changes.reallocate(self._app.terms, work, bill_id, asked)
            ),
        )

    @requires("receivables.waive")
    @override
    def WaivePenaltyInterest(
        self, request: pb.WaivePenaltyInterestRequest, context: grpc.ServicerContext
    ) -> pb.BillChangeAnswer:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        on = requests.optional_date(request.effective_on, "effective_on")
        waived = [_waived(one) for one in request.waived]
        if not waived or len({(one.number, one.charge_type) for one in waived}) < len(waived):
            raise invalid("WAIVER_INVALID", "each amount once, and at least one", "waived")
        asked = asked_because(request.reason)
        return run_once(
            self._app,
            "WaivePenaltyInterest",
            request,
            pb.BillChangeAnswer,
            lambda work: _answer(
                request, bill_changes.waive(self._app.terms, work, bill_id, waived, on, asked)
            ),
        )

    @requires("receivables.unlock")
    @override
    def UnlockPenaltyInterest(
        self, request: pb.UnlockPenaltyInterestRequest, context: grpc.ServicerContext
    ) -> pb.BillChangeAnswer:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        asked = asked_because(request.reason)
        return run_once(
            self._app,
            "UnlockPenaltyInterest",
            request,
            pb.BillChangeAnswer,
            lambda work: _answer(
                request, bill_changes.unlock(self._app.terms, work, bill_id, asked)
            ),
        )

    @requires("receivables.read")
    @override
    def ListBillChanges(
        self, request: pb.ListBillChangesRequest, context: grpc.ServicerContext
    ) -> pb.ListBillChangesResponse:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        with self._app.database.begin() as connection:
            rows = requests_of(connection, bill_id)
            plans = marks.of_bill(connection, bill_id)
        return pb.ListBillChangesResponse(changes=map(_change, rows), plan_changes=plans)


def _answer(request: Any, cents: int) -> pb.BillChangeAnswer:
    return pb.BillChangeAnswer(bill_id=request.bill_id, amount_cents=cents)


def _waived(one: pb.Waived) -> WaivedAmount:
    charge_type = _WAIVED.get(one.charge_type)
    if charge_type is None:
        raise invalid("CHARGE_TYPE_INVALID", f"{one.charge_type!r}: interest or penalty", "waived")
    if not 1 <= one.installment <= _INSTALLMENT_MAX:
        raise invalid("INSTALLMENT_NOT_FOUND", f"no installment {one.installment}", "waived")
    cents = requests.positive_cents(one.amount_cents, "waived")
    return WaivedAmount(one.installment, charge_type, cents)


def _change(row: Any) -> pb.BillChange:
    return pb.BillChange(
        fact_id=str(row.fact_id),
        kind=row.kind,
        effective_on=row.effective_on.isoformat(),
        business_date=row.business_date.isoformat(),
        asked_by=row.asked_by,
        reason=row.reason,
        recorded_at=row.recorded_at.isoformat(),
    )


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        BillChangesServicer(app),
        stubs.add_BillChangesServiceServicer_to_server,
        "millage.receivables.v1.BillChangesService",
    )
