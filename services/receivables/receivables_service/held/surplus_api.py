"""gRPC servicer of money held for somebody: translate, call, translate back."""

from collections.abc import Callable
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message
from sqlalchemy import Connection

from millage.receivables.v1 import surplus_pb2 as pb
from millage.receivables.v1 import surplus_pb2_grpc as stubs
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.held import cases as held_cases
from receivables_service.held import commands as held_commands
from receivables_service.held import import_exceptions_api, offers, placeable
from receivables_service.held import items as held_items
from receivables_service.held import store as held_store
from receivables_service.held.cases import Case
from receivables_service.held.commands import Asked
from receivables_service.held.store import Item
from receivables_service.held.surplus_wishes import read_wish
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found

_TEXT_MAX = 500
_NAME_MAX = 200
_ROWS_MAX = 500
R = TypeVar("R", bound=Message)


class SurplusServicer(stubs.SurplusServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.read")
    def ListSurplus(
        self, request: pb.ListSurplusRequest, context: grpc.ServicerContext
    ) -> pb.ListSurplusResponse:
        wanted: list[tuple[str, object]] = []
        if request.parcel_number:
            parcel = requests.plain_text(request.parcel_number, "parcel_number", _NAME_MAX)
            wanted.append(("i.parcel_number = %s", parcel))
        for name in ("receipt_id", "bill_id"):
            if getattr(request, name):
                value = requests.required_id(getattr(request, name), name)
                wanted.append((f"i.{name} = %s", value))
        if not wanted:
            raise invalid("LIST_OF_WHAT", "name a parcel, a receipt or a bill", "parcel_number")
        conditions = [condition for condition, _ in wanted]
        if not request.include_closed:
            conditions.append("i.state <> 'closed'")
        with self._app.database.begin() as connection:
            found = held_store.items_where(
                connection, " and ".join(conditions), [value for _, value in wanted]
            )
        return pb.ListSurplusResponse(items=map(_item, found))

    @requires("receivables.read")
    def GetSurplus(
        self, request: pb.GetSurplusRequest, context: grpc.ServicerContext
    ) -> pb.SurplusItemDetail:
        item_id = requests.required_id(request.surplus_item_id, "surplus_item_id")
        with self._app.database.begin() as connection:
            item = held_store.item(connection, item_id)
            if item is None:
                raise not_found("SURPLUS_NOT_FOUND", f"no held money {item_id}")
            return pb.SurplusItemDetail(
                item=_item(item),
                movements=[_movement(row) for row in held_store.history(connection, item_id)],
                cases=[
                    self._case(connection, case) for case in held_cases.of_item(connection, item_id)
                ],
                imported=import_exceptions_api.of_receipt(connection, item.receipt_id),
            )

    @requires("receivables.surplus")
    def StartCase(
        self, request: pb.StartCaseRequest, context: grpc.ServicerContext
    ) -> pb.SurplusCase:
        wish = read_wish(request)
        asked = _asked()
        return self._once(
            "StartCase",
            request,
            pb.SurplusCase,
            lambda connection: self._case(
                connection, held_commands.start_case(self._app, connection, asked, wish)
            ),
        )

    @requires("receivables.surplus")
    def ActOnCase(
        self, request: pb.ActOnCaseRequest, context: grpc.ServicerContext
    ) -> pb.SurplusCase:
        case_id = requests.required_id(request.case_id, "case_id")
        action = requests.plain_text(request.action, "action", _NAME_MAX)
        note = requests.plain_text(request.note, "note", _TEXT_MAX)
        asked = _asked()
        return self._once(
            "ActOnCase",
            request,
            pb.SurplusCase,
            lambda connection: self._case(
                connection,
                held_commands.act_on_case(self._app, connection, asked, case_id, action, note),
            ),
        )

    @requires("receivables.surplus")
    def ReserveSurplus(
        self, request: pb.ReserveSurplusRequest, context: grpc.ServicerContext
    ) -> pb.SurplusItem:
        return self._reservation("ReserveSurplus", request, held_commands.reserve)

    @requires("receivables.surplus")
    def ReleaseSurplus(
        self, request: pb.ReleaseSurplusRequest, context: grpc.ServicerContext
    ) -> pb.SurplusItem:
        return self._reservation("ReleaseSurplus", request, held_commands.release)

    @requires("receivables.read")
    def CheckHeldMoney(
        self, request: pb.CheckHeldMoneyRequest, context: grpc.ServicerContext
    ) -> pb.CheckHeldMoneyResponse:
        with self._app.database.begin() as connection:
            waiting = held_store.exceptions(connection, _ROWS_MAX)
            different = held_items.differences(connection, _ROWS_MAX)
            open_cents, paid_out = held_store.totals(connection)
            found = placeable.placeable(connection, _ROWS_MAX)
        return pb.CheckHeldMoneyResponse(
            exceptions=map(_exception, waiting),
            differences=[
                pb.HeldDifference(
                    payment_fact_id=str(row.payment_fact_id),
                    ledger_cents=row.ledger_cents,
                    item_cents=row.item_cents,
                )
                for row in different
            ],
            open_cents=open_cents,
            paid_out_cents=paid_out,
            placeable=map(_placeable, found),
        )

    @requires("receivables.surplus")
    def SettleHeldException(
        self, request: pb.SettleHeldExceptionRequest, context: grpc.ServicerContext
    ) -> pb.HeldException:
        receipt_id = requests.required_id(request.receipt_id, "receipt_id")
        note = requests.plain_text(request.note, "note", _TEXT_MAX).strip()
        if not note:
            raise invalid("NOTE_MISSING", "say how it was seen to", "note")
        reference = requests.plain_text(request.reference, "reference", _TEXT_MAX)
        reason = requests.plain_text(request.reason, "reason", _NAME_MAX)
        asked, now = _asked(), self._app.clock.now()
        by = f"{asked.caller.user}: {note}"
        return self._once(
            "SettleHeldException",
            request,
            pb.HeldException,
            lambda connection: _exception(
                held_store.settle(connection, (receipt_id, reference, reason), by, now)
            ),
        )

    @requires("receivables.read")
    def ListAdvanceTypes(
        self, request: pb.ListAdvanceTypesRequest, context: grpc.ServicerContext
    ) -> pb.ListAdvanceTypesResponse:
        as_of = requests.optional_date(request.as_of, "as_of") or self._app.clock.today()
        return offers.offered(self._app.held.at(as_of))

    def _reservation(
        self, method: str, request: Any, do: Callable[[Any, Connection, Asked, Any, str], Item]
    ) -> pb.SurplusItem:
        item_id = requests.required_id(request.surplus_item_id, "surplus_item_id")
        whom = requests.plain_text(request.reserved_for, "reserved_for", _NAME_MAX)
        if not whom.strip():
            raise invalid("RESERVED_FOR_WHOM", "name the basket it is for", "reserved_for")
        asked = _asked()
        return self._once(
            method,
            request,
            pb.SurplusItem,
            lambda connection: _item(do(self._app, connection, asked, item_id, whom)),
        )

    def _case(self, connection: Connection, case: Case) -> pb.SurplusCase:
        law = self._app.held.at(self._app.clock.today())
        workflow = law.workflows.get(case.workflow)
        nexts = [each for each in workflow.transitions if each.at == case.step] if workflow else []
        return pb.SurplusCase(
            case_id=str(case.case_id),
            surplus_item_id=str(case.item_id),
            procedure=case.procedure,
            amount_cents=case.amount_cents,
            payee=case.payee,
            evidence=case.evidence,
            target_bill_id=str(case.target_bill_id or ""),
            reason=case.reason,
            step=case.step,
            ended=case.ended,
            asked_by=case.asked_by,
            steps=[
                pb.CaseStep(
                    action=each.action,
                    step=each.step,
                    acted_by=each.acted_by,
                    note=each.note,
                    recorded_at=each.recorded_at.isoformat(),
                )
                for each in held_cases.steps(connection, case.case_id)
            ],
            actions=[each.action for each in nexts],
        )

    def _once(self, method: str, request: Any, answer: type[R], do: Callable[[Connection], R]) -> R:
        return idempotency.in_transaction(self._app.database, method, request, answer, do)


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        SurplusServicer(app),
        stubs.add_SurplusServiceServicer_to_server,
        "millage.receivables.v1.SurplusService",
    )


