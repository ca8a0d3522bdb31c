"""Shares a bill's money among its agencies, so that a paid bill gives each exactly its line.

Every payment of tax brings each agency to its exact share of all the tax paid so far: odd cents
go to the largest remainders, and never further than one cent from proportion. Money that leaves
a bill as it came is mirrored entry by entry; what that leaves uneven, the next payment trues up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from distribution_service.domain.terms import ChargeType, Terms
from taxkit.money import split


@dataclass(frozen=True, slots=True)
class BillShares:
    """What each agency has of one bill's tax, beside the lines that say what it is owed."""

    agencies: tuple[str, ...]
    line_cents: tuple[int, ...]
    held_cents: tuple[int, ...]
    # Tax shared so far: the sum of what the agencies hold.
    tax_cents: int
    # What they hold of penalty and fees shared by the same lines; known when it is asked for.
    other_cents: Mapping[ChargeType, tuple[int, ...]] = field(default_factory=dict)

    @property
    def shareable(self) -> bool:
        """Whether the bill says whose money its tax is; a bill over nothing does not."""
        return sum(self.line_cents) > 0

    def held(self, charge_type: ChargeType) -> tuple[int, ...]:
        """What each agency has of one kind of charge."""
        if charge_type is ChargeType.TAX:
            return self.held_cents
        return self.other_cents.get(charge_type, (0,) * len(self.agencies))

    def moved(self, charge_type: ChargeType, parts: Sequence[int]) -> "BillShares":
        held = tuple(map(int.__add__, self.held(charge_type), parts))
        if charge_type is ChargeType.TAX:
            return replace(self, held_cents=held, tax_cents=sum(held))
        return replace(self, other_cents={**self.other_cents, charge_type: held})


def unpaid(lines: Mapping[str, int]) -> BillShares:
    """Start a bill from its lines; agencies stand in the order of their codes."""
    agencies = tuple(sorted(lines))
    cents = tuple(lines[agency] for agency in agencies)
    return BillShares(agencies, cents, (0,) * len(agencies), 0)


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """What one posting moves of one receipt's money, by kind of charge."""

    receipt_id: UUID
    charge_type: ChargeType
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Posting:
    """One allocation of receivables: the fact that shares follow from."""

    posting_id: UUID
    # The receipt whose fact caused it; its rows may move other receipts' money too.
    receipt_id: UUID
    bill_id: UUID
    # Position among the bill's events.
    sequence: int
    kind: str
    business_date: date
    tax_year: int
    rows: tuple[Row, ...]

    @property
    def place(self) -> tuple[int, UUID]:
        return self.sequence, self.posting_id


@dataclass(frozen=True, slots=True)
class Share:
    """What one row brings to each agency; a part may be nothing."""

    receipt_id: UUID
    charge_type: ChargeType
    agencies: tuple[str, ...]
    cents: tuple[int, ...]
    rule_id: str


# What each agency has of one kind of charge of a receipt, in the order of the bill's lines.
OfReceipts = Mapping[tuple[UUID, ChargeType], Sequence[int]]


def net_rows(amounts: Iterable[tuple[UUID, ChargeType, int]]) -> tuple[Row, ...]:
    """Add up a posting's rows by receipt and charge."""
    sums: dict[tuple[UUID, ChargeType], int] = {}
    for receipt_id, charge_type, cents in amounts:
        sums[receipt_id, charge_type] = sums.get((receipt_id, charge_type), 0) + cents
    return in_order(Row(*key, cents) for key, cents in sums.items() if cents)


def in_order(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Put a posting's rows in the order they are shared: what is taken away comes first."""
    return tuple(sorted(rows, key=lambda row: (row.amount_cents > 0, row)))


def exact_shares(tax_cents: int, bill: BillShares) -> tuple[int, ...]:
    """Share an amount of tax by the bill's lines, to the cent."""
    parts = split(tax_cents, dict(zip(bill.agencies, bill.line_cents, strict=True)))
    return tuple(parts.values())


def share(
    bill: BillShares, posting: Posting, of_receipt: OfReceipts, terms: Terms
) -> tuple[BillShares, list[Share]]:
    """Share a posting's rows. `of_receipt` holds the shares of receipts money is taken from."""
    shares: list[Share] = []
    agencies: tuple[str, ...]
    parts: tuple[int, ...]
    for row in posting.rows:
        rule = terms.rule(row.charge_type)
        if rule.agency is not None:
            agencies, parts = (rule.agency,), (row.amount_cents,)
        else:
            agencies = bill.agencies
            parts = _parts(bill, row, of_receipt.get((row.receipt_id, row.charge_type)))
            bill = bill.moved(row.charge_type, parts)
        assert sum(parts) == row.amount_cents, (posting.posting_id, row, parts)
        shares.append(Share(row.receipt_id, row.charge_type, agencies, parts, rule.rule_id))
    return bill, shares


def _parts(bill: BillShares, row: Row, given: Sequence[int] | None) -> tuple[int, ...]:
    if given is not None and row.amount_cents == -sum(given):
        return tuple(-cents for cents in given)
    held = bill.held(row.charge_type)
    due = exact_shares(sum(held) + row.amount_cents, bill)
    return tuple(map(int.__sub__, due, held))
