"""Which errors of the database are worth a second try, and which mean that it is away."""

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, IntegrityError

from taxkit import db


def _wrapped(error: psycopg.Error) -> DBAPIError:
    return DBAPIError.instance("select 1", {}, error, psycopg.Error)


@pytest.mark.parametrize("wrap", [_wrapped, lambda error: error], ids=["sqlalchemy", "driver"])
@pytest.mark.parametrize(
    ("error", "retryable", "away"),
    [
        (errors.LockNotAvailable("lock timeout"), True, False),
        (errors.DeadlockDetected("deadlock"), True, False),
        (errors.AdminShutdown("going down"), False, True),
        (errors.TooManyConnections("full"), False, True),
        (errors.DiskFull("no space left on device"), False, True),
        (errors.IoError("could not write"), False, True),
        (errors.ReadOnlySqlTransaction("a standby"), False, True),
        (psycopg.OperationalError("connection refused"), False, True),
        (errors.UniqueViolation("twice"), False, False),
        (psycopg.DataError("a NUL"), False, False),
    ],
)
def test_an_error_is_judged_alike_whoever_raises_it(wrap, error, retryable, away) -> None:
    """COPY and pipelines run past SQLAlchemy and raise the driver's own errors."""
    raised = wrap(error)

    assert db.is_retryable(raised) is retryable
    assert db.is_away(raised) is away


def test_a_lost_race_past_sqlalchemy_is_run_again(postgres_admin_url: str) -> None:
    """As one inside it would be; an error that trying again cannot mend comes at once."""
    database, tries = db.Database(postgres_admin_url), []

    def lose_once(_connection) -> str:
        tries.append(1)
        if len(tries) == 1:
            raise errors.LockNotAvailable("lock timeout")
        return "done"

    def bad(_connection) -> None:
        tries.append(1)
        raise errors.UniqueViolation("twice")

    assert database.run(lose_once) == "done"
    with pytest.raises((errors.UniqueViolation, IntegrityError)):
        database.run(bad)
    database.close()
    assert len(tries) == 3
