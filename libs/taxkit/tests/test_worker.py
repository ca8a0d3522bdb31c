"""The worker as a real process on real servers: once each, nothing lost, whatever happens."""

import json
import time

from bench_of_one import PATIENCE_SECONDS, Sample, Spawn, eventually
from cable import Cable

from taxkit import topology

ADDED = topology.queue_of("source", "Added.v1", "sample", "on_added")


def test_a_stream_with_duplicates_and_garbage_has_each_effect_once(sample: Sample, spawn: Spawn):
    """400 events said up to twice, between bodies that are none: 400 effects, the rest parked."""
    spawn("worker")
    for number in range(400):
        body = sample.publish("Added", f"s/{number % 17}", f"n{number}", sequence=number + 1)
        if number % 3 == 0:
            sample.send("Added", body)
        if number % 100 == 0:
            sample.send("Added", b"\xff garbage %d" % number)

    eventually({f"n{number}": 1 for number in range(400)}, sample.effects)
    eventually({"BODY_NOT_UTF8": 4}, sample.reasons)
    eventually(0, lambda: sample.depth(ADDED))
    assert sample.rows("select count(*) from outbox") == [(400,)]


def test_events_that_came_together_have_each_its_effect_or_its_reason(sample: Sample, spawn: Spawn):
    """One message of a hundred, among them one refused, one failing, one that is no event."""
    notes = [f"n{number}" for number in range(97)]
    bodies = [sample.made("Added", f"s/{note}", note) for note in [*notes, "refuse it", "crash it"]]
    sample.send_together("Added", [*bodies, '{"specversion":"1.0"}'])
    spawn("worker")

    eventually(dict.fromkeys(notes, 1), sample.effects)
    eventually({"SAMPLE_REFUSED": 1, "HANDLER_FAILED": 1, "ENVELOPE_INVALID": 1}, sample.reasons)
    eventually(0, lambda: sample.depth(ADDED))


def test_a_message_that_always_fails_is_parked_with_its_error_and_hinders_no_other(
    sample: Sample, spawn: Spawn
):
    """Five tries, then the table, with the handler's own words; its neighbours are through."""
    for number in range(20):
        sample.publish("Added", f"s/{number}", "crash it" if number == 7 else f"n{number}")
    spawn("worker")

    eventually({f"n{number}": 1 for number in range(20) if number != 7}, sample.effects)
    eventually({"HANDLER_FAILED": 1}, sample.reasons)
    ((why, body, queue),) = sample.rows("select message, body, queue from parked_messages")
    assert "a handler's own mistake" in why
    assert (json.loads(body)["data"]["note"], queue) == ("crash it", ADDED)
    assert sample.depth(ADDED) == 0


def test_a_refused_message_is_parked_at_once_and_its_batch_goes_on(sample: Sample, spawn: Spawn):
    """What no retry can mend is not tried again."""
    for note in ("a", "refuse it", "b"):
        sample.publish("Added", f"s/{note}", note)
    worker = spawn("worker")

    eventually({"a": 1, "b": 1}, sample.effects)
    eventually({"SAMPLE_REFUSED": 1}, sample.reasons)
    _, metrics = worker.get("/metrics")
    assert 'millage_inbox_events_total{handler="on_added",outcome="parked"} 1.0' in metrics


def test_what_the_broker_gave_up_on_is_parked_with_the_broker_s_reason(
    sample: Sample, spawn: Spawn
):
    """A message whose every worker died comes into the table, event by event."""
    bodies = [sample.made("Added", f"s/{note}", note) for note in ("deadly", "beside it")]
    sample.send_together("Added", bodies)
    for _ in range(topology.DELIVERY_LIMIT + 1):
        eventually(1, lambda: sample.depth(ADDED))
        method, _, _ = sample.channel.basic_get(ADDED)
        sample.channel.basic_nack(method.delivery_tag, requeue=True)
    spawn("worker")

    eventually({"DEAD_LETTER_DELIVERY_LIMIT": 2}, sample.reasons)
    rows = sample.rows("select queue, body from parked_messages order by parked_id")
    assert rows == [(ADDED, body) for body in bodies]
    assert sample.depth(topology.dead_letter_queue_of("sample")) == 0


