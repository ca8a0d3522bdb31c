"""Baskets as their API words them."""

from typing import Any

from cashiering_service.domain.basket import Basket, BasketState, Line
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2 as money

_STATES = {
    BasketState.OPEN: pb.BASKET_STATE_OPEN,
    BasketState.PAUSED: pb.BASKET_STATE_PAUSED,
    BasketState.POSTING: pb.BASKET_STATE_POSTING,
    BasketState.POSTED: pb.BASKET_STATE_POSTED,
    BasketState.CLOSED: pb.BASKET_STATE_CLOSED,
}


def basket_answer(basket: Basket) -> pb.Basket:
    return pb.Basket(
        basket_id=str(basket.basket_id),
        session_id=str(basket.session.session_id),
        state=_STATES[basket.state],
        version=basket.version,
        business_date=basket.session.business_date.isoformat(),
        effective_on=basket.effective_on.isoformat(),
        opened_by=basket.opened_by,
        lines=map(_line, basket.lines),
        line_count=len(basket.lines),
        total_cents=basket.total_cents,
        open_cents=basket.quoted_cents,
    )


def _line(line: Line) -> pb.BasketLine:
    subject, quoted = line.subject, line.quoted
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
        installments=[
            money.InstallmentDue(
                installment=one.installment,
                due_on=one.due_on.isoformat(),
                tax_open_cents=one.tax_cents,
                interest_open_cents=one.interest_cents,
                penalty_open_cents=one.penalty_cents,
                fee_open_cents=one.fee_cents,
            )
            for one in (quoted.charges if quoted else ())
        ],
        open_cents=quoted.open_cents if quoted else 0,
        provisional=bool(quoted and quoted.provisional),
        paying_cents=line.paying_cents,
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
    )
