"""Rows name parents that are there, asked once a statement."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest

from taxkit import testing
from taxkit.ids import new_id
from taxkit.parents import asked_at_once

TABLES = """
create table bills (bill_id uuid primary key);
create table facts (fact_id uuid primary key, bill_id uuid, earlier uuid);
"""
INSERT = "insert into facts select gen_random_uuid(), b, null from unnest(%b::uuid[]) b"


@pytest.fixture
def connection(postgres_admin_url: str) -> Iterator[psycopg.Connection]:
    with (
        testing.fresh_database(postgres_admin_url, "sample") as url,
        psycopg.connect(url, autocommit=True) as made,
    ):
        made.execute(TABLES)
        made.execute(
            asked_at_once(
                "facts", {"bill_id": ("bills", "bill_id"), "earlier": ("facts", "fact_id")}
            )
        )
        yield made


def _bills(connection: psycopg.Connection, count: int) -> list[UUID]:
    made = [new_id() for _ in range(count)]
    connection.execute("insert into bills select unnest(%b::uuid[])", (made,))
    return made


def test_rows_of_known_parents_are_taken(connection):
    """Many of one parent, and of none, in one statement."""
    one, two = _bills(connection, 2)
    connection.execute(INSERT, ([one, two, None, one],))
    assert connection.execute("select count(*) from facts").fetchone() == (4,)


def test_one_unknown_parent_among_known_ones_refuses_all(connection):
    """As a foreign key would, and by the error that a foreign key gives."""
    known = _bills(connection, 3)
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as refused:
        connection.execute(INSERT, ([*known, new_id()],))
    assert refused.value.diag.constraint_name == "facts_have_parents"
    assert connection.execute("select count(*) from facts").fetchone() == (0,)


def test_a_parent_of_the_same_statement_counts(connection):
    """A row may name another that comes with it."""
    first, second = new_id(), new_id()
    connection.execute(
        "insert into facts values (%s, null, null), (%s, null, %s)", (first, second, first)
    )
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        connection.execute("insert into facts values (%s, null, %s)", (new_id(), new_id()))
