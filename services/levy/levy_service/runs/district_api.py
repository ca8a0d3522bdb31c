"""Levy's gRPC servicer for districts: reads requests, words answers, decides nothing."""

import grpc
from typing_extensions import override

from levy_service.bootstrap import LevyApp
from levy_service.runs import levy_rates, reserving, totals
from millage.levy.v1 import districts_pb2 as pb
from millage.levy.v1 import districts_pb2_grpc as stubs
from taxkit import rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_BY = {pb.TOTALS_BY_UNSPECIFIED: pb.TOTALS_BY_TAX_CODE} | {
    by: by for by in (pb.TOTALS_BY_TAX_CODE, pb.TOTALS_BY_AGENCY, pb.TOTALS_BY_FUND)
}


class DistrictServicer(stubs.DistrictServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.read")
    @override
    def GetLevyTotals(
        self, request: pb.GetLevyTotalsRequest, context: grpc.ServicerContext
    ) -> pb.LevyTotals:
        tax_year = reserving.checked_year(request.tax_year)
        if request.by not in _BY:
            raise invalid("TOTALS_BY_UNKNOWN", f"{request.by}: by tax code, agency or fund", "by")
        with self._app.database.begin() as connection:
            return totals.totals(connection, tax_year, _BY[request.by])

    @requires("levy.read")
    @override
    def ComputeLevyRates(
        self, request: pb.ComputeLevyRatesRequest, context: grpc.ServicerContext
    ) -> pb.ComputeLevyRatesResponse:
        with self._app.database.begin() as connection:
            return levy_rates.compute(self._app, connection, request)


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        DistrictServicer(app),
        stubs.add_DistrictServiceServicer_to_server,
        "millage.levy.v1.DistrictService",
    )
