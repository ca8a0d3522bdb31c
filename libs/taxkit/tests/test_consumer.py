"""The consumer on a real database: exactly once, in order where asked, bad messages set aside."""

import json
from collections import Counter

import pytest
from sample_service.bootstrap import SPEC
from sqlalchemy.exc import DataError

from taxkit import ids, parking, testing
from taxkit.app import App
from taxkit.contracts import BODY_BYTES_MAX
from taxkit.errors import Refusal


def said(event: str, subject: str, note: str, *, sequence: int = 1, **changes: object) -> str:
    return testing.foreign_event(
        f"org.millage.source.{event}.v1", subject, {"note": note}, sequence=sequence, **changes
    )


def notes(app: App) -> list[str]:
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql("select note from effects order by id")
        return list(rows.scalars())


def test_redelivery_and_duplicates_within_a_batch_change_nothing(app: App):
    """The same three events, three times in two batches: three effects, three emissions."""
    bodies = [said("Added", f"s/{n}", f"n{n}") for n in range(3)]

    app.consumer.absorb("on_added", bodies + bodies)
    app.consumer.absorb("on_added", bodies)

    assert notes(app) == ["n0", "n1", "n2"]
    assert len(testing.emitted(app)) == 3


def test_what_an_event_causes_continues_its_trace(app: App):
    app.consumer.absorb("on_added", [said("Added", "s/1", "a")])

    (emitted,) = testing.emitted(app)
    assert testing.TRACEPARENT.split("-")[1] == emitted["traceparent"].split("-")[1]


def test_effect_claim_and_emission_roll_back_together(app: App):
    """After a crash nothing is claimed, so the next delivery has its effect."""
    bodies = [said("Added", "s/1", "a"), said("Added", "s/2", "crash")]
    with pytest.raises(RuntimeError):
        app.consumer.absorb("on_added", bodies)
    assert (notes(app), testing.emitted(app)) == ([], [])

    app.consumer.absorb("on_added", bodies[:1])
    assert notes(app) == ["a"]


def test_of_whole_states_only_newer_ones_take_effect(app: App):
    """NEWEST: gaps do not matter, what is older than the last applied is dropped."""
    app.consumer.absorb("on_stated", [said("Stated", "s/1", "five", sequence=5)])
    app.consumer.absorb(
        "on_stated",
        [
            said("Stated", "s/1", "nine", sequence=9),
            said("Stated", "s/1", "three", sequence=3),
            said("Stated", "s/1", "seven", sequence=7),
            said("Stated", "s/2", "one", sequence=1),
        ],
    )
    app.consumer.absorb("on_stated", [said("Stated", "s/1", "eight", sequence=8)])

    assert Counter(["five", "seven", "nine", "one"]) == Counter(notes(app))
    assert notes(app).index("seven") < notes(app).index("nine")


def test_steps_wait_for_their_predecessors_across_handlers(app: App):
    """IN_SEQUENCE: 4 and 3 and 2 come first; when 1 comes, all four run in order."""
    app.consumer.absorb("on_ended", [said("Ended", "s/1", "four", sequence=4)])
    app.consumer.absorb("on_begun", [said("Begun", "s/1", "three", sequence=3)])
    app.consumer.absorb("on_ended", [said("Ended", "s/1", "two", sequence=2)])
    assert notes(app) == []

    app.consumer.absorb("on_begun", [said("Begun", "s/1", "one", sequence=1)])

    assert notes(app) == ["one", "two", "three", "four"]


def test_a_step_taken_already_is_stale_whatever_its_id(app: App):
    app.consumer.absorb("on_begun", [said("Begun", "s/1", "one", sequence=1)])
    app.consumer.absorb("on_begun", [said("Begun", "s/1", "one again", sequence=1)])

    assert notes(app) == ["one"]


def test_a_waiting_event_redelivered_waits_once(app: App):
    body = said("Ended", "s/1", "two", sequence=2)
    app.consumer.absorb("on_ended", [body, body])
    app.consumer.absorb("on_ended", [body])
    app.consumer.absorb("on_begun", [said("Begun", "s/1", "one", sequence=1)])

    assert notes(app) == ["one", "two"]


def test_an_overdue_event_is_parked_and_may_be_replayed(app: App):
    """Its claim goes with it, so that the replay counts as the first delivery."""
    body = said("Ended", "s/1", "two", sequence=2)
    app.consumer.absorb("on_ended", [body])
    app.consumer.tidy(0)
    ((reason, why),) = testing.parked(app)
    assert reason == "SEQUENCE_GAP"
    assert "s/1: event 2" in why

    app.consumer.absorb("on_begun", [said("Begun", "s/1", "one", sequence=1)])
    app.consumer.absorb("on_ended", [body])
    assert notes(app) == ["one", "two"]


