"""What the discounts granted to a payment take off which charge, before the payment is placed."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from receivables_service.domain.charges import Charge
from receivables_service.domain.discount_facts import (
    DiscountGranted,
    DiscountRow,
    Judged,
    PartialPay,
)
from receivables_service.domain.facts import PaymentReceived
from receivables_service.domain.terms import ChargeType
from taxkit.money import Rounding, split, times_ratio


class Reduction(NamedTuple):
    """A part of a discount, off one charge."""

    charge: Charge
    grant: DiscountGranted
    base_cents: int
    cents: int

    def row(self) -> DiscountRow:
        charge, grant = self.charge, self.grant
        return DiscountRow(
            charge.installment,
            charge.charge_type,
            charge.collection_type,
            grant.offer.rule_id,
            grant.fact_id,
            grant.receipt_id,
            grant.payment_id,
            self.base_cents,
            self.cents,
            charge.charge_code,
            charge.subcode,
        )


class Outcome(NamedTuple):
    judged: Judged
    reductions: tuple[Reduction, ...]


def in_order(grants: Sequence[DiscountGranted]) -> list[DiscountGranted]:
    """Take the first recorded grant of each program, the best rate first: none counts twice."""
    replaced = {each.replaces for each in grants}
    found: dict[str, DiscountGranted] = {}
    for grant in sorted(grants, key=lambda each: (each.recorded_at, each.fact_id)):
        if grant.fact_id not in replaced:
            found.setdefault(grant.offer.program, grant)
    return sorted(found.values(), key=lambda each: (-each.offer.rate, each.offer.program))


def outcome(
    payment: PaymentReceived,
    grants: Sequence[DiscountGranted],
    charges: Sequence[Charge],
    specials: Mapping[int, Fraction],
) -> Outcome:
    """Judge a payment's discounts against the open charges, in the order money meets them.

    All that the programs give counts when the payment settles what is left of the bill. A payment
    short of that gets nothing, unless every program discounts the part that is paid (RECV-027).
    specials tells which part of an installment's tax is special assessments.
    """
    whole = _whole(grants, charges, specials)
    first = grants[0].offer.program
    base = sum(each.base_cents for each in whole if each.grant.offer.program == first)
    full = sum(each.cents for each in whole)
    needed = sum(each.open_cents for each in charges) - full
    if payment.amount_cents >= needed:
        granted = whole
    elif all(each.offer.partial is PartialPay.PROPORTIONAL for each in grants):
        granted = _of_part(payment.amount_cents, grants, charges, whole)
    else:
        granted = []
    cents = sum(each.cents for each in granted)
    judged = Judged(payment.fact_id, base, full, needed, payment.amount_cents, cents)
    return Outcome(judged, tuple(each for each in granted if each.cents))


def _whole(
    grants: Sequence[DiscountGranted],
    charges: Sequence[Charge],
    specials: Mapping[int, Fraction],
) -> list[Reduction]:
    """Give all that each program takes off, one program after another on what is left."""
    found: list[Reduction] = []
    taken = dict.fromkeys(range(len(charges)), 0)
    for grant in grants:
        bases = {
            place: max(0, _base(charge, grant, specials) - taken[place])
            for place, charge in enumerate(charges)
        }
        base = sum(bases.values())
        rate = grant.offer.rate.as_integer_ratio()
        cents = min(base, times_ratio(base, *rate, grant.offer.rounding))
        if grant.at_most_cents is not None:
            cents = min(cents, grant.at_most_cents)
        for place, part in split(cents, bases).items():
            if bases[place]:
                taken[place] += part
                found.append(Reduction(charges[place], grant, bases[place], part))
    return found


def _base(charge: Charge, grant: DiscountGranted, specials: Mapping[int, Fraction]) -> int:
    """The open principal of a charge that a program discounts (RECV-022)."""
    if charge.charge_type is ChargeType.FEE:
        return charge.open_cents if charge.charge_code in grant.offer.fee_codes else 0
    if charge.charge_type is not ChargeType.TAX:
        return 0
    part = specials.get(charge.installment)
    if grant.offer.specials or not part:
        return charge.open_cents
    out = times_ratio(charge.open_cents, part.numerator, part.denominator, Rounding.HALF_UP)
    return charge.open_cents - out


def _of_part(
    cents: int,
    grants: Sequence[DiscountGranted],
    charges: Sequence[Charge],
    whole: Sequence[Reduction],
) -> list[Reduction]:
    """Discount the part a short payment pays, charge by charge in the order it meets them."""
    kept = Fraction(1)
    for grant in grants:
        kept *= 1 - Fraction(*grant.offer.rate.as_integer_ratio())
    rate = (1 - kept) / kept
    found: list[Reduction] = []
    for charge in charges:
        own = [each for each in whole if each.charge is charge]
        off = sum(each.cents for each in own)
        if cents >= charge.open_cents - off:
            cents -= charge.open_cents - off
            found += own
            continue
        rounding = grants[0].offer.rounding
        part = min(off, times_ratio(cents, rate.numerator, rate.denominator, rounding))
        weights = {place: each.cents for place, each in enumerate(own)}
        shares = split(part, weights) if part else {}
        met = cents + part
        found += [
            own[place]._replace(cents=share, base_cents=min(own[place].base_cents, met))
            for place, share in shares.items()
        ]
        break
    return found
