"""Bills and receipts as one batch sees them: facts go in, moves of money to be posted come out."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from receivables_service.domain import defaulting
from receivables_service.domain.changes import StateChange, difference
from receivables_service.domain.derivation import Course, derive
from receivables_service.domain.facts import (
    BillCorrected,
    BillIssued,
    Fact,
    MoneyDrawn,
    PaymentReceived,
    PaymentReversed,
)
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.rate_facts import CodeSettled
from receivables_service.domain.state import NOTHING_KNOWN, BillState, PaymentRow, UnappliedRow
from receivables_service.domain.terms import Terms
from receivables_service.kinds import KIND_OF_CHANGE
from taxkit.dated import NoTermInForce
from taxkit.errors import Permanent


class KnownFact(NamedTuple):
    """A fact with what bookkeeping needs of it beside the derivation."""

    fact: Fact
    # The day its money counts on in the drawers and the tie-out.
    business_date: date
    # The receipt's line it comes from; none for an issue, or for a reversal of all lines.
    line_number: int | None = None


class Move(NamedTuple):
    """One posting to be made: what changes, because of which fact, and the money it brought in."""

    kind: PostingKind
    cause: KnownFact
    receipt_id: UUID | None
    change: StateChange
    received_cents: int
    # The state of the bill after it.
    after: BillState
    # A reversal undoes the posting one of these payments caused.
    undoes: tuple[UUID, ...] = ()


class Named(NamedTuple):
    """The names a receipt's line or a bill goes by."""

    bill_number: str | None
    parcel_number: str
    tax_year: int | None


