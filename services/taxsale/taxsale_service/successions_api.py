"""Taxsale's gRPC servicer for parcels that were retired."""

import grpc
from typing_extensions import override

from millage.taxsale.v1 import successions_pb2 as pb
from millage.taxsale.v1 import successions_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxsale_service import successions
from taxsale_service.bootstrap import TaxsaleApp
from taxsale_service.successions import Link

_NUMBER_MAX = 60


class SuccessionServicer(stubs.SuccessionServiceServicer):
    def __init__(self, app: TaxsaleApp) -> None:
        self._app = app

    @requires("taxsale.read")
    @override
    def GetParcelSuccession(
        self, request: pb.GetParcelSuccessionRequest, context: grpc.ServicerContext
    ) -> pb.ParcelSuccession:
        number = requests.plain_text(request.parcel_number, "parcel_number", _NUMBER_MAX).strip()
        if not number:
            raise invalid("PARCEL_NUMBER_MISSING", "name the parcel", "parcel_number")
        with self._app.database.begin() as connection:
            found = successions.of_parcel(connection, number)
        return pb.ParcelSuccession(
            parcel_number=number,
            current_number=found.current_number,
            links=map(_link, found.links),
            predecessors=map(_link, found.predecessors),
            open_bill_ids=map(str, found.open_bill_ids),
        )


def _link(one: Link) -> pb.RetiredParcel:
    return pb.RetiredParcel(
        parcel_number=one.parcel_number,
        successor_number=one.successor_number,
        retired_on=one.retired_on.isoformat(),
        reason=one.reason,
    )


def servicer(app: TaxsaleApp) -> rpc.Servicer:
    return rpc.Servicer(
        SuccessionServicer(app),
        stubs.add_SuccessionServiceServicer_to_server,
        "millage.taxsale.v1.SuccessionService",
    )
