"""Lenders that pay in bulk are known by their codes (CASH-034, CASH-063)."""

from typing import Any

from sqlalchemy import Connection

from cashiering_service.baskets import store as basket_store
from taxkit.errors import not_found


def check(connection: Connection, lender_code: str) -> None:
    """Refuse a code that nobody recorded."""
    if basket_store.lender(connection, lender_code) is None:
        raise not_found("LENDER_NOT_FOUND", f"no lender {lender_code} is on file here")


def check_in(database: Any, lender_code: str) -> None:
    """The same, in a transaction of its own."""
    with database.begin() as connection:
        check(connection, lender_code)
