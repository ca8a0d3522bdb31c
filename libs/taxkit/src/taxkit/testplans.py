"""Other plans than PostgreSQL would choose by itself, for tests that must not depend on one.

Which rows come first, where nothing says it, is the plan's choice; and that changes with the size
of a table, its statistics and the version of the server.
"""

import os
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

CHOSEN_BY = "MILLAGE_TEST_PLAN"
# What is off is taken only where there is no other way.
PLANS: Mapping[str, Mapping[str, str]] = {
    "merged": {"enable_hashjoin": "off", "enable_nestloop": "off", "enable_hashagg": "off"},
    "hashed": {"enable_mergejoin": "off", "enable_nestloop": "off"},
    "indexed": {"enable_hashjoin": "off", "enable_seqscan": "off", "enable_hashagg": "off"},
    "parallel": {
        "debug_parallel_query": "on",
        "parallel_setup_cost": "0",
        "parallel_tuple_cost": "0",
        "min_parallel_table_scan_size": "0",
    },
}
# Named otherwise before PostgreSQL 16.
_ONCE_NAMED = {"debug_parallel_query": "force_parallel_mode"}
_RENAMED_IN = 160_000


def create_database(admin: psycopg.Connection[Any], database: str) -> None:
    """Create a database whose sessions plan as the environment says; without, as usual."""
    settings = _chosen(admin.info.server_version)
    admin.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
    for name, value in settings.items():
        admin.execute(
            sql.SQL("alter database {} set {} = {}").format(
                sql.Identifier(database), sql.Identifier(name), sql.Literal(value)
            )
        )


def _chosen(server_version: int) -> Mapping[str, str]:
    plan = os.environ.get(CHOSEN_BY)
    if not plan:
        return {}
    if plan not in PLANS:
        raise ValueError(f"{CHOSEN_BY} is {plan!r}, which is none of {', '.join(PLANS)}")
    once = _ONCE_NAMED if server_version < _RENAMED_IN else {}
    return {once.get(name, name): value for name, value in PLANS[plan].items()}
