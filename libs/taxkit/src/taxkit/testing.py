"""Fixtures for tests on real parts: a migrated database, a neighbour's event, a real server.

Servers themselves are found by the devkit; these functions take their administrators' addresses.
"""

import asyncio
import importlib
import json
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import grpc
import psycopg
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from taxkit import auth, config, ids, migrate, testplans
from taxkit.app import App, ServiceSpec
from taxkit.clock import Clock, FixedClock, SystemClock
from taxkit.contracts import EventType, OutgoingEvent

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


_TABLES = """
select c.relname from pg_class c where c.relkind in ('r', 'p') and not c.relispartition
    and c.relnamespace = 'public'::regnamespace and c.relname <> 'alembic_version'
"""
# Tables that migrations leave without a row, by the address of their database.
_EMPTY_AT_FIRST: dict[str, Sequence[str]] = {}
# Dropping a database is a checkpoint of the whole server: the next ones right after it are cheap.
_DROPPED_AT_ONCE = 20
_TO_DROP: dict[str, list[str]] = {}


@contextmanager
def fresh_database(admin_url: str, service: str) -> Iterator[str]:
    """A database of its own with the service's tables, dropped afterwards; gives its address.

    Databases are dropped some at a time; `drop_databases` drops those that are left.
    """
    name = f"test_{service}_{secrets.token_hex(4)}"
    with psycopg.connect(admin_url, autocommit=True) as admin:
        testplans.create_database(admin, name)
    url = urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}"))
    waiting = _TO_DROP.setdefault(admin_url, [])
    try:
        package = importlib.import_module(f"{service}_service")
        migrate.upgrade(migrate.migrations_of(service, package.__file__ or ""), url)
        with psycopg.connect(url) as connection:
            tables = [row[0] for row in connection.execute(_TABLES)]
            filled = _filled(connection, tables)
        _EMPTY_AT_FIRST[url] = [table for table in tables if table not in filled]
        yield url
    finally:
        waiting.append(name)
        if len(waiting) >= _DROPPED_AT_ONCE:
            drop_databases()


def drop_databases() -> None:
    """Drop what tests are done with."""
    for admin_url, names in _TO_DROP.items():
        with psycopg.connect(admin_url, autocommit=True) as admin:
            while names:
                admin.execute(f'drop database "{names[-1]}" with (force)')
                names.pop()


@contextmanager
def application(
    spec: ServiceSpec, database_url: str, clock: Clock | None = None, **settings: str
) -> Iterator[App]:
    """A service's application on a database, as one of its processes would build it."""
    env = {"MILLAGE_DATABASE_URL": database_url, **settings}
    built = spec.app(config.load(spec.settings, env), clock=clock, role="api")
    try:
        yield built
    finally:
        built.close()


def tables(app: App) -> Sequence[str]:
    """All tables of a fresh database but what its migrations filled themselves."""
    return _EMPTY_AT_FIRST[app.settings.database_url]


def empty(app: App, only: Sequence[str] | None = None) -> None:
    """Leave the service's tables without a row, those included that refuse it.

    Only what holds rows is touched, and by deleting: to truncate a table makes a new file of it.
    """
    wanted = tables(app) if only is None else only
    with app.database.begin() as connection:
        driver = connection.connection.driver_connection
        filled = _filled(cast("psycopg.Connection[Any]", driver), wanted)
        if filled:
            # Replication's role runs no triggers: what is append-only is emptied all the same.
            deletes = ";".join(f"delete from {table}" for table in filled)
            connection.exec_driver_sql(
                "set local session_replication_role = replica;"
                f"set local synchronous_commit = off; {deletes}"
            )


def _filled(connection: psycopg.Connection[Any], tables: Sequence[str]) -> list[str]:
    looks = [f"(select '{table}' from {table} limit 1)" for table in tables]
    return [row[0] for row in connection.execute(" union all ".join(looks))] if looks else []


def event(
    event_type: EventType,
    subject: str,
    data: Mapping[str, Any],
    *,
    sequence: int = 1,
    event_id: UUID | None = None,
    at: datetime | None = None,
    traceparent: str = TRACEPARENT,
) -> str:
    """An event's body as it comes off the bus."""
    outgoing = OutgoingEvent(
        event_id=event_id or ids.new_id(),
        type=event_type,
        subject=subject,
        sequence=sequence,
        time=at or SystemClock().now(),
        data=data,
        traceparent=traceparent,
    )
    return outgoing.body("cook")