class BillAccount:
    """One bill's facts and state while a batch adds to them.

    A reversal that came before its payment is kept and changes nothing; when the payment comes it
    is posted, and then the reversal, each on its own business date. So the books of every day come
    out the same in whichever order the two arrive.
    """

    def __init__(self, bill_id: UUID, known: Iterable[KnownFact], terms: Terms) -> None:
        self.bill_id = bill_id
        self.added: list[KnownFact] = []
        self._terms = terms
        self._known = {each.fact.fact_id: each for each in known}
        # The bill as it is, ready for money that comes last; none where that is not simply added.
        self._course: Course | None = None
        self._state = NOTHING_KNOWN
        if self._known:
            self._derive()

    @property
    def state(self) -> BillState:
        """The bill as it is now."""
        return self._state if self._course is None else self._course.state

    @property
    def as_of(self) -> date:
        """The latest day anything moved; the day of the issue while nothing has."""
        days = [
            each.business_date
            for each in self._known.values()
            if not isinstance(each.fact, BillIssued | CodeSettled)
        ]
        return max(days or [each.business_date for each in self._known.values()])

    @property
    def facts(self) -> list[Fact]:
        """Everything that is known of the bill."""
        return [each.fact for each in self._known.values()]

    def know(self, settings: Iterable[KnownFact]) -> None:
        """Go by what codes say; none of it is a fact of this bill alone."""
        self._state, self._course = self.state, None
        self._known |= {each.fact.fact_id: each for each in settings}

    def knows(self, fact_id: UUID) -> bool:
        return fact_id in self._known

    def owed(self, as_of: date) -> int:
        """Tell what is to be paid on a date."""
        return self.quoted(as_of).open_cents

    def quoted(self, as_of: date) -> BillState:
        """Derive the bill as it stands on a date."""
        return derive(self.facts, self._terms, as_of)

    @property
    def bill_version(self) -> int:
        """The highest version a correction has given the bill; 1 while none has."""
        corrected = [fact for fact in self.facts if isinstance(fact, BillCorrected)]
        return max((fact.bill_version or 1 for fact in corrected), default=1)

    @property
    def bill_class(self) -> str:
        """The class the bill was issued in; empty while it is not."""
        return next((fact.bill_class for fact in self.facts if isinstance(fact, BillIssued)), "")

    @property
    def payments_added(self) -> list[PaymentReceived]:
        """The payments this batch has brought."""
        return [each.fact for each in self.added if isinstance(each.fact, PaymentReceived)]

    @property
    def secured_again_on(self) -> date | None:
        return defaulting.secured_again_on(self.facts)

    @property
    def default_declared(self) -> bool:
        return defaulting.is_declared(self.facts)

    def issue(self, issued: KnownFact, granted: Sequence[KnownFact] = ()) -> list[Move]:
        """Put the demand on the books, and place the money that waited for it."""
        if not self._learn([issued]):
            return []
        self._learn(granted)
        return self._moves_without_cash(PostingKind.ISSUE, issued)

    def change(self, changed: KnownFact) -> list[Move]:
        """Take anything that changes the bill but money; before its bill it is only kept."""
        if not self._learn([changed]):
            return []
        return self._moves_without_cash(KIND_OF_CHANGE[type(changed.fact)], changed)

    def pay(
        self, receipt_id: UUID, lines: Sequence[KnownFact], granted: Sequence[KnownFact] = ()
    ) -> list[Move]:
        """Take a receipt's money and discounts; give it back if it was reversed already."""
        fresh = self._learn(lines)
        if not fresh:
            return []
        is_plain = not self._learn(granted)
        early = self._reversal_of(receipt_id)
        if early is not None:
            del self._known[early.fact.fact_id]
        money = [_payment(each) for each in fresh]
        cents = sum(each.amount_cents for each in money)
        change = self._advance(money if is_plain and early is None else ())
        moves = [Move(PostingKind.PAYMENT, fresh[0], receipt_id, change, cents, self.state)]
        if early is not None:
            self._known[early.fact.fact_id] = early
            moves.append(self._reversal(early, receipt_id))
        return moves

    def reverse(self, receipt_id: UUID, reversal: KnownFact) -> list[Move]:
        """Undo a receipt's money on this bill, or keep the reversal until the money comes."""
        if not self._learn([reversal]) or not self._payments_of(receipt_id):
            return []
        return [self._reversal(reversal, receipt_id)]

    def draw(self, drawn: KnownFact) -> list[Move]:
        """Let held money of one payment leave the bill, or come back to it."""
        fact = drawn.fact
        assert isinstance(fact, MoneyDrawn)
        if not self._learn([drawn]):
            return []
        change = self._advance()
        cents = -fact.amount_cents
        return [Move(PostingKind.DRAW, drawn, fact.receipt_id, change, cents, self.state)]

    def _reversal(self, reversal: KnownFact, receipt_id: UUID) -> Move:
        payments = self._payments_of(receipt_id)
        return Move(
            PostingKind.REVERSAL,
            reversal,
            receipt_id,
            self._advance(),
            -sum(_payment(each).amount_cents for each in payments),
            self.state,
            tuple(each.fact.fact_id for each in payments),
        )

    def _learn(self, facts: Sequence[KnownFact]) -> list[KnownFact]:
        """Add facts; gives those not known before. The same fact told otherwise is refused."""
        fresh = []
        for each in facts:
            known = self._known.get(each.fact.fact_id)
            if known is None:
                self._known[each.fact.fact_id] = each
                fresh.append(each)
            else:
                refuse_if_otherwise(known, each)
        self.added += fresh
        return fresh

    def _advance(self, money: Sequence[PaymentReceived] = ()) -> StateChange:
        """Take what was learned into account; plain money that comes last is only added."""
        before = self._state if self._course is None else self._course.rows
        self._derive(money)
        return difference(before, self.state)

    def _derive(self, money: Sequence[PaymentReceived] = ()) -> None:
        try:
            if money and self._course is not None and self._course.goes_on(money):
                return
            facts, self._course = self.facts, None
            if Course.can_be_of(facts, self._terms):
                self._course = Course(facts, self._terms)
            else:
                self._state = derive(facts, self._terms)
        except NoTermInForce as error:
            raise Permanent("NO_LAW_IN_FORCE", f"bill {self.bill_id}: {error}") from error

    def _reversal_of(self, receipt_id: UUID) -> KnownFact | None:
        for each in self._known.values():
            if isinstance(each.fact, PaymentReversed) and each.fact.receipt_id == receipt_id:
                return each
        return None

    def _payments_of(self, receipt_id: UUID) -> list[KnownFact]:
        return [
            each
            for each in self._known.values()
            if isinstance(each.fact, PaymentReceived) and each.fact.receipt_id == receipt_id
        ]

    def _moves_without_cash(self, kind: PostingKind, cause: KnownFact) -> list[Move]:
        """Part what a fact did into the charges it moved, and receipt by receipt their money."""
        change = self._advance()
        by_receipt: dict[UUID, set[UUID]] = {}
        money: list[PaymentRow | UnappliedRow] = [*change.payments, *change.unapplied]
        for row in money:
            by_receipt.setdefault(row.receipt_id, set()).add(row.fact_id)
        moved = set().union(*by_receipt.values())
        # Interest that a payment brought up goes with its money; with none moved, with the charges.
        charges = tuple(row for row in change.charges if row.fact_id not in moved)
        own = StateChange(charges, (), (), change.discounts)
        charged = [Move(kind, cause, None, own, 0, self.state)]
        return charged[: len(charges) + len(change.discounts)] + [
            Move(
                PostingKind.REALLOCATION,
                cause,
                receipt_id,
                _of_facts(change, fact_ids),
                0,
                self.state,
            )
            for receipt_id, fact_ids in sorted(by_receipt.items())
        ]


def refuse_if_otherwise(known: KnownFact, told: KnownFact) -> None:
    """Told twice is told once, but only if it is the same."""
    if not _same(known, told):
        raise Permanent(
            "FACT_TOLD_OTHERWISE",
            f"{type(known.fact).__name__} {known.fact.fact_id} is on the books with other content;"
            " facts are never changed: send a correction",
        )


def _same(known: KnownFact, told: KnownFact) -> bool:
    one, other = known.fact, told.fact
    if isinstance(one, BillIssued) and isinstance(other, BillIssued):
        # A bill sent again carries the time of the sending; the demand is what counts.
        return (one.tax_year, one.installments) == (other.tax_year, other.installments)
    if isinstance(one, PaymentReversed) and isinstance(other, PaymentReversed):
        # Whoever takes a receipt back first has taken it back.
        return one.by is not other.by or known == told
    return known == told


def _of_facts(change: StateChange, fact_ids: set[UUID]) -> StateChange:
    return StateChange(
        charges=tuple(row for row in change.charges if row.fact_id in fact_ids),
        payments=tuple(row for row in change.payments if row.fact_id in fact_ids),
        unapplied=tuple(row for row in change.unapplied if row.fact_id in fact_ids),
    )


def _payment(each: KnownFact) -> PaymentReceived:
    assert isinstance(each.fact, PaymentReceived)
    return each.fact
