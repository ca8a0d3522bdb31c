"""Baskets as their API words them."""

from collections.abc import Sequence
from typing import Any

from cashiering_service.baskets import links
from cashiering_service.baskets.line_details import details
from cashiering_service.domain.basket import Basket, BasketState, Line, LineKind
from cashiering_service.domain.basket_header import totals
from cashiering_service.domain.basket_terms import BasketTerms, InterestDisplay
from cashiering_service.domain.finding import Finding, Severity
from cashiering_service.domain.findings import DECAL, BillKnown, Book, findings
from cashiering_service.domain.part_payments import PartPayments
from cashiering_service.domain.parties import Parties
from cashiering_service.domain.paying import Charge, basis_of
from cashiering_service.domain.subtotals import Subtotal, subtotals
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2 as money

_STATES = {
    BasketState.OPEN: pb.BASKET_STATE_OPEN,
    BasketState.PAUSED: pb.BASKET_STATE_PAUSED,
    BasketState.POSTING: pb.BASKET_STATE_POSTING,
    BasketState.POSTED: pb.BASKET_STATE_POSTED,
    BasketState.CLOSED: pb.BASKET_STATE_CLOSED,
}
_SEVERITIES = {
    Severity.SHOW: pb.FINDING_SEVERITY_SHOW,
    Severity.WARN: pb.FINDING_SEVERITY_WARN,
    Severity.CONFIRM: pb.FINDING_SEVERITY_CONFIRM,
    Severity.APPROVE: pb.FINDING_SEVERITY_APPROVE,
    Severity.REFUSE: pb.FINDING_SEVERITY_REFUSE,
}


def basket_answer(
    basket: Basket,
    terms: BasketTerms,
    book: Book,
    parts: PartPayments,
    dropped: Sequence[Finding] = (),
) -> pb.Basket:
    return pb.Basket(
        basket_id=str(basket.basket_id),
        session_id=str(basket.session.session_id),
        state=_STATES[basket.state],
        version=basket.version,
        business_date=basket.session.business_date.isoformat(),
        effective_on=basket.effective_on.isoformat(),
        opened_by=basket.opened_by,
        lines=[_line(basket, line, book, terms) for line in basket.lines],
        line_count=len(basket.lines),
        total_cents=basket.total_cents,
        open_cents=basket.quoted_cents,
        subtotals=map(_subtotal, subtotals(basket)) if terms.collection_types_apart else (),
        findings=[
            _finding(one, approved=one.key in basket.approved)
            for one in findings(basket, book, terms, parts)
        ],
        dropped=[_finding(one, approved=False) for one in dropped],
        payer=pb.BasketPayer(
            name=basket.payer.name,
            email=basket.payer.email or "",
            lender_code=basket.payer.lender_code,
            verified=basket.payer.verified,
            mailing_address=basket.payer.mailing_address,
        ),
        receipt_id=str(basket.receipt_id) if basket.receipt_id else "",
        receipt_number=basket.receipt_number,
        basis_switch=terms.interest_display is not InterestDisplay.NONE,
        allocation_rule=basket.rule_id,
        bill_count=sum(line.kind is LineKind.BILL for line in basket.lines),
        totals=_totals(basket, book),
        links=links.of_basket(basket),
    )


def _totals(basket: Basket, book: Book) -> list[pb.BasketTotal]:
    types = {one.bill_id: one.tax_type.code for one in book.bills.values() if one.tax_type}
    return [
        pb.BasketTotal(
            kind=one.kind,
            name=one.name,
            line_count=one.line_count,
            paying_cents=one.paying_cents,
        )
        for one in totals(basket, types)
    ]


def _subtotal(one: Subtotal) -> pb.Subtotal:
    return pb.Subtotal(
        collection_type=one.collection_type,
        current_cents=one.current_cents,
        delinquent_cents=one.delinquent_cents,
        paying_cents=one.paying_cents,
    )


def _finding(one: Finding, *, approved: bool) -> pb.Finding:
    return pb.Finding(
        code=one.code,
        severity=_SEVERITIES[one.severity],
        message=one.message,
        parcel_number=one.parcel_number,
        bill_number=one.bill_number,
        approved=approved,
    )


