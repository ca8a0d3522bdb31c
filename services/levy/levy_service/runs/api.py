"""Levy's gRPC servicer for runs: reads requests, words answers, decides nothing."""

from collections.abc import Iterator

import grpc
from typing_extensions import override

from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.runs import certifying, preview_store, previews, run_store, running
from millage.levy.v1 import runs_pb2 as pb
from millage.levy.v1 import runs_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import not_found


class RunServicer(stubs.RunServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.preview")
    @override
    def PreviewLevy(
        self, request: pb.PreviewLevyRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.PreviewProgress]:
        return previews.preview(self._app, _asked(), request)

    @requires("levy.read")
    @override
    def GetPreview(
        self, request: pb.GetPreviewRequest, context: grpc.ServicerContext
    ) -> pb.Preview:
        preview_id = requests.required_id(request.preview_id, "preview_id")
        with self._app.database.begin() as connection:
            return previews.told(connection, preview_id)

    @requires("levy.read")
    @override
    def ListPreviews(
        self, request: pb.ListPreviewsRequest, context: grpc.ServicerContext
    ) -> pb.ListPreviewsResponse:
        tax_year = requests.tax_year_or_all(request.tax_year)
        with self._app.database.begin() as connection:
            rows = preview_store.previews(connection, tax_year)
        return pb.ListPreviewsResponse(previews=map(previews.head, rows))

    @requires("levy.preview")
    @override
    def DiscardPreview(
        self, request: pb.DiscardPreviewRequest, context: grpc.ServicerContext
    ) -> pb.Preview:
        asked = _asked()
        return idempotency.in_transaction(
            self._app.database,
            "DiscardPreview",
            request,
            pb.Preview,
            lambda connection: previews.discard(self._app, connection, asked, request),
        )

    @requires("levy.certify")
    @override
    def CertifyRoll(
        self, request: pb.CertifyRollRequest, context: grpc.ServicerContext
    ) -> pb.Certification:
        asked = _asked()
        return idempotency.in_transaction(
            self._app.database,
            certifying.METHOD,
            request,
            pb.Certification,
            lambda connection: certifying.certify(self._app, connection, asked, request),
        )

    @requires("levy.run")
    @override
    def RunLevy(
        self, request: pb.RunLevyRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.RunProgress]:
        return running.run(self._app, _asked(), request)

    @requires("levy.read")
    @override
    def GetRun(self, request: pb.GetRunRequest, context: grpc.ServicerContext) -> pb.Run:
        run_id = requests.required_id(request.run_id, "run_id")
        with self._app.database.begin() as connection:
            row = run_store.run(connection, run_id)
            if row is None:
                raise not_found("RUN_NOT_FOUND", f"there is no levy run {run_id}")
            return running.told(connection, row)

    @requires("levy.read")
    @override
    def ListRuns(
        self, request: pb.ListRunsRequest, context: grpc.ServicerContext
    ) -> pb.ListRunsResponse:
        tax_year = requests.tax_year_or_all(request.tax_year)
        with self._app.database.begin() as connection:
            rows = run_store.runs(connection, tax_year)
            return pb.ListRunsResponse(runs=[running.told(connection, row) for row in rows])


def _asked() -> Asked:
    return Asked(rpc.caller().user, rpc.traceparent())


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        RunServicer(app), stubs.add_RunServiceServicer_to_server, "millage.levy.v1.RunService"
    )
