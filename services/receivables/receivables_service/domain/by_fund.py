"""A bill's tax by fund: each charge of it in parts, one a fund, that add up to the whole."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from receivables_service.domain.charges import Charge
from receivables_service.domain.facts import AllottedRow
from receivables_service.domain.terms import AllocationTerm, ChargeType, CollectionType
from taxkit.money import split

NO_FUND: Final = "/"
"""The subcode of what a bill's lines of no fund ask for, beside those that have one."""


class ChargeByFund(Charge):
    """The tax of an installment, whole; what it owes and was paid is that of its parts."""

    __slots__ = ("parts",)

    def __init__(self, installment: int, collection_type: CollectionType) -> None:
        self.installment = installment
        self.charge_type = ChargeType.TAX
        self.collection_type = collection_type
        self.charge_code = self.subcode = ""
        self.rank = ()
        self.parts: dict[str, Charge] = {}

    @property
    def charged(self) -> int:  # type: ignore[override]
        return sum(part.charged for part in self.parts.values())

    @property
    def paid(self) -> int:  # type: ignore[override]
        return sum(part.paid for part in self.parts.values())

    @property
    def discounted(self) -> int:  # type: ignore[override]
        return sum(part.discounted for part in self.parts.values())

    def add_part(self, subcode: str) -> Charge:
        part = Charge(self.installment, self.charge_type, self.collection_type)
        part.subcode = subcode
        self.parts[subcode] = part
        return part


def parted(totals: Iterable[int], lines: Mapping[str, int]) -> list[dict[str, int]]:
    """Part every total among a bill's funds: totals and lines both come out to the cent.

    Each takes its share of what the ones before it left of the lines. Lines that are not the
    totals' sum are taken in proportion.
    """
    wanted = list(totals)
    whole = sum(wanted)
    left = dict(lines)
    if sum(left.values()) != whole:
        left = split(whole, left) if any(left.values()) else {NO_FUND: whole}
    found = []
    for total in wanted:
        part = split(total, left)
        left = {fund: cents - part[fund] for fund, cents in left.items()}
        found.append(part)
    return found


def meet(charges: Iterable[Charge], cents: int) -> Iterator[tuple[Charge, int]]:
    """Spend money in the order of charges; funds that stand equal share by what is open."""
    for _, group in groupby(charges, key=_standing):
        equal = list(group)
        owed = {place: max(0, charge.open_cents) for place, charge in enumerate(equal)}
        spent = min(cents, sum(owed.values()))
        cents -= spent
        for place, part in split(spent, owed).items() if spent else ():
            if part:
                yield equal[place], part
        if not cents:
            return


def _standing(charge: Charge) -> tuple[object, ...]:
    return charge.rank, charge.collection_type, charge.charge_code


def pairs(
    charge: Charge, to: Charge, part_of: Callable[["ChargeByFund", str], Charge]
) -> list[tuple[Charge, Charge]]:
    """Which charge takes over from which where one is carried another way, part by part."""
    if not isinstance(charge, ChargeByFund):
        return [(charge, to)]
    assert isinstance(to, ChargeByFund), to
    return [(part, part_of(to, subcode)) for subcode, part in charge.parts.items()]


def named(subcode: str, rule: AllocationTerm) -> str:
    """Name a part's fund as the rule lists it: with its agency's code, or by its own."""
    return subcode if subcode in rule.funds else subcode.partition("/")[2]


def is_meant(charge: Charge, row: AllottedRow, rule: AllocationTerm) -> bool:
    """Tell whether hands put money on a charge; what a row leaves out may be anything."""
    own = charge.subcode.partition("/")[2]
    fund = own or rule.fund(charge.charge_type, charge.charge_code)
    return (
        (charge.installment, charge.charge_type) == (row.installment, row.charge_type)
        and row.charge_code in ("", charge.charge_code)
        and row.collection_type in (None, charge.collection_type)
        and row.fund in ("", charge.subcode, fund)
    )


def lines_of(components: Sequence[Mapping[str, object]]) -> tuple[tuple[str, int], ...]:
    """Read a bill's lines as levy tells them: by fund, or nothing where it has none."""
    if not any(one.get("fund") for one in components):
        return ()
    found: dict[str, int] = {}
    for one in components:
        key = f"{one['agency_code']}/{one['fund']}" if one.get("fund") else NO_FUND
        cents = one["amount_cents"]
        assert isinstance(cents, int), one
        found[key] = found.get(key, 0) + cents
    return tuple(found.items())
