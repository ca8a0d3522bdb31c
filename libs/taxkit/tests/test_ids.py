"""Identifiers come in the order of their making, whoever makes them."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxkit.ids import derived_id, new_id, read_id, text_of


def test_ids_made_one_after_the_other_are_in_order():
    """Also thousands within one millisecond: indexes grow at one end."""
    made = [new_id() for _ in range(20_000)]

    assert all(earlier < later for earlier, later in pairwise(made))


def test_threads_never_make_the_same_id():
    """Each thread's ids are in order, and no two of all of them are the same."""
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: [new_id() for _ in range(5_000)], range(4)))

    assert all(earlier < later for each in made for earlier, later in pairwise(each))
    assert len({one for each in made for one in each}) == 20_000


def test_an_id_is_the_standard_librarys_of_version_seven():
    made = new_id()

    assert (type(made), made.version) == (UUID, 7)


@given(st.uuids(), st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=3))
def test_a_derived_id_is_the_one_rfc_9562_defines(namespace, parts):
    """Version 5 of the parts' text: another language's library derives the same."""
    assert derived_id(namespace, *parts) == uuid5(namespace, "\x1f".join(parts))


@given(st.uuids(), st.sampled_from([str, lambda one: str(one).upper(), lambda one: one.hex]))
def test_an_id_is_read_however_it_is_written(one, written):
    found = read_id(written(one))

    assert (type(found), found, str(found), found.is_safe) == (UUID, one, str(one), one.is_safe)
    assert pickle.loads(pickle.dumps(found)) == copy.deepcopy(found) == one


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x" * 36,
        "é" * 36,
        "01a2060c-a038-759c-b33a-f744b439c25",
        "0" * 35 + "\N{ROMAN NUMERAL ONE}",
    ],
)
def test_what_is_no_id_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"UUID|uuid|invalid"):
        read_id(text)


@given(st.uuids(allow_nil=True))
def test_an_id_is_written_as_others_write_it(each: UUID):
    """Whatever its version: `str` is the form that others read."""
    assert text_of(each) == str(each)
