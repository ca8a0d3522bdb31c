"""Held money follows the ledger: each posting that moves it adjusts its items, at once."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.domain.facts import MoneyDrawn
from receivables_service.domain.held import AWAITING_BILL, OVERPAYMENT, UNMATCHED
from receivables_service.domain.ledger import Account, JournalLine
from receivables_service.held import escrow_told, item_telling
from receivables_service.journal import Draft
from receivables_service.tables import BillHead
from taxkit import ids
from taxkit.inbox import Traced, Work
from taxkit.rows import Columns

_KIND_OF = {
    Account.SURPLUS_LIABILITY: "surplus",
    Account.SURPLUS_PAID_OUT: "surplus",
    Account.SUSPENSE_LIABILITY: "suspense",
    Account.SUSPENSE_PAID_OUT: "suspense",
}


class Label(NamedTuple):
    """What a receipt's line says of the money it leaves to be held."""

    subcode: str
    category: str
    owner_name: str
    advance_type: str = ""
    escrow_account: str = ""


class NewItem(NamedTuple):
    item_id: UUID
    payment_fact_id: UUID
    kind: str
    subcode: str
    category: str
    bill_id: UUID | None
    receipt_id: UUID
    parcel_number: str
    tax_year: int | None
    owner_name: str
    opened_on: date
    advance_type: str
    escrow_account: str


class Movement(NamedTuple):
    payment_fact_id: UUID
    kind: str
    posting_id: UUID
    posting_kind: str
    amount_cents: int
    business_date: date


_NEW = Columns(
    {
        "item_id": "uuid",
        "payment_fact_id": "uuid",
        "kind": "text",
        "subcode": "text",
        "category": "text",
        "bill_id": "uuid",
        "receipt_id": "uuid",
        "parcel_number": "text",
        "tax_year": "integer",
        "owner_name": "text",
        "opened_on": "date",
        "advance_type": "text",
        "escrow_account": "text",
    }
)
_MOVED = Columns(
    {
        "payment_fact_id": "uuid",
        "kind": "text",
        "posting_id": "uuid",
        "posting_kind": "text",
        "amount_cents": "bigint",
        "business_date": "date",
    }
)
# Reserved goes first: who kept it before a case began has it until he pays with it or lets it go.
_STATE = """case when i.reserved_by <> '' and {cents} > 0 then 'reserved'
    when i.case_id is not null then 'in_workflow' when {cents} = 0 then 'closed' else 'open' end"""
_ADJUST = f"""
update held_items i set open_cents = i.open_cents + v.cents, sequence = i.sequence + 1,
    state = {_STATE.format(cents="i.open_cents + v.cents")}
from (select payment_fact_id, kind, sum(amount_cents)::bigint as cents from {_MOVED.source}
      group by 1, 2) as v join held_items known using (payment_fact_id, kind)
    left join receipts r on r.receipt_id = known.receipt_id
where i.item_id = known.item_id
returning {item_telling.SHOWN}, i.payment_fact_id, i.kind,
    r.receipt_number, r.payer_name, r.payer_email, r.surplus_notice_suppressed
"""
_RESTATE = f"""
update held_items i set sequence = i.sequence + 1,
    state = {_STATE.format(cents="i.open_cents")}
where i.item_id = any(%b::uuid[]) returning {item_telling.SHOWN}
"""
_KEEP = f"""
insert into held_movements (item_id, posting_id, posting_kind, amount_cents, business_date)
select i.item_id, v.posting_id, v.posting_kind, v.amount_cents, v.business_date
from {_MOVED.source} join held_items i using (payment_fact_id, kind)
order by v.posting_id, i.item_id
"""
# In the order the postings were made: each row's own moment tells a statement what came first.


def follow(
    work: Work,
    drafts: Sequence[Draft],
    heads: Mapping[UUID, BillHead],
    labels: Mapping[UUID, Label],
    causes: Mapping[UUID, Traced],
) -> None:
    """Adjust the items of what postings put into a liability or took out of it (RECV-035)."""
    moved: list[Movement] = []
    new: dict[tuple[UUID, str], NewItem] = {}
    cause_of: dict[UUID, Traced] = {}
    for draft in drafts:
        for line in draft.entry.lines:
            kind = _KIND_OF.get(line.account)
            if kind is None:
                continue
            moved.append(_movement(draft, line.fact_id, kind, -line.amount_cents))
            cause_of.setdefault(line.fact_id, causes[draft.entry.entry_id])
            if line.amount_cents < 0:
                item = _new_item(draft, line, kind, heads, labels)
                new.setdefault((line.fact_id, kind), item)
    if moved:
        _write(work, moved, list(new.values()), cause_of)


