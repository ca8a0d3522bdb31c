"""One database and role, one broker user with its own rights, for each service of a stack.

Everything here may be done again at any time: passwords are made once and then kept.
"""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from filelock import FileLock
from psycopg import sql

from devkit.broker_api import BrokerApi, part
from devkit.paths import StackPaths, read_json, write_json, write_private
from devkit.roster import SERVICES, SUBSCRIBER, VHOST
from devkit.servers.base import Postgres, RabbitMQ


@dataclass(frozen=True, slots=True)
class Rights:
    """What a broker user may configure, write and read, as regular expressions."""

    configure: str
    write: str
    read: str

    def as_json(self) -> dict[str, str]:
        return {"configure": self.configure, "write": self.write, "read": self.read}


def rights_of(service: str) -> Rights:
    """Its own exchange, dead letters and queues; of others no more than binding to events."""
    own = rf"{service}\.(events|dlx|replay)|evt-.*--{service}\..*"
    return Rights(
        configure=f"^({own})$",
        write=rf"^({own})$",
        read=rf"^(.*\.events|{service}\.(dlx|replay)|evt-.*--{service}\..*)$",
    )


# Another county system: queues of its own, bound to anybody's events; it publishes nothing.
SUBSCRIBER_RIGHTS = Rights(configure=r"^sub-.*$", write=r"^sub-.*$", read=r"^(sub-.*|.*\.events)$")


@dataclass(frozen=True, slots=True)
class Naming:
    """Names on a server; prefixed with the stack's where others may use the same server."""

    prefix: str = ""

    @classmethod
    def on(cls, server: Postgres | RabbitMQ, stack: str) -> "Naming":
        return cls("" if server.private else f"{stack}-")

    def database(self, service: str) -> str:
        return f"{self.prefix}{service}".replace("-", "_")

    def broker_user(self, user: str) -> str:
        return f"{self.prefix}{user}"

    @property
    def vhost(self) -> str:
        return f"{self.prefix}{VHOST}"


def make_keys(paths: StackPaths) -> None:
    """An Ed25519 pair that signs and checks callers' tokens in this stack only."""
    if paths.token_private_key.exists() and paths.token_public_key.exists():
        return
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    write_private(paths.token_private_key, private.decode("ascii"))
    write_private(paths.token_public_key, public.decode("ascii"))


def passwords(paths: StackPaths) -> dict[str, dict[str, str]]:
    """The passwords of this stack: `database` and `broker`, by service; made on first use."""
    paths.make()
    with FileLock(paths.root / "secrets.lock"):
        stored = read_json(paths.secrets)
        wanted = {"database": SERVICES, "broker": (*SERVICES, SUBSCRIBER)}
        complete = {
            kind: {
                name: stored.get(kind, {}).get(name) or secrets.token_urlsafe(24) for name in names
            }
            for kind, names in wanted.items()
        }
        if complete != stored:
            write_json(paths.secrets, complete)
    return complete


def provision_postgres(server: Postgres, paths: StackPaths) -> dict[str, str]:
    """Leave each service its database, owned by its role; answer their addresses."""
    naming, words = Naming.on(server, paths.name), passwords(paths)["database"]
    with psycopg.connect(server.admin_url, autocommit=True, connect_timeout=10) as connection:
        for service in SERVICES:
            _provision_database(connection, naming.database(service), words[service])
    return database_urls(server, paths)


def database_urls(server: Postgres, paths: StackPaths) -> dict[str, str]:
    """Each service's own address of its own database."""
    naming, words = Naming.on(server, paths.name), passwords(paths)["database"]
    return {
        service: _with_login(
            server.admin_url, naming.database(service), words[service], naming.database(service)
        )
        for service in SERVICES
    }


def _provision_database(connection: psycopg.Connection[Any], name: str, password: str) -> None:
    role = sql.Identifier(name)
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(role))
    connection.execute(
        sql.SQL(
            "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}"
        ).format(role, sql.Literal(password))
    )
    if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name):
        # An administrator who is no superuser has to be a member of the role to give it away.
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(role))
        statement = "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'"
        connection.execute(sql.SQL(statement).format(role, role))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))


def _exists(connection: psycopg.Connection[Any], query: str, name: str) -> bool:
    return connection.execute(query, (name,)).fetchone() is not None


def provision_rabbitmq(server: RabbitMQ, paths: StackPaths) -> dict[str, str]:
    """Leave each service, and `subscriber`, its broker user; answer their addresses."""
    naming, words = Naming.on(server, paths.name), passwords(paths)["broker"]
    api = BrokerApi.of(server)
    api.put(f"/api/vhosts/{part(naming.vhost)}", {})
    _let_administrator_in(api, naming.vhost)
    for user in words:
        rights = SUBSCRIBER_RIGHTS if user == SUBSCRIBER else rights_of(user)
        _provision_user(api, naming, user, words[user], rights)
    return amqp_urls(server, paths)


def amqp_urls(server: RabbitMQ, paths: StackPaths) -> dict[str, str]:
    """Each service's, and `subscriber`'s, own address of the stack's virtual host."""
    naming, words = Naming.on(server, paths.name), passwords(paths)["broker"]
    return {
        user: _with_login(server.admin_url, naming.broker_user(user), words[user], naming.vhost)
        for user in words
    }


def _let_administrator_in(api: BrokerApi, vhost: str) -> None:
    everything = Rights(".*", ".*", ".*").as_json()
    api.put(f"/api/permissions/{part(vhost)}/{part(api.user)}", everything)


def _provision_user(
    api: BrokerApi, naming: Naming, user: str, password: str, rights: Rights
) -> None:
    name = naming.broker_user(user)
    api.put(f"/api/users/{part(name)}", {"password": password, "tags": ""})
    api.put(f"/api/permissions/{part(naming.vhost)}/{part(name)}", rights.as_json())


def forget_databases(server: Postgres, paths: StackPaths) -> None:
    """Drop the stack's databases with all they hold, and their roles."""
    naming = Naming.on(server, paths.name)
    with psycopg.connect(server.admin_url, autocommit=True, connect_timeout=10) as connection:
        for service in SERVICES:
            name = sql.Identifier(naming.database(service))
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(name))


def forget_queues(server: RabbitMQ, paths: StackPaths) -> None:
    """Drop the stack's virtual host with all its queues, and the broker users."""
    naming, api = Naming.on(server, paths.name), BrokerApi.of(server)
    vhosts = {vhost["name"] for vhost in api.get("/api/vhosts")}
    users = {user["name"] for user in api.get("/api/users")}
    if naming.vhost in vhosts:
        api.delete(f"/api/vhosts/{part(naming.vhost)}")
    for name in map(naming.broker_user, (*SERVICES, SUBSCRIBER)):
        if name in users:
            api.delete(f"/api/users/{part(name)}")


def _with_login(address: str, user: str, password: str, path: str) -> str:
    """The server's address with another login and database or virtual host."""
    parts = urlsplit(address)
    place = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@{place}"
    return urlunsplit((parts.scheme, login, f"/{quote(path, safe='')}", parts.query, ""))
