"""A migration of a table in use: nobody waits for an index, and what was cut off is done again."""

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from bench_of_one import PATIENCE_SECONDS, eventually

from taxkit import migrate, testing

ENV = "from taxkit.migrate import run_env\n\nrun_env()\n"
HEAD = """\
from alembic import op
from taxkit import online
revision, down_revision, branch_labels, depends_on = {revision!r}, {down!r}, None, None
def upgrade():
"""
TABLE = """
op.execute("create table facts (a bigint primary key, kind text not null, fund text not null)")
op.execute("alter table facts add constraint known check (kind in ('x'))")
"""
INDEX = """
online.index("facts", "facts_of_fund", "(fund) where fund <> ''")
"""
COLUMN = """
op.execute("alter table facts add column if not exists note text not null default ''")
"""


@pytest.fixture
def url(postgres_admin_url: str) -> Iterator[str]:
    with testing.fresh_database(postgres_admin_url, "sample") as made:
        with psycopg.connect(made, autocommit=True) as connection:
            connection.execute("drop table alembic_version")
        yield made


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., None]:
    """Write migrations of these bodies."""
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENV)

    def write(*bodies: str) -> None:
        for number, body in enumerate(bodies, 1):
            down = f"{number - 1:04}" if number > 1 else None
            text = HEAD.format(revision=f"{number:04}", down=down) + textwrap.indent(body, "    ")
            (tmp_path / "versions" / f"{number:04}_x.py").write_text(text)

    return write


@pytest.fixture
def migrated(written, url: str, tmp_path: Path) -> Callable[..., None]:
    """Run migrations of these bodies."""

    def run(*bodies: str) -> None:
        written(*bodies)
        settings = Config()
        settings.set_main_option("script_location", str(tmp_path))
        migrate.upgrade(settings, url)

    return run


@pytest.fixture
def migrating(written, url: str, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen]]:
    """Run migrations of these bodies in a process of their own."""
    begun: list[subprocess.Popen] = []
    program = (
        "import sys; from alembic.config import Config; from taxkit import migrate;"
        " settings = Config(); settings.set_main_option('script_location', sys.argv[1]);"
        " migrate.upgrade(settings, sys.argv[2])"
    )

    def run(*bodies: str) -> subprocess.Popen:
        written(*bodies)
        begun.append(subprocess.Popen([sys.executable, "-c", program, str(tmp_path), url]))
        return begun[-1]

    yield run
    for one in begun:
        one.kill()
        one.wait()


@pytest.fixture
def database(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def fill(database: psycopg.Connection, rows: int, fund: str = "f") -> None:
    database.execute(
        "insert into facts select g, 'x', %s from generate_series(1, %s) g", (fund, rows)
    )


def valid(database: psycopg.Connection, name: str = "facts_of_fund") -> bool | None:
    found = database.execute(
        "select indisvalid from pg_index where indexrelid = to_regclass(%s)", (name,)
    ).fetchone()
    return found[0] if found else None


def test_rows_are_written_while_an_index_waits_and_is_built(
    migrated, migrating, url, database
) -> None:
    """A till that has been at it since before holds the index up, and nobody else."""
    migrated(TABLE)
    fill(database, 20_000)
    with psycopg.connect(url) as slow:
        slow.execute("insert into facts values (0, 'x', 'slow')")
        building = migrating(TABLE, INDEX)
        eventually(True, lambda: valid(database) is not None)
        # Of waiting for a lock alone, however busy the machine is.
        database.execute("set lock_timeout = '2s'")
        for each in range(50):
            database.execute("insert into facts values (%s, 'x', 'f')", (100_000 + each,))
        assert building.poll() is None
    assert building.wait(PATIENCE_SECONDS) == 0

    assert valid(database)


def test_what_was_cut_off_is_done_again(migrated, database) -> None:
    """Two rows with one key leave an index that is no good; once they are mended it is built."""
    unique = 'online.index("facts", "facts_once", "(fund)", unique=True)'
    migrated(TABLE)
    fill(database, 2)
    with pytest.raises(Exception, match="could not create unique index"):
        migrated(TABLE, unique)
    assert valid(database, "facts_once") is False
    database.execute("delete from facts where a = 2")
    migrated(TABLE, unique)

    assert valid(database, "facts_once")


def test_a_primary_key_is_exchanged_for_another(migrated, database) -> None:
    """Under the name it had; the old one's rows stay."""
    migrated(TABLE)
    fill(database, 3)
    migrated(TABLE, 'online.primary_key("facts", "facts_by_fund", "a, fund")')
    database.execute("insert into facts values (1, 'x', 'another')")

    key = "select pg_get_constraintdef(oid) from pg_constraint where conname = 'facts_pkey'"
    assert database.execute(key).fetchall() == [("PRIMARY KEY (a, fund)",)]
    with pytest.raises(psycopg.errors.UniqueViolation):
        database.execute("insert into facts values (1, 'x', 'another')")


def test_a_check_is_exchanged_for_a_wider_one(migrated, database) -> None:
    """It holds for what is there and for what comes."""
    migrated(TABLE)
    fill(database, 3)
    migrated(TABLE, """online.check("facts", "known", "kind in ('x', 'y')")""")
    database.execute("insert into facts values (9, 'y', '')")

    proved = database.execute("select convalidated from pg_constraint where conname = 'known'")
    assert proved.fetchall() == [(True,)]
    with pytest.raises(psycopg.errors.CheckViolation):
        database.execute("insert into facts values (10, 'z', '')")


def test_a_lock_that_stops_everybody_is_not_waited_for(migrated, url, database) -> None:
    """A check needs one for a moment: behind a long transaction the migration gives up instead."""
    migrated(TABLE)
    with psycopg.connect(url) as slow:
        slow.execute("insert into facts values (0, 'x', 'slow')")
        # While the slow one is still at it: the migration ended first.
        with pytest.raises(Exception, match="lock timeout"):
            migrated(TABLE, """online.check("facts", "known", "kind in ('x', 'y')")""")


def test_of_two_that_migrate_at_once_one_waits_its_turn(migrated, migrating, database) -> None:
    """The waiting one holds nothing that an index waits for."""
    migrated(TABLE)
    fill(database, 50_000)
    both = [migrating(TABLE, COLUMN + INDEX) for _ in range(2)]

    assert [one.wait(PATIENCE_SECONDS) for one in both] == [0, 0]
    assert valid(database)
