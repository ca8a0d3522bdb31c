"""When a bill is to default: on its day, or once it is secured again after it."""

from collections.abc import Iterable
from datetime import date

from receivables_service.domain.facts import CollectionTypeTransferred, DefaultDeclared, Fact
from receivables_service.domain.terms import CollectionType


def secured_again_on(facts: Iterable[Fact]) -> date | None:
    """The last day the bill was carried secured again, after it had not been."""
    return max(
        (
            fact.effective_on
            for fact in facts
            if isinstance(fact, CollectionTypeTransferred) and fact.to is CollectionType.SECURED
        ),
        default=None,
    )


def is_declared(facts: Iterable[Fact]) -> bool:
    """Whether it was since the bill is secured: an unsecured one has nothing to default."""
    known = list(facts)
    again = secured_again_on(known)
    return any(
        isinstance(fact, DefaultDeclared) and (again is None or fact.effective_on >= again)
        for fact in known
    )
