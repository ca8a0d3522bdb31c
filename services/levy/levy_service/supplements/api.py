"""Levy's gRPC servicer for supplements: reads requests, words answers, decides nothing."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from levy_service import sent_parts, sent_rows
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain.valuation import Claim
from levy_service.domain.value_changes import AskedValue
from levy_service.runs import reserving
from levy_service.supplements import answers, billing, loading, refund_store, store
from levy_service.supplements.loading import Row
from levy_service.supplements.planning import Planner
from millage.levy.v1 import supplements_pb2 as pb
from millage.levy.v1 import supplements_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import Refusal, invalid

_TEXT_MAX = 200
_AT_ONCE = 10_000


class SupplementServicer(stubs.SupplementServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.supplement")
    @override
    def LoadSupplement(
        self, request_iterator: Iterator[pb.LoadSupplementRequest], context: grpc.ServicerContext
    ) -> pb.Supplement:
        asked, app = _asked(), self._app
        sent = sent_parts.read(request_iterator)
        tax_year = reserving.checked_year(sent.header.tax_year)
        source = requests.plain_text(sent.header.source, "header.source", _TEXT_MAX)
        rows = [_row(number, each) for number, each in enumerate(sent.rows, start=1)]

        def do(connection: Connection) -> pb.Supplement:
            loaded = loading.load(app, connection, tax_year, source, rows, asked)
            return answers.supplement(store.supplement(connection, loaded))

        return app.database.run(
            lambda connection: idempotency.once(
                connection, "LoadSupplement", sent.header.idempotency_key, sent.digest,
                pb.Supplement, lambda: do(connection),
            )
        )  # fmt: skip

    @requires("levy.read")
    @override
    def GetSupplement(
        self, request: pb.GetSupplementRequest, context: grpc.ServicerContext
    ) -> pb.Supplement:
        supplement_id = requests.required_id(request.supplement_id, "supplement_id")
        with self._app.database.begin() as connection:
            return answers.supplement(billing.find(connection, supplement_id))

    @requires("levy.read")
    @override
    def ListSupplements(
        self, request: pb.ListSupplementsRequest, context: grpc.ServicerContext
    ) -> pb.ListSupplementsResponse:
        year = reserving.checked_year(request.tax_year) if request.tax_year else 0
        with self._app.database.begin() as connection:
            found = store.supplements(connection, year)
        return pb.ListSupplementsResponse(supplements=map(answers.supplement, found))

    @requires("levy.read")
    @override
    def PreviewSupplement(
        self, request: pb.PreviewSupplementRequest, context: grpc.ServicerContext
    ) -> pb.SupplementPreview:
        supplement_id = requests.required_id(request.supplement_id, "supplement_id")
        today = self._app.clock.today()
        billed_on = requests.optional_date(request.billed_on, "billed_on") or today
        size, after = (
            requests.page_size(request.page_size),
            requests.place_after(request.page_token),
        )
        with self._app.database.begin() as connection:
            row = billing.find(connection, supplement_id)
            if row.billed_on is not None or row.discarded_by is not None:
                raise Refusal(
                    "SUPPLEMENT_NOT_LOADED", "it is billed, being billed or discarded: list it"
                )
            billing.check_day(self._app, row, billed_on)
            planner = Planner(self._app, connection, row, billed_on)
            answer = pb.SupplementPreview() if after else self._sums(connection, planner, row)
            items = store.items_after(connection, supplement_id, after, size + 1)
            answer.items.extend(map(answers.planned, planner.plan(items[:size], lock=False)))
        answer.next_page_token = str(items[size - 1].place) if len(items) > size else ""
        return answer

    def _sums(self, connection: Connection, planner: Planner, row: Any) -> pb.SupplementPreview:
        """All of a supplement, some thousand events at a time."""
        answer, place = pb.SupplementPreview(), 0
        while items := store.items_after(connection, row.supplement_id, place, _AT_ONCE):
            place = items[-1].place
            for one in planner.plan(items, lock=False):
                answer.new_bills += len(one.new)
                answer.changed_bills += len(one.nexts)
                answer.difference_cents += one.difference_cents
                answer.refund_count += len(one.refunds)
                answer.refund_cents += one.refund_cents
        return answer

    @requires("levy.read")
    @override
    def ListSupplementItems(
        self, request: pb.ListSupplementItemsRequest, context: grpc.ServicerContext
    ) -> pb.ListSupplementItemsResponse:
        supplement_id = requests.required_id(request.supplement_id, "supplement_id")
        size, after = (
            requests.page_size(request.page_size),
            requests.place_after(request.page_token),
        )
        with self._app.database.begin() as connection:
            billing.find(connection, supplement_id)
            items = store.items_after(connection, supplement_id, after, size + 1)
            page = items[:size]
            made = store.made_of(connection, supplement_id, [each.place for each in page])
            held = store.held_places(connection, supplement_id)
            owed = refund_store.of_supplement(
                connection, supplement_id, [each.place for each in page]
            )
        bills, refunds = answers.bills_made(made), answers.refunds_owed(owed)
        answer = pb.ListSupplementItemsResponse(
            next_page_token=str(page[-1].place) if len(items) > size else ""
        )
        for each in page:
            told = answers.item(each)
            told.held = each.place in held
            told.bills.extend(bills.get(each.place, ()))
            told.refunds.extend(refunds.get(each.place, ()))
            answer.items.append(told)
        return answer

    @requires("levy.supplement")
    @override
    def DiscardSupplement(
        self, request: pb.DiscardSupplementRequest, context: grpc.ServicerContext
    ) -> pb.Supplement:
        supplement_id = requests.required_id(request.supplement_id, "supplement_id")
        reason = requests.plain_text(request.reason, "reason", _TEXT_MAX).strip()
        if not reason:
            raise invalid("REASON_MISSING", "say why it is discarded", "reason")
        user = rpc.caller().user

        def do(connection: Connection) -> pb.Supplement:
            billing.discard(self._app, connection, supplement_id, reason, user)
            return answers.supplement(store.supplement(connection, supplement_id))

        return idempotency.in_transaction(
            self._app.database, "DiscardSupplement", request, pb.Supplement, do
        )

    @requires("levy.supplement.bill")
    @override
    def CreateSupplementBills(
        self, request: pb.CreateSupplementBillsRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.SupplementProgress]:
        idempotency.check_key(request.idempotency_key)
        return billing.create(self._app, _asked(), request)


def _row(number: int, given: pb.SupplementEvent) -> Row:
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
    return Row(
        asked, given.kind, _day(given.event_on), given.owner_name.strip(),
        given.owner_email.strip(), given.tax_code, given.property_class, given.township,
    )  # fmt: skip


def _day(text: str) -> date | None:
    """A day that is none is a finding of its row, not the end of the stream."""
    try:
        return requests.required_date(text, "event_on")
    except Refusal:
        return None


def _asked() -> Asked:
    return Asked(rpc.caller().user, rpc.traceparent())


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        SupplementServicer(app),
        stubs.add_SupplementServiceServicer_to_server,
        "millage.levy.v1.SupplementService",
    )