def test_a_refusal_in_a_batch_is_raised_and_alone_it_is_parked(app: App):
    """So that the caller can hand a batch over one by one, and only the bad one is set aside."""
    bodies = [said("Added", "s/1", "a"), said("Added", "s/2", "refuse this")]
    with pytest.raises(Refusal, match="SAMPLE_REFUSED"):
        app.consumer.absorb("on_added", bodies)
    for body in bodies:
        app.consumer.absorb("on_added", [body])

    assert notes(app) == ["a"]
    assert testing.parked(app) == [("SAMPLE_REFUSED", "a note may not say refuse")]


def test_what_no_column_holds_is_parked_and_not_tried_again(app: App):
    """DATA_NOT_STORABLE: the value will be the same next time. Its neighbour has its effect."""
    bodies = [said("Added", "s/1", "overflow"), said("Added", "s/2", "b")]
    with pytest.raises(DataError):
        app.consumer.absorb("on_added", bodies)
    for body in bodies:
        app.consumer.absorb("on_added", [body])

    assert notes(app) == ["b"]
    ((reason, message),) = testing.parked(app)
    assert reason == "DATA_NOT_STORABLE"
    assert "out of range" in message


def test_the_same_bad_message_is_parked_once(app: App):
    body = said("Added", "s/1", "refuse this")
    for _ in range(3):
        app.consumer.absorb("on_added", [body])

    assert len(testing.parked(app)) == 1


GOOD = json.loads(said("Added", "s/1", "a"))
BAD = {
    "no JSON": (b"{", "BODY_NOT_JSON"),
    "no UTF-8": (b"\xff\xfe", "BODY_NOT_UTF8"),
    "no object": (b"[1]", "ENVELOPE_INVALID"),
    "nothing in it": (b"{}", "ENVELOPE_INVALID"),
    "deep": (b"[" * 100_000, "BODY_NOT_JSON"),
    "too large": (b" " * (BODY_BYTES_MAX + 1), "MESSAGE_TOO_LARGE"),
    "a later version": (
        json.dumps(GOOD | {"type": "org.millage.source.Added.v2"}),
        "UNKNOWN_EVENT_VERSION",
    ),
    "another event": (
        json.dumps(GOOD | {"type": "org.millage.source.Taken.v1"}),
        "UNEXPECTED_EVENT_TYPE",
    ),
    "no id": (json.dumps(GOOD | {"id": "one"}), "ENVELOPE_INVALID"),
    "sequence 0": (json.dumps(GOOD | {"sequence": "0"}), "ENVELOPE_INVALID"),
    "time without offset": (json.dumps(GOOD | {"time": "2022-03-01T10:00:00"}), "ENVELOPE_INVALID"),
    "a NUL": (json.dumps(GOOD | {"data": {"note": "\x00"}}), "ENVELOPE_INVALID"),
    "a field missing": (json.dumps(GOOD | {"data": {}}), "DATA_INVALID"),
    "a field of another kind": (json.dumps(GOOD | {"data": {"note": 5}}), "DATA_INVALID"),
    "no data": (json.dumps(GOOD | {"data": None}), "DATA_INVALID"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_parked_with_a_reason_beside_good_neighbours(app: App, case: str):
    """One bad body costs its batch nothing."""
    body, reason = BAD[case]

    app.consumer.absorb("on_added", [said("Added", "s/2", "b"), body, said("Added", "s/3", "c")])

    assert notes(app) == ["b", "c"]
    assert [reason] == [parked for parked, _ in testing.parked(app)]


def test_unknown_fields_of_a_later_publisher_are_ignored(app: App):
    """Additions to a published version break no reader."""
    body = testing.foreign_event(
        "org.millage.source.Added.v1", "s/1", {"note": "a", "more": [1]}, comment="extension"
    )
    app.consumer.absorb("on_added", [body])

    assert notes(app) == ["a"]


def test_a_parked_message_is_settled_once_by_a_named_person(app: App):
    """Replay puts it back through the outbox; afterwards it can be neither replayed nor dropped."""
    app.consumer.absorb("on_added", [said("Added", "s/1", "refuse this")])
    with app.database.begin() as connection:
        (row,) = parking.list_parked(connection, "parked", 10, None)
        parking.replay(connection, row.parked_id, "ops@county", "mended")
        replayed = parking.get(connection, row.parked_id)
        queued = connection.exec_driver_sql("select exchange, routing_key, body from outbox").one()

    assert (
        replayed.state,
        replayed.settled_by,
        replayed.settled_reason,
    ) == ("replayed", "ops@county", "mended")
    queue = app.consumer.queue_of(SPEC.subscriptions[0])
    assert ("sample.replay", queue, row.body) == tuple(queued)
    with app.database.begin() as connection, pytest.raises(Refusal, match="PARKED_SETTLED"):
        parking.discard(connection, row.parked_id, "ops@county", "no")
    with app.database.begin() as connection, pytest.raises(Refusal, match="PARKED_NOT_FOUND"):
        parking.discard(connection, ids.new_id(), "ops@county", "no")