def restate(work: Work, item_ids: Sequence[UUID], cause: Traced) -> None:
    """Tell items whose procedure or reservation changed, though no money moved."""
    for row in work.connection.exec_driver_sql(_RESTATE, (list(item_ids),)).all():
        item_telling.tell(work, row, cause)
    escrow_told.tell(work, item_ids, cause)


def _write(
    work: Work,
    moved: Sequence[Movement],
    new: Sequence[NewItem],
    cause_of: Mapping[UUID, Traced],
) -> None:
    connection = work.connection
    _NEW.insert(connection, "held_items", new, "on conflict (payment_fact_id, kind) do nothing")
    found = connection.exec_driver_sql(_ADJUST, _MOVED.params(moved))
    adjusted = sorted(found, key=lambda row: row.item_id)
    connection.exec_driver_sql(_KEEP, _MOVED.params(moved))
    by_item = item_telling.by_item(moved)
    for row in adjusted:
        why = item_telling.why(row, by_item[row.payment_fact_id, row.kind])
        item_telling.tell(work, row, cause_of[row.payment_fact_id], why)
    if adjusted:
        cause = cause_of[adjusted[0].payment_fact_id]
        escrow_told.tell(work, [row.item_id for row in adjusted], cause)


def _movement(draft: Draft, fact_id: UUID, kind: str, cents: int) -> Movement:
    entry = draft.entry
    return Movement(fact_id, kind, entry.entry_id, entry.kind.value, cents, entry.business_date)


def _new_item(
    draft: Draft,
    line: JournalLine,
    kind: str,
    heads: Mapping[UUID, BillHead],
    labels: Mapping[UUID, Label],
) -> NewItem:
    head = heads.get(draft.bill_id) if draft.bill_id else None
    by_itself = OVERPAYMENT if kind == "surplus" else AWAITING_BILL if draft.bill_id else UNMATCHED
    label = labels.get(line.fact_id)
    if label is None or kind == "surplus":
        label = Label(by_itself, kind, label.owner_name if label else "")
    return NewItem(
        # Told again, after a restore, it is the same item to whoever knows it.
        item_id=ids.derived_id(line.fact_id, "held", kind),
        payment_fact_id=line.fact_id,
        kind=kind,
        subcode=label.subcode,
        category=label.category,
        bill_id=draft.bill_id,
        receipt_id=_receipt_of(draft, line),
        parcel_number=draft.named.parcel_number,
        tax_year=draft.named.tax_year,
        owner_name=(head.owner_name if head else None) or label.owner_name,
        opened_on=draft.entry.business_date,
        advance_type=label.advance_type,
        escrow_account=label.escrow_account,
    )


def _receipt_of(draft: Draft, line: JournalLine) -> UUID:
    """Whose money a line moves; a draw says it itself."""
    if isinstance(draft.cause.fact, MoneyDrawn):
        return draft.cause.fact.receipt_id
    whose = zip(draft.entry.lines, draft.money_of, strict=True)
    receipt_id = next(receipt_id for each, receipt_id in whose if each is line)
    assert receipt_id is not None, line
    return receipt_id


def differences(connection: Connection, limit: int) -> Sequence[Any]:
    """Payments whose items are not what the ledger holds of them: nothing, unless all is lost."""
    return connection.exec_driver_sql(_DIFFERENCES, (limit,)).all()


_DIFFERENCES = """
with books as (
    select fact_id, sum(-amount_cents)::bigint as cents from ledger_entries
    where ledger_account in ('surplus_liability', 'suspense_liability', 'surplus_paid_out',
        'suspense_paid_out') group by 1),
items as (
    select payment_fact_id, sum(open_cents)::bigint as cents from held_items group by 1)
select coalesce(b.fact_id, i.payment_fact_id) as payment_fact_id,
    coalesce(b.cents, 0) as ledger_cents, coalesce(i.cents, 0) as item_cents
from books b full join items i on i.payment_fact_id = b.fact_id
where coalesce(b.cents, 0) <> coalesce(i.cents, 0) order by 1 limit %s
"""
