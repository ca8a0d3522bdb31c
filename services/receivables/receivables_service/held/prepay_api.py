"""gRPC servicer of pre-payment: translate, call, translate back."""

import re

import grpc
from sqlalchemy import Connection

from millage.receivables.v1 import prepay_pb2 as pb
from millage.receivables.v1 import prepay_pb2_grpc as stubs
from receivables_service.asked import Asked
from receivables_service.asking import run_once
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.held import prepay
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.inbox import Work

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")
_TEXT_MAX = 200
_PARCELS_MAX = 200
_YEARS = range(1900, 2200)


class PrepayServicer(stubs.PrepayServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.prepay")
    def OpenPrepay(self, request: pb.OpenPrepayRequest, context: grpc.ServicerContext) -> pb.Prepay:
        number, asked = _number(request.prepay_number), _asked()
        name = requests.plain_text(request.name, "name", _TEXT_MAX)
        parcels = [
            requests.plain_text(one, "parcel_numbers", _TEXT_MAX) for one in request.parcel_numbers
        ]
        named = {one for one in parcels if one.strip()}
        if not 0 < len(parcels) <= _PARCELS_MAX or len(named) < len(parcels):
            raise invalid(
                "PARCELS_INVALID", f"1 to {_PARCELS_MAX} parcels, each once", "parcel_numbers"
            )

        def do(work: Work) -> pb.Prepay:
            prepay.open_prepay(work, asked, number, name, parcels)
            return _answer(work.connection, number)

        return run_once(self._app, "OpenPrepay", request, pb.Prepay, do)

    @requires("receivables.read")
    def GetPrepay(self, request: pb.GetPrepayRequest, context: grpc.ServicerContext) -> pb.Prepay:
        with self._app.database.begin() as connection:
            return _answer(connection, _number(request.prepay_number))

    @requires("receivables.prepay")
    def PostPrepay(
        self, request: pb.PostPrepayRequest, context: grpc.ServicerContext
    ) -> pb.PostPrepayResponse:
        if request.tax_year not in _YEARS:
            raise invalid("TAX_YEAR_INVALID", f"{request.tax_year}: 1900 to 2199", "tax_year")
        after = requests.required_id(request.after, "after") if request.after else None
        asked = _asked()

        def do(work: Work) -> pb.PostPrepayResponse:
            done = prepay.post(self._app, work, asked, request.tax_year, after)
            return pb.PostPrepayResponse(
                items=done.items,
                bills=done.bills,
                posted_cents=done.cents,
                next=str(done.last or ""),
            )

        return run_once(self._app, "PostPrepay", request, pb.PostPrepayResponse, do)


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        PrepayServicer(app),
        stubs.add_PrepayServiceServicer_to_server,
        "millage.receivables.v1.PrepayService",
    )


def _asked() -> Asked:
    return Asked(rpc.caller().user, "pre-pay", rpc.traceparent())


def _number(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise invalid(
            "PREPAY_NUMBER_INVALID", "1 to 40 letters, digits and hyphens", "prepay_number"
        )
    return text


def _answer(connection: Connection, number: str) -> pb.Prepay:
    found = prepay.read(connection, number)
    return pb.Prepay(
        prepay_number=found.prepay_number,
        name=found.name,
        parcel_numbers=found.parcel_numbers,
        held_cents=found.held_cents,
    )
