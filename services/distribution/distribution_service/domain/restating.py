"""Shares a bill from all its postings at once: when its lines came late, or a posting did.

The order of the bill's own events decides, never the order of arrival. What was shared already
stays; the difference is booked as a correction that adds up to nothing for every receipt.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from distribution_service.domain.sharing import (
    BillShares,
    Posting,
    Share,
    share,
    unpaid,
)
from distribution_service.domain.terms import ChargeType, Terms

# (receipt, charge, agency)
ShareKey = tuple[UUID, ChargeType, str]


@dataclass(frozen=True, slots=True)
class Restated:
    """A bill's shares as they ought to be, and what has to be booked to get there."""

    bill: BillShares
    # The shares of postings not shared before.
    fresh: Sequence[tuple[Posting, Sequence[Share]]]
    corrections: Sequence[Share]


def share_all(
    lines: BillShares, postings: Sequence[Posting], terms: Terms
) -> tuple[BillShares, list[tuple[Posting, list[Share]]]]:
    """Share every posting of a bill in the order of the bill's events."""
    bill = unpaid(dict(zip(lines.agencies, lines.line_cents, strict=True)))
    of_receipt: dict[tuple[UUID, ChargeType], tuple[int, ...]] = {}
    shared = []
    for posting in sorted(postings, key=lambda one: one.place):
        bill, shares = share(bill, posting, of_receipt, terms)
        for one in shares:
            if terms.rule(one.charge_type).agency is None:
                key = (one.receipt_id, one.charge_type)
                before = of_receipt.get(key, (0,) * len(one.cents))
                of_receipt[key] = tuple(map(int.__add__, before, one.cents))
        shared.append((posting, shares))
    return bill, shared


def restate(
    lines: BillShares,
    postings: Sequence[Posting],
    fresh_ids: Collection[UUID],
    booked: Mapping[ShareKey, int],
    terms: Terms,
) -> Restated:
    """Work out what postings not shared yet bring, and what they change in earlier shares."""
    bill, shared = share_all(lines, postings, terms)
    fresh = [(posting, shares) for posting, shares in shared if posting.posting_id in fresh_ids]
    missing = _sums(shared)
    for key, cents in booked.items():
        missing[key] = missing.get(key, 0) - cents
    for key, cents in _sums(fresh).items():
        missing[key] -= cents
    return Restated(bill, fresh, _corrections(missing, terms))


def _sums(shared: Sequence[tuple[Posting, Sequence[Share]]]) -> dict[ShareKey, int]:
    sums: dict[ShareKey, int] = {}
    for _, shares in shared:
        for one in shares:
            for agency, cents in zip(one.agencies, one.cents, strict=True):
                key = (one.receipt_id, one.charge_type, agency)
                sums[key] = sums.get(key, 0) + cents
    return sums


def _corrections(missing: Mapping[ShareKey, int], terms: Terms) -> list[Share]:
    by_row: dict[tuple[UUID, ChargeType], dict[str, int]] = {}
    for (receipt_id, charge_type, agency), cents in sorted(missing.items()):
        if cents:
            by_row.setdefault((receipt_id, charge_type), {})[agency] = cents
    corrections = []
    for (receipt_id, charge_type), parts in by_row.items():
        assert sum(parts.values()) == 0, (receipt_id, charge_type, parts)
        rule_id = terms.rule_id(charge_type)
        corrections.append(
            Share(receipt_id, charge_type, tuple(parts), tuple(parts.values()), rule_id)
        )
    return corrections
