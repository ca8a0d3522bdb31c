"""What agencies were credited with can neither be changed, deleted nor emptied."""

import pytest
from sqlalchemy.exc import DBAPIError

from taxkit.app import App

_GUARDED = (
    "share_entries", "fund_entries", "discount_entries",
    "credit_claims", "credit_payments", "credit_payment_shares", "allocations",
)  # fmt: skip


@pytest.mark.parametrize("table", _GUARDED)
def test_an_entry_is_never_emptied(app: App, table: str):
    with (
        pytest.raises(DBAPIError, match="append-only"),
        app.database.begin() as connection,
    ):
        connection.exec_driver_sql(f"truncate {table} cascade")


@pytest.mark.parametrize(
    "change", ["update allocations set amount_cents = 1", "delete from allocations"]
)
def test_what_was_allocated_stays_as_it_was_told(app: App, change: str):
    """All shares can be worked out again from it; whether it was shared is noted on it."""
    with pytest.raises(DBAPIError, match="append-only"), app.database.begin() as connection:
        connection.exec_driver_sql(change)
    with app.database.begin() as connection:
        connection.exec_driver_sql("update allocations set shared = true")


def _refuse(app: App, kind: int) -> set[str]:
    """Tables with a trigger for a kind of change: 16 is an update, 32 a truncate."""
    with app.database.begin() as connection:
        found = connection.exec_driver_sql(
            "select tgrelid::regclass::text from pg_trigger"
            f" where not tgisinternal and tgtype & {kind} <> 0"
        )
        return set(found.scalars())


def test_no_guarded_table_is_forgotten(app: App):
    """Every table that refuses a row's change refuses to be emptied."""
    assert set(_GUARDED) < _refuse(app, 16) == _refuse(app, 32)