def _line(basket: Basket, line: Line, book: Book, terms: BasketTerms) -> pb.BasketLine:
    subject, quoted = line.subject, line.quoted
    charges = quoted.charges if quoted else ()
    bill = book.bills.get(subject.bill_id) if subject.bill_id else None
    return pb.BasketLine(
        line_number=line.line_number,
        kind=line.kind.value,
        service_type=line.service_type,
        bill_id=str(subject.bill_id) if subject.bill_id else "",
        bill_number=subject.bill_number,
        bill_version=subject.bill_version,
        parcel_number=subject.parcel_number,
        tax_year=subject.tax_year or 0,
        owner_name=subject.owner_name,
        effective_on=line.wish.effective_on.isoformat(),
        installments=map(_installment, charges),
        open_cents=quoted.open_cents if quoted else 0,
        provisional=bool(quoted and quoted.provisional),
        paying_cents=line.paying_cents,
        tax_cents=sum(one.tax_cents for one in charges),
        interest_cents=sum(one.interest_cents for one in charges),
        penalty_cents=sum(one.penalty_cents for one in charges),
        fee_cents=sum(one.fee_cents for one in charges),
        **_face(bill),
        **_terms(line),
        **_parties(book.parties.get(subject.parcel_number)),
        **details(line, bill, book, terms),
        links=links.of_line(basket, line),
    )


def _parties(known: Parties | None) -> dict[str, Any]:
    """Who has to do with a line's parcel, where the register told."""
    if known is None:
        return {}
    return {
        "primary_owner": known.primary_owner.name if known.primary_owner else "",
        "parties": [
            pb.LineParty(
                role=one.role, name=one.name, email=one.email or "", lender_code=one.lender_code
            )
            for one in known.known
        ],
    }


def _terms(line: Line) -> dict[str, Any]:
    """On which terms a line pays."""
    wish, quoted = line.wish, line.quoted
    return {
        "basis": basis_of(wish, quoted).value if quoted else "",
        "advance_type": line.details.get("advance_type", ""),
        "escrow_account": line.details.get("escrow_account", ""),
        "decal_number": line.details.get(DECAL, ""),
        "allocation_rule": wish.rule_id,
        "source_code": line.details.get("source_code", ""),
        "basis_dictated": bool(quoted and quoted.dictated_basis),
        "discount_cents": quoted.discount_cents if quoted else 0,
        "discount_until": str(quoted.discount_until or "") if quoted else "",
        "due": wish.due.value if quoted else "",
        "share_numerator": wish.share.numerator if wish.share else 0,
        "share_denominator": wish.share.denominator if wish.share else 0,
        "share_is_rest": bool(wish.share and wish.share.is_rest),
    }


def _face(bill: BillKnown | None) -> dict[str, Any]:
    return {
        "tax_code": bill.tax_code if bill else "",
        "property_class": bill.property_class if bill else "",
        "tax_type": bill.tax_type.code if bill and bill.tax_type else "",
    }


def _installment(one: Charge) -> money.InstallmentDue:
    return money.InstallmentDue(
        installment=one.installment,
        due_on=one.due_on.isoformat(),
        tax_open_cents=one.tax_cents,
        interest_open_cents=one.interest_cents,
        penalty_open_cents=one.penalty_cents,
        fee_open_cents=one.fee_cents,
        collection_type=one.collection_type,
        paid_cents=one.paid_cents,
    )


def header_answer(row: Any) -> pb.BasketHeader:
    return pb.BasketHeader(
        basket_id=str(row.basket_id),
        session_id=str(row.session_id),
        state=_STATES[BasketState(row.state)],
        version=row.version,
        opened_by=row.opened_by,
        opened_at=row.opened_at.isoformat(),
        line_count=row.lines,
        total_cents=row.cents,
    )


def found_account(row: Any) -> pb.FoundAccount:
    return pb.FoundAccount(
        parcel_number=row.parcel_number,
        owner_name=row.owner_name,
        bill_count=row.bills,
        open_cents=row.open_cents,
        oldest_open_year=row.oldest,
        successor_number=row.successor_number or "",
    )
