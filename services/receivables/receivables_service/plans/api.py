"""gRPC servicer of payment plans: translate, call, translate back."""

from collections.abc import Callable
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message
from sqlalchemy import Connection

from millage.receivables.v1 import plans_pb2 as pb
from millage.receivables.v1 import plans_pb2_grpc as stubs
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.plans import answers, reinstating
from receivables_service.plans import commands as plan_commands
from receivables_service.plans import payments as plan_payments
from receivables_service.plans import store as plan_store
from receivables_service.plans.answers import plan_answer
from receivables_service.plans.commands import BILLS_MAX, DAYS_MAX, INSTALLMENTS_MAX, Asked
from receivables_service.plans.store import Plan
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found

_NAME_MAX = 200
_TEXT_MAX = 500
_ROWS_MAX = 500
R = TypeVar("R", bound=Message)


class PlanServicer(stubs.PlanServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.read")
    def QuotePlan(
        self, request: pb.QuotePlanRequest, context: grpc.ServicerContext
    ) -> pb.PlanQuote:
        wanted = _enrolment(request.terms)
        with self._app.database.begin() as connection:
            found = plan_commands.quote(self._app, connection, wanted)
        return pb.PlanQuote(
            installments=map(answers.installment, found.installments),
            deficiencies=found.deficiencies,
        )

    @requires("receivables.plan")
    def EnrolPlan(self, request: pb.EnrolPlanRequest, context: grpc.ServicerContext) -> pb.Plan:
        wanted, asked = _enrolment(request.terms), _asked()
        return self._once(
            "EnrolPlan",
            request,
            lambda connection: plan_commands.enrol(self._app, connection, asked, wanted),
        )

    @requires("receivables.plan")
    def ActivatePlan(
        self, request: pb.ActivatePlanRequest, context: grpc.ServicerContext
    ) -> pb.Plan:
        number, asked = _number(request), _asked()
        return self._once(
            "ActivatePlan",
            request,
            lambda connection: plan_commands.activate(self._app, connection, asked, number),
        )

    @requires("receivables.plan")
    def VoidPlan(self, request: pb.VoidPlanRequest, context: grpc.ServicerContext) -> pb.Plan:
        number, asked = _number(request), _asked()
        reason = requests.plain_text(request.reason, "reason", _TEXT_MAX)
        return self._once(
            "VoidPlan",
            request,
            lambda connection: plan_commands.void(self._app, connection, asked, number, reason),
        )

    @requires("receivables.plan")
    def ReinstatePlan(
        self, request: pb.ReinstatePlanRequest, context: grpc.ServicerContext
    ) -> pb.Plan:
        number, asked = _number(request), _asked()
        reason = requests.plain_text(request.reason, "reason", _TEXT_MAX)
        return self._once(
            "ReinstatePlan",
            request,
            lambda connection: reinstating.reinstate(self._app, connection, asked, number, reason),
        )

    @requires("receivables.plan")
    def EditPlan(self, request: pb.EditPlanRequest, context: grpc.ServicerContext) -> pb.Plan:
        number, asked = _number(request), _asked()
        bill_ids = [requests.required_id(one, "bill_ids") for one in request.bill_ids]
        installments = _bounded(request.installments, "installments", INSTALLMENTS_MAX)
        days = _days(request)
        return self._once(
            "EditPlan",
            request,
            lambda connection: plan_commands.edit(
                self._app, connection, asked, number,
                bill_ids=bill_ids, installments=installments, pending_days=days,
            ),
        )  # fmt: skip

    @requires("receivables.plan")
    def RecalculatePlan(
        self, request: pb.RecalculatePlanRequest, context: grpc.ServicerContext
    ) -> pb.Plan:
        number, asked = _number(request), _asked()
        return self._once(
            "RecalculatePlan",
            request,
            lambda connection: plan_commands.recalculate(self._app, connection, asked, number),
        )

    @requires("receivables.plan")
    def PayPlanInstallment(
        self, request: pb.PayPlanInstallmentRequest, context: grpc.ServicerContext
    ) -> pb.Plan:
        number, asked = _number(request), _asked()
        item_id = requests.required_id(request.surplus_item_id, "surplus_item_id")
        return self._once(
            "PayPlanInstallment",
            request,
            lambda connection: plan_payments.pay(self._app, connection, asked, number, item_id),
        )

    @requires("receivables.read")
    def GetPlan(self, request: pb.GetPlanRequest, context: grpc.ServicerContext) -> pb.Plan:
        number = _number(request)
        with self._app.database.begin() as connection:
            plan = plan_store.read(connection, number)
            if plan is None:
                raise not_found("PLAN_NOT_FOUND", f"no plan {number}")
            return plan_answer(connection, plan)

    @requires("receivables.read")
    def ListPlans(
        self, request: pb.ListPlansRequest, context: grpc.ServicerContext
    ) -> pb.ListPlansResponse:
        parcel = requests.plain_text(request.parcel_number, "parcel_number", _NAME_MAX)
        with self._app.database.begin() as connection:
            found = plan_store.of_parcel(connection, parcel)
            return pb.ListPlansResponse(plans=[plan_answer(connection, plan) for plan in found])

    @requires("receivables.read")
    def ListPlanTypes(
        self, request: pb.ListPlanTypesRequest, context: grpc.ServicerContext
    ) -> pb.ListPlanTypesResponse:
        as_of = requests.optional_date(request.as_of, "as_of") or self._app.clock.today()
        return pb.ListPlanTypesResponse(types=map(answers.plan_type, self._app.plans.types(as_of)))

    @requires("receivables.read")
    def ListPlanTasks(
        self, request: pb.ListPlanTasksRequest, context: grpc.ServicerContext
    ) -> pb.ListPlanTasksResponse:
        with self._app.database.begin() as connection:
            rows = plan_store.tasks(connection, _ROWS_MAX)
        return pb.ListPlanTasksResponse(
            tasks=[
                pb.PlanTask(
                    plan_number=row.plan_number,
                    bill_id=str(row.bill_id),
                    kind=row.kind,
                    opened_on=row.opened_on.isoformat(),
                )
                for row in rows
            ]
        )

    def _once(self, method: str, request: Any, do: Callable[[Connection], Plan]) -> pb.Plan:
        return idempotency.in_transaction(
            self._app.database,
            method,
            request,
            pb.Plan,
            lambda connection: plan_answer(connection, do(connection)),
        )


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        PlanServicer(app),
        stubs.add_PlanServiceServicer_to_server,
        "millage.receivables.v1.PlanService",
    )