def test_a_killed_worker_s_messages_have_their_effect_in_the_next(sample: Sample, spawn: Spawn):
    """SIGKILL in the middle of a batch loses nothing and does nothing twice."""
    first = spawn("worker")
    for number in range(300):
        sample.publish("Added", f"s/{number}", "slow" if number == 0 else f"n{number}")
    eventually(True, sample.begun)
    first.popen.kill()
    spawn("worker")

    eventually({"slow": 1} | {f"n{n}": 1 for n in range(1, 300)}, sample.effects)
    eventually(0, lambda: sample.depth(ADDED))


def test_sigterm_drains_what_is_in_hand_and_exits_with_0(sample: Sample, spawn: Spawn):
    """A running batch is finished and acknowledged; nothing is killed on the way out."""
    worker = spawn("worker")
    sample.channel.confirm_delivery()
    for number in range(50):
        sample.publish("Added", f"s/{number}", "slow" if number == 0 else f"n{number}")
    eventually(0, lambda: sample.depth(ADDED))

    assert worker.terminate() == 0
    assert {"slow": 1} | {f"n{n}": 1 for n in range(1, 50)} == sample.effects()
    assert sample.depth(ADDED) == 0
    assert "killing" not in worker.said()


def test_a_broker_that_comes_back_is_found_again(sample: Sample, spawn: Spawn):
    """Cut in the middle of a batch: consumed again after reconnecting, each effect once."""
    cable, url = Cable.to(sample.amqp_url)
    worker = spawn("worker", MILLAGE_AMQP_URL=url)
    sample.publish("Added", "s/0", "slow")
    eventually(True, sample.begun)
    cable.cut()
    for number in range(1, 100):
        sample.publish("Added", f"s/{number}", f"n{number}")
    # Its effect is there, and its acknowledgement has nowhere to go.
    eventually({"slow": 1}, sample.effects)
    cable.mend()

    eventually({"slow": 1} | {f"n{n}": 1 for n in range(1, 100)}, sample.effects)
    eventually(0, lambda: sample.depth(ADDED))
    assert worker.terminate() == 0


def test_sigterm_while_the_broker_is_away_ends_the_worker(sample: Sample, spawn: Spawn):
    """There is nothing to wait for: what was not settled is delivered to the next worker."""
    cable, url = Cable.to(sample.amqp_url)
    worker = spawn("worker", MILLAGE_AMQP_URL=url)
    sample.publish("Added", "s/0", "slow")
    eventually(True, sample.begun)
    cable.cut()

    assert worker.terminate() == 0
    spawn("worker")
    eventually({"slow": 1}, sample.effects)
    eventually(0, lambda: sample.depth(ADDED))


def test_the_broker_going_away_while_draining_ends_the_worker(sample: Sample, spawn: Spawn):
    """SIGTERM first, the cable second: the end is in order all the same."""
    cable, url = Cable.to(sample.amqp_url)
    worker = spawn("worker", MILLAGE_AMQP_URL=url)
    sample.publish("Added", "s/0", "slow")
    eventually(True, sample.begun)
    worker.popen.terminate()
    time.sleep(0.3)  # somewhere in its drain; whenever it is, the same holds
    cable.cut()

    assert worker.popen.wait(PATIENCE_SECONDS) == 0
    assert sample.effects() == {"slow": 1}


