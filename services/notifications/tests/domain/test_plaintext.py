"""NOTI-001: what people typed comes into a notice as plain text on one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications_service.domain.plaintext import is_one_line_each, one_line_each
from taxkit import jsontext

# Blanks, quotes and escapes in every place, and what else makes a line of it.
_TEXTS = st.text(st.sampled_from(' aZ9,:{}[]"\\\n\t\u2028\u202eé\x7f'), max_size=6)
_DATA = st.dictionaries(
    _TEXTS,
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | _TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=3,
)


@given(_DATA)
def test_noti_001_what_is_seen_to_be_plain_would_not_change(data):
    """The look at the whole text lets nothing through that the look at each would alter."""
    if is_one_line_each(jsontext.written(data)):
        assert one_line_each(data) == data


@pytest.mark.parametrize(
    "data", [{}, {"payer": {"name": "Ada Byron", "lines": ["1 Main St.", "x"]}, "cents": 120}]
)
def test_noti_001_usual_data_are_seen_to_be_plain(data):
    assert is_one_line_each(jsontext.written(data))


@pytest.mark.parametrize(
    "text", [" Ada", "Ada ", "Ada  Byron", "Ada\nByron", "Ad\u00e0", 'A "B"', "A\u202eB"]
)
def test_noti_001_what_may_need_it_is_looked_at_closely(text):
    assert not is_one_line_each(jsontext.written({"name": text}))
