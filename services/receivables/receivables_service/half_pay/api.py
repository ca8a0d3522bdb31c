"""gRPC servicer of half pay: translate, call, translate back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import grpc
from typing_extensions import override

from millage.receivables.v1 import half_pay_pb2 as pb
from millage.receivables.v1 import half_pay_pb2_grpc as stubs
from receivables_service.asking import asked_because, run_once
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.domain.half_pay import HALVES
from receivables_service.domain.state import BillState, InstallmentBalance
from receivables_service.half_pay import commands
from receivables_service.half_pay.commands import Halves, Standing, Wanted
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.inbox import Work

_BILLS_MAX = 500
_FEES_MAX = 50
_CODE_MAX = 60


class HalfPayServicer(stubs.HalfPayServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.half_pay")
    @override
    def SetHalfPay(
        self, request: pb.SetHalfPayRequest, context: grpc.ServicerContext
    ) -> pb.HalfPayAnswer:
        wanted = _items(request.items)
        halves = _halves(request)
        asked = asked_because(request.comment, "comment")
        return self._once(
            "SetHalfPay",
            request,
            lambda work: commands.set_half_pay(self._app.terms, work, wanted, halves, asked),
        )

    @requires("receivables.half_pay")
    @override
    def RemoveHalfPay(
        self, request: pb.RemoveHalfPayRequest, context: grpc.ServicerContext
    ) -> pb.HalfPayAnswer:
        _refuse_count(len(request.bill_ids), "bill_ids")
        bills = [requests.required_id(each, "bill_ids") for each in request.bill_ids]
        asked = asked_because(request.comment, "comment")
        return self._once(
            "RemoveHalfPay",
            request,
            lambda work: commands.remove_half_pay(self._app.terms, work, bills, asked),
        )

    def _once(self, method: str, request: Any, do: Callable[[Work], Standing]) -> pb.HalfPayAnswer:
        return run_once(
            self._app, method, request, pb.HalfPayAnswer,
            lambda work: pb.HalfPayAnswer(bills=[_bill(*each) for each in do(work)]),
        )  # fmt: skip


def _items(items: Any) -> list[Wanted]:
    _refuse_count(len(items), "items")
    wanted: dict[UUID, tuple[str, ...]] = {}
    for each in items:
        bill_id = requests.required_id(each.bill_id, "items")
        if len(each.fees) > _FEES_MAX:
            raise invalid("TOO_MANY_FEES", f"{len(each.fees)}, at most {_FEES_MAX}", "items")
        fees = tuple(requests.plain_text(fee, "items", _CODE_MAX) for fee in each.fees)
        if not all(fees):
            raise invalid("CODE_MISSING", "a fee without a charge code", "items")
        wanted[bill_id] = wanted.get(bill_id, ()) + fees
    return [Wanted(*each) for each in wanted.items()]


def _halves(request: pb.SetHalfPayRequest) -> Halves:
    first = requests.required_date(request.first_due_on, "first_due_on")
    second = requests.required_date(request.second_due_on, "second_due_on")
    if second < first:
        raise invalid("DATES_REVERSED", f"{second} is before {first}", "second_due_on")
    return Halves(first, second, request.first_as_paid)


def _refuse_count(count: int, field: str) -> None:
    if not count:
        raise invalid("ITEMS_OF_WHAT", "name the bills", field)
    if count > _BILLS_MAX:
        raise invalid("TOO_MANY_BILLS", f"{count}, at most {_BILLS_MAX}", field)


def _bill(bill_id: UUID, state: BillState) -> pb.HalfPayBill:
    first, second = map(_half, state.installments[:HALVES])
    return pb.HalfPayBill(bill_id=str(bill_id), half_pay=state.half_pay, first=first, second=second)


def _half(each: InstallmentBalance) -> pb.HalfPayHalf:
    return pb.HalfPayHalf(
        due_on=each.due_on.isoformat(),
        charged_cents=each.charged_cents,
        open_cents=each.open_cents,
    )


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        HalfPayServicer(app),
        stubs.add_HalfPayServiceServicer_to_server,
        "millage.receivables.v1.HalfPayService",
    )
