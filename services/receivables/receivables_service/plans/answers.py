"""Payment plans as they are answered over gRPC."""

from typing import Any

from sqlalchemy import Connection

from millage.receivables.v1 import plans_pb2 as pb
from receivables_service.domain.plans import PlanInstallment, PlanType
from receivables_service.plans import payments as plan_payments
from receivables_service.plans import store as plan_store
from receivables_service.plans.store import Plan


def plan_type(each: PlanType) -> pb.PlanType:
    goes_on = each.reinstatement
    return pb.PlanType(
        code=each.code,
        name=each.name,
        installments=each.installments,
        months_between=each.months_between,
        pays_to=each.pays_to.value,
        pending_days=each.pending_days,
        recalculates=each.recalculates,
        plan_fee_cents=each.plan_fee_cents,
        allocation_rule=each.allocation_rule,
        defers_accrual=each.defers_accrual,
        down_payment_rate=str(each.down_payment_rate),
        monthly_rate=str(each.monthly_rate),
        maintenance_fee_cents=each.maintenance_fee_cents,
        delinquent_only=each.delinquent_only,
        default_after_days=each.default_after_days,
        reinstatement=None if goes_on is None else pb.PlanReinstatement(
            within_days=goes_on.within_days, times=goes_on.times, arrears_days=goes_on.arrears_days
        ),
        again_on=each.again_on,
    )  # fmt: skip


def installment(each: PlanInstallment) -> pb.PlanInstallment:
    return pb.PlanInstallment(
        number=each.number,
        due_on=each.due_on.isoformat(),
        principal_cents=each.principal_cents,
        interest_cents=each.interest_cents,
        fee_cents=each.fee_cents,
    )


def plan_answer(connection: Connection, plan: Plan) -> pb.Plan:
    return pb.Plan(
        plan_number=plan.plan_number,
        plan_type=plan.plan_type,
        parcel_number=plan.parcel_number,
        party=plan.party,
        status=plan.status,
        opened_on=plan.opened_on.isoformat(),
        pending_days=plan.pending_days,
        deficiencies=plan.deficiencies,
        bills=[
            pb.PlanBill(
                bill_id=str(row.bill_id),
                left_out_through=row.left_out_through.isoformat() if row.left_out_through else "",
                changed_on=row.changed_on.isoformat() if row.changed_on else "",
            )
            for row in plan_store.bills(connection, plan.plan_id)
        ],
        installments=map(installment, plan_store.schedule(connection, plan)),
        version=plan.version,
        defaulted_on=plan.defaulted_on.isoformat() if plan.defaulted_on else "",
        reinstated_on=plan.reinstated_on.isoformat() if plan.reinstated_on else "",
        reinstatements=plan.reinstatements,
        steps=[
            pb.PlanStep(
                status=row.status,
                version=row.version,
                acted_by=row.acted_by,
                note=row.note,
                recorded_at=row.recorded_at.isoformat(),
            )
            for row in plan_store.steps(connection, plan.plan_id)
        ],
        payments=map(_payment, plan_payments.of_plan(connection, plan.plan_id)),
    )


def _payment(row: Any) -> pb.PlanPayment:
    return pb.PlanPayment(
        number=row.number,
        kind=row.kind,
        amount_cents=row.amount_cents,
        receipt_id=str(row.receipt_id),
        business_date=row.business_date.isoformat(),
        taken_back=row.taken_back,
    )
