"""Reads a request to pay; whether it can be taken is decided where the session is locked."""

from collections.abc import Mapping
from dataclasses import replace

from cashiering_service.answers import tender_type_name
from cashiering_service.baskets.line_advances import read_advances
from cashiering_service.domain.allotment import AccountKeys, AllotmentRow
from cashiering_service.domain.held import drawn_by
from cashiering_service.domain.intake import AT_COUNTER, COUNTER, Intake
from cashiering_service.domain.lookup import ACCOUNT_KEYS, SERVICE_TYPES
from cashiering_service.domain.paper import Paper
from cashiering_service.domain.paying import Basis
from cashiering_service.domain.receipt import Order, OrderedLine, Payer
from cashiering_service.domain.tender import Tender, fill_rest
from cashiering_service.domain.waiver import Waived
from cashiering_service.sources.answers import read_entry
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import requests
from taxkit.auth import Caller
from taxkit.errors import invalid

_NAME_MAX = 200
_EMAIL_MAX = 254
_MAIL_MAX = 500
_REFERENCE_MAX = 100
_TEXT_MAX = 500
_CODE_MAX = 60


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
            requests.plain_text(request.payer.mailing_address, "payer.mailing_address", _MAIL_MAX),
        ),
        lines=lines,
        tenders=fill_rest(
            tenders,
            rest,
            sum(line.amount_cents for line in lines)
            + sum(one.amount_cents for one in request.advances),
        ),
        entries=tuple(
            read_entry(one, f"source_lines[{place}]")
            for place, one in enumerate(request.source_lines)
        ),
        effective_on=requests.optional_date(request.effective_on, "effective_on"),
        note=requests.plain_text(request.note, "note", _TEXT_MAX),
        return_change=request.return_change if request.HasField("return_change") else True,
        allocate_tendered=_answer(request),
        rule_id=requests.plain_text(request.allocation_rule, "allocation_rule", _REFERENCE_MAX),
        grants=tuple(
            requests.required_id(one, f"override_grants[{place}]")
            for place, one in enumerate(request.override_grants)
        ),
        keys=frozenset({request.idempotency_key}),
        advances=read_advances(request),
        intake=_intake(request),
        paper=_paper(request),
    )


def rights_of(order: Order) -> set[str]:
    """What an order needs besides the right to pay: whatever is not plain about it (CASH-009)."""
    needed = {
        "cashiering.effective_date": order.effective_on is not None or bool(order.line_dates),
        "cashiering.payment_source": order.intake != AT_COUNTER,
        "cashiering.waive": any(line.waived for line in order.lines),
        "cashiering.allocate": bool(order.rule_id)
        or any(line.rule_id or line.rows for line in order.lines),
        "cashiering.override": bool(order.grants),
        "cashiering.held_tender": bool(drawn_by(order.tenders)),
    }
    return {right for right, is_needed in needed.items() if is_needed}


def of_caller(order: Order, caller: Caller) -> Order:
    """Hold an order to the rights of who asks, and note whose drawers it may go into."""
    for right in sorted(rights_of(order)):
        caller.require(right)
    return replace(order, into_any_session=caller.may("cashiering.session.any"))


def _answer(request: pb.PostPaymentRequest) -> bool | None:
    """Whoever says what becomes of change has answered that the lines stay as they are."""
    if request.HasField("allocate_tendered"):
        return request.allocate_tendered
    return False if request.HasField("return_change") else None


def _service(text: str, field: str) -> str:
    """The service type a line is paid under; none is tax."""
    if text and text not in SERVICE_TYPES:
        raise invalid(
            "SERVICE_TYPE_UNKNOWN", f"{text[:60]!r} is not one of {', '.join(SERVICE_TYPES)}", field
        )
    return text


def _line(line: pb.PaymentLine, field: str) -> OrderedLine:
    waived = Waived(line.waived.penalty_cents, line.waived.interest_cents)
    return OrderedLine(
        requests.required_id(line.bill_id, f"{field}.bill_id"),
        line.bill_version,
        line.amount_cents,
        waived if line.HasField("waived") else None,
        requests.plain_text(line.allocation_rule, f"{field}.allocation_rule", _REFERENCE_MAX),
        tuple(
            AllotmentRow(
                row.installment,
                row.charge_type,
                row.amount_cents,
                requests.plain_text(row.charge_code, f"{field}.allocation", _CODE_MAX),
                row.collection_type,
                requests.plain_text(row.fund, f"{field}.allocation", _CODE_MAX),
            )
            for row in line.allocation
        ),
        requests.optional_date(line.effective_on, f"{field}.effective_on"),
        _service(line.service, f"{field}.service"),
        _basis(line.interest_basis, f"{field}.interest_basis"),
        _account_keys(line.account_keys, f"{field}.account_keys"),
    )


def _account_keys(given: Mapping[str, str], field: str) -> AccountKeys:
    """The numbers an account was asked for by, each of a kind a lookup knows."""
    for kind in given:
        if kind not in ACCOUNT_KEYS:
            raise invalid(
                "ACCOUNT_KEY_KIND_UNKNOWN",
                f"{kind[:40]!r} is not one of {', '.join(ACCOUNT_KEYS)}",
                field,
            )
    return tuple(
        (kind, requests.plain_text(value, field, _REFERENCE_MAX))
        for kind, value in sorted(given.items())
        if value
    )


def _basis(text: str, field: str) -> str:
    if text not in ("", *Basis):
        raise invalid("BASIS_UNKNOWN", "full or installment", field)
    return text


def _intake(request: pb.PostPaymentRequest) -> Intake:
    return Intake(
        requests.plain_text(request.source, "source", _REFERENCE_MAX) or COUNTER,
        requests.optional_date(request.postmarked_on, "postmarked_on"),
        requests.optional_date(request.received_on, "received_on"),
        requests.plain_text(request.lender_code, "lender_code", _CODE_MAX),
    )


def _paper(request: pb.PostPaymentRequest) -> Paper:
    return Paper(
        request.suppress_receipt_print,
        request.suppress_surplus_notice,
        tuple(
            requests.plain_text(one, "custom_receipts", _CODE_MAX)
            for one in request.custom_receipts
        ),
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
