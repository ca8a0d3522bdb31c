"""Special assessments that have to be paid off before a sale's buyer may pay (SALE-003)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

# What levy calls an assessment that nobody pays any more.
_PAID_IN_FULL = "paid_in_full"
_ENDED = (_PAID_IN_FULL, "closed")
# What levy calls a payoff that was asked for and not paid, by a bill or by a person's word.
_DUE = ("due", "unbilled")


@dataclass(frozen=True, slots=True)
class PayoffTerms:
    """A sale's criteria; `open_from_cents` is none where only a payoff that is due counts."""

    rule_id: str
    open_from_cents: int | None


@dataclass(frozen=True, slots=True)
class Special:
    """An assessment as levy last told of it; its status is empty while only a payoff is known."""

    status: str
    left_cents: int
    # Which of its news that was; any of a payoff with a higher one is newer.
    step: int = 0


@dataclass(frozen=True, slots=True)
class SpecialPayoff:
    """A payoff of it, and what the assessment was with it."""

    state: str
    status: str
    # Not told from the beginning; then what it says of the assessment has no place among the rest.
    step: int | None = None
    left_cents: int = 0


class Block(StrEnum):
    PAYOFF_DUE = "payoff_due"
    NOT_PAID_OFF = "not_paid_off"


def block_of(
    special: Special, payoffs: Sequence[SpecialPayoff], terms: PayoffTerms
) -> Block | None:
    """Say why a parcel's items are not to be paid by a buyer yet; None where they are.

    Assessments and payoffs are told apart and may come in any order: a payoff that is due counts
    before whatever else is known, then the newest that was said of the assessment.
    """
    if any(each.state in _DUE for each in payoffs):
        return Block.PAYOFF_DUE
    if any(each.step is None and each.status == _PAID_IN_FULL for each in payoffs):
        return None
    now = newest(special, payoffs)
    if now.status in ("", *_ENDED):
        return None
    if terms.open_from_cents is not None and now.left_cents >= terms.open_from_cents:
        return Block.NOT_PAID_OFF
    return None


def newest(special: Special, payoffs: Sequence[SpecialPayoff]) -> Special:
    """What an assessment is by all that was told of it."""
    told = [Special(each.status, each.left_cents, each.step) for each in payoffs if each.step]
    return max([special, *told], key=lambda each: each.step)
