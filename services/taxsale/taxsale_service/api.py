"""Taxsale's gRPC servicer: translate, ask, translate back."""

from datetime import date
from typing import Any
from uuid import UUID

import grpc
from millage.taxsale.v1 import taxsale_pb2 as pb
from millage.taxsale.v1 import taxsale_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import not_found
from taxkit.ids import parse_id

from taxsale_service import store
from taxsale_service.bootstrap import TaxsaleApp
from taxsale_service.domain.standing import Debt, Standing, eligible_from, standing_of


class TaxsaleServicer(stubs.TaxsaleServiceServicer):
    def __init__(self, app: TaxsaleApp) -> None:
        self._app = app

    @requires("taxsale.read")
    def GetSaleStanding(
        self, request: pb.GetSaleStandingRequest, context: grpc.ServicerContext
    ) -> pb.SaleStanding:
        bill_id = parse_id(request.bill_id)
        as_of = requests.optional_date(request.as_of, "as_of")
        with self._app.database.begin() as connection:
            row = store.bill(connection, bill_id)
            if row is None:
                raise not_found("BILL_NOT_FOUND", f"taxsale has not heard of bill {bill_id}")
            changes = store.changes_of(connection, bill_id)
        answer = self._standing(row, as_of or row.standing_on)
        answer.changes.extend(_change(change) for change in changes)
        return answer

    @requires("taxsale.read")
    def ListEligible(
        self, request: pb.ListEligibleRequest, context: grpc.ServicerContext
    ) -> pb.ListEligibleResponse:
        as_of = requests.optional_date(request.as_of, "as_of") or self._app.clock.today()
        size = requests.page_size(request.page_size)
        after = parse_id(request.page_token) or UUID(int=0)
        with self._app.database.begin() as connection:
            rows = store.open_bills(connection, request.tax_year, after, size + 1)
        found = [self._standing(row, as_of) for row in rows[:size]]
        eligible = [one for one in found if one.standing == Standing.SALE_ELIGIBLE.value]
        token = str(rows[size - 1].bill_id) if len(rows) > size else ""
        return pb.ListEligibleResponse(items=eligible, next_page_token=token)

    def _standing(self, row: Any, as_of: date) -> pb.SaleStanding:
        terms = self._app.sale_terms(row.tax_year)
        debt = Debt(row.open_cents, (row.first_due_on, row.last_due_on))
        return pb.SaleStanding(
            bill_id=str(row.bill_id),
            parcel_number=row.parcel_number,
            tax_year=row.tax_year,
            standing=standing_of(debt, terms, as_of).value,
            open_cents=row.open_cents,
            eligible_from=eligible_from(debt, terms).isoformat(),
            rule_id=terms.rule_id,
        )


def servicers(app: TaxsaleApp) -> list[rpc.Servicer]:
    return [
        rpc.Servicer(
            TaxsaleServicer(app),
            stubs.add_TaxsaleServiceServicer_to_server,
            "millage.taxsale.v1.TaxsaleService",
        )
    ]


def _change(row: Any) -> pb.StandingChange:
    return pb.StandingChange(
        receipt_id=str(row.receipt_id) if row.receipt_id else "",
        standing_before=row.standing_before,
        standing_after=row.standing_after,
        as_of=row.as_of.isoformat(),
        cause=row.cause,
    )
