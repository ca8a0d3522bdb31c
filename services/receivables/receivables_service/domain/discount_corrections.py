"""Discounts that follow their bill down: what a decrease leaves of each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from receivables_service.domain.charges import Charge
from receivables_service.domain.discount_facts import DiscountRow, Offer
from receivables_service.domain.terms import ChargeType
from taxkit.money import split, times_ratio


def lower(
    rows: Sequence[DiscountRow],
    under: Sequence[Charge],
    payable: Sequence[Charge],
    offers: Mapping[UUID, Offer],
) -> list[DiscountRow]:
    """Give what stands of discounts once the bill asks for less than was met.

    under has the charge of each row, in the order the discounts were taken. What the bill as a
    whole no longer asks for goes off the bases, of the last charge first; of each grant stays its
    rate of the base that is left, never more than it was.
    """
    stands = list(rows)
    for grant_id in dict.fromkeys(row.fact_id for row in rows):
        offer = offers.get(grant_id)
        if offer is None or not offer.follows:
            continue
        mine = {at: row for at, row in enumerate(rows) if row.fact_id == grant_id}
        gone = _gone_of(
            offer, {at: (row.base_cents, under[at]) for at, row in mine.items()}, payable
        )
        left = sum(row.base_cents - gone[at] for at, row in mine.items())
        given = {at: row.amount_cents for at, row in mine.items()}
        stays = times_ratio(left, *offer.rate.as_integer_ratio(), offer.rounding)
        for at, part in _off_each(max(0, sum(given.values()) - stays), given, gone).items():
            base, cents = mine[at].base_cents - gone[at], given[at] - part
            stands[at] = replace(mine[at], base_cents=base, amount_cents=cents)
            under[at].paid -= part
            under[at].discounted -= part
    return [row for row in stands if row.amount_cents]


def _gone_of(
    offer: Offer, borne: Mapping[int, tuple[int, Charge]], payable: Sequence[Charge]
) -> dict[int, int]:
    """How much of each row's base the bill no longer asks for."""
    bearing = [each for each in payable if _bears(offer, each)]
    spare = max(0, sum(each.paid - each.charged for each in bearing))
    over = {at: max(0, charge.paid - charge.charged) for at, (_, charge) in borne.items()}
    gone = _last_first(spare, {at: min(base, over[at]) for at, (base, _) in borne.items()})
    left = {at: base - gone[at] for at, (base, _) in borne.items()}
    # Earlier corrections may have moved what is owed to other charges than bore the discount.
    beyond = max(0, sum(left.values()) - sum(each.charged for each in bearing))
    more = _last_first(beyond, left)
    return {at: gone[at] + more[at] for at in gone}


def _bears(offer: Offer, charge: Charge) -> bool:
    if charge.charge_type is ChargeType.FEE:
        return charge.charge_code in offer.fee_codes
    return charge.charge_type is ChargeType.TAX


def _last_first(spare: int, most: Mapping[int, int]) -> dict[int, int]:
    """Take as much as there is, of the last one first."""
    gone = {}
    for at in sorted(most, reverse=True):
        gone[at] = min(spare, most[at])
        spare -= gone[at]
    return gone


def _off_each(off: int, given: Mapping[int, int], gone: Mapping[int, int]) -> dict[int, int]:
    """Share by the base that went; what one row has not, the next ones give."""
    weights = gone if any(gone.values()) else given
    parts = {at: min(part, given[at]) for at, part in split(off, weights).items()}
    rest = off - sum(parts.values())
    for at in sorted(given, key=lambda one: (-gone[one], one)):
        more = min(rest, given[at] - parts[at])
        parts[at] += more
        rest -= more
    return parts
