"""Processes are started, watched, started again and ended."""

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from devkit.environment import Addresses, Environment
from devkit.paths import StackPaths, read_json
from devkit.place import Place
from devkit.ports import free_ports
from devkit.processes import ProcessMark, until
from devkit.roster import Role
from devkit.supervisor import (
    ProcessSpec,
    State,
    SupervisionProblem,
    Supervisor,
    answers_ready,
)
from devkit.tasks import run_task

PROGRAM = Path(__file__).parent / "ready_program.py"


@pytest.fixture
def paths(tmp_path):
    made = StackPaths("kit", tmp_path / "kit")
    made.make()
    return made


@pytest.fixture
def supervise(paths):
    started = []

    def start(*modes, **options):
        supervisor = Supervisor(paths, **options)
        started.append(supervisor)
        supervisor.start(
            ProcessSpec(
                f"{mode}.api",
                [sys.executable, str(PROGRAM), mode, str(port)],
                dict(os.environ),
                answers_ready(f"127.0.0.1:{port}"),
            )
            for mode, port in zip(modes, free_ports(len(modes)), strict=True)
        )
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop(patience=1)


def mark_of(paths, name):
    return ProcessMark.stored(read_json(paths.processes).get(name))


def restarts(paths, name):
    return read_json(paths.processes).get(name, {}).get("restarts", 0)


def test_ready_processes_are_published_and_logged(paths, supervise):
    """processes.json tells other commands which process is which."""
    supervise("calm", "quiet").wait_ready()

    assert until(
        lambda: all(e["state"] == "ready" for e in read_json(paths.processes).values()), 60
    )
    assert mark_of(paths, "calm.api").is_alive()
    assert (paths.logs / "calm.api.log").read_text() == "calm begins\n"


def test_a_killed_process_is_started_again(paths, supervise):
    """With another number, and counted."""
    supervisor = supervise("calm")
    supervisor.wait_ready()
    first = supervisor.kill("calm.api")

    assert until(lambda: not psutil.pid_exists(first), 60)
    assert until(lambda: read_json(paths.processes)["calm.api"]["restarts"] == 1, 60)
    supervisor.wait_ready()
    assert first != mark_of(paths, "calm.api").pid


def test_a_crash_at_the_start_is_reported_with_its_last_words(supervise):
    """Without restarts the first failure ends the wait."""
    supervisor = supervise("crash", restart=False)

    with pytest.raises(
        SupervisionProblem, match=r"crash\.api is failed.*\n(.*\n)*nothing to serve"
    ):
        supervisor.wait_ready()


def test_a_process_that_keeps_crashing_is_tried_less_and_less_often(paths, supervise):
    """Back-off doubles: before the fourth crash lie at least 0.2, 0.4 and 0.8 seconds."""
    began = time.monotonic()
    supervise("crash")

    assert until(lambda: restarts(paths, "crash.api") >= 4, 60)
    assert time.monotonic() - began > 1.4


def test_stop_drains_and_then_kills(paths, supervise):
    """SIGTERM first; what ignores it is killed when patience ends."""
    supervisor = supervise("calm", "stubborn")
    supervisor.wait_ready()
    marks = [mark_of(paths, name) for name in ("calm.api", "stubborn.api")]
    supervisor.stop(patience=0.5)

    assert not any(mark.is_alive() for mark in marks)
    assert supervisor.states() == {"calm.api": State.STOPPED, "stubborn.api": State.STOPPED}


def test_one_process_is_rolled_while_the_others_stay(paths, supervise):
    """Stopped on purpose is not a crash."""
    supervisor = supervise("calm", "quiet")
    supervisor.wait_ready()
    calm, quiet = mark_of(paths, "calm.api"), mark_of(paths, "quiet.api")
    supervisor.stop_one("calm.api")
    until(lambda: False, 0.5)
    assert State.STOPPED is supervisor.states()["calm.api"]
    assert not calm.is_alive()
    supervisor.start_one("calm.api")
    supervisor.wait_ready()

    assert quiet == mark_of(paths, "quiet.api")
    assert read_json(paths.processes)["calm.api"]["restarts"] == 0


def test_answering_is_asked_anew(supervise):
    """A process that was ready once and now is not keeps the wait going until it is named."""
    supervisor = supervise("calm", restart=False)
    supervisor.wait_ready()
    supervisor.wait_answering()
    supervisor.stop_one("calm.api")

    with pytest.raises(SupervisionProblem, match=r"calm\.api is stopped"):
        supervisor.wait_answering(0.3)


def test_a_failed_task_says_what_it_printed(paths):
    """The log's end is in the error, and the whole log in its file."""
    command = [
        sys.executable,
        "-c",
        "import sys; print('half way', flush=True); sys.exit('no such table')",
    ]

    with pytest.raises(SupervisionProblem, match="half way\nno such table"):
        run_task(command, "levy.migrate", dict(os.environ), paths)
    assert "half way" in (paths.logs / "levy.migrate.log").read_text()


def test_processes_get_their_own_addresses_and_no_administrators(paths, monkeypatch):
    """The address of receivables is for cashiering's API alone, that of the mail server for one."""
    monkeypatch.setenv("MILLAGE_POSTGRES_ADMIN_URL", "postgresql://secret")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    addresses = Addresses.choose({})
    urls = {"cashiering": "u1", "notifications": "u2", "levy": "u3"}
    environment = Environment(paths, addresses, urls, urls, Place("elm", "us-tx"))
    api = environment.of_role(Role("cashiering", "api"))
    worker = environment.of_role(Role("notifications", "worker"))
    relay = environment.of_role(Role("levy", "relay"))

    assert addresses.grpc("receivables") == api["MILLAGE_RECEIVABLES_ADDR"]
    assert f"smtp://{addresses.smtp}" == worker["MILLAGE_SMTP_URL"]
    assert (relay["MILLAGE_DATABASE_URL"], relay["MILLAGE_AMQP_URL"]) == ("u3", "u3")
    assert relay["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"
    for variables in (api, worker, relay):
        assert "MILLAGE_POSTGRES_ADMIN_URL" not in variables
        assert len({"MILLAGE_RECEIVABLES_ADDR", "MILLAGE_SMTP_URL"} & set(variables)) < 2
    assert len(addresses.ports) == len(set(addresses.ports.values()))
    assert "u1" not in str(environment.description())
