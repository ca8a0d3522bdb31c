"""CASH-064: lines are judged in sets, whatever the planner believed of the table before."""

import time

from cashiering_service.domain.basket_terms import FlagRule, FlagTerms
from cashiering_service.imports import judging as import_judging
from cashiering_service.imports import store as import_store
from cashiering_service.imports.obstacles import Rules
from taxkit import ids

LINES = 30_000


def test_cash_064_a_large_file_is_judged_in_seconds_on_statistics_of_a_small_one(app) -> None:
    """A planner that expects one line would compare every line with every other."""
    with app.database.begin() as connection:
        _stage(connection, 1)
        connection.exec_driver_sql("analyze import_lines")
        run_id = _stage(connection, LINES)
        started = time.perf_counter()
        import_judging.judge(connection, run_id)
        seconds = time.perf_counter() - started
        duplicates, suspense = connection.exec_driver_sql(
            "select count(*) filter (where outcome = 'duplicate'),"
            " count(*) filter (where outcome = 'suspense') from import_lines where run_id = %s",
            (run_id,),
        ).one()

    assert (duplicates, suspense) == (LINES // 2, LINES // 2)
    assert seconds < 25


def test_cash_067_many_flags_and_plans_are_met_in_seconds(app) -> None:
    """Every second bill is flagged, every third in a pending plan: joined in sets, too."""
    with app.database.begin() as connection:
        run_id = _stage(connection, 1)
        for statement in _COUNTY.split(";"):
            connection.exec_driver_sql(statement, {"run": run_id, "lines": LINES})
        started = time.perf_counter()
        rules = Rules(flags=[FlagTerms("dnap", "do not allow payment", FlagRule.REFUSE)])
        import_judging.judge(connection, run_id, rules)
        seconds = time.perf_counter() - started
        found = connection.exec_driver_sql(
            "select reason, count(*) from import_lines where run_id = %s and line_number > 0"
            " group by reason order by reason",
            (run_id,),
        ).all()

    flagged, pending = LINES // 2, LINES // 6
    assert [tuple(row) for row in found] == [
        ("", LINES - flagged - pending), ("PAYMENT_NOT_ALLOWED", flagged),
        ("PLAN_PENDING", pending),
    ]  # fmt: skip
    assert seconds < 25


_COUNTY = """
insert into dues (bill_id, bill_number, bill_version, parcel_number, tax_year, owner_name,
    open_cents, installments, as_of)
    select md5('b' || n)::uuid, 'F-' || n, 1, 'F' || n, 2021, 'O', 100, '[]', '2022-01-01'
    from generate_series(1, %(lines)s) n;
insert into flags
    select 'parcel', 'F' || n, 'dnap', true, 1 from generate_series(2, %(lines)s, 2) n;
insert into plans select 'P' || n, 'pending' from generate_series(3, %(lines)s, 3) n;
insert into plan_bills
    select 'P' || n, md5('b' || n)::uuid from generate_series(3, %(lines)s, 3) n;
insert into import_lines (run_id, line_number, outcome, reason, message, line_key, parcel_number,
    tax_year, amount_cents, paid_on, received_on, check_number, payer_name)
    select %(run)s, n, 'post', '', '', 'F' || n, 'F' || n, 2021, 100, '2022-12-27', '2022-12-28',
    '', '' from generate_series(1, %(lines)s) n;
analyze dues, flags, plans, plan_bills
"""


def _stage(connection, lines: int):
    """A run of lines that come in pairs, for a parcel without bills."""
    run_id = ids.new_id()
    import_store.insert_run(
        connection,
        {
            "run_id": run_id,
            "layout": "csv",
            "file_name": "large",
            "file_sha256": str(run_id),
            "state": "validated",
            "imported_by": "test",
            "trace_id": run_id,
        },
    )
    rows = [
        (
            run_id, number, "post", "", "", f"{run_id} {number // 2}", "99999999999999", 2021,
            100, "2022-12-27", "2022-12-28", str(number // 2), "P",
            "bill", "check", "", "", "", "{}",
        )
        for number in range(lines)
    ]  # fmt: skip
    import_store.stage(connection, rows)
    return run_id
