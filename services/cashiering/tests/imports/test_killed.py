"""CASH-064: a process that is killed while it posts loses nothing and posts nothing twice."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

ROOT = Path(__file__).parents[4]
DYING = Path(__file__).with_name("dying_import.py")
LINES = 60
CONTENT = "\n".join(
    [
        "bill_reference,amount,paid_on,received_on,check_number,payer_name",
        *(f"1326429002000020211,0.01,2022-12-27,2022-12-28,{n},P" for n in range(1, LINES + 1)),
        f"TRAILER,{LINES},0.{LINES}",
        "",
    ]
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "night.csv"
    path.write_text(CONTENT, encoding="utf-8")
    return path


@pytest.fixture
def dying(database_url: str, file: Path):
    """Start an import in a process of its own; killed for certain in the end."""
    started: list[subprocess.Popen[str]] = []

    def start(batch: int) -> "subprocess.Popen[str]":
        command = [sys.executable, str(DYING), database_url, str(ROOT / "jurisdictions")]
        process = subprocess.Popen(
            [*command, str(file), str(batch)], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def _kill(process: "subprocess.Popen[str]", rows) -> None:
    """Kill it, and wait until the database has noticed; it may have been quicker than we are."""
    process.send_signal(signal.SIGKILL)
    assert process.wait() in (-signal.SIGKILL, 0)
    while rows(
        "select from pg_stat_activity where datname = current_database() and state <> 'idle'"
        " and pid <> pg_backend_pid() and backend_type = 'client backend'"
    ):
        time.sleep(0.02)


def _check_everything_once(app, rows, run: pb.ImportRun) -> None:
    """Each line has one receipt, numbers have no gap, each receipt was told of once."""
    assert run.state == pb.IMPORT_STATE_COMMITTED
    assert run.posted_count == LINES
    counted = rows(
        "select count(*), count(distinct receipt_id), sum(amount_cents) from receipt_lines"
    )
    assert counted == [(LINES, LINES, LINES)]
    assert rows("select count(distinct reference) from tenders") == [(LINES,)]
    ((numbers,),) = rows("select array_agg(receipt_number order by receipt_number) from receipts")
    assert [int(one.rsplit("-", 1)[-1]) for one in numbers] == list(range(1, LINES + 1))
    assert rows("select receipt_count, is_open from sessions") == [(LINES, False)]
    told = [one["type"].split(".")[-2] for one in testing.emitted(app)]
    assert told.count("PaymentPosted") == LINES
    assert told.count("ImportRunStarted") == told.count("ImportRunFinished") == 1


@pytest.mark.slow
@pytest.mark.parametrize("steps", [1, 2, 31, LINES - 1, LINES])
def test_cash_064_a_run_killed_after_any_line_is_finished(
    app, files_service, rows, dying, steps: int
) -> None:
    """The first, some in between, the last; by sending the file again."""
    process = dying(1)
    for _ in range(steps):
        process.stdout.readline()
    _kill(process, rows)
    posted = rows("select count(*) from receipts")[0][0]
    assert steps <= posted <= LINES

    run = files_service.imported(
        CONTENT.encode(), "csv", till_code="NIGHT", idempotency_key="night", file_name=""
    )
    _check_everything_once(app, rows, run)


@pytest.mark.slow
def test_cash_064_a_run_killed_again_and_again_is_finished(app, files_service, rows, dying) -> None:
    """At whatever moment: while it stages, judges, posts or announces its end."""
    moments = random.Random(64)
    for _ in range(4):
        process = dying(3)
        time.sleep(moments.uniform(0.0, 0.12))
        _kill(process, rows)
    known = rows("select run_id::text from import_runs where state = 'committing'")
    if known:
        run = files_service.commit(known[0][0])
    else:
        run = files_service.imported(
            CONTENT.encode(), "csv", till_code="NIGHT", idempotency_key="night", file_name=""
        )
    _check_everything_once(app, rows, run)
