"""Plans, flags and reports, each method asked in every wrong way."""

from pathlib import Path

import pytest

from millage.receivables.v1 import flags_pb2 as flags
from millage.receivables.v1 import plans_pb2 as pb
from taxkit.trial import Case, Suite, report_cases


class TestPlans(Suite):
    service = "millage.receivables.v1.PlanService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        return {**self._questions(stage), **self._made(stage), **self._run(stage)}

    def _terms(self, stage, kind: str = "budget", bill_id: str = "") -> pb.PlanTerms:
        return pb.PlanTerms(
            plan_type=kind, bill_ids=[bill_id or stage.bill()], party="Dolores Park",
            first_due_on="2022-04-01",
        )  # fmt: skip

    def _active(self, stage, kind: str = "budget") -> str:
        plan = stage.do(pb.EnrolPlanRequest(terms=self._terms(stage, kind)))
        if plan.status == "pending":
            plan = stage.do(pb.ActivatePlanRequest(plan_number=plan.plan_number))
        return plan.plan_number

    def _void(self, stage) -> str:
        number = self._active(stage)
        stage.do(pb.VoidPlanRequest(plan_number=number, reason="moved"))
        return number

    def _broken(self, stage) -> str:
        """A budget plan, whose missed part may be paid after it goes on."""
        number = self._active(stage)
        stage.break_plans()
        return number

    def _questions(self, stage) -> dict[str, Case]:
        number, bill_id = self._active(stage), stage.bill()
        return {
            "QuotePlan": Case(
                lambda: pb.QuotePlanRequest(terms=self._terms(stage, bill_id=bill_id))
            ),
            "GetPlan": Case(lambda: pb.GetPlanRequest(plan_number=number)),
            "ListPlans": Case(lambda: pb.ListPlansRequest(parcel_number="13264290020000")),
            "ListPlanTypes": Case(lambda: pb.ListPlanTypesRequest(as_of="2022-02-10")),
            "ListPlanTasks": Case(pb.ListPlanTasksRequest),
        }

    def _made(self, stage) -> dict[str, Case]:
        def activate(number: str) -> pb.ActivatePlanRequest:
            return pb.ActivatePlanRequest(plan_number=number)

        def pending() -> str:
            """A bill's second plan, which waits for the first one to end."""
            terms = self._terms(stage)
            first = stage.do(pb.EnrolPlanRequest(terms=terms))
            second = stage.do(pb.EnrolPlanRequest(terms=terms))
            assert list(second.deficiencies) == ["IN_ANOTHER_PLAN"]
            stage.do(pb.VoidPlanRequest(plan_number=first.plan_number, reason="moved"))
            return second.plan_number

        def blocked() -> str:
            terms = self._terms(stage)
            stage.do(pb.EnrolPlanRequest(terms=terms))
            return stage.do(pb.EnrolPlanRequest(terms=terms)).plan_number

        def void(number: str) -> pb.VoidPlanRequest:
            return pb.VoidPlanRequest(plan_number=number, reason="moved away")

        return {
            "EnrolPlan": Case(
                lambda: pb.EnrolPlanRequest(terms=self._terms(stage)),
                always_possible="what stands in its way makes the plan a pending one",
            ),
            "ActivatePlan": Case(
                lambda: activate(pending()),
                refused_when={
                    "PLAN_STATUS": lambda: activate(self._active(stage)),
                    "IN_ANOTHER_PLAN": lambda: activate(blocked()),
                },
            ),
            "VoidPlan": Case(
                lambda: void(self._active(stage)),
                refused_when={"PLAN_STATUS": lambda: void(self._void(stage))},
            ),
        }

    def _run(self, stage) -> dict[str, Case]:
        def edit(number: str) -> pb.EditPlanRequest:
            bill_ids = [
                one.bill_id for one in stage.do(pb.GetPlanRequest(plan_number=number)).bills
            ]
            return pb.EditPlanRequest(plan_number=number, bill_ids=bill_ids)

        def recalculate(number: str) -> pb.RecalculatePlanRequest:
            return pb.RecalculatePlanRequest(plan_number=number)

        def pay(number: str) -> pb.PayPlanInstallmentRequest:
            return pb.PayPlanInstallmentRequest(plan_number=number, surplus_item_id=stage.advance())

        def reinstate(number: str) -> pb.ReinstatePlanRequest:
            return pb.ReinstatePlanRequest(plan_number=number, reason="hardship")

        return {
            "ReinstatePlan": Case(
                lambda: reinstate(self._broken(stage)),
                refused_when={"PLAN_STATUS": lambda: reinstate(self._void(stage))},
            ),
            "EditPlan": Case(
                lambda: edit(self._active(stage)),
                refused_when={"PLAN_ENDED": lambda: edit(self._void(stage))},
            ),
            "RecalculatePlan": Case(
                lambda: recalculate(self._active(stage, "standard")),
                refused_when={
                    "PLAN_ENDED": lambda: recalculate(self._void(stage)),
                    "PLAN_FIXED": lambda: recalculate(self._active(stage)),
                },
            ),
            "PayPlanInstallment": Case(
                lambda: pay(self._active(stage)),
                refused_when={"PLAN_STATUS": lambda: pay(self._void(stage))},
            ),
        }


class TestFlags(Suite):
    service = "millage.receivables.v1.FlagService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        charge = flags.FlaggedCharge(installment=1, charge_type="interest")

        def on(request, **given):
            return request(
                subject_kind="bill", flag="protest", reason="asked by the owner",
                **{"subject": stage.bill(), **given},
            )  # fmt: skip

        def flagged() -> flags.LiftFlagRequest:
            asked = on(flags.SetFlagRequest)
            stage.do(asked)
            return on(flags.LiftFlagRequest, subject=asked.subject)

        return {
            "SetFlag": Case(
                lambda: on(flags.SetFlagRequest, through="2022-12-31", charges=[charge]),
                always_possible="a flag that is on may be set anew: it then holds as said last",
            ),
            "LiftFlag": Case(
                flagged,
                refused_when={"FLAG_NOT_SET": lambda: on(flags.LiftFlagRequest)},
            ),
            "ListFlags": Case(
                lambda: flags.ListFlagsRequest(subject_kind="parcel", subject="13264290020000")
            ),
        }


class TestReports(Suite):
    service = "millage.reports.v1.ReportsService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        stage.item()
        return report_cases(stage.do, "surplus", {"as_of": "2022-03-15"})


def test_no_service_is_left_out(trial) -> None:
    """Every gRPC service of the process is named by a class beside this one."""
    beside = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in trial.services() if f'service = "{name}"' not in beside] == [
        "millage.ops.v1.OpsService"
    ], "asked where notifications is: it is the same everywhere"
