"""A plan that is forced is forced in every session of a test's database."""

import psycopg
import pytest

from taxkit import testing, testplans

_OF_THIS_DATABASE = """
select unnest(s.setconfig) from pg_db_role_setting s
join pg_database d on d.oid = s.setdatabase and d.datname = current_database()
"""


@pytest.mark.parametrize("plan", list(testplans.PLANS))
def test_a_test_database_plans_as_it_is_told(monkeypatch, postgres_admin_url, plan) -> None:
    """Also on a server that knows a setting by its old name."""
    monkeypatch.setenv(testplans.CHOSEN_BY, plan)
    with (
        testing.fresh_database(postgres_admin_url, "sample") as url,
        psycopg.connect(url) as connection,
    ):
        forced = dict(row[0].split("=") for row in connection.execute(_OF_THIS_DATABASE))
    assert sorted(forced.values()) == sorted(testplans.PLANS[plan].values())


def test_without_a_word_it_plans_as_ever(monkeypatch, postgres_admin_url) -> None:
    monkeypatch.delenv(testplans.CHOSEN_BY, raising=False)
    with (
        testing.fresh_database(postgres_admin_url, "sample") as url,
        psycopg.connect(url) as connection,
    ):
        assert connection.execute(_OF_THIS_DATABASE).fetchall() == []


def test_a_plan_nobody_knows_is_refused(monkeypatch, postgres_admin_url) -> None:
    monkeypatch.setenv(testplans.CHOSEN_BY, "cleverest")
    with (
        pytest.raises(ValueError, match="merged, hashed, indexed, parallel"),
        testing.fresh_database(postgres_admin_url, "sample"),
    ):
        pass
