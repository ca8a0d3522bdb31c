"""CASH-036: the states between a basket and its receipt, without a database."""

from datetime import date
from uuid import UUID

from cashiering_service.domain import basket_posting as posting
from cashiering_service.domain.basket import Basket, BasketState
from cashiering_service.domain.receipt import SessionHead

DAY = date(2022, 12, 15)
SESSION = SessionHead(UUID(int=1), "T01", 1, DAY, DAY, True)
OPEN = Basket(UUID(int=2), SESSION, BasketState.OPEN, 1, DAY, "cashier")


def test_a_claim_is_given_back_by_the_call_that_has_it() -> None:
    """Nobody else's refusal takes it away."""
    claimed = posting.claim(OPEN, "a")

    assert (claimed.state, claimed.claim) == (BasketState.POSTING, "a")
    assert posting.release(claimed, "b") == claimed
    assert posting.release(claimed, "a") == OPEN, "he may try again with what he saw"
    assert posting.release(OPEN, "a") == OPEN


def test_a_basket_ends_once() -> None:
    """With the first receipt it was told of."""
    ended = posting.posted(posting.claim(OPEN, "a"), UUID(int=7), "R-1")

    assert (ended.state, ended.receipt_number, ended.claim) == (BasketState.POSTED, "R-1", "")
    assert posting.posted(ended, UUID(int=8), "R-2") == ended
    assert "R-1" in posting.already_posted(ended).message
