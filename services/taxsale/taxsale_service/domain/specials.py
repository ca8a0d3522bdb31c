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


@dataclass(frozen=True, slots=True)
class SpecialPayoff:
    """A payoff of it, and what the assessment was with it."""

    state: str
    status: str


class Block(StrEnum):
    PAYOFF_DUE = "payoff_due"
    NOT_PAID_OFF = "not_paid_off"


def block_of(
    special: Special, payoffs: Sequence[SpecialPayoff], terms: PayoffTerms
) -> Block | None:
    """Say why a parcel's items are not to be paid by a buyer yet; None where they are.

    Assessments and payoffs are told apart and may come in any order: a payoff that is due counts
    before, one that paid all of it after whatever else is known.
    """
    if any(each.state in _DUE for each in payoffs):
        return Block.PAYOFF_DUE
    if any(each.status == _PAID_IN_FULL for each in payoffs) or special.status in ("", *_ENDED):
        return None
    if terms.open_from_cents is not None and special.left_cents >= terms.open_from_cents:
        return Block.NOT_PAID_OFF
    return None
