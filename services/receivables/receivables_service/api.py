"""Receivables' gRPC servicer: translate, ask, translate back."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import grpc
from sqlalchemy import Connection

from millage.receivables.v1 import receivables_pb2 as pb
from millage.receivables.v1 import receivables_pb2_grpc as stubs
from receivables_service import queries
from receivables_service.allocation import api as allocation_api
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.changes import (
    bill_changes_api,
    due_api,
    returns_api,
    special_payoffs_api,
)
from receivables_service.codes import api as codes_api
from receivables_service.codes import runs_api as code_runs_api
from receivables_service.discounts import api as discounts_api
from receivables_service.discounts.offering import Asking, Offer, offers
from receivables_service.domain.coming_due import due_cents
from receivables_service.domain.ledger import Account
from receivables_service.domain.state import InstallmentBalance
from receivables_service.domain.terms import InterestBasis
from receivables_service.fees import api as fees_api
from receivables_service.half_pay import api as half_pay_api
from receivables_service.held import (
    escrow_api,
    flags_api,
    import_exceptions_api,
    prepay_api,
    surplus_api,
)
from receivables_service.plans import api as plans_api
from receivables_service.plans import marks
from receivables_service.queries import Quoted
from receivables_service.rates import api as rates_api
from receivables_service.reports import explain_api, reports_api
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

BILLS_MAX = 500
"""Bills a quote may ask for at once."""

# Interest of two centuries on the largest amount still fits the wire's integers.
_STATES = {
    Account.TAXES_RECEIVABLE: "allocation",
    Account.SURPLUS_LIABILITY: "surplus",
    Account.SUSPENSE_LIABILITY: "suspense",
}


class ReceivablesServicer(stubs.ReceivablesServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.read")
    def Quote(self, request: pb.QuoteRequest, context: grpc.ServicerContext) -> pb.QuoteResponse:
        as_of = self._as_of(request.as_of)
        if bool(request.parcel_number) == bool(request.bill_ids):
            raise invalid("QUOTE_OF_WHAT", "name either a parcel or bills", "parcel_number")
        if len(request.bill_ids) > BILLS_MAX:
            raise invalid(
                "TOO_MANY_BILLS", f"{len(request.bill_ids)}, at most {BILLS_MAX} a call", "bill_ids"
            )
        bill_ids = [requests.required_id(text, "bill_ids") for text in request.bill_ids]
        asked = queries.Asked(self._app.terms, as_of, _basis(request.interest_basis))
        with self._app.database.begin() as connection:
            if bill_ids:
                found = queries.quote_asked(connection, asked, bill_ids)
            else:
                found = queries.quote_parcel(connection, asked, request.parcel_number)
            offered = self._offers(connection, found, as_of)
        bills = [_bill(one, as_of, offered.get(one.head.bill_id)) for one in found]
        return pb.QuoteResponse(bills=bills, as_of=as_of.isoformat())

    @requires("receivables.read")
    def GetBill(self, request: pb.GetBillRequest, context: grpc.ServicerContext) -> pb.BillAccount:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        as_of = self._as_of(request.as_of)
        with self._app.database.begin() as connection:
            (found,) = queries.quote_bills(connection, self._app.terms, [bill_id], as_of)
            entries = queries.entries_of_bill(connection, bill_id)
            plans = marks.of_bill(connection, bill_id)
        quote = _bill(found, as_of)
        return pb.BillAccount(quote=quote, entries=map(_entry, entries), plan_changes=plans)

    @requires("receivables.read")
    def GetAllocations(
        self, request: pb.GetAllocationsRequest, context: grpc.ServicerContext
    ) -> pb.GetAllocationsResponse:
        receipt_id = requests.required_id(request.receipt_id, "receipt_id")
        with self._app.database.begin() as connection:
            rows = queries.allocations_of_receipt(connection, receipt_id)
        return pb.GetAllocationsResponse(rows=map(_allocation, rows))

    @requires("receivables.read")
    def GetTotals(self, request: pb.GetTotalsRequest, context: grpc.ServicerContext) -> pb.Totals:
        business_date = requests.required_date(request.business_date, "business_date")
        with self._app.database.begin() as connection:
            found = queries.totals(connection, business_date)
        return pb.Totals(business_date=business_date.isoformat(), **found._asdict())

    def _offers(
        self, connection: Connection, found: Sequence[Quoted], as_of: date
    ) -> dict[UUID, Offer]:
        """What paying each bill whole would save; asked of no database where nothing is offered."""
        asking = Asking(self._app.discounts, self._app.terms, self._app.clock, as_of)
        owed = {one.head.bill_id: one.state.open_cents for one in found}
        return offers(connection, asking, owed)

    def _as_of(self, text: str) -> date:
        return requests.optional_date(text, "as_of") or self._app.clock.today()


def servicers(app: ReceivablesApp) -> list[rpc.Servicer]:
    return [
        rpc.Servicer(
            ReceivablesServicer(app),
            stubs.add_ReceivablesServiceServicer_to_server,
            "millage.receivables.v1.ReceivablesService",
        ),
        surplus_api.servicer(app),
        reports_api.servicer(app),
        allocation_api.servicer(app),
        due_api.servicer(app),
        bill_changes_api.servicer(app),
        returns_api.servicer(app),
        explain_api.servicer(app),
        plans_api.servicer(app),
        flags_api.servicer(app),
        escrow_api.servicer(app),
        prepay_api.servicer(app),
        rates_api.servicer(app),
        discounts_api.servicer(app),
        codes_api.servicer(app),
        code_runs_api.servicer(app),
        half_pay_api.servicer(app),
        fees_api.servicer(app),
        import_exceptions_api.servicer(app),
        special_payoffs_api.servicer(app),
    ]


def _bill(quoted: Quoted, as_of: date, offer: Offer | None = None) -> pb.BillQuote:
    head, state = quoted
    return pb.BillQuote(
        bill_id=str(head.bill_id),
        bill_number=head.bill_number,
        bill_version=head.bill_version,
        parcel_number=head.parcel_number,
        tax_year=head.tax_year,
        owner_name=head.owner_name,
        installments=map(_installment, state.installments),
        open_cents=state.open_cents,
        surplus_cents=state.surplus_cents,
        defaulted=state.defaulted,
        pi_locked=state.locked,
        interest_basis=state.basis.value if state.basis else "",
        interest_basis_fixed=state.basis_is_fixed,
        codes=state.codes,
        pi_deferred=state.deferred,
        held_by_agency=state.held_by_agency,
        half_pay=state.half_pay,
        discount_cents=offer.discount_cents if offer else 0,
        settles_cents=offer.settles_cents if offer else 0,
        discount_programs=offer.programs if offer else (),
        discount_until=offer.until.isoformat() if offer else "",
        due_cents=due_cents(state, as_of),
    )


def _basis(text: str) -> InterestBasis | None:
    if text not in ("", *InterestBasis):
        raise invalid("BASIS_UNKNOWN", f"{text[:20]!r}: full or installment", "interest_basis")
    return InterestBasis(text) if text else None


def _installment(each: InstallmentBalance) -> pb.InstallmentBalance:
    return pb.InstallmentBalance(
        installment=each.number,
        due_on=each.due_on.isoformat(),
        tax_charged_cents=each.tax_charged_cents,
        tax_open_cents=each.tax_open_cents,
        interest_charged_cents=each.interest_charged_cents,
        interest_open_cents=each.interest_open_cents,
        paid_cents=each.paid_cents,
        penalty_charged_cents=each.penalty_charged_cents,
        penalty_open_cents=each.penalty_open_cents,
        fee_charged_cents=each.fee_charged_cents,
        fee_open_cents=each.fee_open_cents,
        defaulted_open_cents=each.defaulted_open_cents,
        collection_type=each.collection_type.value,
        interest_base_on=each.interest_base_on.isoformat() if each.interest_base_on else "",
        called_due_on=each.called_due_on.isoformat() if each.called_due_on else "",
    )


def _entry(row: Any) -> pb.LedgerEntry:
    return pb.LedgerEntry(
        posting_id=str(row.posting_id),
        fact_id=str(row.fact_id),
        kind=row.kind,
        business_date=row.business_date.isoformat(),
        effective_on=row.effective_on.isoformat(),
        recorded_at=row.recorded_at.isoformat(),
        ledger_account=row.ledger_account,
        installment=row.installment or 0,
        charge_type=row.charge_type or "",
        charge_code=row.charge_code,
        subcode=row.subcode,
        fund_name=row.fund_name,
        collection_type=row.collection_type or "",
        amount_cents=row.amount_cents,
        receipt_id=str(row.receipt_id or ""),
        rule_id=row.rule_id,
        pack_version=row.pack_version,
    )


def _allocation(row: Any) -> pb.AllocationRow:
    return pb.AllocationRow(
        posting_id=str(row.posting_id),
        bill_id=str(row.bill_id or ""),
        parcel_number=row.parcel_number,
        tax_year=row.tax_year or 0,
        installment=row.installment or 0,
        charge_type=row.charge_type or "",
        collection_type=row.collection_type or "",
        # A liability or a paid receivable is credited: what applies is positive here.
        amount_cents=-row.amount_cents,
        state=_STATES[Account(row.ledger_account)],
        kind=row.kind,
        business_date=row.business_date.isoformat(),
        rule_id=row.rule_id,
    )
