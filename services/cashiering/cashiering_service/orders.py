"""Reads a request to pay; whether it can be taken is decided where the session is locked."""

from cashiering_service.answers import tender_type_name
from cashiering_service.domain.receipt import Order, OrderedLine, Payer
from cashiering_service.domain.tender import Tender, fill_rest
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import requests

_NAME_MAX = 200
_EMAIL_MAX = 254
_REFERENCE_MAX = 100
_TEXT_MAX = 500


def read_order(request: pb.PostPaymentRequest) -> Order:
    """Translate; amounts and kinds are judged by the domain."""
    lines = [_line(line, f"lines[{place}]") for place, line in enumerate(request.lines)]
    tenders = [_tender(one, f"tenders[{place}]") for place, one in enumerate(request.tenders)]
    rest = [place for place, one in enumerate(request.tenders) if one.rest]
    return Order(
        session_id=requests.required_id(request.session_id, "session_id"),
        payer=Payer(
            requests.plain_text(request.payer.name, "payer.name", _NAME_MAX),
            requests.plain_text(request.payer.email, "payer.email", _EMAIL_MAX) or None,
        ),
        lines=lines,
        tenders=fill_rest(tenders, rest, sum(line.amount_cents for line in lines)),
        effective_on=requests.optional_date(request.effective_on, "effective_on"),
        note=requests.plain_text(request.note, "note", _TEXT_MAX),
        return_change=request.return_change if request.HasField("return_change") else True,
        allocate_tendered=_answer(request),
    )


def _answer(request: pb.PostPaymentRequest) -> bool | None:
    """Whoever says what becomes of change has answered that the lines stay as they are."""
    if request.HasField("allocate_tendered"):
        return request.allocate_tendered
    return False if request.HasField("return_change") else None


def _line(line: pb.PaymentLine, field: str) -> OrderedLine:
    return OrderedLine(
        requests.required_id(line.bill_id, f"{field}.bill_id"), line.bill_version, line.amount_cents
    )


def _tender(one: pb.Tender, field: str) -> Tender:
    reference = requests.plain_text(one.reference, f"{field}.reference", _REFERENCE_MAX)
    identifiers = [
        (
            requests.plain_text(code, f"{field}.identifiers", _REFERENCE_MAX),
            requests.plain_text(one.identifiers[code], f"{field}.identifiers", _REFERENCE_MAX),
        )
        for code in sorted(one.identifiers)
    ]
    return Tender(
        tender_type_name(one.tender_type), one.amount_cents, reference or None, tuple(identifiers)
    )
