"""Money of receipts' lines that name no bill, as one batch sees it."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from receivables_service.accounts import KnownFact, refuse_if_otherwise
from receivables_service.domain.facts import MoneyDrawn, PaymentReceived
from receivables_service.domain.ledger import PostingKind


class SuspenseMove(NamedTuple):
    """One posting to be made of a line on no bill: the payment, or its reversal."""

    kind: PostingKind
    cause: KnownFact
    payment: PaymentReceived


class SuspenseAccount:
    """One receipt's lines that name no bill: each is held until its reversal gives it back."""

    def __init__(self, known: Iterable[KnownFact]) -> None:
        self.added: list[KnownFact] = []
        self._payments: dict[int, KnownFact] = {}
        self._reversals: dict[int, KnownFact] = {}
        self._draws: dict[UUID, KnownFact] = {}
        for each in known:
            if isinstance(each.fact, MoneyDrawn):
                self._draws[each.fact.fact_id] = each
            else:
                self._side(each)[_line(each)] = each

    def draw(self, drawn: KnownFact) -> bool:
        """Let held money of a line go, or come back; false when that is known already."""
        if drawn.fact.fact_id in self._draws:
            return False
        self._draws[drawn.fact.fact_id] = drawn
        self.added.append(drawn)
        return True

    @property
    def told(self) -> int:
        """How many events its lines and their draws have made at most."""
        return 2 * len(self._payments) + len(self._draws)

    def take(self, line: KnownFact) -> list[SuspenseMove]:
        """Add a line's payment or reversal; a reversal that came first waits for its payment."""
        side, number = self._side(line), _line(line)
        if number in side:
            refuse_if_otherwise(side[number], line)
            return []
        side[number] = line
        self.added.append(line)
        payment, reversal = self._payments.get(number), self._reversals.get(number)
        if payment is None:
            return []
        assert isinstance(payment.fact, PaymentReceived)
        moves = []
        if payment is line:
            moves.append(SuspenseMove(PostingKind.PAYMENT, payment, payment.fact))
        if reversal is not None:
            moves.append(SuspenseMove(PostingKind.REVERSAL, reversal, payment.fact))
        return moves

    def _side(self, each: KnownFact) -> dict[int, KnownFact]:
        return self._payments if isinstance(each.fact, PaymentReceived) else self._reversals


def _line(each: KnownFact) -> int:
    assert each.line_number is not None
    return each.line_number
