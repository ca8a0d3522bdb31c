"""Levy's gRPC servicer for files of assessments: reads requests, words answers, decides nothing."""

from collections.abc import Iterator
from typing import Final

import grpc
from sqlalchemy import Connection
from typing_extensions import override

from levy_service import sent_parts
from levy_service.bootstrap import LevyApp
from levy_service.specials import asked, loading
from levy_service.specials.loading import REFUSED_MAX, Loaded
from levy_service.specials.steps import By
from millage.levy.v1 import special_loads_pb2 as pb
from millage.levy.v1 import special_loads_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires

_METHOD: Final = "LoadSpecials"


class SpecialLoadServicer(stubs.SpecialLoadServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.special")
    @override
    def LoadSpecials(
        self, request_iterator: Iterator[pb.LoadSpecialsRequest], context: grpc.ServicerContext
    ) -> pb.LoadSpecialsResponse:
        app, caller, traceparent = self._app, rpc.caller().user, rpc.traceparent()
        sent = sent_parts.read(request_iterator)
        source = requests.plain_text(sent.header.source, "header.source", asked.REASON_MAX)
        by = By(caller, f"file {source}".strip(), app.clock.today(), traceparent)

        def do(connection: Connection) -> pb.LoadSpecialsResponse:
            return _told(loading.load(app, connection, sent.rows, by))

        return app.database.run(
            lambda connection: idempotency.once(
                connection, _METHOD, sent.header.idempotency_key, sent.digest,
                pb.LoadSpecialsResponse, lambda: do(connection),
            )
        )  # fmt: skip


def _told(loaded: Loaded) -> pb.LoadSpecialsResponse:
    return pb.LoadSpecialsResponse(
        opened_count=len(loaded.opened),
        opened_principal_cents=sum(sum(one.opening.tracts.values()) for one in loaded.opened),
        known_count=loaded.known_count,
        refused_count=len(loaded.slips),
        refused=[
            pb.RefusedSpecialLine(
                line_number=each.line_number,
                assessment_number=each.assessment_number,
                reason=each.reason,
                message=each.message,
            )
            for each in loaded.slips[:REFUSED_MAX]
        ],
    )


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        SpecialLoadServicer(app),
        stubs.add_SpecialLoadServiceServicer_to_server,
        "millage.levy.v1.SpecialLoadService",
    )
