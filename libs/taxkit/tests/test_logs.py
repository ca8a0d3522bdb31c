"""What is logged helps whoever reads it, and tells nobody a password or a person's data."""

import json
import subprocess
import sys

import pytest
from sqlalchemy.exc import DBAPIError

from taxkit.db import Database

# A process of its own: what logs everything else would be set up anew.
_FAILING = """
from taxkit import logs
logs.setup("levy", "api", log_format="json", level="info")
log = logs.get("levy")
log.info("asked", address="postgresql://levy:s3cret@db/levy", count=7)
try:
    raise ValueError("amqp://levy:s3cret@broker is away\\nDETAIL:  Failing row contains (1, Ada).")
except ValueError as error:
    log.error("call failed", exc_info=error)
"""


@pytest.fixture(scope="module")
def logged() -> list[dict[str, object]]:
    ran = subprocess.run([sys.executable, "-c", _FAILING], capture_output=True, check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_a_line_says_what_was_told_and_where(logged: list[dict[str, object]]):
    first = logged[0]

    assert (first["event"], first["count"], first["service"]) == ("asked", 7, "levy")
    assert first["address"] == "postgresql://levy:***@db/levy"


def test_an_error_is_told_with_its_stack_and_without_its_secrets(logged: list[dict[str, object]]):
    """A database repeats the whole row that a check refused."""
    told = str(logged[1]["exception"])

    assert "ValueError" in told
    assert "amqp://levy:***@broker is away" in told
    assert "Failing row contains (...)" in told
    assert "s3cret" not in told
    assert "Ada" not in told


def test_people_who_read_along_are_told_no_more():
    """The other form of the log, for whoever has it on a screen."""
    on_screen = _FAILING.replace('"json"', '"console"')
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", on_screen], capture_output=True, check=True
    )

    assert b"levy:***@broker is away" in ran.stdout
    assert b"s3cret" not in ran.stdout
    assert b"Ada" not in ran.stdout


def test_an_error_of_the_database_does_not_repeat_what_was_to_be_stored(postgres_admin_url: str):
    database = Database(postgres_admin_url)
    with pytest.raises(DBAPIError) as refused, database.begin() as connection:
        connection.exec_driver_sql("select 1 / 0, %s", ("Ada Moore, 1 Elm Street",))
    database.close()

    assert "division by zero" in str(refused.value)
    assert "Elm Street" not in str(refused.value)
