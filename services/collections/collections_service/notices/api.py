"""gRPC servicer of delinquent notices: translate, call, translate back."""

from typing import Any
from uuid import UUID

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from collections_service.bootstrap import CollectionsApp
from collections_service.notices import runs, store
from collections_service.notices.runs import Wanted
from millage.collections.v1 import notices_pb2 as pb
from millage.collections.v1 import notices_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found
from taxkit.money import CENTS_MAX

_BUCKETS_MAX = 20
_WORD_MAX = 60


class NoticeServicer(stubs.NoticeServiceServicer):
    def __init__(self, app: CollectionsApp) -> None:
        self._app = app

    @requires("collections.notice")
    @override
    def PreviewNoticeRun(
        self, request: pb.PreviewNoticeRunRequest, context: grpc.ServicerContext
    ) -> pb.NoticeRun:
        wanted, user = _wanted(request), rpc.caller().user

        def run(connection: Connection) -> pb.NoticeRun:
            run_id = runs.preview(self._app, connection, wanted, user)
            return _run(store.run(connection, run_id))

        return idempotency.in_transaction(
            self._app.database, "PreviewNoticeRun", request, pb.NoticeRun, run
        )

    @requires("collections.notice.commit")
    @override
    def CommitNoticeRun(
        self, request: pb.CommitNoticeRunRequest, context: grpc.ServicerContext
    ) -> pb.NoticeRun:
        run_id, user = requests.required_id(request.run_id, "run_id"), rpc.caller().user

        def run(connection: Connection) -> pb.NoticeRun:
            runs.commit(self._app, connection, run_id, user)
            return _run(store.run(connection, run_id))

        return idempotency.in_transaction(
            self._app.database, "CommitNoticeRun", request, pb.NoticeRun, run
        )

    @requires("collections.read")
    @override
    def GetNoticeRun(
        self, request: pb.GetNoticeRunRequest, context: grpc.ServicerContext
    ) -> pb.NoticeRun:
        run_id = requests.required_id(request.run_id, "run_id")
        with self._app.database.begin() as connection:
            return _run(_found(connection, run_id))

    @requires("collections.read")
    @override
    def ListNoticeRuns(
        self, request: pb.ListNoticeRunsRequest, context: grpc.ServicerContext
    ) -> pb.ListNoticeRunsResponse:
        size, token = requests.page_size(request.page_size), request.page_token
        before = requests.id_after(token) if token else None
        with self._app.database.begin() as connection:
            rows = store.runs(connection, before, size + 1)
        more = str(rows[size - 1].run_id) if len(rows) > size else ""
        return pb.ListNoticeRunsResponse(runs=map(_run, rows[:size]), next_page_token=more)

    @requires("collections.read")
    @override
    def ListNoticeRunBills(
        self, request: pb.ListNoticeRunBillsRequest, context: grpc.ServicerContext
    ) -> pb.ListNoticeRunBillsResponse:
        run_id = requests.required_id(request.run_id, "run_id")
        size, after = requests.page_size(request.page_size), requests.id_after(request.page_token)
        with self._app.database.begin() as connection:
            _found(connection, run_id)
            rows = store.items(connection, run_id, after, size + 1)
        more = str(rows[size - 1].bill_id) if len(rows) > size else ""
        return pb.ListNoticeRunBillsResponse(bills=map(_item, rows[:size]), next_page_token=more)

    @requires("collections.read")
    @override
    def ListBillNotices(
        self, request: pb.ListBillNoticesRequest, context: grpc.ServicerContext
    ) -> pb.ListBillNoticesResponse:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        with self._app.database.begin() as connection:
            rows = store.of_bill(connection, bill_id)
        return pb.ListBillNoticesResponse(notices=map(_letter, rows))


def _found(connection: Connection, run_id: UUID) -> Any:
    if (row := store.run(connection, run_id)) is None:
        raise not_found("NOTICE_RUN_NOT_FOUND", f"no run {run_id}")
    return row


def _wanted(request: pb.PreviewNoticeRunRequest) -> Wanted:
    if not 0 <= request.least_cents <= CENTS_MAX:
        raise invalid("AMOUNT_INVALID", "a least sum is not below zero", "least_cents")
    if len(request.buckets) > _BUCKETS_MAX:
        raise invalid("BUCKET_UNKNOWN", f"at most {_BUCKETS_MAX} at once", "buckets")
    return Wanted(
        requests.plain_text(request.stage, "stage", _WORD_MAX),
        requests.tax_year_or_all(request.tax_year),
        request.include_prior_years,
        tuple(requests.plain_text(one, "buckets", _WORD_MAX) for one in request.buckets),
        request.least_cents,
    )


def _run(row: Any) -> pb.NoticeRun:
    committed = "running" if row.ended_at is None else "ended"
    return pb.NoticeRun(
        run_id=str(row.run_id),
        stage=row.stage,
        business_date=row.business_date.isoformat(),
        tax_year=row.tax_year,
        include_prior_years=row.include_prior_years,
        buckets=row.buckets,
        least_cents=row.least_cents,
        state=committed if row.committed_at else "previewed",
        selected_count=row.selected,
        left_out_count=row.left_out,
        overdue_cents=row.overdue_cents,
        requested_count=row.requested,
        dropped_count=row.dropped,
        previewed_by=row.previewed_by,
        committed_by=row.committed_by or "",
        rule_id=row.rule_id,
    )


def _item(row: Any) -> pb.NoticeRunBill:
    state = row.fate
    if row.done_at is not None:
        state = "requested" if row.notice_id else "dropped"
    return pb.NoticeRunBill(
        bill_id=str(row.bill_id),
        bill_number=row.bill_number,
        parcel_number=row.parcel_number,
        installment=row.installment,
        overdue_cents=row.overdue_cents,
        due_on=row.due_on.isoformat(),
        days_past_due=row.days_past_due,
        bucket=row.bucket,
        state=state,
        code=row.why_code,
        because=row.why,
        notice_id=str(row.notice_id or ""),
    )


def _letter(row: Any) -> pb.BillNotice:
    return pb.BillNotice(
        notice_id=str(row.notice_id),
        run_id=str(row.run_id),
        stage=row.stage,
        installment=row.installment,
        overdue_cents=row.overdue_cents,
        requested_on=row.requested_on.isoformat(),
        committed_by=row.committed_by,
        answers=[
            pb.NoticeAnswer(kind=kind, on=day, detail=detail)
            for kind, day, detail in row.answers or ()
        ],
    )


def servicer(app: CollectionsApp) -> rpc.Servicer:
    return rpc.Servicer(
        NoticeServicer(app),
        stubs.add_NoticeServiceServicer_to_server,
        "millage.collections.v1.NoticeService",
    )
