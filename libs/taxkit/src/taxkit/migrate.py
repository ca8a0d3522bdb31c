"""Schema migrations: alembic from code, one transaction each, guarded against two at once."""

import importlib.resources
import time
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, pool

from taxkit.db import Database, driver_url

_LOCK = 0x6D696772
_TURN_SECONDS, _ASK_SECONDS = 1800, 0.25


def migrations_of(service: str, package_file: str) -> Config:
    """The alembic configuration of a service: migrations/ stands beside its package."""
    folder = Path(package_file).resolve().parent.parent / "migrations"
    settings = Config()
    settings.set_main_option("script_location", str(folder))
    settings.attributes["service"] = service
    return settings


def upgrade(settings: Config, database_url: str) -> None:
    """Bring the database to the newest version."""
    settings.attributes["database_url"] = database_url
    command.upgrade(settings, "head")


def check_current(settings: Config, database: Database) -> None:
    """Raise when the database is not at the newest version: readiness waits for the deploy job."""
    head = ScriptDirectory.from_config(settings).get_current_head()
    with database.begin() as connection:
        at = connection.exec_driver_sql("select version_num from alembic_version").scalar()
    if at != head:
        raise RuntimeError(f"migrations at {at}, this release needs {head}: run the migrate role")


def run_env() -> None:
    """The body of every service's migrations/env.py."""
    engine: Engine = create_engine(
        driver_url(context.config.attributes["database_url"]),
        poolclass=pool.NullPool,
        connect_args={"options": "-c lock_timeout=4000 -c statement_timeout=60000"},
    )
    with engine.connect() as connection:
        _wait_for_turn(connection)
        try:
            context.configure(connection=connection, transaction_per_migration=True)
            context.run_migrations()
        finally:
            # With nothing to migrate, the look at the present version left a transaction open.
            connection.rollback()
            with connection.begin():
                connection.exec_driver_sql("select pg_advisory_unlock(%s)", (_LOCK,))
    engine.dispose()


def _wait_for_turn(connection: Connection) -> None:
    """Until no other migrates this database: asked for again and again, in transactions that end.

    Who waits inside one would be waited for by an index that is built concurrently (taxkit.online).
    """
    for _ in range(int(_TURN_SECONDS / _ASK_SECONDS)):
        with connection.begin():
            if connection.exec_driver_sql("select pg_try_advisory_lock(%s)", (_LOCK,)).scalar():
                return
        time.sleep(_ASK_SECONDS)
    raise TimeoutError(f"another process has been migrating this database for {_TURN_SECONDS} s")


def create_infrastructure(connection: Connection, version: int = 1) -> None:
    """Create taxkit's own tables in a service's first migration."""
    script = importlib.resources.files("taxkit") / "sql" / f"infrastructure_v{version}.sql"
    run_script(connection, script.read_text(encoding="utf-8"))


def run_script(connection: Connection, script: str) -> None:
    """Run a script of several statements as it stands."""
    raw: Any = connection.connection.driver_connection
    raw.execute(script)
