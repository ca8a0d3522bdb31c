"""LEVY-002: a run whose process is killed leaves whole batches, and is gone on with."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import runs_pb2 as pb

_ROOT = Path(__file__).parents[4]
_PARCELS = 90
# A process of its own that issues the year's run, three parcels a transaction, telling each.
_RUNNER = """
import os, sys
from levy_service.bootstrap import SPEC
from levy_service.runs import running
from levy_service.asked import Asked
from millage.levy.v1 import runs_pb2 as pb
from taxkit import testing
settings = {"MILLAGE_JURISDICTIONS_DIR": sys.argv[2], "MILLAGE_ROLL_BATCH": "3"}
with testing.application(SPEC, sys.argv[1], **settings) as app:
    asked = Asked("clerk", testing.TRACEPARENT)
    request = pb.RunLevyRequest(idempotency_key="run", tax_year=2021)
    for step in running.run(app, asked, request):
        print(step.bills_issued, flush=True)
"""


@pytest.fixture
def certified(levy, roll, runs) -> pb.Preview:
    """Ninety parcels of one tax code, certified."""
    first = roll.parcels(2021)[0].parcel
    parcels = []
    for number in range(_PARCELS):
        own = levy_pb2.Parcel()
        own.CopyFrom(first)
        own.parcel_number = f"{number:014d}"
        own.net_value_dollars = 1_000 + number
        parcels.append(levy_pb2.LoadRollRequest(parcel=own))
    levy.load([roll.header(2021, "stage", only_stage=True), *roll.rates(2021), *parcels])
    preview = runs.preview()
    runs.certify(preview)
    return preview


def _killed_after(database_url: str, batches: int) -> int:
    """Run until so many batches were told of, then kill -9; gives how many were."""
    command = [sys.executable, "-c", _RUNNER, database_url, str(_ROOT / "jurisdictions")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        seen = len(list(itertools.islice(process.stdout, batches)))
        process.kill()
    return seen


def test_levy_002_a_killed_run_loses_nothing_and_issues_nothing_twice(
    app, database_url, certified, runs, count
) -> None:
    """Killed three times, each time in the midst of a batch; then ended by another process."""
    for batches in (2, 5, 1):
        assert batches == _killed_after(database_url, batches)
    done = runs.insist()

    assert done.state == pb.RUN_STATE_FINISHED
    assert (certified.bill_count, certified.line_count, certified.total_cents) == (
        done.bill_count,
        done.line_count,
        done.total_cents,
    )
    rows = count()
    assert _PARCELS == certified.bill_count == rows["bills"] == rows["outbox"]
    assert certified.line_count == rows["bill_lines"]
    with app.database.begin() as connection:
        numbers, cents, told = connection.exec_driver_sql(
            "select count(distinct parcel_number), sum(total_cents),"
            " (select count(distinct subject) from outbox) from bills"
        ).one()
    assert (_PARCELS, certified.total_cents, _PARCELS) == (numbers, cents, told)
