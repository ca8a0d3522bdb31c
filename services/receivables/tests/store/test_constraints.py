"""What the database itself refuses, whoever writes."""

import re

import psycopg.errors
import pytest
from sqlalchemy.exc import DBAPIError

from taxkit.ids import new_id

_POSTING = """
insert into postings (posting_id, kind, bill_id, receipt_id, parcel_number, business_date,
    effective_on, recorded_at, cause_fact_id, pack_version, allocated_cents, surplus_cents,
    suspense_cents)
select %(posting)s, 'payment', bill_id, %(posting)s, '1', '2022-02-10', '2022-02-10', now(),
    f.fact_id, 'pack@1', %(allocated)s, 0, 0
from facts f where f.kind = 'payment'
"""
_ENTRY = """
insert into ledger_entries (posting_id, line_number, ledger_account, amount_cents, fact_id,
    receipt_id, rule_id, pack_version)
select %(posting)s, n, a, c, f.fact_id, %(posting)s, 'rule', 'pack@1'
from unnest(%(numbers)s::integer[], %(accounts)s::text[], %(cents)s::bigint[]) as v (n, a, c),
     facts f where f.kind = 'payment'
"""


@pytest.fixture
def fact(app, bill):
    """A payment's fact that has posted nothing yet."""
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into facts (fact_id, kind, bill_id, receipt_id, business_date, effective_on,"
            " recorded_at, amount_cents) values (%s, 'payment', %s, %s, '2022-02-10', '2022-02-10',"
            " now(), 500)",
            (new_id(), bill, new_id()),
        )


def write(app, entries, allocated=500, posting=None):
    """Write a posting with entries (account, cents) in one transaction; gives its id."""
    posting_id = posting or new_id()
    with app.database.begin() as connection:
        if posting is None:
            connection.exec_driver_sql(_POSTING, {"posting": posting_id, "allocated": allocated})
        if entries:
            given = {
                "posting": posting_id,
                "numbers": [number + 10 * (posting is not None) for number in range(len(entries))],
                "accounts": [account for account, _ in entries],
                "cents": [cents for _, cents in entries],
            }
            connection.exec_driver_sql(_ENTRY, given)
    return posting_id


BALANCED = [("cash_clearing", 500), ("taxes_receivable", -500)]


@pytest.mark.parametrize(
    ("entries", "allocated", "constraint"),
    [
        ([("cash_clearing", 500), ("taxes_receivable", -499)], 499, "entries_balance"),
        ([("cash_clearing", 500)], 500, "entries_balance"),
        ([], 500, "posting_balances"),
        (BALANCED, 400, "posting_sums"),
    ],
)
def test_a_posting_that_does_not_balance_is_refused(
    app, fact, ledger, entries, allocated, constraint
):
    """Entries add up to nothing, there are some, and the posting's sums are theirs."""
    with pytest.raises(DBAPIError) as refused:
        write(app, entries, allocated)
    assert isinstance(refused.value.orig, psycopg.errors.CheckViolation)
    assert refused.value.orig.diag.constraint_name == constraint
    assert [kind for kind, *_ in ledger.postings()] == ["issue"]


def test_nothing_unbalanced_can_be_added_to_a_posting_later(app, fact):
    """A posting that balanced when it was written balances for ever."""
    posting_id = write(app, BALANCED)
    with pytest.raises(DBAPIError, match="do not balance"):
        write(app, [("cash_clearing", 1)], posting=posting_id)


def test_a_fact_posts_once(app, fact):
    """A second payment posting of one fact is refused, whatever process writes it."""
    write(app, BALANCED)
    with pytest.raises(DBAPIError, match="postings_once"):
        write(app, BALANCED)


@pytest.mark.parametrize("table", ["facts", "postings", "ledger_entries"])
@pytest.mark.parametrize(
    "statement",
    ["update {} set pack_version = 'x'", "delete from {}", "truncate {} cascade"],
)
def test_what_is_written_is_neither_updated_nor_deleted(app, bill, ledger, table, statement):
    """Append-only: a correction is a compensating posting."""
    sql = statement.format(table)
    if table == "facts":
        sql = sql.replace("pack_version = 'x'", "kind = kind")
    before = ledger.accounts()
    with pytest.raises(DBAPIError, match=re.escape("is append-only")):
        ledger.rows(sql)
    assert ledger.accounts() == before


