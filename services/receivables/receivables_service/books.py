"""One batch's books: accounts opened under lock, moves drafted and told, all written at the end."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from receivables_service import fact_rows, journal, store, told
from receivables_service.accounts import BillAccount, KnownFact, Move, Named
from receivables_service.changes import moved_heads, trust_tax, waived_since
from receivables_service.changes.change_events import PENALTY_INTEREST_WAIVED
from receivables_service.changes.trust_tax_events import TRUST_TAX_BILL_SETTLED
from receivables_service.discounts import told as told_discounts
from receivables_service.domain import fee_accounts
from receivables_service.domain.facts import BillIssued, MoneyDrawn
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.state import BillState
from receivables_service.domain.terms import Terms
from receivables_service.events import BALANCE_CHANGED, PAYMENT_ALLOCATED
from receivables_service.held import items as held_items
from receivables_service.held import turns
from receivables_service.held.items import Label
from receivables_service.held.suspense_account import SuspenseAccount
from receivables_service.journal import Draft, named_by
from receivables_service.tables import BillHead
from taxkit.contracts import EventType
from taxkit.inbox import Traced, Work


class Books:
    """The accounts one batch touches; a constant number of statements, however many there are."""

    def __init__(self, work: Work, terms: Terms) -> None:
        self._work = work
        self._terms = terms
        self._heads: dict[UUID, BillHead] = {}
        # Bills whose names an issue, a correction or a move has told anew.
        self._named: set[UUID] = set()
        self._sequences: dict[UUID, int] = {}
        self._bills: dict[UUID, BillAccount] = {}
        self._suspense: dict[UUID, SuspenseAccount] = {}
        self._posted_by: dict[UUID, UUID] = {}
        self._drafts: list[Draft] = []
        self._causes: dict[UUID, Traced] = {}
        # What held money is, where its line says more of it than the ledger knows.
        self.labels: dict[UUID, Label] = {}

    def open(self, bill_ids: Iterable[UUID], receipts_in_suspense: Iterable[UUID] = ()) -> None:
        """Lock and read accounts: bills before receipts, each in the order of their ids."""
        connection = self._work.connection
        if bills := set(bill_ids):
            self._heads, facts = store.open_bills(connection, bills)
            for bill_id, known in facts.items():
                self._bills[bill_id] = BillAccount(bill_id, known, self._terms)
        if receipts := set(receipts_in_suspense):
            store.lock_receipts(connection, receipts)
            for receipt_id, known in store.facts_in_suspense(connection, receipts).items():
                self._suspense[receipt_id] = SuspenseAccount(known)

    def find_postings(self, fact_ids: Iterable[UUID]) -> None:
        """Read what payments posted, so that reversals can name what they undo."""
        self._posted_by |= store.postings_of(self._work.connection, fact_ids)

    def issue(
        self, head: BillHead, issued: KnownFact, cause: Traced, granted: Sequence[KnownFact] = ()
    ) -> None:
        """Put a bill on the books and tell what it owes."""
        account = self._bills[head.bill_id]
        facts_before = len(account.added)
        moves = account.issue(issued, granted)
        if len(account.added) == facts_before:
            return
        # Money that came before it has been told of already: the bill's stream goes on from there.
        known = self._heads[head.bill_id]
        head = moved_heads.follow(self._work.connection, known, head)
        version = max(head.bill_version or 1, account.bill_version)
        self._heads[head.bill_id] = head._replace(sequence=known.sequence, bill_version=version)
        self._named.add(head.bill_id)
        for move in moves:
            self._post_move(account.bill_id, move, named_by(head), cause)
        self._tell_balance(account, account.state, PostingKind.ISSUE.value, None, cause)

    def pay(
        self, bill_id: UUID, receipt_id: UUID, lines: Sequence[KnownFact], named: Named,
        cause: Traced, granted: Sequence[KnownFact] = (),
    ) -> None:  # fmt: skip
        """Take a receipt's money for a bill, and the discounts it may take."""
        account = self._bills[bill_id]
        self._post_and_tell(account, account.pay(receipt_id, lines, granted), named, cause)

    def reverse(
        self, bill_id: UUID, receipt_id: UUID, reversal: KnownFact, named: Named,
        cause: Traced,
    ) -> None:  # fmt: skip
        """Take a receipt's money off a bill again."""
        account = self._bills[bill_id]
        self._post_and_tell(account, account.reverse(receipt_id, reversal), named, cause)

    def hold(
        self, receipt_id: UUID, lines: Sequence[tuple[KnownFact, Named]], cause: Traced
    ) -> None:
        """Take a receipt's lines that name no bill into suspense, or give them back."""
        account = self._suspense[receipt_id]
        for place, (line, named) in enumerate(lines, 1):
            for move in account.take(line):
                draft = journal.draft_suspense(
                    move, named, self._terms.pack_version, self._posted_by
                )
                # The payments of a receipt's lines come first in its stream, then their reversals.
                undone = move.kind is PostingKind.REVERSAL
                self._post(draft, f"receipt/{receipt_id}", place + len(lines) * undone, cause)

    def draw(self, bill_id: UUID | None, drawn: KnownFact, named: Named, cause: Traced) -> None:
        """Let held money leave a bill or a line on none, or come back to it."""
        fact = drawn.fact
        assert isinstance(fact, MoneyDrawn)
        if bill_id is not None:
            account = self._bills[bill_id]
            moves = account.draw(turns.in_its_turn(drawn, account.facts))
            self._post_and_tell(account, moves, named, cause)
        elif (held := self._suspense[fact.receipt_id]).draw(drawn):
            draft = journal.draft_suspense_draw(drawn, named, self._terms.pack_version)
            if draft.receipt_id is None:
                self._keep(draft, cause)
            else:
                self._post(draft, f"receipt/{fact.receipt_id}", held.told, cause)

    def lift_shortfall(
        self, bill_id: UUID | None, receipt_id: UUID, lifted: KnownFact, named: Named, cause: Traced
    ) -> None:
        """Book that what was missed of a payment is missed no more; a second time does nothing."""
        account = self._bills[bill_id] if bill_id else self._suspense[receipt_id]
        if account.draw(lifted):
            draft = journal.draft_lifted(bill_id, lifted, named, self._terms.pack_version)
            self._keep(draft, cause)

    def held_on(self, bill_id: UUID, payment_id: UUID) -> int:
        """Tell what is held on a bill of one payment."""
        unapplied = self._bills[bill_id].state.unapplied
        return sum(row.amount_cents for row in unapplied if row.fact_id == payment_id)

    def is_fresh(self, bill_id: UUID, fact_id: UUID) -> bool:
        """Tell whether a fact of an issued bill came with this batch."""
        if self._heads[bill_id].bill_number is None:
            return False
        return any(each.fact.fact_id == fact_id for each in self._bills[bill_id].added)

    def is_new(self, bill_id: UUID) -> bool:
        """Tell whether a bill was issued in this batch."""
        return any(isinstance(each.fact, BillIssued) for each in self._bills[bill_id].added)

    def open_on(self, bill_id: UUID, as_of: date) -> int | None:
        """Tell what a bill owes on a date, under lock; nothing when it was not issued."""
        if self._heads[bill_id].bill_number is None:
            return None
        return self._bills[bill_id].owed(as_of)

    def is_paid_up(self, bill_id: UUID) -> bool:
        """Tell whether a bill these books hold owes nothing."""
        return bill_id in self._bills and not self._bills[bill_id].state.open_cents

    def is_carried_as(self, bill_id: UUID, collection_type: str) -> bool:
        """Tell whether what is open on a bill is carried one way."""
        parts = self._bills[bill_id].state.installments
        return all(part.collection_type == collection_type for part in parts if part.open_cents)

    def close(self) -> None:
        """Write everything the batch added."""
        connection = self._work.connection
        recorded_at = self._work.clock.now()
        settled = trust_tax.news(
            connection, self._bills.values(), self._heads, self._drafts, self._terms
        )
        for draft, data in settled:
            assert draft.bill_id is not None
            cause = self._causes[draft.entry.entry_id]
            self.tell(TRUST_TAX_BILL_SETTLED, draft.bill_id, data, cause)
        facts = [
            fact_rows.row_of(each, bill_id)
            for bill_id, account in self._bills.items()
            for each in account.added
        ]
        on_none = (each for held in self._suspense.values() for each in held.added)
        facts += [fact_rows.row_of(each, None) for each in on_none]
        postings = [draft.posting_row(recorded_at) for draft in self._drafts]
        entries = [row for draft in self._drafts for row in draft.entry_rows()]
        store.append(connection, facts, postings, entries)
        told_of = {one for one, account in self._bills.items() if account.added} | self._named
        touched = [one for one in self._bills if one in told_of]
        named = [self._standing(one) for one in touched if one in self._named]
        moved_heads.keep_former(connection, [one for one in named if not self.is_new(one.bill_id)])
        store.save_heads(connection, named)
        others = [self._standing(one) for one in touched if one not in self._named]
        store.advance(connection, others)
        held_items.follow(self._work, self._drafts, self._heads, self.labels, self._causes)

    def change(
        self, bill_id: UUID, changed: KnownFact, kind: PostingKind, cause: Traced
    ) -> list[Move] | None:
        """Take what changes a bill beside money, and tell of it; None when it was known before."""
        account = self._bills[bill_id]
        facts_before = len(account.added)
        moves = account.change(changed)
        if len(account.added) == facts_before:
            return None
        if self._heads[bill_id].bill_number is not None:
            for move in moves:
                self._post_move(bill_id, move, named_by(self._heads[bill_id]), cause)
            self._tell_balance(account, account.state, kind.value, None, cause)
        return moves

    def rename(self, head: BillHead) -> None:
        """Keep what a correction or a move says of a bill beside its amounts."""
        self._heads[head.bill_id] = head
        self._named.add(head.bill_id)

    def restate(self, bill_id: UUID, word: str, cause: Traced) -> None:
        """Tell a bill's balance where nothing of it but its names is another."""
        account = self._bills[bill_id]
        self._tell_balance(account, account.state, word, None, cause)

    def head(self, bill_id: UUID) -> BillHead:
        return self._heads[bill_id]

    def account(self, bill_id: UUID) -> BillAccount:
        return self._bills[bill_id]

    def tell(self, event: EventType, bill_id: UUID, data: dict[str, Any], cause: Traced) -> None:
        """Tell something more in a bill's own stream."""
        self._work.emit(event, f"bill/{bill_id}", self._next(bill_id), data, cause=cause)

    def _standing(self, bill_id: UUID) -> BillHead:
        account, head = self._bills[bill_id], self._heads[bill_id]
        dues = [each.due_on for each in account.state.installments]
        return head._replace(
            sequence=self._sequences.get(bill_id, head.sequence),
            # A correction may have moved it: nothing defaults before it is due.
            last_due_on=max(dues) if dues else head.last_due_on,
            open_cents=account.state.open_cents,
            grace_ends_on=account.state.grace_ends_on,
            default_declared=account.default_declared,
        )

    def _post_and_tell(
        self, account: BillAccount, moves: Sequence[Move], named: Named, cause: Traced
    ) -> None:
        """Post a receipt's moves; balances are told once the bill itself is known."""
        head = self._heads[account.bill_id]
        for move in moves:
            if head.bill_number is None:
                self._post_move(account.bill_id, move, named, cause)
            else:
                self._post_move(account.bill_id, move, named_by(head), cause)
                word = told.word_for(move.kind, move.cause.fact)
                self._tell_balance(account, move.after, word, move.receipt_id, cause)

    def _post_move(self, bill_id: UUID, move: Move, named: Named, cause: Traced) -> None:
        draft = journal.draft_move(bill_id, move, named, self._terms.pack_version, self._posted_by)
        if draft.receipt_id is None:
            self._keep(draft, cause)
        else:
            self._post(draft, f"bill/{bill_id}", self._next(bill_id), cause)
        if move.change.discounts:
            head, account = self._heads[bill_id], self._bills[bill_id]
            for event, data in told_discounts.of_move(head, move, draft, account.facts):
                self.tell(event, bill_id, data, cause)
        if waived := waived_since.of_move(self._heads[bill_id], move):
            self.tell(PENALTY_INTEREST_WAIVED, bill_id, waived, cause)

    def _post(self, draft: Draft, subject: str, sequence: int, cause: Traced) -> None:
        """Keep a posting that moves a receipt's money, and tell of it."""
        self._keep(draft, cause)
        if draft.entry.kind is PostingKind.PAYMENT:
            self._posted_by[draft.entry.cause_fact_id] = draft.entry.entry_id
        data = told.payment_allocated(draft)
        self._work.emit(PAYMENT_ALLOCATED, subject, sequence, data, cause=cause)

    def _keep(self, draft: Draft, cause: Traced) -> None:
        self._drafts.append(draft)
        self._causes[draft.entry.entry_id] = cause

    def _tell_balance(
        self,
        account: BillAccount,
        state: BillState,
        word: str,
        receipt_id: UUID | None,
        cause: Traced,
    ) -> None:
        head = self._heads[account.bill_id]
        data = told.balance_changed(head, state, word, receipt_id, account.as_of)
        if account.bill_class == fee_accounts.CLASS:
            data["fee_account"] = True
        subject = f"bill/{account.bill_id}"
        self._work.emit(BALANCE_CHANGED, subject, self._next(account.bill_id), data, cause=cause)

    def _next(self, bill_id: UUID) -> int:
        at = self._sequences.get(bill_id, self._heads[bill_id].sequence) + 1
        self._sequences[bill_id] = at
        return at
