"""Every question about what is overdue, asked in every wrong way."""

from itertools import count
from typing import Any

import pytest

from millage.collections.v1 import collections_pb2 as pb
from millage.collections.v1 import exceptions_pb2 as exceptions
from millage.collections.v1 import exceptions_pb2_grpc as exceptions_grpc
from millage.collections.v1 import holds_pb2 as holds
from millage.collections.v1 import holds_pb2_grpc as holds_grpc
from millage.collections.v1 import overdue_pb2 as overdue
from taxkit import ids, testing
from taxkit import trial as trials

DUE = [("2022-03-01", 500), ("2022-12-30", 600)]


class TestAging(trials.Suite):
    service = "millage.collections.v1.CollectionsService"

    @pytest.fixture
    def cases(self, app, balance, bill_id) -> dict[str, trials.Case]:
        app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, DUE)])
        day = "2023-03-31"
        return {
            "GetBillAging": trials.Case(
                lambda: pb.GetBillAgingRequest(bill_id=str(bill_id), as_of=day)
            ),
            "GetAgingReport": trials.Case(
                lambda: pb.GetAgingReportRequest(as_of=day, tax_year=2021)
            ),
        }


class TestOverdue(trials.Suite):
    service = "millage.collections.v1.OverdueService"

    @pytest.fixture
    def cases(self, app, balance, bill_id) -> dict[str, trials.Case]:
        app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, DUE)])
        asked = overdue.ListOverdueBillsRequest(
            purpose="export", as_of="2023-03-31", tax_year=2021, least_cents=1, page_size=5
        )
        return {"ListOverdueBills": trials.Case(lambda: asked)}


class TestHolds(trials.Suite):
    service = "millage.collections.v1.HoldService"

    @pytest.fixture
    def cases(self, trial) -> dict[str, trials.Case]:
        stub = holds_grpc.HoldServiceStub(trial.channel)
        bearer = testing.bearer(trial.keys.token("collections.hold", user="ana"))
        parcels = count(77)

        def hold() -> holds.PlaceHoldRequest:
            return holds.PlaceHoldRequest(
                parcel_number=str(next(parcels)), kind="bankruptcy", reason="chapter 13",
                authority="Bankr. 22-1", begins_on="2023-03-31", ends_on="2023-12-31",
            )  # fmt: skip

        def done(method: str, request: Any) -> Any:
            keyed = type(request)()
            keyed.CopyFrom(request)
            keyed.idempotency_key = str(ids.new_id())
            return getattr(stub, method)(keyed, metadata=bearer)

        def placed() -> holds.PlaceHoldRequest:
            request = hold()
            done("PlaceHold", request)
            return request

        def release() -> holds.ReleaseHoldRequest:
            hold_id = done("PlaceHold", hold()).hold_id
            return holds.ReleaseHoldRequest(hold_id=hold_id, reason="dismissed")

        def released() -> holds.ReleaseHoldRequest:
            request = release()
            done("ReleaseHold", request)
            return request

        return {
            "PlaceHold": trials.Case(hold, refused_when={"HOLD_EXISTS": placed}),
            "ReleaseHold": trials.Case(release, refused_when={"HOLD_RELEASED": released}),
            "ListHolds": trials.Case(lambda: holds.ListHoldsRequest(parcel_number="77")),
        }


class TestExceptions(trials.Suite):
    service = "millage.collections.v1.ExceptionService"

    @pytest.fixture
    def cases(self, app, trial) -> dict[str, trials.Case]:
        stub = exceptions_grpc.ExceptionServiceStub(trial.channel)
        bearer = testing.bearer(trial.keys.token("collections.exception", user="ana"))
        numbers = count(1)

        def settle() -> exceptions.SettleExceptionRequest:
            number, run = next(numbers), ids.new_id()
            data = {
                "run_id": str(run), "line_number": number, "outcome": "suspense",
                "reason": "PARCEL_UNKNOWN", "message": "none", "parcel_number": "77",
            }  # fmt: skip
            name = "org.millage.cashiering.ImportLineException.v1"
            told = testing.foreign_event(name, f"import/{run}", data)
            app.consumer.absorb("on_import_line_exception", [told])
            exception_id = ids.derived_id(run, "line", str(number))
            return exceptions.SettleExceptionRequest(exception_id=str(exception_id), note="n")

        def settled() -> exceptions.SettleExceptionRequest:
            request = settle()
            keyed = exceptions.SettleExceptionRequest(
                idempotency_key=str(ids.new_id()), exception_id=request.exception_id, note="n"
            )
            stub.SettleException(keyed, metadata=bearer)
            return request

        listed = exceptions.ListExceptionsRequest(
            kind="unposted_payment", state="open", parcel_number="77", page_size=5
        )
        return {
            "ListExceptions": trials.Case(lambda: listed),
            "SettleException": trials.Case(settle, refused_when={"EXCEPTION_SETTLED": settled}),
        }


def test_no_service_is_left_out(trial) -> None:
    tried = {TestAging.service, TestOverdue.service, TestHolds.service, TestExceptions.service}
    tried |= {"millage.collections.v1.NoticeService"}  # beside this file
    assert trial.services() == tried | trials.TRIED_ONCE
