"""Who is who, however a name is written."""

import pytest

from taxkit.persons import is_among


@pytest.mark.parametrize("user", ["ann", "Ann", " ann ", "ANN\t"])
def test_a_name_written_otherwise_is_no_second_person(user: str) -> None:
    """Directories take a name in any letter case, and tokens carry it as it was typed."""
    assert is_among(user, ("bob", "ann"))


def test_names_that_begin_alike_are_other_people() -> None:
    assert not is_among("anna", ("bob", "ann"))
    assert not is_among("ann", ())
