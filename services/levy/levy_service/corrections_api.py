"""Levy's gRPC servicer for corrections: reads requests, words answers, decides nothing."""

import itertools
from typing import Any

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from levy_service import answers, corrections, corrections_store, queries
from levy_service.bootstrap import LevyApp
from levy_service.guard import answers as guard_answers
from levy_service.guard import gate
from levy_service.guard.gate import Change
from millage.levy.v1 import corrections_pb2 as pb
from millage.levy.v1 import corrections_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found

_REASON_MAX = 200
_METHOD = "CorrectBill"


class CorrectionServicer(stubs.CorrectionServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.correct")
    @override
    def CorrectBill(
        self, request: pb.CorrectBillRequest, context: grpc.ServicerContext
    ) -> pb.CorrectBillResponse:
        change = _change(self._app, request)
        asked = corrections.from_body(change.body, change.user, change.traceparent)

        def do(connection: Connection) -> pb.CorrectBillResponse:
            def correct() -> int:
                return corrections.correct_bill(self._app, connection, asked)

            held = gate.hold(self._app, connection, change, correct)
            before_cents = 0 if held else correct()
            now = queries.bill_in(connection, asked.bill_id)
            return pb.CorrectBillResponse(
                bill=answers.bill(now),
                previous_total_cents=now.bill.total_cents if held else before_cents,
                corrected_on=asked.corrected_on.isoformat(),
                held=guard_answers.held_change(held) if held else None,
            )

        return idempotency.in_transaction(
            self._app.database, _METHOD, request, pb.CorrectBillResponse, do
        )

    @requires("levy.read")
    @override
    def ListCorrections(
        self, request: pb.ListCorrectionsRequest, context: grpc.ServicerContext
    ) -> pb.ListCorrectionsResponse:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        with self._app.database.begin() as connection:
            versions = corrections_store.versions(connection, bill_id)
            parts = corrections_store.installments(connection, bill_id)
        if not versions:
            raise not_found("BILL_NOT_FOUND", f"levy has issued no bill {bill_id}")
        return pb.ListCorrectionsResponse(
            corrections=[
                _correction(before, after, parts) for before, after in itertools.pairwise(versions)
            ]
        )


def _change(app: LevyApp, request: pb.CorrectBillRequest) -> Change:
    given = request.WhichOneof("corrected")
    if given is None:
        raise invalid("CORRECTION_MISSING", "send net_value_dollars or total_cents", "corrected")
    reason = requests.plain_text(request.reason, "reason", _REASON_MAX).strip()
    if not reason:
        raise invalid("REASON_MISSING", "say why the bill is corrected", "reason")
    bill_id = requests.required_id(request.bill_id, "bill_id")
    day = requests.optional_date(request.corrected_on, "corrected_on") or app.clock.today()
    body = {
        "bill_id": str(bill_id),
        "expected_version": request.expected_version,
        "reason": reason,
        "corrected_on": day.isoformat(),
        given: getattr(request, given),
    }
    return Change("correction", [bill_id], body, rpc.caller().user, rpc.traceparent())


def _correction(before: Any, after: Any, parts: dict[int, list[Any]]) -> pb.Correction:
    return pb.Correction(
        bill_version=after.bill_version,
        corrected_on=after.corrected_on.isoformat(),
        reason=after.reason,
        corrected_by=after.corrected_by,
        recorded_at=after.recorded_at.isoformat(),
        previous_total_cents=before.total_cents,
        total_cents=after.total_cents,
        previous_installments=answers.installments(parts.get(before.bill_version, [])),
        installments=answers.installments(parts.get(after.bill_version, [])),
        pack_version=after.pack_version,
        rule_ids=after.rule_ids,
        grace_ends_on=after.grace_ends_on.isoformat() if after.grace_ends_on else "",
    )
