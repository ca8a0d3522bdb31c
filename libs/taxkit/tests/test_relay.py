"""The relay as a real process: in order, confirmed, and nothing lost when a server goes away."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from bench_of_one import Sample, Spawn, eventually
from cable import Cable
from sample_service.bootstrap import SPEC
from sample_service.events import HEARD, NOTED

from taxkit import ids, outbox, testing, topology
from taxkit.app import App
from taxkit.clock import SystemClock
from taxkit.contracts import EventType, OutgoingEvent


@pytest.fixture
def app(sample: Sample) -> Iterator[App]:
    with testing.application(SPEC, sample.database_url) as built:
        yield built


def store(app: App, notes: Sequence[str], kind: EventType = NOTED, subjects: int = 7) -> None:
    """Commit an event a note, over a few subjects."""
    events = [
        OutgoingEvent(
            event_id=ids.new_id(),
            type=kind,
            subject=f"s/{number % subjects}",
            sequence=number + 1,
            time=SystemClock().now(),
            data={"note": note},
            traceparent=testing.TRACEPARENT,
        )
        for number, note in enumerate(notes)
    ]
    with app.database.begin() as connection:
        outbox.store(connection, "cook", events)


def notes_of(events: Sequence[dict[str, Any]]) -> list[str]:
    return [event["data"]["note"] for event in events]


def unpublished(sample: Sample) -> int:
    ((count,),) = sample.rows("select count(*) from outbox where published_at is null")
    return int(count)


def test_what_is_committed_is_published_in_order_soon_after(sample: Sample, spawn: Spawn, app: App):
    """NOTIFY wakes the relay; the message is persistent, named, and carries its trace."""
    queue = sample.events_queue()
    spawn("relay")
    store(app, [f"n{number}" for number in range(1200)])

    eventually(0, lambda: unpublished(sample))
    assert [f"n{number}" for number in range(1200)] == notes_of(sample.events(queue))


def test_an_event_alone_is_a_message_named_as_it_is(sample: Sample, spawn: Spawn, app: App):
    """Persistent, of the type every nameko service reads, with the event's id and trace."""
    queue = sample.events_queue()
    store(app, ["alone"])
    spawn("relay")

    eventually(0, lambda: unpublished(sample))
    ((properties, body),) = sample.take(queue)
    assert properties.message_id == json.loads(body)["id"]
    assert (properties.delivery_mode, properties.content_type) == (2, "application/json")
    assert properties.headers["traceparent"] == testing.TRACEPARENT


def test_events_that_wait_together_travel_together(sample: Sample, spawn: Spawn, app: App):
    """Hundreds of events are a few messages, each a CloudEvents batch of one routing key."""
    queue = sample.events_queue()
    store(app, [f"n{number}" for number in range(250)])
    store(app, ["other"], kind=HEARD)
    spawn("relay")

    eventually(0, lambda: unpublished(sample))
    *batches, (_, last) = sample.take(queue)
    assert [len(json.loads(body)) for _, body in batches] == [100, 100, 50]
    assert {properties.content_type for properties, _ in batches} == {
        "application/cloudevents-batch+json"
    }
    assert json.loads(last)["data"]["note"] == "other"


def test_a_site_may_have_every_event_travel_alone(sample: Sample, spawn: Spawn, app: App):
    """For a subscriber that reads no batches."""
    queue = sample.events_queue()
    store(app, [f"n{number}" for number in range(250)])
    spawn("relay", MILLAGE_RELAY_BATCH_EVENTS="1")

    eventually(0, lambda: unpublished(sample))
    assert len(sample.take(queue)) == 250


def test_a_stream_of_commits_does_not_put_the_relay_off(sample: Sample, spawn: Spawn, app: App):
    """However close together commits come, events go out while they come, not after."""
    sample.events_queue()
    spawn("relay")
    store(app, ["first"])
    eventually(0, lambda: unpublished(sample))

    for number in range(5000):
        store(app, [f"n{number}"])
        if number % 25 == 24 and unpublished(sample) <= number:
            return
    pytest.fail("nothing went out while commits came")


def test_an_event_no_queue_is_bound_for_stays_and_goes_out_once_one_is(
    sample: Sample, spawn: Spawn, app: App
):
    """Mandatory: returned is not published. What nobody need hear does not wait for it."""
    relay = spawn("relay")
    store(app, ["kept", "kept too"])
    store(app, ["let go"], kind=HEARD)
    eventually(2, lambda: unpublished(sample))
    eventually(True, lambda: "no queue bound" in relay.said())

    queue = sample.events_queue()
    eventually(0, lambda: unpublished(sample))
    assert notes_of(sample.events(queue)) == ["kept", "kept too"]


