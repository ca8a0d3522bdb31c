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

NO_FUND = "/"
"""What a row is for that is for the bill's lines of no fund."""


def line_key(agency_code: str, fund_code: str) -> str:
    """Name a bill's line: an agency's, or one of its funds'."""
    return f"{agency_code}/{fund_code}" if fund_code else agency_code


@dataclass(frozen=True, slots=True)
class BillShares:
    """What each agency has of one bill's tax, beside the lines that say what it is owed.

    An agency that is billed by fund is here once a fund, as "agency/fund".
    """

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
    # Whose tax the ledger says it is: "agency/fund", or NO_FUND; empty where it does not say.
    fund: str = ""


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


def net_rows(amounts: Iterable[tuple[UUID, ChargeType, int, str]]) -> tuple[Row, ...]:
    """Add up a posting's rows by receipt, charge and fund."""
    sums: dict[tuple[UUID, ChargeType, str], int] = {}
    for receipt_id, charge_type, cents, fund in amounts:
        key = (receipt_id, charge_type, fund)
        sums[key] = sums.get(key, 0) + cents
    return in_order(
        Row(receipt_id, charge_type, cents, fund)
        for (receipt_id, charge_type, fund), cents in sums.items()
        if cents
    )


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
            given = of_receipt.get((row.receipt_id, row.charge_type))
            of = of_fund if row.fund and row.charge_type is ChargeType.TAX else _parts
            parts = of(bill, row, given)
            bill = bill.moved(row.charge_type, parts)
        assert sum(parts) == row.amount_cents, (posting.posting_id, row, parts)
        shares.append(Share(row.receipt_id, row.charge_type, agencies, parts, rule.rule_id))
    return bill, shares


def of_fund(bill: BillShares, row: Row, given: Sequence[int] | None) -> tuple[int, ...]:
    """Share a row among the lines the ledger says it is for, and leave the others alone."""
    places = [
        place
        for place, key in enumerate(bill.agencies)
        if key == row.fund or (row.fund == NO_FUND and "/" not in key)
    ]
    within = BillShares(
        tuple(bill.agencies[place] for place in places),
        _at(places, bill.line_cents),
        _at(places, bill.held_cents),
        0,
    )
    if not within.shareable:
        # Lines that are not the bill's any more; a correction of the ledger takes it on.
        return _parts(bill, row, given)
    own = None if given is None else _at(places, given)
    parts = dict(zip(places, _parts(within, row, own), strict=True))
    return tuple(parts.get(place, 0) for place in range(len(bill.agencies)))


def _parts(bill: BillShares, row: Row, given: Sequence[int] | None) -> tuple[int, ...]:
    if given is not None and row.amount_cents == -sum(given):
        return tuple(-cents for cents in given)
    held = bill.held(row.charge_type)
    due = exact_shares(sum(held) + row.amount_cents, bill)
    return tuple(map(int.__sub__, due, held))


def _at(places: Sequence[int], cents: Sequence[int]) -> tuple[int, ...]:
    return tuple(cents[place] for place in places)