def test_the_statements_of_a_batch_do_not_grow_with_it(app, neighbours, monkeypatch):
    """A hundred payments take as many statements, and as many round trips, as one."""
    from sqlalchemy import event

    from taxkit import wire

    alone: list[str] = []
    together: list[int] = []
    event.listen(app.database.engine, "before_cursor_execute", lambda *args: alone.append(args[2]))
    run = wire.run

    def counted(connection, prepared, statements, **options):
        together.append(len(statements))
        return run(connection, prepared, statements, **options)

    monkeypatch.setattr(wire, "run", counted)
    bills = [new_id() for _ in range(100)]
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill) for bill in bills])
    counts = []
    for size in (1, 100):
        bodies = [
            neighbours.payment_posted(
                new_id(), neighbours.line(1, 500, bill), neighbours.line(2, 70)
            )
            for bill in bills[:size]
        ]
        alone.clear()
        together.clear()
        app.consumer.absorb("on_payment_posted", bodies)
        counts.append((len(alone) + sum(together), len(alone) + len(together)))
    assert counts == [(15, 9)] * 2


@pytest.mark.parametrize("unknown", ["posting_id", "fact_id"])
def test_an_entry_of_nothing_known_is_refused(app, fact, unknown):
    """RECV-012: every line of the ledger is of a posting, and of a fact, that are there."""
    posting_id = write(app, BALANCED)
    stranger = {"posting_id": posting_id, "fact_id": None, unknown: new_id()}
    with pytest.raises(DBAPIError) as refused, app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into ledger_entries (posting_id, line_number, ledger_account, amount_cents,"
            " fact_id, receipt_id, rule_id, pack_version)"
            " select %(posting_id)s, n + 10, 'cash_clearing', n * 2 - 3, coalesce(%(fact_id)s,"
            " f.fact_id), %(posting_id)s, 'rule', 'pack@1'"
            " from generate_series(1, 2) n, facts f where f.kind = 'payment'",
            stranger,
        )
    assert isinstance(refused.value.orig, psycopg.errors.ForeignKeyViolation)
    assert refused.value.orig.diag.constraint_name == "entries_have_parents"


@pytest.mark.parametrize("table", ["facts", "postings"])
def test_what_is_of_a_bill_is_of_one_that_is_there(app, fact, ledger, table):
    """RECV-012: asked once a statement; and no bill can go away afterwards."""
    write(app, BALANCED)
    columns, taken = {
        "facts": (
            (
                "fact_id, bill_id, kind, receipt_id, line_number, business_date, effective_on,"
                " recorded_at, amount_cents"
            ),
            "kind, receipt_id, line_number, business_date, effective_on, recorded_at, amount_cents",
        ),
        "postings": (
            (
                "posting_id, bill_id, kind, parcel_number, business_date, effective_on,"
                " recorded_at, cause_fact_id, pack_version, allocated_cents, surplus_cents,"
                " suspense_cents"
            ),
            (
                "'reallocation', parcel_number, business_date, effective_on, recorded_at,"
                " cause_fact_id, pack_version, 0, 0, 0"
            ),
        ),
    }[table]
    stranger = f"'{new_id()}'::uuid, '{new_id()}'::uuid, {taken}"
    with pytest.raises(DBAPIError) as refused:
        ledger.rows(
            f"insert into {table} ({columns}) select {stranger} from {table} where kind = 'payment'"
        )
    assert isinstance(refused.value.orig, psycopg.errors.ForeignKeyViolation)
    assert refused.value.orig.diag.constraint_name == f"{table}_have_parents"
    for gone in ("delete from bills", "update bills set bill_id = gen_random_uuid()"):
        with pytest.raises(DBAPIError, match="bills is append-only"):
            ledger.rows(gone)
