"""gRPC servicer of overdue bills: translate, ask, translate back."""

from uuid import UUID

import grpc
from typing_extensions import override

from collections_service import overdue
from collections_service.bootstrap import CollectionsApp
from collections_service.domain.coded import Purpose
from collections_service.overdue import Asked, Overdue
from millage.collections.v1 import overdue_pb2 as pb
from millage.collections.v1 import overdue_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.money import CENTS_MAX


class OverdueServicer(stubs.OverdueServiceServicer):
    def __init__(self, app: CollectionsApp) -> None:
        self._app = app

    @requires("collections.read")
    @override
    def ListOverdueBills(
        self, request: pb.ListOverdueBillsRequest, context: grpc.ServicerContext
    ) -> pb.ListOverdueBillsResponse:
        found = overdue.page(self._app, self._asked(request))
        return pb.ListOverdueBillsResponse(
            bills=map(_bill, found.bills),
            left_out=[
                pb.LeftOut(bill=_bill(one.bill), code=one.code, because=one.because)
                for one in found.left_out
            ],
            next_page_token=str(found.last or ""),
        )

    def _asked(self, request: pb.ListOverdueBillsRequest) -> Asked:
        purpose = request.purpose or Purpose.VIEW.value
        if purpose not in list(Purpose):
            raise invalid("PURPOSE_UNKNOWN", f"{purpose[:20]!r}: view, export or notice", "purpose")
        if not 0 <= request.least_cents <= CENTS_MAX:
            raise invalid("AMOUNT_INVALID", "a least sum is not below zero", "least_cents")
        token = request.page_token
        return Asked(
            Purpose(purpose),
            requests.optional_date(request.as_of, "as_of") or self._app.clock.today(),
            requests.tax_year_or_all(request.tax_year),
            request.include_prior_years,
            request.least_cents,
            requests.required_id(token, "page_token") if token else UUID(int=0),
            requests.page_size(request.page_size),
        )


def _bill(one: Overdue) -> pb.OverdueBill:
    return pb.OverdueBill(
        bill_id=str(one.bill_id),
        bill_number=one.bill_number,
        parcel_number=one.parcel_number,
        tax_year=one.tax_year,
        overdue_cents=one.overdue_cents,
        due_on=one.due_on.isoformat(),
        days_past_due=one.days,
        bucket=one.bucket,
        codes=[each.code for each in one.codes],
    )


def servicer(app: CollectionsApp) -> rpc.Servicer:
    return rpc.Servicer(
        OverdueServicer(app),
        stubs.add_OverdueServiceServicer_to_server,
        "millage.collections.v1.OverdueService",
    )
