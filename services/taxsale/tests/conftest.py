"""A migrated database of this session's own, and events as receivables sends them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from taxkit import ids, testing
from taxkit.clock import FixedClock
from taxsale_service import rulebook
from taxsale_service.bootstrap import SPEC, TaxsaleApp
from taxsale_service.rulebook import Rulebook

JURISDICTIONS = Path(__file__).parents[3] / "jurisdictions"


@pytest.fixture(scope="session")
def law() -> Rulebook:
    """Cook County's way to the sale."""
    return rulebook.load(JURISDICTIONS / "us-il-cook")


@pytest.fixture(scope="session")
def database_url(postgres_admin_url: str) -> Iterator[str]:
    with testing.fresh_database(postgres_admin_url, "taxsale") as url:
        yield url


@pytest.fixture
def app(database_url: str) -> Iterator[TaxsaleApp]:
    """An application whose today is March 31, 2023, on empty tables."""
    clock = FixedClock(datetime(2023, 3, 31, 18, tzinfo=UTC))
    settings = {"MILLAGE_JURISDICTIONS_DIR": str(JURISDICTIONS)}
    with testing.application(SPEC, database_url, clock, **settings) as built:
        testing.empty(built)
        yield built


@pytest.fixture
def balance():
    """Make a BalanceChanged.v1 as it comes off the bus: (bill, sequence, [(due, cents)...])."""

    def make(
        bill: UUID,
        sequence: int,
        open_parts: list[tuple[str, int]],
        *,
        as_of: str = "2023-03-31",
        event_id: UUID | None = None,
        **changes: Any,
    ) -> str:
        data = {
            "bill_id": str(bill),
            "bill_number": "2021-13264290020000",
            "bill_version": 1,
            "parcel_number": "13264290020000",
            "tax_year": 2021,
            "cause": "payment",
            "receipt_id": None,
            "as_of": as_of,
            "open_cents": sum(cents for _, cents in open_parts),
            "surplus_cents": 0,
            "paid_in_full": not any(cents for _, cents in open_parts),
            "owner": {"name": "A. Owner", "email": None},
            "installments": _installments(open_parts),
            **changes,
        }
        return testing.foreign_event(
            "org.millage.receivables.BalanceChanged.v1",
            f"bill/{bill}",
            data,
            sequence=sequence,
            **({"id": str(event_id)} if event_id else {}),
        )

    return make


def _installments(open_parts: list[tuple[str, int]]) -> list[dict[str, Any]]:
    """A tenth of each is interest."""
    return [
        {
            "installment": number,
            "due_on": due_on,
            "tax_charged_cents": cents,
            "tax_open_cents": cents - cents // 10,
            "interest_charged_cents": 0,
            "interest_open_cents": cents // 10,
            "paid_cents": 0,
        }
        for number, (due_on, cents) in enumerate(open_parts, 1)
    ]


@pytest.fixture
def bill_id() -> UUID:
    return ids.new_id()
