"""The five roles, each a few lines: what differs between services is in their ServiceSpec."""

import gc
import importlib
import signal
from collections.abc import Callable
from typing import Any

from taxkit import config, health, logs, migrate, stopping, telemetry, topology
from taxkit.app import App, ServiceSpec
from taxkit.config import Settings

_log = logs.get(__name__)
# A batch of four hundred events makes some hundred thousand objects, nearly all gone when it ends:
# Python's own 700 would search them a hundred times, a tenth of a batch's processor time, and a
# sixth of what an api spends on a file of payments.
_YOUNG_OBJECTS = 200_000


def run(service: str, role: str) -> int:
    """Run a role until it ends or is told to stop."""
    package = f"{service}_service"
    spec: ServiceSpec = importlib.import_module(f"{package}.bootstrap").SPEC
    settings: Any = config.load(spec.settings)
    logs.setup(service, role, log_format=settings.log_format, level=settings.log_level)
    provider = telemetry.setup(service, role, settings.county)
    migrations = migrate.migrations_of(service, importlib.import_module(package).__file__ or "")
    start: Callable[[ServiceSpec, Any, Any], None] = {
        "api": _api,
        "worker": _worker,
        "relay": _relay,
        "migrate": _migrate,
        "topology": _topology,
    }[role]
    try:
        start(spec, settings, migrations)
    finally:
        provider.shutdown()
    return 0


def _migrate(_spec: ServiceSpec, settings: Settings, migrations: Any) -> None:
    migrate.upgrade(migrations, settings.database_url)


def _topology(spec: ServiceSpec, settings: Settings, _migrations: Any) -> None:
    topology.declare(
        settings.amqp_url,
        spec.name,
        [(one.owner, one.event, one.method) for one in spec.subscriptions],
        ca_file=settings.amqp_ca_file,
    )


def _api(spec: ServiceSpec, settings: Settings, migrations: Any) -> None:
    from taxkit import ops, rpc  # noqa: PLC0415 - grpc stays out of the other roles
    from taxkit.auth import TokenVerifier  # noqa: PLC0415

    app = spec.app(settings, role="api")
    own = importlib.import_module(f"{spec.name}_service.api").servicers(app)
    servicers = [*own, ops.servicer(app, tuple(spec.subscriptions))]
    listening = health.serve(settings.http_listen, _database_checks(app, migrations))
    _collect_rarely()
    rpc.serve_until_signal(
        settings,
        TokenVerifier(settings.token_public_key),
        servicers,
        ready=lambda: _log.info("api ready", listen=settings.grpc_listen),
    )
    listening.shutdown()
    app.close()


class _ToldToEnd(Exception):
    """SIGTERM came before the worker had begun."""


def _worker(spec: ServiceSpec, settings: Settings, migrations: Any) -> None:
    import eventlet  # noqa: PLC0415
    from nameko.runners import ServiceRunner  # noqa: PLC0415

    worker_class = importlib.import_module(f"{spec.name}_service.worker").WORKER
    runner = ServiceRunner(_nameko_config(settings))
    runner.add_service(worker_class)
    starting, here = True, eventlet.getcurrent()

    def stop() -> None:
        # Stopped while it starts, nameko never ends. What was taken so far is delivered again.
        how = (eventlet.kill, here, _ToldToEnd()) if starting else (runner.stop,)
        eventlet.spawn_n(*how)

    _stop_once(stop)
    try:
        probe = spec.app(settings, role="worker probe")
        checks = {
            **_database_checks(probe, migrations),
            "broker": lambda: _check_consuming(runner, len(spec.subscriptions)),
        }
        # Before the start, which waits for the broker: to wait is to be alive, and not ready.
        health.serve(settings.http_listen, checks)
        runner.start()
    except _ToldToEnd:
        _log.info("told to end while starting")
        return
    starting = False
    _collect_rarely()
    _log.info("worker ready", subscriptions=len(spec.subscriptions))
    runner.wait()
    probe.close()


def _check_consuming(runner: Any, subscriptions: int) -> None:
    from taxkit.channel import Channel  # noqa: PLC0415 - nameko's, and the worker's alone

    channels = [
        one
        for container in runner.containers
        for one in container.subextensions
        if isinstance(one, Channel)
    ]
    # One each, and that of the dead letters.
    missing = 1 + subscriptions - sum(one.consuming for one in channels)
    if missing > 0:
        raise RuntimeError(f"{missing} of {1 + subscriptions} queues are not consumed")


def _stop_once(stop: Callable[[], Any]) -> None:
    """Heed the first signal only: nameko, told to stop while it stops, never ends."""

    def on_signal(*_: Any) -> None:
        stopping.heed_no_more()
        stop()

    for number in stopping.SIGNALS:
        signal.signal(number, on_signal)


def _nameko_config(settings: Settings) -> dict[str, Any]:
    given: dict[str, Any] = {
        "AMQP_URI": settings.amqp_url,
        "HEARTBEAT": 30,
        "max_workers": 50,
        "batch_size": settings.batch_size,
        "batch_linger_ms": settings.batch_linger_ms,
    }
    if settings.amqp_ca_file:
        given["AMQP_SSL"] = {"ca_certs": settings.amqp_ca_file, "cert_reqs": 2}
        given["AMQP_URI"] = settings.amqp_url.replace("amqps://", "amqp://", 1)
    return given


def _relay(spec: ServiceSpec, settings: Settings, _migrations: Any) -> None:
    from taxkit.relay import Relay  # noqa: PLC0415 - pika's loop is the relay's alone

    relay = Relay(settings, spec.name)

    def connected() -> None:
        if not relay.ready:
            raise RuntimeError("not connected to broker and database yet")

    health.serve(settings.http_listen, {"relay": connected})
    _collect_rarely()
    relay.run()


def _collect_rarely() -> None:
    """Search for garbage less often, and never among what stays for the process's life."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, 20, 20)


def _database_checks(app: App, migrations: Any) -> dict[str, health.Check]:
    return {"database": lambda: migrate.check_current(migrations, app.database)}
