"""Levy's gRPC servicer for value changes: reads requests, words answers, decides nothing."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from levy_service import sent_parts, sent_rows
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain.valuation import Claim
from levy_service.domain.value_changes import AskedValue
from levy_service.runs import reserving
from levy_service.value_changes import answers, correcting, deciding, posting, store
from levy_service.value_changes.deciding import Chosen
from levy_service.value_changes.posting import Batch, Row
from millage.levy.v1 import value_changes_pb2 as pb
from millage.levy.v1 import value_changes_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found

_TEXT_MAX = 200
_STATES = (
    "", "waiting", "held", "corrected", "unchanged", "no_bill", "register_only", "rejected",
    "refused", "withdrawn",
)  # fmt: skip


class ValueChangeServicer(stubs.ValueChangeServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.value_change")
    @override
    def PostValueChanges(
        self,
        request_iterator: Iterator[pb.PostValueChangesRequest],
        context: grpc.ServicerContext,
    ) -> pb.ValueChangeBatch:
        asked = _asked()
        sent = sent_parts.read(request_iterator)
        batch = self._batch(sent.header)
        rows = [_row(number, each) for number, each in enumerate(sent.rows, start=1)]

        def do(connection: Connection) -> pb.ValueChangeBatch:
            posted = posting.post(self._app, connection, batch, rows, asked)
            return pb.ValueChangeBatch(
                batch_id=str(posted.batch_id),
                tax_year=batch.tax_year,
                changed_on=batch.changed_on.isoformat(),
                change_count=posted.change_count,
                corrected=posted.done.corrected,
                not_corrected=posted.done.not_corrected,
                waiting=posted.waiting,
                held=posted.done.held,
                difference_cents=posted.done.difference_cents,
            )

        return self._app.database.run(
            lambda connection: idempotency.once(
                connection, "PostValueChanges", sent.header.idempotency_key, sent.digest,
                pb.ValueChangeBatch, lambda: do(connection),
            )
        )  # fmt: skip

    def _batch(self, header: pb.ValueChangeHeader) -> Batch:
        today = self._app.clock.today()
        return Batch(
            reserving.checked_year(header.tax_year),
            requests.plain_text(header.source, "header.source", _TEXT_MAX),
            requests.optional_date(header.changed_on, "header.changed_on") or today,
            requests.plain_text(header.reason_code, "header.reason_code", _TEXT_MAX),
        )

    @requires("levy.read")
    @override
    def ListValueChanges(
        self, request: pb.ListValueChangesRequest, context: grpc.ServicerContext
    ) -> pb.ListValueChangesResponse:
        if request.state not in _STATES:
            raise invalid("STATE_UNKNOWN", f"one of {', '.join(filter(None, _STATES))}", "state")
        size = requests.page_size(request.page_size)
        wanted = {
            "state": request.state,
            "batch": _optional_id(request.batch_id, "batch_id"),
            "parcel": requests.plain_text(request.parcel_number, "parcel_number", _TEXT_MAX),
            "reason": requests.plain_text(request.reason_code, "reason_code", _TEXT_MAX),
            "after": requests.place_after(request.page_token),
            "size": size + 1,
        }
        with self._app.database.begin() as connection:
            found = store.page(connection, wanted)
        return pb.ListValueChangesResponse(
            changes=map(answers.change, found[:size]),
            next_page_token=str(found[size - 1].place) if len(found) > size else "",
        )

    @requires("levy.read")
    @override
    def GetValueChange(
        self, request: pb.GetValueChangeRequest, context: grpc.ServicerContext
    ) -> pb.ValueChange:
        change_id = requests.required_id(request.change_id, "change_id")
        with self._app.database.begin() as connection:
            found = store.changes(connection, [change_id])
            if not found:
                raise not_found("CHANGE_NOT_FOUND", f"there is no change {change_id}")
            answer = answers.change(found[0])
            answer.bills.extend(self._bills(connection, found[0]))
        return answer

    def _bills(self, connection: Connection, change: Any) -> Iterator[pb.RevaluedBill]:
        if change.state not in ("waiting", "held"):
            return answers.bills_made(store.versions_made(connection, change.change_id))
        (prospect,) = correcting.prospects(self._app, connection, [change], lock=False)
        return answers.bills_foreseen(prospect)

    @requires("levy.value_change.decide")
    @override
    def AcceptValueChanges(
        self, request: pb.AcceptValueChangesRequest, context: grpc.ServicerContext
    ) -> pb.DecidedValueChanges:
        chosen, asked = _chosen(request), _asked()

        def do(connection: Connection) -> pb.DecidedValueChanges:
            count, done = deciding.accept(self._app, connection, chosen, asked)
            return pb.DecidedValueChanges(
                change_count=count,
                corrected=done.corrected,
                held=done.held,
                difference_cents=done.difference_cents,
            )

        return idempotency.in_transaction(
            self._app.database, "AcceptValueChanges", request, pb.DecidedValueChanges, do
        )

    @requires("levy.value_change.decide")
    @override
    def RejectValueChanges(
        self, request: pb.RejectValueChangesRequest, context: grpc.ServicerContext
    ) -> pb.DecidedValueChanges:
        chosen, asked = _chosen(request), _asked()
        if not chosen.comment:
            raise invalid("COMMENT_MISSING", "say why they are rejected", "comment")

        def do(connection: Connection) -> pb.DecidedValueChanges:
            count = deciding.reject(self._app, connection, chosen, asked)
            return pb.DecidedValueChanges(change_count=count)

        return idempotency.in_transaction(
            self._app.database, "RejectValueChanges", request, pb.DecidedValueChanges, do
        )

    @requires("levy.read")
    @override
    def ListChangeReasons(
        self, request: pb.ListChangeReasonsRequest, context: grpc.ServicerContext
    ) -> pb.ListChangeReasonsResponse:
        on = requests.optional_date(request.on, "on") or self._app.clock.today()
        law = self._app.change_reasons.at(on).value
        return pb.ListChangeReasonsResponse(
            reasons=[
                pb.ConfiguredChangeReason(
                    code=each.code,
                    description=each.description,
                    corrects=each.corrects,
                    needs_acceptance=each.needs_acceptance,
                    is_default=each.code == law.default_reason,
                )
                for each in law.reasons
            ]
        )


def _row(number: int, given: pb.ValueChangeRow) -> Row:
    asked = AskedValue(
        number,
        given.parcel_number,
        given.value_dollars if given.HasField("value_dollars") else None,
        given.net_value_dollars if given.HasField("net_value_dollars") else None,
        given.compute_net_value,
        tuple(
            Claim(each.code, each.amount_dollars if each.HasField("amount_dollars") else None)
            for each in given.exemptions
        ),
        given.note.strip(),
        sent_rows.value_caps(given.value_caps.value_caps) if given.HasField("value_caps") else None,
    )
    return Row(asked, given.reason_code)


def _chosen(request: pb.AcceptValueChangesRequest | pb.RejectValueChangesRequest) -> Chosen:
    return Chosen(
        [requests.required_id(each, "change_ids") for each in request.change_ids],
        _optional_id(request.batch_id, "batch_id"),
        requests.plain_text(request.comment, "comment", _TEXT_MAX).strip(),
    )


def _optional_id(text: str, field: str) -> UUID | None:
    return requests.required_id(text, field) if text else None


def _asked() -> Asked:
    return Asked(rpc.caller().user, rpc.traceparent())


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        ValueChangeServicer(app),
        stubs.add_ValueChangeServiceServicer_to_server,
        "millage.levy.v1.ValueChangeService",
    )
