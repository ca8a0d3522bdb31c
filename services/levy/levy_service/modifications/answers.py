"""Drafts and finished modifications in the words of their contract."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from levy_service import answers
from levy_service.bootstrap import LevyApp
from levy_service.domain.installments import ComputedInstallment
from levy_service.domain.modification import Option
from levy_service.guard import answers as guard_answers
from levy_service.guard import store as guard_store
from levy_service.modifications import drafted, rows
from levy_service.modifications.drafted import Draft, Judged
from levy_service.queries import WholeBill
from millage.levy.v1 import levy_pb2
from millage.levy.v1 import modifications_pb2 as pb


def whole(app: LevyApp, connection: Connection, draft: Draft) -> pb.Modification:
    """A modification with its bills: what it would do while it is open, else what it did."""
    answer = head(draft.head)
    answer.fees.extend(_fee(each, draft.option) for each in draft.fees)
    if draft.head.status == "finished":
        issued = drafted.as_issued(connection, draft.bills)
        answer.modified.extend(_finished(each, issued) for each in draft.bills)
    else:
        answer.modified.extend(_drafted(each) for each in drafted.judge(app, draft))
        change_id = rows.held(connection, draft.modification_id)
        if change_id is not None:
            held = guard_store.change(connection, change_id)
            answer.held.CopyFrom(guard_answers.held_change(held))
    return answer


def head(row: Any) -> pb.Modification:
    finished_at = row.finished_at.isoformat() if row.finished_at else ""
    return pb.Modification(
        modification_id=str(row.modification_id),
        status=row.status,
        revision=row.revision,
        option=row.option,
        asked_option=row.asked_option,
        purpose=row.purpose,
        bills=pb.ModifiableBills(
            taxpayer=row.taxpayer,
            parcel_number=row.parcel_number,
            standing=row.standing,
            tax_year=row.tax_year,
            tax_code=row.tax_code,
            agency_code=row.agency_code,
        ),
        batch=row.batch,
        modified_on=row.modified_on.isoformat(),
        code=row.code,
        reason=row.reason,
        adjustment_code=row.adjustment_code,
        opened_by=row.opened_by,
        opened_at=row.opened_at.isoformat(),
        finished_by=row.finished_by or "",
        finished_at=finished_at,
    )


def _fee(fee: drafted.DraftedFee, option: Option) -> pb.ModifiedFee:
    told = fee.told
    amount, new = fee.amount_cents, fee.new_cents
    # What a finished draft brought to what was paid was paid so far.
    paid = new if option is Option.TO_PAID else None
    if new is None and told is not None:
        amount, new = told.charged_cents, told.after(option)
    if paid is None and told is not None:
        paid = told.paid_cents
    return pb.ModifiedFee(
        bill_id=str(fee.bill_id),
        bill_number=fee.whole.bill.bill_number,
        charge_code=fee.charge_code,
        amount_cents=amount or 0,
        paid_cents=paid or 0,
        new_amount_cents=new or 0,
        hindrance=fee.hindrance if fee.new_cents is None else "",
    )


def _as_drafted(bill: drafted.DraftedBill) -> pb.ModifiedBill:
    row, told = bill.whole.bill, bill.told
    return pb.ModifiedBill(
        bill_id=str(row.bill_id),
        bill_number=row.bill_number,
        parcel_number=row.parcel_number,
        tax_year=row.tax_year,
        owner_name=row.owner_name,
        reached_by_statement=not bill.chosen,
        bill_version=row.bill_version,
        net_value_dollars=row.net_value_dollars,
        total_cents=row.total_cents,
        installments=answers.installments(bill.whole.installments),
        tax_paid_cents=told.tax_paid_cents if told else 0,
        open_cents=bill.whole.open_cents,
        bill_code=bill.edit.bill_code or "",
    )


def _drafted(judged: Judged) -> pb.ModifiedBill:
    bill, after = judged.bill, judged.after
    answer = _as_drafted(bill)
    answer.changes = judged.changes
    answer.hindrance = judged.hindrance
    if bill.moved_on:
        answer.moved_on_to = bill.newest_version
    if after is not None:
        _put_new(answer, after.net_value_dollars, after.total_cents, after.installments)
    return answer


def _finished(bill: drafted.DraftedBill, issued: dict[Any, WholeBill]) -> pb.ModifiedBill:
    answer = _as_drafted(bill)
    now = issued.get(bill.bill_id)
    answer.changes = now is not None
    answer.new_bill_version = bill.new_version or 0
    after = (now or bill.whole).bill
    parts = (now or bill.whole).installments
    _put_new(answer, after.net_value_dollars, after.total_cents, parts)
    return answer


def _put_new(
    answer: pb.ModifiedBill,
    net_value_dollars: int,
    total_cents: int,
    parts: Sequence[ComputedInstallment | Any],
) -> None:
    answer.new_net_value_dollars = net_value_dollars
    answer.new_total_cents = total_cents
    new: list[levy_pb2.Installment] = answers.installments(parts)
    answer.new_installments.extend(new)