def foreign_event(  # a consumer's test knows its neighbour by the published contract alone
    type_name: str, subject: str, data: Mapping[str, Any], *, sequence: int = 1, **changes: Any
) -> str:
    """An event of a service whose code this one may not import."""
    envelope = {
        "specversion": "1.0",
        "id": str(ids.new_id()),
        "type": type_name,
        "source": "/county/cook/" + type_name.split(".")[2],
        "subject": subject,
        "time": SystemClock().now().isoformat(),
        "datacontenttype": "application/json",
        "sequence": f"{sequence:012d}",
        "partitionkey": subject,
        "traceparent": TRACEPARENT,
        "data": data,
    }
    return json.dumps({**envelope, **changes})


def emitted(app: App) -> list[dict[str, Any]]:
    """Every event in the service's outbox, oldest first, as envelopes."""
    with app.database.begin() as connection:
        bodies = connection.exec_driver_sql("select body from outbox order by id").scalars()
        return [json.loads(body) for body in bodies]


def parked(app: App) -> list[tuple[str, str]]:
    """(reason, message) of every parked message."""
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "select reason, message from parked_messages order by parked_id"
        )
        return [(reason, message) for reason, message in rows]


@dataclass(frozen=True, slots=True)
class Keys:
    """A signing key pair made for one test run."""

    private_pem: str
    public_pem: str

    def token(
        self, *rights: str, user: str = "clerk", clock: Clock | None = None, **options: Any
    ) -> str:
        return auth.issue_token(
            self.private_pem, user, rights=rights, clock=clock or SystemClock(), **options
        )

    def expired_token(self, *rights: str) -> str:
        past = FixedClock(datetime.now(UTC) - timedelta(days=2))  # noqa: TID251 - a real past
        return self.token(*rights, clock=past)


def make_keys() -> Keys:
    private = Ed25519PrivateKey.generate()
    return Keys(
        private.private_bytes(
            pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()
        ).decode(),
        private.public_key()
        .public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
        .decode(),
    )


@contextmanager
def server(spec: ServiceSpec, app: App, keys: Keys) -> Iterator[grpc.Channel]:
    """The service's real gRPC server, in this process, on a free port; gives a channel to it."""
    from taxkit import ops, rpc  # noqa: PLC0415 - worker tests must not load grpc's server

    api = importlib.import_module(f"{spec.name}_service.api")
    servicers: Sequence[rpc.Servicer] = [
        *api.servicers(app),
        ops.servicer(app, tuple(spec.subscriptions)),
    ]
    settings = replace_setting(app.settings, grpc_listen="127.0.0.1:0", grpc_threads=16)
    with (
        serving(settings, auth.TokenVerifier(keys.public_pem), servicers) as port,
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield channel


@contextmanager
def serving(settings: Any, verifier: auth.TokenVerifier, servicers: Sequence[Any]) -> Iterator[int]:
    """The real server beside the test, on the one loop all such servers share; gives its port."""
    from taxkit import rpc  # noqa: PLC0415

    loop = _loop()
    started = rpc.Server.start(settings, verifier, servicers)
    server = asyncio.run_coroutine_threadsafe(started, loop).result(30)
    try:
        yield server.port
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(grace=1), loop).result(30)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Grpcio wants one loop a process: servers of a test run share it."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True, name="servers").start()
    return loop


def methods_without_right(spec: ServiceSpec, app: App) -> list[str]:
    """Every RPC method of the service's servicers, taxkit's own included, that anyone could call.

    The names come from the contract, so a method nobody implemented is listed as well.
    """
    from google.protobuf import descriptor_pool  # noqa: PLC0415 - a worker's test needs no protobuf

    from taxkit import ops  # noqa: PLC0415

    api = importlib.import_module(f"{spec.name}_service.api")
    servicers = [*api.servicers(app), ops.servicer(app, tuple(spec.subscriptions))]
    pool = descriptor_pool.Default()
    return [
        f"{servicer.full_name}/{method.name}"
        for servicer in servicers
        for method in pool.FindServiceByName(servicer.full_name).methods
        if not auth.right_of(servicer.method(method.name) or _nothing)
    ]


def _nothing() -> None:
    """Stands for a method that is not there."""


def replace_setting(settings: Any, **changes: Any) -> Any:
    """A copy of frozen settings with some changed."""
    import attrs  # noqa: PLC0415 - environ's settings are attrs classes

    return attrs.evolve(settings, **changes)


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    """The metadata that carries a token."""
    return (("authorization", f"Bearer {token}"),)


def reason_of(error: grpc.RpcError) -> str:
    """The machine-readable reason of a refused call."""
    from google.rpc import error_details_pb2  # noqa: PLC0415
    from grpc_status import rpc_status  # noqa: PLC0415

    status = rpc_status.from_call(cast("Any", error))
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return str(info.reason)
    return ""
