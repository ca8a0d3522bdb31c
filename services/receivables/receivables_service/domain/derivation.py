"""What a bill is at: folded from its facts, by nothing else, for any day.

Facts are folded by effective date, then kind, then the order they were recorded at their source,
so that the order in which they arrive here cannot matter:

- The issue comes first whatever its date. Money dated before it, or arriving before it, is held
  unapplied while the bill is unknown and is applied as of its own date once the bill is there.
- A reversed payment is left out altogether, as if it had never been. A reversal of a payment
  that has not arrived yet is a fact like any other and takes effect when the payment does.
- Held money is drawn on its day after everything else; a draw of a reversed payment's money is
  left out with it.
- A correction, transfer, fee or waiver takes effect on its day after the money of that day that was
  recorded before it, and before what was recorded later; a default, and whatever is of its day,
  after all money of the day. None takes effect before its bill is there.
- A discount counts with the payment it was granted to, whenever the grant came; how much it is
  follows from the bill as the payment finds it. What one taken back let off is open from then on.
- A code, an agency's holding and a plan's deferral count from the beginning of their day, before
  its money. They move nothing; what they change is what the days after them bring.
- The end of a plan's deferral is left out once the plan goes on, as if it had never been broken.
- What a code says of rates counts from its moment on for all that no fact before it has charged,
  however long ago that began; what was charged stays.
- Where the law offers a full and an installment basis, the first payment that stands decides, and
  the whole bill is folded on that basis from its issue on.
- A fact given twice counts once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from receivables_service.domain import days, resumptions
from receivables_service.domain.bases import NO_CHOICE, choose
from receivables_service.domain.discount_facts import (
    DiscountFact,
    DiscountGranted,
    DiscountReversed,
)
from receivables_service.domain.facts import (
    BillCorrected,
    BillIssued,
    Change,
    CollectionTypeTransferred,
    DefaultDeclared,
    Fact,
    FeeCharged,
    GraceExpired,
    InterestAndPenaltyWaived,
    LockLifted,
    MoneyDrawn,
    PaymentReceived,
    PaymentReversed,
    Reallocated,
)
from receivables_service.domain.fee_facts import FeeLifted
from receivables_service.domain.fold import Fold
from receivables_service.domain.half_pay_facts import HalfPayRemoved, HalfPaySet
from receivables_service.domain.rate_facts import CodeSettled, RateChange
from receivables_service.domain.state import BillState, Rows
from receivables_service.domain.terms import InterestBasis, Terms

# A payment is folded before anything of the same day that later kinds of facts would change.
_PAYMENT_RANK = 1
# The issue comes first of all; what payments may take is known before the first of them.
_BEFORE_ALL = (BillIssued, DiscountGranted, DiscountReversed)
_FIRST_RANKS: dict[type[object], int] = dict(zip(_BEFORE_ALL, (0, 1, 1), strict=True))
# The rest of a day: the fee and the transfer before the default, so that it takes them along; the
# correction after it; money is moved last.
_RANKS: dict[type[Change], int] = {
    FeeCharged: 2,
    # Beside fees, in the order they were recorded; a correction of the day lands as later ones do.
    HalfPaySet: 2,
    HalfPayRemoved: 2,
    CollectionTypeTransferred: 3,
    DefaultDeclared: 4,
    BillCorrected: 5,
    FeeLifted: 6,
    InterestAndPenaltyWaived: 6,
    LockLifted: 7,
    Reallocated: 8,
    GraceExpired: 10,
}
# What a payment that was recorded later comes after, on a day without a default.
_FIRST_KNOWN, _LAST_KNOWN = _RANKS[FeeCharged], _RANKS[LockLifted]
# Rates are those of a whole day, from before its first payment.
_RATE_RANK = 0
_DRAW_RANK = 9
_Effective = BillIssued | PaymentReceived | MoneyDrawn | CodeSettled | DiscountFact | Change
_Key = tuple[date, int, datetime, UUID]


def derive(
    facts: Iterable[Fact],
    terms: Terms,
    as_of: date | None = None,
    wished: InterestBasis | None = None,
) -> BillState:
    """Fold facts into rows and balances.

    Without as_of: the ledger's state, with interest only up to each payment that stands.
    With as_of: the quote for that date. Payments effective later are left out, and interest is
    charged up to the date, so that paying exactly what is open on that date settles the bill.
    A wished basis counts only while no payment has fixed one.
    """
    ordered = _in_order(facts, as_of)
    chosen = NO_CHOICE
    if terms.interest_basis.keys:
        chosen = choose(
            ordered, terms, lambda some, on: _owed_in_full(some, terms, on), wished, as_of
        )
    fold = _folded(ordered, terms, chosen.basis or InterestBasis.INSTALLMENT)
    if as_of is not None:
        fold.accrue(as_of, None)
    state = fold.state()
    if chosen.basis is None:
        return state
    return replace(state, basis=chosen.basis, basis_is_fixed=chosen.is_fixed)


class Course:
    """A bill folded up to now, which goes on with money that comes after all of it."""

    __slots__ = ("_fold", "_last", "_state")

    def __init__(self, facts: Iterable[Fact], terms: Terms) -> None:
        ordered = _in_order(facts, None)
        self._fold = _folded(ordered, terms, InterestBasis.INSTALLMENT)
        self._last = ordered[-1] if ordered else None
        self._state: BillState | None = None

    @property
    def state(self) -> BillState:
        """The bill as it is now."""
        if self._state is None:
            self._state = self._fold.state()
        return self._state

    @property
    def rows(self) -> Rows:
        """What the bill's next state is compared with: its rows alone."""
        return self._fold.rows()

    @staticmethod
    def can_be_of(facts: Sequence[Fact], terms: Terms) -> bool:
        """Whether no later fact changes how earlier ones count: by a basis, or by a code."""
        return not any(
            isinstance(fact, CodeSettled)
            or (isinstance(fact, BillIssued) and terms.basis(fact.tax_year) is not None)
            for fact in facts
        )

    def goes_on(self, payments: Sequence[PaymentReceived]) -> bool:
        """Fold payments that come after all so far; else tell that nothing was done."""
        last = self._last
        for payment in payments:
            if not _comes_after(payment, last):
                return False
            last = payment
        for payment in payments:
            self._fold.pay(payment)
        self._last, self._state = last, None
        return True


