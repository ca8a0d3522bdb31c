"""RECV-067: a fee on no bill as a bill of its own; pure, under every pack's law."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service import rulebook
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import FeeCharged
from receivables_service.domain.fee_accounts import (
    effective_on,
    facts_of,
    holder_name,
    number_of,
    parts_of,
)
from receivables_service.domain.fee_terms import FeeRow

PACKS = sorted(
    each.parent for each in (Path(__file__).parents[4] / "jurisdictions").glob("*/receivables.yaml")
)
AT = datetime(2021, 6, 1, tzinfo=UTC)
ON, DUE = date(2021, 6, 1), date(2021, 7, 1)
IDS = (UUID(int=1), UUID(int=2))


@pytest.mark.parametrize("pack", PACKS, ids=lambda each: each.name)
def test_recv_067_a_fee_account_owes_its_fee_and_no_more(pack) -> None:
    """RECV-067: no law's least interest, penalty or default comes upon it, however late it is."""
    fee = FeeCharged(UUID(int=3), ON, AT, "court_costs", 5_000, "fees/2021")
    facts = facts_of(IDS, ON, AT, fee, (2021, DUE))
    terms = rulebook.load(pack)
    for day in (ON, DUE, date(2021, 12, 31), date(2025, 1, 1)):
        state = derive(facts, terms, day)
        assert state.open_cents == 5_000
        carried: dict[str, int] = {}
        for row in state.charges:
            carried.setdefault(row.collection_type.value, 0)
            carried[row.collection_type.value] += row.amount_cents
        assert {name: cents for name, cents in carried.items() if cents} == {"U": 5_000}


def test_recv_066_rows_of_one_account_are_one_part() -> None:
    """RECV-066: without rows the fee's own kind."""
    rows = [FeeRow("A", "x", 3), FeeRow("B", "y", 2), FeeRow("A", "z", 4)]
    assert parts_of("misc", 9, rows) == {"A": 7, "B": 2}
    assert parts_of("misc", 9, ()) == {"misc": 9}


def test_recv_067_it_has_a_number_and_a_name_no_parcel_has() -> None:
    """RECV-067: both are stable; money of the same day comes after it."""
    assert effective_on(DUE) == date(2021, 6, 30)
    assert number_of(UUID(int=0xABC), 2021) == "F-2021-000000000ABC"
    assert holder_name("agent", "77") == "agent:77"
