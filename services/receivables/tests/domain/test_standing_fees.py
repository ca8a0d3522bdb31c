"""RECV-067: which of several fees of one kind is paid."""

from datetime import UTC, date, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.facts import FeeCharged
from receivables_service.domain.standing_fees import open_of

AT = datetime(2019, 10, 1, tzinfo=UTC)


def fees(*cents: int) -> list[FeeCharged]:
    """One a day, the first the oldest."""
    return [
        FeeCharged(UUID(int=n), date(2019, 10, n), AT, "court", each, "rule")
        for n, each in enumerate(cents, 1)
    ]


def test_recv_067_what_is_open_is_the_newest_fee_s() -> None:
    """RECV-067: 50 and 30 charged and 40 paid: of the first 10 are open, the second is whole."""
    both = fees(5_000, 3_000)
    assert [open_of(each.fact_id, both[::-1], 4_000) for each in both] == [1_000, 3_000]
    assert open_of(UUID(int=9), both, 4_000) == 0


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=6), st.integers(0, 70_000))
def test_recv_067_together_they_are_open_by_what_is_open(cents: list[int], open_cents: int) -> None:
    """RECV-067: no cent is lost among them, and none is open by more than it was charged."""
    charged, open_cents = fees(*cents), min(open_cents, sum(cents))
    parts = [open_of(each.fact_id, charged, open_cents) for each in charged]
    assert sum(parts) == open_cents
    assert all(0 <= part <= each for part, each in zip(parts, cents, strict=True))
