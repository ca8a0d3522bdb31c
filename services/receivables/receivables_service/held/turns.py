"""When what is drawn of a payment counts: after the payment, and in the order it was drawn."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from receivables_service.accounts import KnownFact
from receivables_service.domain.facts import Fact, MoneyDrawn, PaymentReceived

_AN_INSTANT = timedelta(microseconds=1)


def in_its_turn(drawn: KnownFact, facts: Sequence[Fact]) -> KnownFact:
    """Let a draw, or what comes back of one, follow all before it, whatever their sources say.

    It was weighed against what they left. Before its payment there is nothing to draw on, and
    money that came back before it was drawn would be there twice on that day.
    """
    fact = drawn.fact
    assert isinstance(fact, MoneyDrawn)
    on, at = fact.effective_on, fact.recorded_at
    for each in facts:
        if isinstance(each, MoneyDrawn) and each.fact_id == fact.fact_id:
            return drawn._replace(fact=each)
        if isinstance(each, PaymentReceived) and each.fact_id == fact.payment_id:
            on = max(on, each.effective_on)
        elif isinstance(each, MoneyDrawn) and each.payment_id == fact.payment_id:
            on = max(on, each.effective_on)
            at = max(at, each.recorded_at + _AN_INSTANT)
    return drawn._replace(fact=replace(fact, effective_on=on, recorded_at=at))
