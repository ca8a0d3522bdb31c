"""Levy's gRPC servicer for certified levies: reads requests, decides nothing."""

import grpc
from typing_extensions import override

from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.levies import certifying
from levy_service.runs import reserving
from millage.levy.v1 import certified_levies_pb2 as pb
from millage.levy.v1 import certified_levies_pb2_grpc as stubs
from taxkit import idempotency, rpc
from taxkit.auth import requires


class CertifiedLevyServicer(stubs.CertifiedLevyServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.certify")
    @override
    def CertifyLevies(
        self, request: pb.CertifyLeviesRequest, context: grpc.ServicerContext
    ) -> pb.CertifiedLevies:
        asked = Asked(rpc.caller().user, rpc.traceparent())
        return idempotency.in_transaction(
            self._app.database,
            "CertifyLevies",
            request,
            pb.CertifiedLevies,
            lambda connection: certifying.certify(self._app, connection, asked, request),
        )

    @requires("levy.read")
    @override
    def GetCertifiedLevies(
        self, request: pb.GetCertifiedLeviesRequest, context: grpc.ServicerContext
    ) -> pb.CertifiedLevies:
        tax_year = reserving.checked_year(request.tax_year)
        with self._app.database.begin() as connection:
            return certifying.told(connection, tax_year, request.version)


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        CertifiedLevyServicer(app),
        stubs.add_CertifiedLevyServiceServicer_to_server,
        "millage.levy.v1.CertifiedLevyService",
    )