def _asked() -> Asked:
    return Asked(rpc.caller(), rpc.traceparent())


def _item(item: Item) -> pb.SurplusItem:
    return pb.SurplusItem(
        surplus_item_id=str(item.item_id),
        category=item.category,
        subcode=item.subcode,
        parcel_number=item.parcel_number,
        owner=item.owner_name,
        owner_account=item.owner_account,
        receipt_id=str(item.receipt_id),
        bill_id=str(item.bill_id or ""),
        open_cents=item.open_cents,
        state=item.state,
        opened_on=item.opened_on.isoformat(),
        advance_type=item.advance_type,
        escrow_account=item.escrow_account,
        case_id=str(item.case_id or ""),
    )


def _movement(row: Any) -> pb.SurplusMovement:
    return pb.SurplusMovement(
        posting_id=str(row.posting_id),
        kind=row.posting_kind,
        amount_cents=row.amount_cents,
        business_date=row.business_date.isoformat(),
    )


def _placeable(row: Any) -> pb.PlaceableMoney:
    bill_id, *rest = row
    return pb.PlaceableMoney(
        bill_id=str(bill_id),
        **dict(
            zip(("bill_number", "parcel_number", "held_cents", "open_cents"), rest, strict=True)
        ),
    )


def _exception(row: Any) -> pb.HeldException:
    return pb.HeldException(
        receipt_id=str(row.receipt_id),
        reference=row.reference,
        amount_cents=row.amount_cents,
        reason=row.reason,
        message=row.message,
        business_date=row.business_date.isoformat(),
    )