def test_events_nobody_hears_do_not_hold_up_the_rest(sample: Sample, spawn: Spawn, app: App):
    """More of them than a window holds stand before an event that somebody waits for."""
    sample.channel.queue_declare("heard-by-one")
    sample.channel.queue_bind("heard-by-one", "sample.events", HEARD.routing_key)
    store(app, [f"unheard {number}" for number in range(20)])
    store(app, ["awaited"], kind=HEARD)
    spawn("relay", MILLAGE_RELAY_WINDOW="5")

    eventually(1, lambda: sample.depth("heard-by-one"))
    assert unpublished(sample) == 20


def test_two_relays_at_once_keep_each_subject_s_order(sample: Sample, spawn: Spawn, app: App):
    """Rounds follow each other, whoever runs them: no event overtakes another of its subject."""
    queue = sample.events_queue()
    spawn("relay")
    spawn("relay")
    for start in range(0, 2000, 50):
        store(app, [f"n{number}" for number in range(start, start + 50)], subjects=5)

    eventually(0, lambda: unpublished(sample))
    assert [f"n{n}" for n in range(2000)] == notes_of(sample.events(queue))


def test_a_killed_relay_loses_nothing(sample: Sample, spawn: Spawn, app: App):
    """What was published and not marked is published again: at least once, in order."""
    queue = sample.events_queue()
    first = spawn("relay")
    for start in range(0, 3000, 500):
        store(app, [f"n{number}" for number in range(start, start + 500)])
    first.popen.kill()
    spawn("relay")

    eventually(0, lambda: unpublished(sample))
    notes = notes_of(sample.events(queue))
    assert [f"n{number}" for number in range(3000)] == list(dict.fromkeys(notes))


@pytest.mark.parametrize("server", ["MILLAGE_AMQP_URL", "MILLAGE_DATABASE_URL"])
def test_a_server_that_comes_back_is_found_again(
    sample: Sample, spawn: Spawn, app: App, server: str
):
    """Broker or database cut off in the middle: ready again by itself, nothing is missing."""
    queue = sample.events_queue()
    there = sample.amqp_url if server == "MILLAGE_AMQP_URL" else sample.database_url
    cable, url = Cable.to(there)
    relay = spawn("relay", **{server: url})
    store(app, [f"n{number}" for number in range(600)])
    cable.cut()
    store(app, [f"n{number}" for number in range(600, 1200)])
    eventually(503, lambda: relay.get("/readyz")[0])
    time.sleep(1)  # long enough for attempts that fail
    cable.mend()

    eventually(0, lambda: unpublished(sample))
    eventually(200, lambda: relay.get("/readyz")[0])
    notes = notes_of(sample.events(queue))
    assert [f"n{number}" for number in range(1200)] == list(dict.fromkeys(notes))
    assert relay.terminate() == 0


def test_sigterm_ends_a_relay_whose_broker_is_away(sample: Sample, spawn: Spawn):
    cable, url = Cable.to(sample.amqp_url)
    relay = spawn("relay", MILLAGE_AMQP_URL=url)
    cable.cut()
    eventually(503, lambda: relay.get("/readyz")[0])

    assert relay.terminate() == 0


def test_a_parked_message_is_replayed_onto_its_own_queue(sample: Sample, spawn: Spawn, app: App):
    """Through the outbox and the service's replay exchange: nobody else hears it a second time."""
    queue = "evt-sample-Noted.v1--sample.on_noted"
    sample.channel.exchange_declare("sample.replay", "direct", durable=True)
    sample.channel.queue_declare(queue)
    sample.channel.queue_bind(queue, "sample.replay", queue)
    other = sample.events_queue("heard-by-another")
    spawn("relay")
    with app.database.begin() as connection:
        outbox.send_to_queue(connection, queue, '{"data":{"note":"again"}}', testing.TRACEPARENT)

    eventually(1, lambda: sample.depth(queue))
    assert sample.depth(other) == 0


def test_topology_is_declared_though_the_broker_falters(sample: Sample, database_url: str):
    """A deploy job outlives a broker that is away for a moment; declaring twice is harmless."""
    cable, url = Cable.to(sample.amqp_url)
    cable.cut()
    threading.Timer(1.5, cable.mend).start()

    topology.declare(url, "sample", [("source", "Added.v1", "on_added")])
    topology.declare(url, "sample", [("source", "Added.v1", "on_added")])

    sample.publish("Added", "s/1", "heard")
    queue = topology.queue_of("source", "Added.v1", "sample", "on_added")
    eventually(1, lambda: sample.depth(queue))
