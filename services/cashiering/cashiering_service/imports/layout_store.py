"""Cashiering's SQL for layouts of files."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection


def insert(connection: Connection, row: Mapping[str, object]) -> Any:
    """Store a version; None when there is one of this name and day."""
    names = list(row)
    return connection.exec_driver_sql(
        f"insert into import_layouts ({', '.join(names)})"
        f" values ({', '.join(f'%({name})s' for name in names)})"
        " on conflict (name, effective_on) do nothing returning *",
        row,
    ).one_or_none()


def in_force(connection: Connection, name: str, day: date) -> Any:
    return connection.exec_driver_sql(
        "select * from import_layouts where name = %s and effective_on <= %s"
        " order by effective_on desc limit 1",
        (name, day),
    ).one_or_none()


def all_in_force(connection: Connection, day: date) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select distinct on (name) * from import_layouts where effective_on <= %s"
        " order by name, effective_on desc",
        (day,),
    ).all()


def versions(connection: Connection, name: str) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select * from import_layouts where name = %s order by effective_on", (name,)
    ).all()


def names(connection: Connection, day: date) -> Sequence[str]:
    return list(
        connection.exec_driver_sql(
            "select distinct name from import_layouts where effective_on <= %s", (day,)
        ).scalars()
    )
