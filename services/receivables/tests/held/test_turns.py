"""RECV-042, RECV-056: what is drawn of a payment counts after it, one draw after the other."""

from datetime import UTC, date, datetime, timedelta

from receivables_service.accounts import KnownFact
from receivables_service.domain.facts import DrawnFor, MoneyDrawn, PaymentReceived
from receivables_service.held.turns import in_its_turn
from taxkit.ids import new_id

DAY, NOON = date(2022, 2, 10), datetime(2022, 2, 10, 18, tzinfo=UTC)
RECEIPT, PAYMENT = new_id(), new_id()


def paid(on=DAY, payment=PAYMENT):
    return PaymentReceived(payment, on, NOON, RECEIPT, 500)


def drawn(cents=500, on=DAY, at=NOON, payment=PAYMENT):
    fact = MoneyDrawn(new_id(), on, at, RECEIPT, payment, cents, DrawnFor.PAID_OUT)
    return KnownFact(fact, DAY)


def test_recv_042_a_draw_counts_from_its_payment_on():
    later = DAY + timedelta(days=9)
    known = drawn()
    assert in_its_turn(known, [paid()]) == known
    assert in_its_turn(known, [paid(later)]).fact.effective_on == later
    assert in_its_turn(known, [paid(), paid(later, new_id())]) == known


def test_recv_056_what_comes_back_follows_what_went():
    """Told with an earlier moment or day, or the very same: it is behind, by an instant."""
    late = drawn(at=NOON + timedelta(hours=3), on=DAY + timedelta(days=1))
    facts = [paid(), late.fact, drawn(payment=new_id(), on=DAY + timedelta(days=5)).fact]
    for back in (drawn(-500), drawn(-500, late.fact.effective_on, late.fact.recorded_at)):
        fact = in_its_turn(back, facts).fact
        assert fact.effective_on == late.fact.effective_on
        assert late.fact.recorded_at < fact.recorded_at < late.fact.recorded_at + timedelta(0, 1)


def test_recv_042_a_draw_told_again_is_the_one_that_is_known():
    first = drawn(at=NOON - timedelta(hours=1))
    kept = in_its_turn(first, [paid(), drawn().fact])
    assert kept != first
    assert in_its_turn(first, [paid(), drawn().fact, kept.fact]) == kept