def _comes_after(payment: PaymentReceived, last: _Effective | None) -> bool:
    if last is None or isinstance(last, _BEFORE_ALL):
        return True
    if isinstance(last, PaymentReceived):
        return _moment(payment) > _moment(last)
    return payment.effective_on > last.effective_on


def _moment(payment: PaymentReceived) -> tuple[date, datetime, UUID]:
    return payment.effective_on, payment.recorded_at, payment.fact_id


def _folded(ordered: Sequence[Fact], terms: Terms, basis: InterestBasis) -> Fold:
    fold = Fold(terms, basis)
    fold.tell(ordered)
    return fold


def _owed_in_full(some: Sequence[Fact], terms: Terms, on: date) -> int:
    fold = _folded(some, terms, InterestBasis.FULL)
    fold.accrue(on, None)
    return fold.state().open_cents


def _in_order(facts: Iterable[Fact], as_of: date | None) -> list[_Effective]:
    """Choose the facts that stand, and put them in the order of their effect."""
    known = {fact.fact_id: fact for fact in facts}.values()
    voided = {fact.receipt_id for fact in known if isinstance(fact, PaymentReversed)}
    standing: list[tuple[_Key, _Effective]] = []
    settled: list[CodeSettled] = []
    for fact in known:
        if isinstance(fact, PaymentReceived):
            if fact.receipt_id in voided or (as_of is not None and fact.effective_on > as_of):
                continue
            key = (fact.effective_on, _PAYMENT_RANK, fact.recorded_at, fact.fact_id)
        elif isinstance(fact, MoneyDrawn):
            if fact.receipt_id in voided or (as_of is not None and fact.effective_on > as_of):
                continue
            key = (fact.effective_on, _DRAW_RANK, fact.recorded_at, fact.fact_id)
        elif isinstance(fact, _BEFORE_ALL):
            key = (date.min, _FIRST_RANKS[type(fact)], fact.recorded_at, fact.fact_id)
        elif isinstance(fact, CodeSettled):
            settled.append(fact)
            continue
        elif isinstance(fact, PaymentReversed) or (as_of is not None and fact.effective_on > as_of):
            continue
        else:
            rank = _RATE_RANK if isinstance(fact, RateChange) else _RANKS[type(fact)]
            key = (fact.effective_on, rank, fact.recorded_at, fact.fact_id)
        standing.append((key, fact))
    standing = resumptions.without_undone(_early_first(standing))
    standing = days.after_what_was_known(standing, _FIRST_KNOWN, _LAST_KNOWN)
    standing.sort(key=_key)
    if settled:
        return _with_settings(standing, settled, as_of)
    return [fact for _, fact in standing]


def _early_first(standing: list[tuple[_Key, _Effective]]) -> list[tuple[_Key, _Effective]]:
    """Put corrections that say so before their day's payments, with those of the day before them.

    A version's targets stand for all before it, so that it never comes before any of them.
    """
    until: dict[date, int] = {}
    for _, fact in standing:
        if isinstance(fact, BillCorrected) and fact.before_payments:
            until[fact.effective_on] = max(until.get(fact.effective_on, 0), _version(fact))
    if not until:
        return standing
    return [
        ((key[0], _RATE_RANK, *key[2:]), fact)
        if isinstance(fact, BillCorrected) and _version(fact) <= until.get(key[0], -1)
        else (key, fact)
        for key, fact in standing
    ]


def _version(fact: BillCorrected) -> int:
    return fact.bill_version or 0


def _with_settings(
    standing: list[tuple[_Key, _Effective]], settled: list[CodeSettled], as_of: date | None
) -> list[_Effective]:
    """Put what codes say before the first fact it counts for; the rest before a quote's day."""
    until = as_of or date.max
    waiting = sorted(
        (each for each in settled if each.version == 1 or each.effective_on <= until),
        key=lambda each: (each.version != 1, each.recorded_at, each.version),
    )
    ordered: list[_Effective] = []
    for (day, _, recorded_at, _), fact in standing:
        while waiting and waiting[0].comes_before(day, recorded_at):
            ordered.append(waiting.pop(0))
        ordered.append(fact)
    return [*ordered, *waiting]


def _key(row: tuple[_Key, object]) -> _Key:
    return row[0]
