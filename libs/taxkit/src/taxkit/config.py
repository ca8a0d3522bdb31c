"""Settings: read once at start from the environment, frozen, secrets from files where named."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import environ

S = TypeVar("S")
_KEYS_DAYS_MIN = 30


def _days_of_keys(given: str | int) -> int:
    """A key that ended before its command was retried would let it be done twice."""
    days = int(given)
    if 0 < days < _KEYS_DAYS_MIN:
        raise ValueError(
            f"MILLAGE_KEEP_KEYS_DAYS is {days}: say at least {_KEYS_DAYS_MIN}, or 0 for ever"
        )
    return days


@environ.config(prefix="MILLAGE", frozen=True)
class Settings:
    """What every process of every service is told. Any X may be given as X_FILE, a file's path."""

    database_url: str = environ.var(help="postgresql://role:password@host:port/database")
    amqp_url: str = environ.var("", help="amqp(s)://user:password@host:port/vhost")
    amqp_ca_file: str = environ.var("", help="certificate authority of an amqps broker")
    grpc_listen: str = environ.var("127.0.0.1:50051")
    grpc_threads: int = environ.var(72, converter=int)
    grpc_reflection: bool = environ.bool_var(False)
    grpc_tls_cert_file: str = environ.var("")
    grpc_tls_key_file: str = environ.var("")
    http_listen: str = environ.var("127.0.0.1:9090", help="health and metrics")
    token_public_key: str = environ.var("", help="PEM of the keys that sign callers' tokens")
    county: str = environ.var("cook")
    jurisdiction: str = environ.var("us-il-cook")
    jurisdictions_dir: str = environ.var("jurisdictions")
    time_zone: str = environ.var("", help="where the county's is not the one of its pack")
    log_format: str = environ.var("json")
    log_level: str = environ.var("info")
    batch_size: int = environ.var(400, converter=int)
    batch_linger_ms: int = environ.var(40, converter=int)
    relay_batch_events: int = environ.var(100, converter=int)
    relay_window: int = environ.var(500, converter=int)
    relay_min_round_ms: int = environ.var(10, converter=int)
    relay_poll_ms: int = environ.var(500, converter=int)
    gap_timeout_seconds: int = environ.var(300, converter=int)
    audit_batch: int = environ.var(200_000, converter=int, help="rows a table and round")
    keep_events_days: int = environ.var(400, converter=int, help="0 keeps events for ever")
    keep_keys_days: int = environ.var(400, converter=_days_of_keys, help="of commands; 0 for ever")


def load(settings: type[S], env: Mapping[str, str] | None = None) -> S:
    """Read settings; an X_FILE variable stands for X with that file's content."""
    given = dict(os.environ if env is None else env)
    for name, path in list(given.items()):
        if name.startswith("MILLAGE_") and name.endswith("_FILE") and path:
            plain = name.removesuffix("_FILE")
            if plain not in given and plain not in _FILE_PATHS:
                given[plain] = Path(path).read_text(encoding="utf-8").strip()
    loaded: S = environ.to_config(settings, given)
    return loaded


# Settings that are themselves a path: their names end in _FILE and mean it.
_FILE_PATHS = {
    "MILLAGE_AMQP_CA",
    "MILLAGE_GRPC_TLS_CERT",
    "MILLAGE_GRPC_TLS_KEY",
    "MILLAGE_RECEIVABLES_CA",
}
