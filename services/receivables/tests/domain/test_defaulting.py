"""RECV-003: whether a bill's default has been declared, for as long as it is secured."""

from datetime import UTC, date, datetime
from uuid import UUID

from receivables_service.domain.defaulting import is_declared, secured_again_on
from receivables_service.domain.facts import CollectionTypeTransferred, DefaultDeclared
from receivables_service.domain.terms import CollectionType

AT = datetime(2020, 7, 1, tzinfo=UTC)
JUNE_30 = DefaultDeclared(UUID(int=1), date(2020, 6, 30), AT)


def carried(to, on):
    return CollectionTypeTransferred(UUID(int=on.toordinal()), on, AT, to, "moved")


def test_recv_003_it_is_declared_once():
    """RECV-003: and never of a bill that nothing is known of."""
    assert not is_declared([])
    assert is_declared([JUNE_30])


def test_recv_003_a_transfer_to_secured_after_it_asks_for_another():
    """RECV-009: the last one counts; one before it, or away from secured, asks for none."""
    away = carried(CollectionType.UNSECURED, date(2020, 3, 2))
    before = carried(CollectionType.SECURED, date(2020, 4, 1))
    after = carried(CollectionType.SECURED, date(2020, 9, 5))
    assert is_declared([away, before, JUNE_30])
    assert not is_declared([away, JUNE_30, after])
    assert secured_again_on([away, after, before]) == after.effective_on
    assert secured_again_on([away, JUNE_30]) is None
    again = DefaultDeclared(UUID(int=2), after.effective_on, AT)
    assert is_declared([away, JUNE_30, after, again])
