"""Levy's gRPC servicer: reads requests, words answers, decides nothing."""

from collections.abc import Iterator

import grpc
from typing_extensions import override

from levy_service import answers, commands, queries, returns_api
from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.corrections_api import CorrectionServicer
from levy_service.guard import api as guard_api
from levy_service.levies import api as certified_levies_api
from levy_service.modifications import api as modification_api
from levy_service.moves import api as moves_api
from levy_service.queries import Place
from levy_service.register import api as register_api
from levy_service.runs import api as runs_api
from levy_service.runs import district_api
from levy_service.specials import api as specials_api
from levy_service.specials import loading_api, payoff_api
from levy_service.successors import api as successors_api
from levy_service.supplements import api as supplements_api
from levy_service.supplements import refunds_api
from levy_service.trust_taxes import api as trust_taxes_api
from levy_service.value_changes import api as value_changes_api
from millage.levy.v1 import corrections_pb2_grpc as correction_stubs
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1 import levy_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.ids import parse_id


class LevyServicer(stubs.LevyServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.load")
    @override
    def LoadRoll(
        self, request_iterator: Iterator[pb.LoadRollRequest], context: grpc.ServicerContext
    ) -> pb.LoadRollResponse:
        asked = Asked(rpc.caller().user, rpc.traceparent())
        return commands.load_roll(self._app, asked, request_iterator)

    @requires("levy.read")
    @override
    def GetBill(self, request: pb.GetBillRequest, context: grpc.ServicerContext) -> pb.Bill:
        return answers.bill(
            queries.bill(self._app, requests.required_id(request.bill_id, "bill_id"))
        )

    @requires("levy.read")
    @override
    def ListBills(
        self, request: pb.ListBillsRequest, context: grpc.ServicerContext
    ) -> pb.ListBillsResponse:
        found, last = queries.bills(
            self._app,
            _parcel_number(request.parcel_number),
            requests.tax_year_or_all(request.tax_year),
            _place(request.page_token),
            requests.page_size(request.page_size),
        )
        return pb.ListBillsResponse(
            bills=[answers.bill(each) for each in found],
            next_page_token="/".join(map(str, last)) if last else "",
        )


def servicers(app: LevyApp) -> list[rpc.Servicer]:
    return [
        rpc.Servicer(
            LevyServicer(app),
            stubs.add_LevyServiceServicer_to_server,
            "millage.levy.v1.LevyService",
        ),
        rpc.Servicer(
            CorrectionServicer(app),
            correction_stubs.add_CorrectionServiceServicer_to_server,
            "millage.levy.v1.CorrectionService",
        ),
        returns_api.servicer(app),
        trust_taxes_api.servicer(app),
        guard_api.servicer(app),
        moves_api.servicer(app),
        successors_api.servicer(app),
        register_api.servicer(app),
        specials_api.servicer(app),
        loading_api.servicer(app),
        payoff_api.servicer(app),
        runs_api.servicer(app),
        district_api.servicer(app),
        certified_levies_api.servicer(app),
        modification_api.servicer(app),
        value_changes_api.servicer(app),
        supplements_api.servicer(app),
        refunds_api.servicer(app),
    ]


def _parcel_number(asked: str) -> str:
    if "\x00" in asked:
        raise invalid("PARCEL_NUMBER_INVALID", "it holds a NUL character", "parcel_number")
    return asked


def _place(token: str) -> Place:
    if not token:
        return queries.START
    year, _, rest = token.partition("/")
    parcel_number, _, rest = rest.partition("/")
    part, _, last_id = rest.partition("/")
    digits = year.isascii() and year.isdigit() and len(year) <= 4
    bill_id = parse_id(last_id)
    if not digits or not parcel_number or "\x00" in token or bill_id is None:
        raise requests.bad_page_token()
    return int(year), parcel_number, part, bill_id
