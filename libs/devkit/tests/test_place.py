"""A stack is of one county: the one it was begun as."""

import pytest

from devkit.paths import StackPaths, write_json
from devkit.place import Place, PlaceProblem, place_of

CALIFORNIA = {"MILLAGE_JURISDICTION": "us-ca"}


@pytest.fixture
def paths(tmp_path):
    made = StackPaths("kit", tmp_path / "kit")
    made.make()
    return made


@pytest.fixture
def begun(paths):
    write_json(paths.addresses, {"county": "kern", "jurisdiction": "us-ca"})
    return paths


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({}, Place("cook", "us-il-cook")),
        (CALIFORNIA, Place("us-ca", "us-ca")),
        ({"MILLAGE_JURISDICTION": "us-ca", "MILLAGE_COUNTY": "kern"}, Place("kern", "us-ca")),
        ({"MILLAGE_COUNTY": "dupage"}, Place("dupage", "us-il-cook")),
    ],
)
def test_a_new_stack_is_what_is_asked_for(paths, asked, place):
    """Cook unless told otherwise; a state's pack stands for its counties by its own id."""
    assert place_of(paths, asked) == place


@pytest.mark.parametrize("asked", [{}, CALIFORNIA, {"MILLAGE_COUNTY": "kern"}])
def test_a_stack_that_was_begun_stays_what_it_is(begun, asked):
    """Whether the place is said again or not."""
    assert place_of(begun, asked) == Place("kern", "us-ca")


@pytest.mark.parametrize(
    "asked", [{"MILLAGE_JURISDICTION": "us-wa"}, {"MILLAGE_COUNTY": "cook"}], ids=["law", "county"]
)
def test_one_countys_money_is_never_served_by_anothers_law(begun, asked):
    """The refusal says how to have both; data that is to be forgotten stands in nobody's way."""
    with pytest.raises(PlaceProblem, match=r"has the data of kern by us-ca.*STACK=NAME"):
        place_of(begun, asked)

    assert place_of(begun, asked, fresh=True) != Place("kern", "us-ca")


def test_a_pack_that_is_not_there_is_named_with_those_that_are(paths):
    """A mistyped place starts nothing."""
    with pytest.raises(PlaceProblem, match=r"no pack 'us-xx'.*us-ca.*us-wi"):
        place_of(paths, {"MILLAGE_JURISDICTION": "us-xx"})
