"""LEVY-006: billing whose process is killed leaves whole batches, and is gone on with."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import supplements_pb2 as pb
from taxkit import testing

_ROOT = Path(__file__).parents[4]
_PARCELS = 60
# A process of its own that bills a supplement, three events a transaction, telling each batch.
_BILLER = """
import sys
from levy_service.bootstrap import SPEC
from levy_service.supplements import billing
from levy_service.asked import Asked
from millage.levy.v1 import supplements_pb2 as pb
from taxkit import testing
settings = {"MILLAGE_JURISDICTIONS_DIR": sys.argv[2], "MILLAGE_ROLL_BATCH": "3"}
with testing.application(SPEC, sys.argv[1], **settings) as app:
    asked = Asked("clerk", testing.TRACEPARENT)
    request = pb.CreateSupplementBillsRequest(
        idempotency_key="bill", supplement_id=sys.argv[3], billed_on=sys.argv[4]
    )
    for step in billing.create(app, asked, request):
        print(step.items_done, flush=True)
"""


@pytest.fixture
def loaded(levy, roll, supplements) -> pb.Supplement:
    """Sixty parcels of one tax code, something built on each."""
    first = roll.parcels(2021)[0].parcel
    parcels, rows = [], []
    for number in range(_PARCELS):
        own = levy_pb2.Parcel()
        own.CopyFrom(first)
        own.parcel_number = f"{number:014d}"
        own.value_dollars = own.net_value_dollars = 100_000
        parcels.append(levy_pb2.LoadRollRequest(parcel=own))
        rows.append(
            pb.SupplementEvent(
                parcel_number=own.parcel_number, kind="new_construction", event_on="2022-11-01",
                value_dollars=120_000, net_value_dollars=120_000,
            )
        )  # fmt: skip
    levy.load([roll.header(2021, "all"), *roll.rates(2021), *parcels])
    return supplements.load(*rows)


def _killed_after(database_url: str, one: pb.Supplement, batches: int) -> int:
    """Bill until so many batches were told of, then kill -9; gives how many were."""
    command = [
        sys.executable, "-c", _BILLER, database_url, str(_ROOT / "jurisdictions"),
        one.supplement_id, "2023-03-31",
    ]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        seen = len(list(itertools.islice(process.stdout, batches)))
        process.kill()
    return seen


def test_levy_006_a_killed_run_bills_every_event_once(
    app, database_url, loaded, supplements
) -> None:
    """Killed three times in the midst of a batch, ended by another process with another key."""
    foretold = supplements.preview(loaded)
    for batches in (2, 4, 1):
        assert batches == _killed_after(database_url, loaded, batches)
    done = loaded
    for _ in itertools.count():
        try:
            done = supplements.bill(loaded, key="another", billed_on="2023-03-31")
        except grpc.RpcError as error:
            # The killed process's connection may hold the year a moment longer.
            if testing.reason_of(error) != "ROLL_IN_PROGRESS":
                raise
        else:
            break

    assert (done.state, done.items_done) == ("billed", _PARCELS)
    assert (done.changed_bills, done.difference_cents) == (_PARCELS, foretold.difference_cents)
    with app.database.begin() as connection:
        versions, told = connection.exec_driver_sql(
            "select (select count(*) from bills where bill_version = 2),"
            " (select count(*) from outbox where routing_key = 'BillCorrected.v1')"
        ).one()
    assert (versions, told) == (_PARCELS, _PARCELS)
