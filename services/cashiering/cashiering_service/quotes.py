"""Quotes for the counter: receivables' own, or the read copy when receivables is away."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from sqlalchemy import Connection

from cashiering_service.baskets import quoted
from cashiering_service.discounts.offering import Offers
from cashiering_service.domain.called import as_due
from cashiering_service.domain.offered import Offer
from cashiering_service.receipts import discount_quotes
from cashiering_service.settings import CashieringSettings
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.receivables.v1 import receivables_pb2 as theirs
from millage.receivables.v1 import receivables_pb2_grpc as their_stubs
from taxkit import logs, rpc
from taxkit.db import Database
from taxkit.errors import Refusal, RefusalKind, invalid, not_found

_log = logs.get(__name__)
R = TypeVar("R")
# Puts on the bills of a quote what a cashier is to know of them on a day.
Warn = Callable[[Connection, Sequence[pb.BillDue], date], None]
# After an outage gRPC would look for it again as seldom as every two minutes.
_OPTIONS = (("grpc.initial_reconnect_backoff_ms", 250), ("grpc.max_reconnect_backoff_ms", 3000))
# What receivables refuses is refused here; any other failure of it is no matter of the counter's.
_REFUSED = {
    grpc.StatusCode.INVALID_ARGUMENT: RefusalKind.INVALID,
    grpc.StatusCode.FAILED_PRECONDITION: RefusalKind.PRECONDITION,
    grpc.StatusCode.PERMISSION_DENIED: RefusalKind.FORBIDDEN,
    grpc.StatusCode.UNAUTHENTICATED: RefusalKind.UNAUTHENTICATED,
}


class Quotes:
    """Asks receivables with a short deadline; never lets the counter wait for it."""

    def __init__(
        self, settings: CashieringSettings, database: Database, offers: Offers, warn: Warn
    ) -> None:
        self._database = database
        self._offers = offers
        self._warn = warn
        self._timeout_s = settings.quote_timeout_ms / 1000
        self._channel = _channel(settings) if settings.receivables_addr else None

    def quote(
        self,
        parcel_number: str,
        bill_ids: Sequence[UUID],
        as_of: date,
        metadata: Any,
        interest_basis: str = "",
    ) -> pb.QuoteResponse:
        """What is due at a date; provisional when it comes from the read copy."""
        if not parcel_number and not bill_ids:
            raise invalid("QUOTE_KEY_MISSING", "give a parcel number or bill ids", "parcel_number")
        request = theirs.QuoteRequest(
            parcel_number=parcel_number,
            bill_ids=[str(one) for one in bill_ids],
            as_of=as_of.isoformat(),
            interest_basis=interest_basis,
        )
        answer = self._ask(request, metadata)
        if answer is None:
            with self._database.begin() as connection:
                bills = _from_read_copy(connection, parcel_number, bill_ids, as_of)
                _let_off(bills, self._offers.of(connection, _ids(bills), as_of))
        else:
            bills = [_translate(bill) for bill in answer.bills]
            quoted.keep(self._database, bills, as_of)
        discount_quotes.keep(self._database, bills, as_of, provisional=answer is None)
        if not bills:
            asked = parcel_number or ", ".join(map(str, bill_ids))
            raise not_found("BILL_NOT_FOUND", f"no bills for {asked}")
        return pb.QuoteResponse(
            bills=bills,
            open_cents=sum(bill.open_cents for bill in bills),
            as_of=as_of.isoformat(),
            provisional=answer is None,
        )

    def quote_with_warnings(
        self, parcel_number: str, bill_ids: Sequence[UUID], as_of: date, today: date, metadata: Any
    ) -> pb.QuoteResponse:
        """The same, with what a cashier is to know of each bill today."""
        answer = self.quote(parcel_number, bill_ids, as_of, metadata)
        with self._database.begin() as connection:
            self._warn(connection, answer.bills, today)
        return answer

    def neighbour(self, call: Callable[[grpc.Channel, float], R]) -> R | None:
        """What receivables answers to a call in time; None when it is away."""
        if self._channel is None:
            return None
        try:
            return call(self._channel, self._timeout_s)
        except grpc.RpcError as error:
            if error.code() in _REFUSED or error.code() is grpc.StatusCode.NOT_FOUND:
                raise _same_refusal(error) from error
            _log.warning("receivables away, going on without it", code=str(error.code()))
            return None

    def asker(self, context: Any) -> Callable[[Sequence[UUID], date], bool] | None:
        """Has what bills owe on a day kept, for a call's caller; None with nobody to ask."""
        if self._channel is None:
            return None
        passed_on = passed_on_by(context)
        return lambda bill_ids, as_of: self._keep_due(bill_ids, as_of, passed_on)

    def _keep_due(self, bill_ids: Sequence[UUID], as_of: date, metadata: Any) -> bool:
        request = theirs.QuoteRequest(bill_ids=map(str, bill_ids), as_of=as_of.isoformat())
        try:
            answer = self._ask(request, metadata)
        except Refusal as refusal:
            _log.warning("receivables refused to quote", reason=refusal.reason)
            return False
        if answer is None or {one.bill_id for one in answer.bills} != set(map(str, bill_ids)):
            return False
        quoted.keep(self._database, [_translate(bill) for bill in answer.bills], as_of)
        return True

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()

    def _ask(self, request: theirs.QuoteRequest, metadata: Any) -> theirs.QuoteResponse | None:
        if self._channel is None:
            return None
        try:
            return their_stubs.ReceivablesServiceStub(self._channel).Quote(
                request, timeout=self._timeout_s, metadata=metadata
            )
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return theirs.QuoteResponse()
            if error.code() in _REFUSED:
                raise _same_refusal(error) from error
            _log.warning("receivables away, quoting provisionally", code=str(error.code()))
            return None


