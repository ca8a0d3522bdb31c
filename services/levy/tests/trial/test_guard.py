"""The import guard's methods, each asked in every wrong way (LEVY-015)."""

from uuid import UUID

import pytest

from millage.levy.v1 import guard_pb2 as pb
from taxkit import ids, testing
from taxkit import trial as trials

# More than the suite holds changes in one of its tests.
_BILLS = 30


class TestGuard(trials.Suite):
    service = "millage.levy.v1.GuardService"

    @pytest.fixture
    def begun(self, app):
        """Let a payment file that may pay any bill be open."""

        def begin() -> UUID:
            run_id = ids.new_id()
            data = {"run_id": str(run_id), "file_name": "f", "business_date": "2023-03-31"}
            name = "org.millage.cashiering.ImportRunStarted.v1"
            body = testing.foreign_event(name, f"import/{run_id}", data)
            app.consumer.absorb("on_import_run_started", [body])
            return run_id

        return begin

    @pytest.fixture
    def held(self, begun, one_bill, corrections):
        """Hold one more change: of a bill of its own, issued before any file was open."""
        bills = [one_bill() for _ in range(_BILLS)]

        def hold() -> str:
            bill_id = bills.pop()
            begun()
            answer = corrections.send(
                bill_id=bill_id, total_cents=7, idempotency_key=str(ids.new_id())
            )
            return answer.held.change_id

        return hold

    @pytest.fixture
    def cases(self, trial, begun, held) -> dict[str, trials.Case]:
        def release() -> pb.ReleaseRunRequest:
            return pb.ReleaseRunRequest(run_id=str(begun()), reason="gone")

        def force() -> pb.ForceHeldChangeRequest:
            return pb.ForceHeldChangeRequest(change_id=held(), reason="now")

        def withdraw() -> pb.WithdrawHeldChangeRequest:
            return pb.WithdrawHeldChangeRequest(change_id=held(), reason="wrong")

        def done(make):
            def again():
                asked = make()
                trial.do(asked)
                return asked

            return again

        return {
            "ListHoldingRuns": trials.Case(lambda: pb.ListHoldingRunsRequest(open_only=True)),
            "ReleaseRun": trials.Case(release, refused_when={"IMPORT_RUN_NOT_OPEN": done(release)}),
            "ListHeldChanges": trials.Case(lambda: pb.ListHeldChangesRequest(state="waiting")),
            "ForceHeldChange": trials.Case(
                force, refused_when={"HELD_CHANGE_SETTLED": done(force)}
            ),
            "WithdrawHeldChange": trials.Case(
                withdraw, refused_when={"HELD_CHANGE_SETTLED": done(withdraw)}
            ),
        }
