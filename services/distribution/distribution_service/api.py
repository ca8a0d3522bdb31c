"""Distribution's gRPC servicer: translate, ask, translate back."""

from datetime import date
from typing import Any

import grpc

from distribution_service import discounts, fund_entries, queries
from distribution_service.accounts import api as accounts_api
from distribution_service.bootstrap import DistributionApp
from distribution_service.credits import api as credits_api
from millage.distribution.v1 import distribution_pb2 as pb
from millage.distribution.v1 import distribution_pb2_grpc as stubs
from taxkit import db, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found


class DistributionServicer(stubs.DistributionServiceServicer):
    def __init__(self, app: DistributionApp) -> None:
        self._app = app

    @requires("distribution.read")
    def GetShares(
        self, request: pb.GetSharesRequest, context: grpc.ServicerContext
    ) -> pb.GetSharesResponse:
        receipt_id = requests.required_id(request.receipt_id, "receipt_id")
        with self._app.database.begin() as connection:
            db.read_one_moment(connection)
            received = queries.received(connection, receipt_id)
            rows = queries.shares_of(connection, receipt_id)
            in_funds = fund_entries.of_receipt(connection, receipt_id)
        if received is None and not rows:
            raise not_found(
                "RECEIPT_NOT_FOUND", f"distribution has not heard of receipt {receipt_id}"
            )
        shared = sum(row.amount_cents for row in rows)
        return pb.GetSharesResponse(
            shares=map(_share, rows),
            undistributed_cents=(received or 0) - shared - in_funds,
            fund_cents=in_funds,
        )

    @requires("distribution.read")
    def GetTotals(self, request: pb.GetTotalsRequest, context: grpc.ServicerContext) -> pb.Totals:
        day = requests.required_date(request.business_date, "business_date")
        with self._app.database.begin() as connection:
            db.read_one_moment(connection)
            totals = queries.totals(connection, day)
            funds = fund_entries.totals(connection, day)
        received, shared = int(totals.received_cents), int(totals.shared_cents)
        return pb.Totals(
            business_date=day.isoformat(),
            received_cents=received,
            shared_cents=shared,
            undistributed_cents=received - shared - funds.booked_cents,
            releasable_cents=int(totals.releasable_cents) + funds.releasable_cents,
            fund_cents=funds.booked_cents,
        )

    @requires("distribution.read")
    def ListAgencyTotals(
        self, request: pb.ListAgencyTotalsRequest, context: grpc.ServicerContext
    ) -> pb.ListAgencyTotalsResponse:
        first, last = _range(request)
        with self._app.database.begin() as connection:
            rows = queries.agency_totals(connection, first, last, by_fund=request.by_fund)
        return pb.ListAgencyTotalsResponse(
            agencies=[
                pb.AgencyTotal(
                    agency_code=row.agency_code,
                    agency_name=row.agency_name,
                    shared_cents=row.shared_cents,
                    fund_code=row.fund_code,
                    fund_name=row.fund_name,
                )
                for row in rows
            ]
        )

    @requires("distribution.read")
    def ListFundTotals(
        self, request: pb.ListFundTotalsRequest, context: grpc.ServicerContext
    ) -> pb.ListFundTotalsResponse:
        first, last = _range(request)
        with self._app.database.begin() as connection:
            rows = fund_entries.by_fund(connection, first, last)
        return pb.ListFundTotalsResponse(
            funds=[
                pb.FundTotal(
                    fund=row.fund,
                    account=row.account,
                    source_code=row.source_code,
                    booked_cents=row.booked_cents,
                )
                for row in rows
            ]
        )

    @requires("distribution.read")
    def ListDiscountTotals(
        self, request: pb.ListDiscountTotalsRequest, context: grpc.ServicerContext
    ) -> pb.ListDiscountTotalsResponse:
        first, last = _range(request)
        with self._app.database.begin() as connection:
            db.read_one_moment(connection)
            programs = discounts.by_program(connection, first, last)
            agencies = discounts.by_agency(connection, first, last)
        return pb.ListDiscountTotalsResponse(
            programs=[
                pb.DiscountTotal(
                    program=row.program,
                    account=row.account,
                    net_cents=row.net_cents,
                    discount_cents=row.discount_cents,
                    gross_cents=row.net_cents + row.discount_cents,
                )
                for row in programs
            ],
            agencies=[
                pb.AgencyDiscount(agency_code=code, discount_cents=cents)
                for code, cents in agencies.items()
            ],
        )


def servicers(app: DistributionApp) -> list[rpc.Servicer]:
    return [
        rpc.Servicer(
            DistributionServicer(app),
            stubs.add_DistributionServiceServicer_to_server,
            "millage.distribution.v1.DistributionService",
        ),
        credits_api.servicer(app),
        accounts_api.servicer(app),
    ]


def _range(request: Any) -> tuple[date, date]:
    """From the first day to the last, both of them in it."""
    first = requests.required_date(request.from_date, "from_date")
    last = requests.required_date(request.to_date, "to_date")
    if last < first:
        raise invalid(
            "DATE_RANGE_INVALID", f"to_date {last} is before from_date {first}", "to_date"
        )
    return first, last


def _share(row: Any) -> pb.Share:
    return pb.Share(
        posting_id=str(row.posting_id),
        bill_id=str(row.bill_id),
        agency_code=row.agency,
        fund_code=row.fund_code,
        fund_name=row.fund_name,
        agency_name=row.agency_name,
        charge_type=row.charge_type,
        amount_cents=row.amount_cents,
        kind=row.kind,
        business_date=row.business_date.isoformat(),
        rule_id=row.rule_id,
    )
