"""Postings drafted in memory: a move of money as a balanced entry, and as rows of the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from receivables_service.accounts import KnownFact, Move, Named
from receivables_service.domain.changes import Allocation, allocation
from receivables_service.domain.facts import DrawnFor, MoneyDrawn
from receivables_service.domain.ledger import (
    Account,
    JournalEntry,
    JournalLine,
    PostingKind,
    charge_lines,
    money_lines,
    suspense_lines,
)
from receivables_service.held.suspense_account import SuspenseMove
from receivables_service.tables import BillHead, EntryRow, PostingRow
from taxkit import ids

RECEIPT_RULE = "receipt-line"
"""The rule of a line that says only that money came or went: the receipt says so."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A posting about to be written and told."""

    entry: JournalEntry
    cause: KnownFact
    bill_id: UUID | None
    receipt_id: UUID | None
    named: Named
    allocated: Allocation
    # Whose money each line moves; none for lines that only charge.
    money_of: tuple[UUID | None, ...]

    def posting_row(self, recorded_at: datetime) -> PostingRow:
        entry, allocated = self.entry, self.allocated
        return PostingRow(
            posting_id=entry.entry_id,
            kind=entry.kind.value,
            bill_id=self.bill_id,
            receipt_id=self.receipt_id,
            parcel_number=self.named.parcel_number,
            tax_year=self.named.tax_year,
            business_date=entry.business_date,
            effective_on=self.cause.fact.effective_on,
            recorded_at=recorded_at,
            cause_fact_id=entry.cause_fact_id,
            compensates=entry.compensates,
            pack_version=entry.pack_version,
            allocated_cents=allocated.total_cents
            - allocated.surplus_cents
            - allocated.suspense_cents,
            surplus_cents=allocated.surplus_cents,
            suspense_cents=allocated.suspense_cents,
        )

    def entry_rows(self) -> list[EntryRow]:
        entry = self.entry
        return [
            EntryRow(
                entry.entry_id,
                number,
                line.account.value,
                line.amount_cents,
                line.installment,
                line.charge_type.value if line.charge_type else None,
                line.collection_type.value if line.collection_type else None,
                line.fact_id,
                receipt_id,
                line.rule_id or RECEIPT_RULE,
                entry.pack_version,
                line.charge_code,
                line.subcode,
            )
            for number, (line, receipt_id) in enumerate(
                zip(entry.lines, self.money_of, strict=True), 1
            )
        ]


def draft_move(
    bill_id: UUID, move: Move, named: Named, pack_version: str, posted_by: Mapping[UUID, UUID]
) -> Draft:
    """Draft what a move of a bill posts: its charges first, then receipts' money."""
    charges, money = charge_lines(move.change), money_lines(move.change)
    receipts = {row.fact_id: row.receipt_id for row in move.change.payments}
    receipts |= {row.fact_id: row.receipt_id for row in move.change.unapplied}
    compensates = next((posted_by[each] for each in move.undoes if each in posted_by), None)
    draft = Draft(
        entry=_entry(move.kind, move.cause, charges + money, pack_version, compensates),
        cause=move.cause,
        bill_id=bill_id,
        receipt_id=move.receipt_id,
        named=named,
        allocated=allocation(move.change, move.received_cents),
        money_of=(None,) * len(charges) + tuple(receipts[line.fact_id] for line in money),
    )
    return outside_of_receipts(draft) if move.kind is PostingKind.DRAW else draft


def draft_suspense_draw(drawn: KnownFact, named: Named, pack_version: str) -> Draft:
    """Draft what leaves a receipt's line on no bill, or comes back to it."""
    fact = drawn.fact
    assert isinstance(fact, MoneyDrawn)
    lines = suspense_lines(fact.payment_id, -fact.amount_cents)
    draft = Draft(
        entry=_entry(PostingKind.DRAW, drawn, lines, pack_version, None),
        cause=drawn,
        bill_id=None,
        receipt_id=fact.receipt_id,
        named=named,
        allocated=Allocation(rows=(), surplus_cents=0, suspense_cents=-fact.amount_cents),
        money_of=(fact.receipt_id,) * len(lines),
    )
    return outside_of_receipts(draft)


def outside_of_receipts(draft: Draft) -> Draft:
    """Write what leaves the books beside the receipts: those stay the sum of their own rows."""
    fact = draft.cause.fact
    assert isinstance(fact, MoneyDrawn)
    if fact.drawn_for is DrawnFor.APPLIED:
        return draft
    accounts = {
        Account.SURPLUS_LIABILITY: Account.SURPLUS_PAID_OUT,
        Account.SUSPENSE_LIABILITY: Account.SUSPENSE_PAID_OUT,
    }
    if fact.drawn_for is DrawnFor.SHORTFALL:
        accounts[Account.CASH_CLEARING] = Account.SHORTFALL_RECEIVABLE
    lines = tuple(
        line._replace(account=accounts.get(line.account, line.account))
        for line in draft.entry.lines
    )
    return replace(
        draft,
        entry=replace(draft.entry, lines=lines),
        receipt_id=None,
        allocated=Allocation(rows=(), surplus_cents=0, suspense_cents=0),
        money_of=(None,) * len(lines),
    )


def draft_lifted(bill_id: UUID | None, lifted: KnownFact, named: Named, pack_version: str) -> Draft:
    """Draft that nobody owes what was missed: the receipt it was tendered on is taken back."""
    fact = lifted.fact
    assert isinstance(fact, MoneyDrawn)
    lines = (
        JournalLine(Account.CASH_CLEARING, fact.amount_cents, fact.payment_id),
        JournalLine(Account.SHORTFALL_RECEIVABLE, -fact.amount_cents, fact.payment_id),
    )
    return Draft(
        entry=_entry(PostingKind.DRAW, lifted, lines, pack_version, None),
        cause=lifted,
        bill_id=bill_id,
        receipt_id=None,
        named=named,
        allocated=Allocation(rows=(), surplus_cents=0, suspense_cents=0),
        money_of=(None,) * len(lines),
    )


def draft_suspense(
    move: SuspenseMove, named: Named, pack_version: str, posted_by: Mapping[UUID, UUID]
) -> Draft:
    """Draft what a receipt's line on no bill posts."""
    undone = move.kind is PostingKind.REVERSAL
    payment = move.payment
    cents = -payment.amount_cents if undone else payment.amount_cents
    lines = suspense_lines(payment.fact_id, cents)
    compensates = posted_by.get(payment.fact_id) if undone else None
    return Draft(
        entry=_entry(move.kind, move.cause, lines, pack_version, compensates),
        cause=move.cause,
        bill_id=None,
        receipt_id=payment.receipt_id,
        named=named,
        allocated=Allocation(rows=(), surplus_cents=0, suspense_cents=cents),
        money_of=(payment.receipt_id,) * len(lines),
    )


def _entry(
    kind: PostingKind,
    cause: KnownFact,
    lines: tuple[JournalLine, ...],
    pack_version: str,
    compensates: UUID | None,
) -> JournalEntry:
    return JournalEntry(
        entry_id=ids.new_id(),
        kind=kind,
        business_date=cause.business_date,
        cause_fact_id=cause.fact.fact_id,
        pack_version=pack_version,
        lines=lines,
        compensates=compensates,
    )


def named_by(head: BillHead) -> Named:
    """The names of a bill on the books."""
    assert head.parcel_number is not None
    return Named(head.bill_number, head.parcel_number, head.tax_year)
