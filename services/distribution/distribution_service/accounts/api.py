"""Waivers and liabilities, over gRPC."""

import grpc
from typing_extensions import override

from distribution_service.accounts import liabilities, waivers
from distribution_service.bootstrap import DistributionApp
from millage.distribution.v1 import accounts_pb2 as pb
from millage.distribution.v1 import accounts_pb2_grpc as stubs
from taxkit import db, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid


class AccountServicer(stubs.AccountServiceServicer):
    def __init__(self, app: DistributionApp) -> None:
        self._app = app

    @requires("distribution.read")
    @override
    def ListWaiverTotals(
        self, request: pb.ListWaiverTotalsRequest, context: grpc.ServicerContext
    ) -> pb.ListWaiverTotalsResponse:
        first = requests.required_date(request.from_date, "from_date")
        last = requests.required_date(request.to_date, "to_date")
        if last < first:
            raise invalid(
                "DATE_RANGE_INVALID", f"to_date {last} is before from_date {first}", "to_date"
            )
        with self._app.database.begin() as connection:
            db.read_one_moment(connection)
            rows = waivers.totals(connection, first, last)
            agencies = waivers.by_agency(connection, first, last)
        return pb.ListWaiverTotalsResponse(
            charges=[
                pb.WaiverTotal(
                    tax_year=row.tax_year,
                    charge_type=row.charge_type,
                    waived_cents=row.waived_cents,
                )
                for row in rows
            ],
            agencies=[
                pb.AgencyWaiver(agency_code=code, waived_cents=cents)
                for code, cents in agencies.items()
            ],
        )

    @requires("distribution.read")
    @override
    def ListLiabilities(
        self, request: pb.ListLiabilitiesRequest, context: grpc.ServicerContext
    ) -> pb.ListLiabilitiesResponse:
        with self._app.database.begin() as connection:
            rows = liabilities.totals(connection)
        return pb.ListLiabilitiesResponse(
            liabilities=[
                pb.Liability(
                    category=row.category,
                    subcode=row.subcode,
                    item_count=row.item_count,
                    open_cents=row.open_cents,
                )
                for row in rows
            ]
        )


def servicer(app: DistributionApp) -> rpc.Servicer:
    return rpc.Servicer(
        AccountServicer(app),
        stubs.add_AccountServiceServicer_to_server,
        "millage.distribution.v1.AccountService",
    )