def _asked() -> Asked:
    caller = rpc.caller()
    return Asked(
        caller.user, rpc.traceparent(), may_override=caller.may("receivables.plan.override")
    )


def _number(request: Any) -> str:
    return requests.plain_text(request.plan_number, "plan_number", _NAME_MAX)


def _enrolment(terms: pb.PlanTerms) -> plan_commands.Enrolment:
    if not 0 < len(terms.bill_ids) <= BILLS_MAX or len(set(terms.bill_ids)) < len(terms.bill_ids):
        raise invalid("BILLS_INVALID", f"1 to {BILLS_MAX} bills, each once", "bill_ids")
    return plan_commands.Enrolment(
        plan_type=requests.plain_text(terms.plan_type, "plan_type", _NAME_MAX),
        bill_ids=[requests.required_id(one, "bill_ids") for one in terms.bill_ids],
        party=requests.plain_text(terms.party, "party", _NAME_MAX),
        first_due_on=requests.required_date(terms.first_due_on, "first_due_on"),
        installments=_bounded(terms.installments, "installments", INSTALLMENTS_MAX),
        pending_days=_days(terms),
    )


def _days(given: Any) -> int | None:
    if not given.HasField("pending_days"):
        return None
    return _bounded(given.pending_days, "pending_days", DAYS_MAX)


def _bounded(number: int, field: str, most: int) -> int:
    if not 0 <= number <= most:
        raise invalid("NUMBER_INVALID", f"{field} is {number}: 0 to {most}", field)
    return number
