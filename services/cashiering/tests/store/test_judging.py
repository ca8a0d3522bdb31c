"""CASH-064: lines are judged in sets, whatever the planner believed of the table before."""

import time

from cashiering_service import import_judging, import_store
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
    assert seconds < 15


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
