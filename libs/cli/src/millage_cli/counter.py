"""What a cashier does: open a drawer, quote, take money, take it back, count the drawer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage_cli.client import Client, new_key
from millage_cli.problems import ExitCode, Problem, usage
from taxkit.ids import parse_id

FULL = "full"


@dataclass(frozen=True, slots=True)
class WantedLine:
    """Money for a bill, as typed: the bill by id, or by parcel and tax year; no amount is all."""

    bill_id: str = ""
    parcel_number: str = ""
    tax_year: int = 0
    amount_cents: int | None = None
    waived_interest_cents: int = 0
    waived_penalty_cents: int = 0
    # By hand: installment, charge type, its code or none, cents.
    rows: tuple[tuple[int, str, str, int], ...] = ()
    effective_on: str = ""
    service: str = ""

    @property
    def waived_cents(self) -> int:
        return self.waived_interest_cents + self.waived_penalty_cents


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as typed, before the bills are looked up."""

    session_id: str
    lines: Sequence[WantedLine]
    tenders: Sequence[pb.Tender]
    payer_name: str = ""
    payer_email: str = ""
    effective_on: str = ""
    note: str = ""
    return_change: bool = True
    # What else the request says, in its own words.
    said: Mapping[str, Any] = field(default_factory=dict)


def open_session(
    client: Client, till_code: str, business_date: str, effective_on: str = "", key: str = ""
) -> pb.Session:
    return client.cashiering.OpenSession(
        pb.OpenSessionRequest(
            idempotency_key=key or new_key(),
            till_code=till_code,
            business_date=business_date,
            effective_on=effective_on,
        )
    )


def show_session(client: Client, session_id: str) -> pb.Session:
    return client.cashiering.GetSession(pb.GetSessionRequest(session_id=session_id))


def session_of_till(client: Client, till_code: str) -> pb.Session:
    """The session that is open on a till."""
    return client.cashiering.GetSession(pb.GetSessionRequest(till_code=till_code))


def close_session(
    client: Client, session_id: str, counted: Mapping[int, int], key: str = ""
) -> pb.Session:
    """Close a session with the cents counted for each tender type."""
    counts = [
        pb.TenderCount(tender_type=pb.TenderType.ValueType(kind), counted_cents=cents)
        for kind, cents in counted.items()
    ]
    return client.cashiering.CloseSession(
        pb.CloseSessionRequest(
            idempotency_key=key or new_key(), session_id=session_id, counts=counts
        )
    )


def as_expected(session: pb.Session) -> dict[int, int]:
    """Counts that agree with what the drawer should hold."""
    return {one.tender_type: one.expected_cents for one in session.tenders}


def quote(
    client: Client, *, parcel_number: str = "", bill_ids: Sequence[str] = (), as_of: str = ""
) -> pb.QuoteResponse:
    """What is due; today when no date is named."""
    return client.cashiering.Quote(
        pb.QuoteRequest(parcel_number=parcel_number, bill_ids=bill_ids, as_of=as_of)
    )


def pay(client: Client, payment: Payment, key: str = "") -> pb.Receipt:
    """Look the bills up, and post the payment with the versions they have now."""
    came = (payment.said.get(name) for name in ("postmarked_on", "received_on"))
    as_of = payment.effective_on or next(filter(None, came), "") or _effective_date(client, payment)
    lines = [_line(client, wanted, wanted.effective_on or as_of) for wanted in payment.lines]
    return client.cashiering.PostPayment(
        pb.PostPaymentRequest(
            idempotency_key=key or new_key(),
            session_id=payment.session_id,
            payer=pb.Payer(name=payment.payer_name, email=payment.payer_email),
            lines=lines,
            tenders=payment.tenders,
            effective_on=payment.effective_on,
            note=payment.note,
            return_change=payment.return_change,
            **payment.said,
        )
    )


def reverse(client: Client, receipt: str, reason: str, key: str = "") -> pb.Receipt:
    return client.cashiering.ReversePayment(
        pb.ReversePaymentRequest(
            idempotency_key=key or new_key(), receipt_id=receipt, reason=reason
        )
    )


def _effective_date(client: Client, payment: Payment) -> str:
    """The session's date counts for what is due, but is asked for only where that matters."""
    if parse_id(payment.session_id) is None:
        raise usage("SESSION_INVALID", f"--session {payment.session_id!r} is not a session's id")
    return show_session(client, payment.session_id).effective_on


def _line(client: Client, wanted: WantedLine, as_of: str) -> pb.PaymentLine:
    bill = find_bill(client, wanted, as_of)
    open_cents = bill.open_cents - wanted.waived_cents
    amount = open_cents if wanted.amount_cents is None else wanted.amount_cents
    if wanted.amount_cents is None and amount <= 0:
        raise Problem(
            "NOTHING_DUE",
            f"bill {bill.bill_number} has nothing open as of {as_of}: name an amount to pay more",
        )
    waived = pb.Waived(
        interest_cents=wanted.waived_interest_cents, penalty_cents=wanted.waived_penalty_cents
    )
    return pb.PaymentLine(
        bill_id=bill.bill_id,
        bill_version=bill.bill_version,
        amount_cents=amount,
        waived=waived if wanted.waived_cents else None,
        allocation=[
            pb.AllocationRow(
                installment=number, charge_type=charge, charge_code=code, amount_cents=cents
            )
            for number, charge, code, cents in wanted.rows
        ],
        effective_on=wanted.effective_on,
        service=wanted.service,
    )


def find_bill(client: Client, wanted: WantedLine, as_of: str) -> pb.BillDue:
    """The one bill a line means."""
    found = quote(
        client,
        parcel_number=wanted.parcel_number,
        bill_ids=[wanted.bill_id] if wanted.bill_id else (),
        as_of=as_of,
    ).bills
    fitting = [
        bill
        for bill in found
        if bill.bill_id == wanted.bill_id
        or (bill.parcel_number == wanted.parcel_number and bill.tax_year == wanted.tax_year)
    ]
    if len(fitting) != 1:
        named = wanted.bill_id or f"of parcel {wanted.parcel_number} and tax year {wanted.tax_year}"
        years = ", ".join(str(bill.tax_year) for bill in found) or "none"
        raise Problem(
            "BILL_NOT_FOUND",
            f"no bill {named}; tax years with a bill there: {years}",
            exit_code=ExitCode.NOT_FOUND,
        )
    return fitting[0]