def test_a_worker_without_its_broker_is_alive_and_not_ready(sample: Sample, spawn: Spawn):
    """At its start and later: to wait is no reason to be started anew."""
    cable, url = Cable.to(sample.amqp_url)
    cable.cut()
    worker = spawn.begin("worker", MILLAGE_AMQP_URL=url)
    eventually(200, lambda: worker.get("/livez")[0])
    assert worker.get("/readyz")[0] == 503
    cable.mend()
    eventually(200, lambda: worker.get("/readyz")[0])
    cable.cut()
    eventually(503, lambda: worker.get("/readyz")[0])
    assert "queues are not consumed" in worker.get("/readyz")[1]
    assert worker.get("/livez")[0] == 200
    cable.mend()
    sample.publish("Added", "s/0", "after")

    eventually({"after": 1}, sample.effects)
    eventually(200, lambda: worker.get("/readyz")[0])
    assert worker.terminate() == 0


def test_a_worker_whose_broker_was_never_there_ends_when_it_is_told(sample: Sample, spawn: Spawn):
    cable, url = Cable.to(sample.amqp_url)
    cable.cut()
    worker = spawn.begin("worker", MILLAGE_AMQP_URL=url)
    eventually(200, lambda: worker.get("/livez")[0])

    assert worker.terminate() == 0


def test_a_database_that_is_away_is_waited_for_and_no_message_is_blamed(
    sample: Sample, spawn: Spawn
):
    """Longer away than the delivery limit would bear: nothing is parked, all is applied."""
    cable, url = Cable.to(sample.database_url)
    worker = spawn("worker", MILLAGE_DATABASE_URL=url)
    cable.cut()
    for number in range(30):
        sample.publish("Added", f"s/{number}", f"n{number}")
    time.sleep(6)  # more redeliveries than the limit would fit into it
    eventually(503, lambda: worker.get("/readyz")[0])
    cable.mend()

    eventually({f"n{number}": 1 for number in range(30)}, sample.effects)
    assert sample.reasons() == {}
    eventually(200, lambda: worker.get("/readyz")[0])


def test_sigterm_while_the_database_is_away_gives_the_messages_back(sample: Sample, spawn: Spawn):
    """It waits a while for the database, then leaves the rest to the next worker."""
    cable, url = Cable.to(sample.database_url)
    worker = spawn("worker", MILLAGE_DATABASE_URL=url)
    cable.cut()
    for number in range(5):
        sample.publish("Added", f"s/{number}", f"n{number}")
    eventually(True, lambda: "database away" in worker.said())

    assert worker.terminate() == 0
    spawn("worker")
    eventually({f"n{number}": 1 for number in range(5)}, sample.effects)
    assert sample.reasons() == {}


def test_events_of_two_kinds_take_effect_in_their_subject_s_order(sample: Sample, spawn: Spawn):
    """The end came first, over a queue of its own: it waits for the beginning."""
    spawn("worker")
    for number in range(40):
        sample.publish("Ended", f"s/{number}", f"end {number}", sequence=2)
    eventually([(40,)], lambda: sample.rows("select count(*) from inbox_waiting"))
    for number in range(40):
        sample.publish("Begun", f"s/{number}", f"begin {number}", sequence=1)

    eventually(80, lambda: sum(sample.effects().values()))
    for number in range(40):
        rows = sample.rows("select note from effects where subject = %s order by id", f"s/{number}")
        assert [(f"begin {number}",), (f"end {number}",)] == rows
    assert sample.rows("select count(*) from inbox_waiting") == [(0,)]


def test_an_event_whose_predecessor_never_came_is_parked_overdue(sample: Sample, spawn: Spawn):
    """It does not wait for ever; replayed after the predecessor came, it has its effect."""
    spawn("worker", MILLAGE_GAP_TIMEOUT_SECONDS="1")
    body = sample.publish("Ended", "s/1", "end", sequence=2)
    eventually({"SEQUENCE_GAP": 1}, sample.reasons)

    sample.publish("Begun", "s/1", "begin", sequence=1)
    eventually({"begin": 1}, sample.effects)
    sample.send("Ended", body)
    eventually({"begin": 1, "end": 1}, sample.effects)
