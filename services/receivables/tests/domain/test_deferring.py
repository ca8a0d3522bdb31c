"""RECV-058: what is deferred, and since when it no longer is; pure."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from receivables_service.domain.deferring import ended_on, is_deferred
from receivables_service.domain.rate_facts import CodeLifted, CodeSet

DAY_1, DAY_5, DAY_9 = (date(2020, 3, day) for day in (1, 5, 9))
_AT = datetime(2020, 3, 1, tzinfo=UTC)


def _set(on: date, code: str = "DEFR", through: date | None = None, fee: str = "") -> CodeSet:
    return CodeSet(UUID(int=on.day), on, _AT, code, through=through, charge_code=fee)


def _lifted(on: date, code: str = "DEFR") -> CodeLifted:
    return CodeLifted(UUID(int=100 + on.day), on, _AT, code)


@pytest.mark.parametrize(
    ("facts", "deferred", "ended"),
    [
        ((), False, None),
        ((_set(DAY_1, "BANK"),), False, None),
        ((_set(DAY_1, fee="FEE"),), False, None),
        ((_set(DAY_1),), True, None),
        ((_set(DAY_9),), True, None),
        ((_set(DAY_1, through=DAY_5),), False, DAY_5 + timedelta(days=1)),
        ((_set(DAY_1), _lifted(DAY_5)), False, DAY_5),
        ((_set(DAY_1), _lifted(DAY_5), _set(DAY_9)), True, DAY_5),
    ],
)
def test_recv_058_a_bill_is_deferred_while_it_bears_the_code(facts, deferred, ended) -> None:
    """RECV-058: the bill itself, on the day asked about."""
    assert is_deferred(facts, {"DEFR": None}, DAY_9) is deferred
    assert ended_on(facts, {"DEFR": None}, DAY_9) == ended


def test_recv_059_a_code_that_no_longer_defers_ends_it_for_all_that_bear_it() -> None:
    """RECV-059: from the day it says so."""
    assert not is_deferred([_set(DAY_1)], {"DEFR": DAY_5}, DAY_9)
    assert ended_on([_set(DAY_1)], {"DEFR": DAY_5}, DAY_9) == DAY_5
    assert ended_on([_set(DAY_1)], {"DEFR": DAY_9}, DAY_5) is None