def passed_on_by(context: Any) -> list[tuple[str, str]]:
    """What of a call goes with what is asked for it: who calls, and in which trace."""
    who = [(key, value) for key, value in context.invocation_metadata() if key == "authorization"]
    return [*who, ("traceparent", rpc.traceparent())]


def _same_refusal(error: grpc.RpcError) -> Refusal:
    """Receivables' refusal in its own words, under its own reason."""
    reason = "QUOTE_REFUSED"
    call: Any = error
    status = rpc_status.from_call(call)
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            reason = info.reason
    kind = _REFUSED.get(call.code(), RefusalKind.NOT_FOUND)
    return Refusal(reason, call.details() or reason, kind=kind)


def _channel(settings: CashieringSettings) -> grpc.Channel:
    if not settings.receivables_ca_file:
        return grpc.insecure_channel(settings.receivables_addr, _OPTIONS)
    authority = Path(settings.receivables_ca_file).read_bytes()
    credentials = grpc.ssl_channel_credentials(authority)
    return grpc.secure_channel(settings.receivables_addr, credentials, _OPTIONS)


def _translate(bill: theirs.BillQuote) -> pb.BillDue:
    return pb.BillDue(
        bill_id=bill.bill_id,
        bill_number=bill.bill_number,
        bill_version=bill.bill_version,
        parcel_number=bill.parcel_number,
        tax_year=bill.tax_year,
        owner_name=bill.owner_name,
        open_cents=bill.open_cents,
        interest_basis=bill.interest_basis,
        interest_basis_fixed=bill.interest_basis_fixed,
        discount_cents=bill.discount_cents,
        settles_cents=bill.settles_cents,
        discount_programs=bill.discount_programs,
        discount_until=bill.discount_until,
        installments=[
            pb.InstallmentDue(
                installment=one.installment,
                due_on=one.called_due_on or one.due_on,
                tax_open_cents=one.tax_open_cents,
                interest_open_cents=one.interest_open_cents,
                penalty_open_cents=one.penalty_open_cents,
                fee_open_cents=one.fee_open_cents,
                defaulted_open_cents=one.defaulted_open_cents,
                collection_type=one.collection_type,
                paid_cents=one.paid_cents,
            )
            for one in bill.installments
        ],
    )


def _ids(bills: Sequence[pb.BillDue]) -> list[UUID]:
    return [UUID(bill.bill_id) for bill in bills]


def _let_off(bills: Sequence[pb.BillDue], offers: Mapping[UUID, Offer]) -> None:
    """Put on provisional quotes what the programs let off, so that they do not ask for more."""
    for bill in bills:
        made = offers.get(UUID(bill.bill_id))
        if made is not None:
            bill.discount_cents = made.discount_cents
            bill.settles_cents = bill.open_cents - made.discount_cents
            bill.discount_programs.extend(made.programs)
            bill.discount_until = made.until.isoformat()


def _from_read_copy(
    connection: Connection, parcel_number: str, bill_ids: Sequence[UUID], as_of: date
) -> list[pb.BillDue]:
    rows = connection.exec_driver_sql(
        "select * from dues where (%(parcel)s <> '' and parcel_number = %(parcel)s)"
        " or bill_id = any(%(ids)s::uuid[]) order by tax_year, bill_number, bill_id",
        {"parcel": parcel_number, "ids": list(bill_ids)},
    )
    return [
        pb.BillDue(
            bill_id=str(row.bill_id),
            bill_number=row.bill_number,
            bill_version=row.bill_version,
            parcel_number=row.parcel_number,
            tax_year=row.tax_year,
            owner_name=row.owner_name,
            open_cents=row.open_cents,
            installments=[pb.InstallmentDue(**as_due(one, as_of)) for one in row.installments],
        )
        for row in rows
    ]
