"""What is packed here arrives as it was, and so does what is left to psycopg."""

import json
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxkit.arrays import Packed, packed
from taxkit.rows import Columns

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "uuid": st.uuids(),
    "text": TEXT,
    "bytea": st.binary(max_size=20),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "boolean": st.booleans(),
    "date": st.dates(),
    "timestamptz": st.datetimes(timezones=st.just(UTC)),
}


@pytest.fixture(scope="module")
def connection(postgres_admin_url: str):
    with psycopg.connect(postgres_admin_url, autocommit=True) as opened:
        yield opened


@pytest.mark.parametrize("kind", VALUES)
@settings(max_examples=40)
@given(data=st.data())
def test_what_is_packed_arrives_as_it_was(connection, kind: str, data):
    """Any values of the type, nulls among them, none at all included."""
    values = data.draw(st.lists(st.one_of(st.none(), VALUES[kind]), max_size=8))
    array = packed(kind, values)

    assert isinstance(array, Packed)
    row = connection.execute(f"select %b::{kind}[]", (array,)).fetchone()
    assert row == (values,)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)


@settings(max_examples=40)
@given(values=st.lists(JSON, max_size=5))
def test_json_is_packed_as_its_text(connection, values: list[Any]):
    array = packed("jsonb", [json.dumps(value, ensure_ascii=False) for value in values])

    assert isinstance(array, Packed)
    (found,) = connection.execute("select to_jsonb(%b::jsonb[])", (array,)).fetchone()
    assert found == values


class Word(StrEnum):
    ONE = "one"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", [1, True]),
        ("integer", [2**31]),
        ("text", [Word.ONE]),
        ("date", [datetime(2022, 1, 1, tzinfo=UTC)]),
        ("timestamptz", [datetime(2022, 1, 1)]),  # noqa: DTZ001 - that is the point
        ("uuid", ["01937c3e-0000-7000-8000-000000000000"]),
        ("numeric", [1]),
    ],
)
def test_what_is_not_plainly_of_the_type_is_psycopg_s(kind: str, values: list[object]):
    assert packed(kind, values) == values


def test_a_table_of_columns_goes_in_one_statement(connection):
    columns = Columns({"day": "date", "cents": "bigint", "word": "text", "odd": "numeric"})
    rows = [
        (date(2022, 1, 1), 5, "a", 1),
        (None, None, None, None),
        (date(1999, 12, 31), -5, "", 2),
    ]

    found = connection.execute(f"select * from {columns.source}", columns.params(rows)).fetchall()

    assert found == rows
    assert (
        connection.execute(f"select * from {columns.source}", columns.params([])).fetchall() == []
    )
