"""Events in one message: all of them, each once, in order, and apart again as they were."""

import json
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxkit import batches

_EXCHANGES = st.sampled_from(["a.events", "b.events", "a.replay"])
_KEYS = st.sampled_from(["Noted.v1", "Heard.v1", "Ended.v1"])
_SUBJECTS = st.sampled_from(["s/1", "s/2", "s/3", "s/4"])
_DATA = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def row(number, exchange="a.events", key="Noted.v1", subject="s/1", data=None):
    body = json.dumps({"specversion": "1.0", "id": str(number), "data": data}, ensure_ascii=False)
    body = body.replace('": ', '":').replace(', "', ',"')
    return (number, exchange, key, True, f"id-{number}", subject, f"trace-{number}", body)


_ROWS = st.lists(st.tuples(_EXCHANGES, _KEYS, _SUBJECTS), max_size=60).map(
    lambda drawn: [row(number, *one) for number, one in enumerate(drawn)]
)


@given(rows=_ROWS, most=st.integers(1, 7))
def test_every_row_travels_once_with_its_like_and_in_its_subject_s_order(rows, most):
    """No message mixes keys or holds too many; no event overtakes another of its subject."""
    messages = batches.gathered(rows, most)

    sent = [row for message in messages for row in message.rows]
    assert sorted(sent) == rows
    for message in messages:
        assert 1 <= len(message.rows) <= most
        assert {row[1:4] for row in message.rows} == {
            (message.exchange, message.routing_key, message.mandatory)
        }
        if message.exchange.endswith(".replay"):
            assert len(message.rows) == 1
    of_subject = defaultdict(list)
    for number, *_, subject, _trace, _body in sent:
        of_subject[subject].append(number)
    assert all(numbers == sorted(numbers) for numbers in of_subject.values())


def test_what_alternates_over_many_subjects_is_still_two_messages():
    """A payment tells two events of its bill: the first of all bills go before the second."""
    rows = [
        row(2 * bill + place, key=key, subject=f"bill/{bill}")
        for bill in range(50)
        for place, key in enumerate(["Noted.v1", "Ended.v1"])
    ]
    sizes = [(message.routing_key, len(message.rows)) for message in batches.gathered(rows, 100)]
    assert sizes == [("Noted.v1", 50), ("Ended.v1", 50)]


def test_a_message_stays_small_whatever_its_events_are():
    """Large events travel in fewer's company; the largest alone."""
    rows = [row(number, subject=f"s/{number}", data="x" * 100_000) for number in range(5)]
    rows.append(row(9, subject="s/9", data="x" * 400_000))
    assert [len(message.rows) for message in batches.gathered(rows, 100)] == [2, 2, 1, 1]


@given(data=st.lists(_DATA, min_size=2, max_size=9), as_text=st.booleans())
def test_what_went_together_comes_apart_as_it_was(data, as_text):
    """Line breaks, brackets and foreign scripts inside an event part no event in two."""
    rows = [row(number, data=one) for number, one in enumerate(data)]
    (message,) = batches.gathered(rows, 100)
    body = message.body.decode() if as_text else message.body

    assert list(batches.split(body)) == [one[-1] for one in rows]
    assert batches.count(body) == len(rows)
    assert json.loads(body) == [json.loads(one[-1]) for one in rows]
    assert message.media_type == "application/cloudevents-batch+json"


@given(data=st.lists(_DATA, max_size=6), indent=st.sampled_from([None, 0, 2]))
def test_another_producer_s_layout_is_read_as_well(data, indent):
    """White space means nothing in JSON, so it means nothing here."""
    body = json.dumps(data, indent=indent).encode()
    assert [json.loads(event) for event in batches.split(body)] == data


@given(data=_DATA)
def test_a_single_event_is_left_as_it_is(data):
    """Whatever is no array is no batch."""
    body = json.dumps({"data": data}).encode()
    assert (batches.split(body), batches.count(body)) == ((body,), 1)


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b"", [b""]),
        (b"\xff", [b"\xff"]),
        (b"[\xff]", [b"[\xff]"]),
        (b"[]", []),
        (b"[", []),
        (b"[1, 2", ["1", "2"]),
        (b'[{"a":1}, {"b":]', ['{"a":1}', '{"b":]']),
        (b"[" * 5000, ["[" * 4999]),
    ],
    ids=["nothing", "no text", "no text in it", "empty", "open", "not closed", "broken", "deep"],
)
def test_what_is_broken_is_kept_to_be_parked(body, events):
    """The events before the fault are read; what follows it stays together."""
    assert list(batches.split(body)) == events
