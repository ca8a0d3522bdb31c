"""RECV-063, Q-35: which code a bill of the next year bears."""

from uuid import UUID

import pytest

from receivables_service.domain.carrying import Borne, candidates, chosen

ONE, OTHER = UUID(int=1), UUID(int=2)


def borne(bill_id, code, parcel="A"):
    return Borne(bill_id, f"2022-{parcel}", parcel, "Ada", f"2021-{parcel}", 3, None, code)


def test_q_35_the_last_assigned_is_carried_and_bills_with_several_come_first():
    """Q-35: assigned in this order; the bill with one code comes after."""
    found = candidates([borne(ONE, "X", "A"), borne(OTHER, "X", "B"), borne(OTHER, "Y", "B")])
    assert [(each.codes, each.carried) for each in found] == [(("X", "Y"), "Y"), (("X",), "X")]
    assert chosen(found, (), {}) == {"Y": [OTHER], "X": [ONE]}


def test_recv_063_dropped_bills_are_left_and_a_choice_goes_before_the_last():
    """RECV-063: a choice that the bill never bore is none."""
    found = candidates([borne(ONE, "X"), borne(OTHER, "X", "B"), borne(OTHER, "Y", "B")])
    assert chosen(found, {ONE}, {OTHER: "X"}) == {"X": [OTHER]}
    assert chosen(found, {ONE, OTHER}, {}) == {}
    with pytest.raises(ValueError, match="bore no code Z"):
        chosen(found, (), {OTHER: "Z"})
