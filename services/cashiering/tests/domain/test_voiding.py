"""CASH-062: a void takes two people."""

import pytest

from cashiering_service.domain.voiding import check_second_person
from taxkit.errors import Refusal


@pytest.mark.parametrize("decider", ["ann", "Ann", " ann "])
def test_cash_062_who_had_a_hand_in_it_does_not_decide(decider: str) -> None:
    """However the name is written."""
    with pytest.raises(Refusal, match="SECOND_PERSON_NEEDED"):
        check_second_person(decider, ("bob", "ann"), "a void is decided")


def test_cash_062_anybody_else_may() -> None:
    """Names that merely begin alike are other people."""
    check_second_person("anna", ("bob", "ann"), "a void is decided")
