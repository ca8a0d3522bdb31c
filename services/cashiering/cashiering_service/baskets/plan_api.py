"""The gRPC servicer that shows payment plans to the counter."""

import grpc

from cashiering_service.baskets import plan_desk
from cashiering_service.baskets import requests as basket_requests
from cashiering_service.baskets import store as basket_store
from cashiering_service.baskets.requests import KEY_MAX
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.domain.plan_schedule import CounterPlan
from cashiering_service.quotes import Quotes
from millage.cashiering.v1 import plan_lookup_pb2 as pb
from millage.cashiering.v1 import plan_lookup_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found


class PlanLookupServicer(stubs.PlanLookupServiceServicer):
    def __init__(self, app: CashieringApp, quotes: Quotes) -> None:
        self._app = app
        self._quotes = quotes

    @requires("cashiering.basket")
    def LookUpPlans(
        self, request: pb.LookUpPlansRequest, context: grpc.ServicerContext
    ) -> pb.LookUpPlansResponse:
        number = requests.plain_text(request.plan_number.strip(), "plan_number", KEY_MAX)
        parcel = requests.plain_text(request.parcel_number.strip(), "parcel_number", KEY_MAX)
        if not number and not parcel:
            raise invalid("KEY_MISSING", "a plan number or a parcel number", "plan_number")
        passed_on = basket_requests.passed_on(context)
        told = plan_desk.ask(self._quotes, number, parcel, passed_on)
        with self._app.database.begin() as connection:
            plans = plan_desk.from_copy(connection, number, parcel) if told is None else told
            bill_ids = [bill.bill_id for plan in plans for bill in plan.bills]
            dues = {row.bill_id: row for row in basket_store.bills_by_id(connection, bill_ids)}
        if not plans:
            raise not_found("PLAN_NOT_FOUND", f"no plan {number or 'of parcel ' + parcel}")
        return pb.LookUpPlansResponse(
            plans=[_plan(plan, dues) for plan in plans], provisional=told is None
        )


def _plan(plan: CounterPlan, dues: dict[object, object]) -> pb.CounterPlan:
    return pb.CounterPlan(
        plan_number=plan.plan_number,
        plan_type=plan.plan_type,
        parcel_number=plan.parcel_number,
        status=plan.status,
        bills=[
            pb.CounterPlanBill(
                bill_id=str(bill.bill_id),
                bill_number=getattr(dues.get(bill.bill_id), "bill_number", ""),
                tax_year=getattr(dues.get(bill.bill_id), "tax_year", 0),
                open_cents=getattr(dues.get(bill.bill_id), "open_cents", 0),
                changed=bill.is_changed,
            )
            for bill in plan.bills
        ],
        installments=[
            pb.CounterPlanInstallment(
                number=one.number,
                due_on=one.due_on.isoformat(),
                principal_cents=one.principal_cents,
                interest_cents=one.interest_cents,
                fee_cents=one.fee_cents,
                total_cents=one.total_cents,
                paid=one.is_paid,
            )
            for one in plan.installments
        ],
        changes_unprocessed=plan.changes_unprocessed,
    )


def plan_lookup_servicer(app: CashieringApp, quotes: Quotes) -> rpc.Servicer:
    return rpc.Servicer(
        PlanLookupServicer(app, quotes),
        stubs.add_PlanLookupServiceServicer_to_server,
        "millage.cashiering.v1.PlanLookupService",
    )
