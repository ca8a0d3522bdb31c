"""What is append-only is chained, and whoever changes it past the triggers is found."""

import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taxkit import audit, audit_check, housekeeping
from taxkit.app import App
from taxkit.audit_check import Checked, Head

TRIGGERS = "alter table {} disable trigger all"


@pytest.fixture
def superuser(database_url: str) -> Iterator[psycopg.Connection]:
    """Somebody at the database whom no trigger stops."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def tamper(superuser: psycopg.Connection) -> Callable[[str], None]:
    """Change rows as no application could."""

    def change(statement: str) -> None:
        for table in ("kept", "audit_chain"):
            superuser.execute(TRIGGERS.format(table))
        superuser.execute(statement)

    return change


def add(connection: psycopg.Connection, *ids: int) -> None:
    connection.cursor().executemany(
        "insert into kept values (%s, %s, '2022-12-15 10:00+01')",
        [(one, f"note {one}") for one in ids],
    )


def checked(app: App, head: Head | None = None) -> Checked:
    heads = {"kept": head} if head else {}
    with app.database.begin() as connection:
        found = {one.table: one for one in audit_check.check(connection, app.unsealed, heads)}
    assert "made" not in found
    return found["kept"]


def breaks(app: App, head: Head | None = None) -> list[tuple[int, str, str]]:
    return [(one.number, one.row_key, one.kind.value) for one in checked(app, head).broken]


def test_every_committed_row_is_chained_once(app: App, superuser) -> None:
    """However often the sealer comes; what is derived has no chain."""
    add(superuser, 1, 2, 3)
    superuser.execute("insert into made values (1)")

    assert housekeeping.seal_all(app) == 3
    assert housekeeping.seal_all(app) == 0
    add(superuser, 4)
    assert checked(app).unsealed == 1
    housekeeping.keep(app)

    found = checked(app)
    assert (found.number, found.unsealed, found.broken) == (4, 0, [])


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("update kept set note = 'other' where kept_id = 2", [(2, "[2]", "row_changed")]),
        ("update kept set at = at + '1us' where kept_id = 3", [(3, "[3]", "row_changed")]),
        ("delete from kept where kept_id = 1", [(1, "[1]", "row_gone")]),
        ("delete from audit_chain where number = 2", [(2, "", "link_missing")]),
        (
            "update audit_chain set row_hash = sha256('x') where number = 2",
            [(2, "[2]", "link_broken"), (2, "[2]", "row_changed")],
        ),
        (
            "update audit_chain set row_key = '[9]' where number = 3",
            [(3, "[9]", "link_broken"), (3, "[9]", "row_gone")],
        ),
    ],
)
def test_a_change_past_the_triggers_is_found_where_it_is(
    app: App, superuser, tamper, statement: str, found: list[tuple[int, str, str]]
) -> None:
    """The first thing that is wrong, with its place and the row's key."""
    add(superuser, 1, 2, 3, 4)
    housekeeping.seal_all(app)
    assert breaks(app) == []

    tamper(statement)

    assert breaks(app) == found


def test_a_chain_made_anew_is_found_by_an_end_kept_elsewhere(app: App, superuser, tamper) -> None:
    """Who rewrites rows and links alike agrees with himself, but not with what was noted."""
    add(superuser, 1, 2, 3)
    housekeeping.seal_all(app)
    end = checked(app)
    head = Head(end.number, end.chain_hash)
    add(superuser, 4)
    housekeeping.seal_all(app)
    assert breaks(app, head) == []

    tamper("update kept set note = 'other' where kept_id = 2")
    tamper("delete from audit_chain")
    tamper("delete from audit_marks")
    housekeeping.seal_all(app)

    assert breaks(app) == []
    assert breaks(app, head) == [(3, "", "head_differs")]


def test_a_chain_cut_short_is_found_by_its_end(app: App, superuser, tamper) -> None:
    """Without it, the rows would only be sealed again."""
    add(superuser, 1, 2, 3)
    housekeeping.seal_all(app)
    end = checked(app)
    tamper("delete from audit_chain where number = 3")

    assert breaks(app) == []
    assert breaks(app, Head(end.number, end.chain_hash)) == [(3, "", "head_differs")]


def test_a_column_added_later_is_no_part_of_older_rows(app: App, superuser) -> None:
    """A migration that adds one breaks no chain; rows from then on are sealed with it."""
    add(superuser, 1)
    housekeeping.seal_all(app)
    superuser.execute("alter table kept add extra text not null default 'none'")
    superuser.execute("insert into kept values (2, 'note', now(), 'some')")
    housekeeping.seal_all(app)
    assert breaks(app) == []

    superuser.execute(TRIGGERS.format("kept"))
    superuser.execute("update kept set extra = 'other'")

    assert breaks(app) == [(2, "[2]", "row_changed")]


def test_a_table_that_is_gone_is_told_of(app: App, superuser) -> None:
    """Its chain stays and says so."""
    add(superuser, 1)
    housekeeping.seal_all(app)
    superuser.execute("drop table kept")

    with app.database.begin() as connection:
        found = list(audit_check.check(connection, app.unsealed, {}))
    assert [(one.table, one.broken[0].kind.value) for one in found] == [("kept", "table_gone")]


def test_a_row_that_was_not_committed_yet_is_sealed_later(
    app: App, database_url: str, superuser
) -> None:
    """The sealer passes it by, goes on, and comes back for it."""
    with psycopg.connect(database_url) as slow:
        add(slow, 1)
        add(superuser, *range(2, 400))
        assert housekeeping.seal_all(app) == 398
        housekeeping.keep(app)
        slow.commit()
    housekeeping.keep(app)
    superuser.execute("update audit_marks set swept_at = now() - interval '2 days'")
    for _ in range(4):
        housekeeping.keep(app)

    found = checked(app)
    assert (found.number, found.unsealed, found.broken) == (399, 0, [])


def test_sealers_at_once_make_one_chain(app: App, superuser) -> None:
    """One at a time seals a table; the others leave it alone."""
    add(superuser, *range(1, 3000))
    sealers = [threading.Thread(target=housekeeping.keep, args=(app,)) for _ in range(4)]
    for one in sealers:
        one.start()
    for one in sealers:
        one.join()
    housekeeping.seal_all(app)

    found = checked(app)
    assert (found.number, found.unsealed, found.broken) == (2999, 0, [])


def test_the_triggers_hold_for_the_chain_itself(app: App, superuser) -> None:
    """Nobody changes a link without taking the trigger away first."""
    add(superuser, 1)
    housekeeping.seal_all(app)

    for statement in ("delete from audit_chain", "update audit_shapes set table_name = 'x'"):
        with pytest.raises(psycopg.errors.RestrictViolation):
            superuser.execute(statement)


@given(st.lists(st.tuples(st.text(max_size=20), st.binary(min_size=32, max_size=32)), max_size=8))
def test_every_link_depends_on_all_before_it(rows: list[tuple[str, bytes]]) -> None:
    """Another key or hash anywhere gives another end."""

    def end(rows: list[tuple[str, bytes]]) -> bytes:
        link = audit.first_link("kept")
        for number, (row_key, row_hash) in enumerate(rows, 1):
            link = audit.next_link(link, "kept", number, row_key, row_hash)
        return link

    for place, (row_key, row_hash) in enumerate(rows):
        for other in ((f"{row_key}!", row_hash), (row_key, row_hash[::-1] + b"!")):
            assert end([*rows[:place], other, *rows[place + 1 :]]) != end(rows)
