"""What the tables themselves hold to, whoever writes."""

import pytest
from sqlalchemy.exc import DBAPIError

TABLES = {
    "receipts": "note",
    "receipt_lines": "amount_cents",
    "tenders": "amount_cents",
    "reversals": "reason",
}


@pytest.fixture
def posted(counter, session):
    receipt = counter.pay(session.session_id)
    counter.reverse(receipt.receipt_id)
    return receipt


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["update", "delete", "truncate"])
def test_cash_062_what_was_posted_cannot_be_changed(
    app, posted, unchanged, table: str, change: str
) -> None:
    """The database refuses it: a correction is a reversal."""
    column = TABLES[table]
    statement = {
        "update": f"update {table} set {column} = {column}",
        "delete": f"delete from {table}",
        "truncate": f"truncate {table} cascade",
    }[change]
    with (
        unchanged(),
        pytest.raises(DBAPIError, match="append-only"),
        app.database.begin() as connection,
    ):
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (
            (
                "insert into reversals select gen_random_uuid(), receipt_id, business_date,"
                " total_cents, reason, reversed_by, trace_id, recorded_at from reversals"
            ),
            "reversals_receipt_id_key",
        ),
        (
            (
                "insert into receipts select gen_random_uuid(), receipt_number, session_id,"
                " business_date, effective_on, received_on, source, payer_name, payer_email,"
                " total_cents, change_cents, posted_by, note, trace_id, recorded_at from receipts"
            ),
            "receipts_receipt_number_key",
        ),
        (
            (
                "insert into sessions (session_id, till_code, session_number, cashier,"
                " business_date, effective_on)"
                " select gen_random_uuid(), till_code, 9, cashier, business_date,"
                " effective_on from sessions"
            ),
            "sessions_one_open",
        ),
        (
            (
                "insert into receipt_lines (receipt_id, line_number, parcel_number, amount_cents)"
                " select receipt_id, 2, 'p', 5 from receipts"
            ),
            "receipt_lines_check",
        ),
        ("update sessions set effective_on = business_date + 1", "effective_on"),
        ("insert into tills values ('t 1')", "tills_till_code_check"),
    ],
)
def test_the_tables_refuse_what_the_rules_refuse(
    app, posted, unchanged, statement: str, constraint: str
) -> None:
    """Two reversals, one number twice, two drawers on a till, suspense without a reason."""
    with (
        unchanged(),
        pytest.raises(DBAPIError, match=constraint),
        app.database.begin() as connection,
    ):
        connection.exec_driver_sql(statement)


def test_one_file_has_one_run_that_stands(app, counter, example, rows) -> None:
    """Rejected runs may be many."""
    counter.send(example("lender-2022-12-28.csv"), "csv")
    again = (
        "insert into import_runs (run_id, layout, file_name, file_sha256, state, imported_by,"
        " trace_id) select gen_random_uuid(), layout, file_name, file_sha256, '{}', imported_by,"
        " trace_id from import_runs where state = 'committed'"
    )
    with app.database.begin() as connection:
        connection.exec_driver_sql(again.format("rejected"))
    with (
        pytest.raises(DBAPIError, match="import_runs_file"),
        app.database.begin() as connection,
    ):
        connection.exec_driver_sql(again.format("committing"))

    assert rows("select state from import_runs order by 1") == [("committed",), ("rejected",)]
