"""CASH-036, CASH-047: what a basket keeps of money held, and what others see of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.held import HeldMoney
from cashiering_service.domain.money_holds import (
    MoneyHold,
    as_seen_by,
    check_once,
    check_own,
    held_for,
    keepable,
    kept_tenders,
)
from cashiering_service.domain.tender import Tender
from taxkit.errors import Refusal

NOW = datetime(2022, 12, 15, 16, tzinfo=UTC)
MINE, THEIRS = UUID(int=1), UUID(int=2)
SURPLUS, ESCROW = ("surplus", "S"), ("escrow", "E")


def money(key: tuple[str, str], cents: int = 10_000, state: str = "open") -> HeldMoney:
    return HeldMoney(*key, "overpayment", "Dolores Park", "", cents, state)


def hold(key: tuple[str, str], basket: UUID, cents: int = 10_000, hours: int = 1) -> MoneyHold:
    return MoneyHold(UUID(int=9), basket, *key, cents, NOW + timedelta(hours=hours))


def test_a_surplus_is_kept_whole_for_one_basket() -> None:
    """Reserved in the ledger's words, it is open to its own basket and to nobody else."""
    known = {SURPLUS: money(SURPLUS, state="reserved")}
    holds = [hold(SURPLUS, MINE)]

    assert as_seen_by(MINE, known, holds, NOW)[SURPLUS].state == "open"
    for other in (THEIRS, None):
        assert as_seen_by(other, known, holds, NOW)[SURPLUS].kept_for == held_for(MINE)


def test_a_hold_past_its_time_keeps_nothing() -> None:
    """Whoever forgot it."""
    known = {SURPLUS: money(SURPLUS)}

    assert as_seen_by(THEIRS, known, [hold(SURPLUS, MINE, hours=0)], NOW) == known


@given(st.lists(st.tuples(st.sampled_from([MINE, THEIRS]), st.integers(1, 20_000))))
def test_an_escrow_account_offers_what_others_do_not_keep(kept) -> None:
    """Never below zero, and never less than nobody else keeps."""
    holds = [hold(ESCROW, basket, cents) for basket, cents in kept]
    others = sum(cents for basket, cents in kept if basket is THEIRS)

    seen = as_seen_by(MINE, {ESCROW: money(ESCROW)}, holds, NOW)[ESCROW]

    assert seen.available(NOW) == max(0, 10_000 - others)


def test_only_tenders_of_kept_money_say_for_whom_it_was_kept() -> None:
    """The ledger lets nobody else take what is reserved."""
    tenders = [Tender("surplus", 5, "S"), Tender("cash", 5, None), Tender("surplus", 5, "other")]
    told = kept_tenders(tenders, MINE, [hold(SURPLUS, MINE)])

    assert [one.held_for for one in told] == [held_for(MINE), "", ""]
    assert kept_tenders(tenders, THEIRS, [hold(SURPLUS, MINE)]) == tuple(tenders)
    assert kept_tenders(tenders, None, [hold(SURPLUS, MINE)]) == tuple(tenders)


def test_a_surplus_is_not_kept_in_part() -> None:
    """The ledger reserves an item, not cents of it."""
    assert keepable(money(SURPLUS), 0, NOW) == keepable(money(SURPLUS), 10_000, NOW) == 10_000
    assert keepable(money(ESCROW), 700, NOW) == 700
    with pytest.raises(Refusal) as refused:
        keepable(money(SURPLUS), 700, NOW)
    assert refused.value.reason == "SURPLUS_KEPT_WHOLE"


def test_a_basket_keeps_a_thing_once() -> None:
    """Until its time is over."""
    check_once(MINE, SURPLUS, [hold(SURPLUS, THEIRS), hold(SURPLUS, MINE, hours=0)], NOW)
    with pytest.raises(Refusal) as refused:
        check_once(MINE, SURPLUS, [hold(SURPLUS, MINE)], NOW)
    assert refused.value.reason == "MONEY_KEPT_ALREADY"


@dataclass(frozen=True, slots=True)
class Placed:
    hold_id: UUID
    held_by: str
    cashier: str


@pytest.mark.parametrize(("user", "any_hold"), [("ann", False), ("Ben ", False), ("cy", True)])
def test_cash_047_one_lets_go_ones_own(user: str, any_hold: bool) -> None:
    """One's own is what one placed, and what the basket keeps that one took up."""
    placed = Placed(UUID(int=9), "ann", "ben")
    check_own([placed], user, any_hold=any_hold)

    with pytest.raises(Refusal) as refusal:
        check_own([placed], "cy", any_hold=False)
    assert refusal.value.reason == "HOLD_OF_ANOTHER"
