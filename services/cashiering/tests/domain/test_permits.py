"""CASH-001: what a till and a cashier may take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.lookup import SERVICE_TYPES
from cashiering_service.domain.permits import (
    FORFEITURE,
    PAYMENT_TYPES,
    Permit,
    check_lists,
    check_taken,
    payment_type_of,
)
from taxkit.errors import Refusal

types = st.sampled_from(sorted(PAYMENT_TYPES))
lists = st.none() | st.frozensets(types)


@given(lists, lists, types)
def test_cash_001_a_type_is_taken_when_both_allow_it(till, cashier, payment_type: str) -> None:
    """And refused as soon as one does not."""
    permits = Permit(till), Permit(cashier)
    allowed = all(permit.takes(payment_type) for permit in permits)
    if allowed:
        check_taken(*permits, [payment_type], [])
    else:
        with pytest.raises(Refusal, match="PAYMENT_TYPE_NOT_ALLOWED"):
            check_taken(*permits, [payment_type], [])


def test_cash_001_forfeiture_has_to_be_listed_on_both() -> None:
    """Everything else goes without a list; forfeiture never does."""
    listed, open_ = Permit(frozenset({FORFEITURE})), Permit()
    check_taken(listed, listed, [FORFEITURE], [])
    check_taken(open_, open_, PAYMENT_TYPES - {FORFEITURE}, ["DOGS"])
    for till, cashier, who in ((listed, open_, "cashier"), (open_, listed, "till")):
        with pytest.raises(Refusal, match=f"this {who} may not take payments of forfeiture"):
            check_taken(till, cashier, [FORFEITURE], [])


def test_cash_001_a_source_is_taken_when_both_list_it() -> None:
    """MISC_SOURCE_NOT_ALLOWED names the one that does not."""
    some, other = Permit(None, frozenset({"DOGS"})), Permit(None, frozenset({"COPIES"}))
    check_taken(some, Permit(), ["misc"], ["DOGS"])
    with pytest.raises(Refusal, match=r"MISC_SOURCE_NOT_ALLOWED.*cashier.*DOGS"):
        check_taken(some, other, ["misc"], ["DOGS"])


@pytest.mark.parametrize(
    ("payment_types", "sources", "reason"),
    [
        (["taxes"], None, "PAYMENT_TYPE_UNKNOWN"),
        ([""], None, "PAYMENT_TYPE_UNKNOWN"),
        (None, [""], "MISC_SOURCES_INVALID"),
        (None, [str(n) for n in range(201)], "MISC_SOURCES_INVALID"),
    ],
)
def test_cash_001_a_list_of_nonsense_is_refused(payment_types, sources, reason: str) -> None:
    """The words are checked where they are set, not where money waits."""
    with pytest.raises(Refusal, match=reason):
        check_lists(payment_types, sources)


def test_cash_001_an_empty_list_allows_nothing() -> None:
    """None is no limit, an empty list is every limit."""
    assert check_lists(None, None) == Permit()
    assert not check_lists([], []).takes("tax")
    assert not check_lists([], []).takes_source("DOGS")


def test_cash_001_every_service_type_is_listed_under_a_payment_type() -> None:
    """So that a till's list says yes or no to each."""
    listed = {service: payment_type_of(service) for service in ("", *SERVICE_TYPES)}

    assert set(listed.values()) <= PAYMENT_TYPES
    assert listed[""] == listed["tax"] == "tax"
    assert listed["motor_vehicle"] == "motor_vehicle"
    assert listed["bankruptcy_litigation"] == "bankruptcy"
