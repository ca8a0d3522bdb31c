"""Taxsale's gRPC servicer: translate, ask, translate back."""

from typing import Any

import grpc
from typing_extensions import override

from millage.taxsale.v1 import taxsale_pb2 as pb
from millage.taxsale.v1 import taxsale_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.ids import parse_id
from taxsale_service import queries, successions_api
from taxsale_service.bootstrap import TaxsaleApp
from taxsale_service.domain.holds import Hold
from taxsale_service.queries import BillStanding, Place
from taxsale_service.specials import Blocking

_NUMBER_MAX = 60


class TaxsaleServicer(stubs.TaxsaleServiceServicer):
    def __init__(self, app: TaxsaleApp) -> None:
        self._app = app

    @requires("taxsale.read")
    @override
    def GetSaleStanding(
        self, request: pb.GetSaleStandingRequest, context: grpc.ServicerContext
    ) -> pb.SaleStanding:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        as_of = requests.optional_date(request.as_of, "as_of")
        return _standing(queries.bill_standing(self._app, bill_id, as_of))

    @requires("taxsale.read")
    @override
    def ListEligible(
        self, request: pb.ListEligibleRequest, context: grpc.ServicerContext
    ) -> pb.ListEligibleResponse:
        as_of = requests.optional_date(request.as_of, "as_of") or self._app.clock.today()
        found, last = queries.eligible_bills(
            self._app,
            as_of,
            requests.tax_year_or_all(request.tax_year),
            _place(request.page_token),
            requests.page_size(request.page_size),
            held_too=request.held_too,
        )
        return pb.ListEligibleResponse(
            items=[_standing(each) for each in found],
            next_page_token=f"{last[0]}/{last[1]}" if last else "",
        )

    @requires("taxsale.read")
    @override
    def GetPayoffBlocks(
        self, request: pb.GetPayoffBlocksRequest, context: grpc.ServicerContext
    ) -> pb.PayoffBlocks:
        parcel = requests.plain_text(request.parcel_number, "parcel_number", _NUMBER_MAX).strip()
        if not parcel:
            raise invalid("PARCEL_NUMBER_MISSING", "name the parcel", "parcel_number")
        if not 0 < request.tax_year <= requests.YEAR_MAX:
            raise invalid("TAX_YEAR_INVALID", "write four digits", "tax_year")
        found, terms = queries.payoff_blocks(self._app, parcel, request.tax_year)
        return pb.PayoffBlocks(
            parcel_number=parcel,
            blocked=bool(found),
            blocks=[_block(each) for each in found],
            rule_id=terms.rule_id,
        )


def servicers(app: TaxsaleApp) -> list[rpc.Servicer]:
    return [
        rpc.Servicer(
            TaxsaleServicer(app),
            stubs.add_TaxsaleServiceServicer_to_server,
            "millage.taxsale.v1.TaxsaleService",
        ),
        successions_api.servicer(app),
    ]


def _place(token: str) -> Place:
    if not token:
        return queries.START
    year, _, bill = token.partition("/")
    bill_id = parse_id(bill)
    if bill_id is None or not (year.isascii() and year.isdigit() and len(year) <= 4):
        raise requests.bad_page_token()
    return int(year), bill_id


def _standing(found: BillStanding) -> pb.SaleStanding:
    return pb.SaleStanding(
        bill_id=str(found.bill.bill_id),
        parcel_number=found.bill.parcel_number,
        tax_year=found.bill.tax_year,
        standing=found.finding.standing.value,
        open_cents=found.bill.open_cents,
        eligible_from=found.eligible_from.isoformat() if found.eligible_from else "",
        rule_id=found.finding.rule_id,
        changes=[_change(row) for row in found.changes],
        successor_number=found.successor_number,
        blocked_by=found.blocked_by,
        held_by=[_hold(each) for each in found.held_by],
    )


def _hold(found: Hold) -> pb.SaleHold:
    return pb.SaleHold(
        source=found.source.value,
        kind=found.kind,
        reason=found.reason,
        authority=found.authority,
        begins_on=found.begins_on.isoformat() if found.begins_on else "",
        last_on=found.last_on.isoformat() if found.last_on else "",
        reference=found.reference,
    )


def _block(found: Blocking) -> pb.PayoffBlock:
    payoff = found.payoff
    return pb.PayoffBlock(
        assessment_number=found.assessment_number,
        agency_name=found.agency_name,
        why=found.why.value,
        left_cents=found.left_cents,
        payoff_id=str(payoff.payoff_id) if payoff else "",
        payoff_cents=payoff.amount_cents if payoff else 0,
        payoff_on=payoff.payoff_on.isoformat() if payoff else "",
    )


def _change(row: Any) -> pb.StandingChange:
    return pb.StandingChange(
        receipt_id=str(row.receipt_id) if row.receipt_id else "",
        standing_before=row.standing_before,
        standing_after=row.standing_after,
        as_of=row.as_of.isoformat(),
        cause=row.cause,
    )
