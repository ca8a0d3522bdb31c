"""RECV-064: the listing of bills and fees by code, sealed."""

import json
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from millage.receivables.v1 import codes_pb2 as pb
from millage.receivables.v1 import codes_pb2_grpc as stubs
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import bearer, reason_of

sys.path.insert(0, str(Path(__file__).parent))

from test_moved_bills import moved


@pytest.fixture
def bills(app, neighbours):
    """Two bills of 2021, of Dolores on the second parcel and of Ada on the first."""
    app.clock = app.consumer._clock = FixedClock(datetime(2022, 2, 10, 18, tzinfo=UTC))
    made = []
    for number, (parcel, owner) in enumerate((("A-1", "Zoe"), ("B-2", "Ada"))):
        bill = new_id()
        body = neighbours.bill_created(
            bill, bill_number=f"2021-{number}", parcel_number=parcel,
            owner={"name": owner, "email": None},
        )  # fmt: skip
        app.consumer.absorb("on_bill_created", [body])
        made.append(bill)
    return made


@pytest.fixture
def coding(channel, keys):
    """Put codes on bills, or take them off."""
    stub = stubs.CodesServiceStub(channel)
    rights = [f"receivables.{right}" for right in ("code", "code.edit", "read")]
    metadata = bearer(keys.token(*rights, user="ana"))

    def do(kind, **given):
        request = kind(idempotency_key=str(new_id()), **given)
        return getattr(stub, kind.__name__.removesuffix("Request"))(request, metadata=metadata)

    for code in ("BANK", "DEFR"):
        said = pb.CodeSettings(description=code)
        do(pb.CreateCodeRequest, code=code, settings=said, reason="new")
    return do


def put(coding, code, *bills, kind=pb.SetCodeRequest):
    items = [pb.CodeItem(bill_id=str(each)) for each in bills]
    coding(kind, code=code, items=items, comment="filing")


def rows(told, *names):
    return [tuple(row[name] for name in names) for row in told["rows"]]


def test_recv_064_it_lists_what_bears_a_code_in_the_order_asked(reports, bills, coding) -> None:
    """RECV-064: by property or by owner; one code or all; with what is open."""
    put(coding, "BANK", *bills)
    put(coding, "DEFR", bills[1])
    told = reports.json("code-listing", tax_year="2021")
    assert rows(told, "parcel_number", "code", "open_cents") == [
        ("A-1", "BANK", 180_000), ("B-2", "BANK", 180_000), ("B-2", "DEFR", 180_000),
    ]  # fmt: skip
    owners = reports.json("code-listing", tax_year="2021", code="BANK", sort_by="owner")
    assert rows(owners, "owner_name") == [("Ada",), ("Zoe",)]
    assert reports.json("code-listing", tax_year="2020")["rows"] == []


def test_recv_064_the_summary_counts_by_code(reports, bills, coding) -> None:
    """RECV-064: a code that was taken off is not in it."""
    put(coding, "BANK", *bills)
    put(coding, "DEFR", *bills)
    put(coding, "DEFR", bills[0], kind=pb.RemoveCodeRequest)
    told = reports.json("code-listing", tax_year="2021", detail="summary")
    assert rows(told, "code", "items", "open_cents") == [("BANK", 2, 360_000), ("DEFR", 1, 180_000)]
    assert told["totals"]["items"] == 3


def test_recv_064_a_posted_listing_is_read_again_as_it_was(reports, bills, coding) -> None:
    """RECV-064: posted under a file's name and description, in every format."""
    put(coding, "BANK", *bills)
    names = {"file_name": "bank-2021", "description": "Bankruptcies before the sale"}
    run = reports.run("code-listing", tax_year="2021", **names)
    put(coding, "BANK", bills[0], kind=pb.RemoveCodeRequest)
    assert len(reports.csv(run.run_id)) >= 2
    assert "BANK" in reports.paper(run.run_id)
    assert (run.parameters["file_name"], run.parameters["description"]) == (
        "bank-2021", "Bankruptcies before the sale",
    )  # fmt: skip
    assert len(reports.json("code-listing", tax_year="2021")["rows"]) == 1


def test_recv_064_a_listing_read_again_names_bills_as_it_did(
    app, neighbours, reports, bills, coding
) -> None:
    """RECV-064: two owners and another parcel later each run is what it was, to the hash."""
    put(coding, "BANK", *bills)
    parts = [
        {"installment": 1, "due_on": "2022-03-01", "amount_cents": 100_000},
        {"installment": 2, "due_on": "2022-12-30", "amount_cents": 80_000},
    ]
    runs, read = [], []
    for version, owner in ((2, "Bo"), (3, "Cy")):
        runs.append(reports.run("code-listing", tax_year="2021", sort_by="owner").run_id)
        read.append([reports.read(runs[-1], form) for form in ("json", "csv", "pdf")])
        name = {"owner": {"name": owner, "email": None}}
        body = neighbours.bill_corrected(bills[0], version, parts, date(2022, 2, 10), **name)
        app.consumer.absorb("on_bill_corrected", [body])
    app.consumer.absorb("on_bill_moved", [moved(bills[1], parcel="C-3")])

    for run, before in zip(runs, read, strict=True):
        assert [reports.read(run, form) for form in ("json", "csv", "pdf")] == before
    now = reports.json("code-listing", tax_year="2021")
    names = rows(now, "parcel_number", "owner_name")
    assert names == [("A-1", "Cy"), ("C-3", "Dolores Park")]
    (first, second) = (json.loads(each[0]) for each in read)
    assert rows(first, "owner_name") == [("Ada",), ("Zoe",)]
    assert rows(second, "owner_name") == [("Ada",), ("Bo",)]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [({"sort_by": "size"}, "SORT_UNKNOWN"), ({"detail": "all"}, "DETAIL_UNKNOWN")],
)
def test_recv_064_what_it_does_not_know_is_refused(reports, asked, reason) -> None:
    """RECV-064: with its own reason."""
    assert reason_of(reports.refused("code-listing", tax_year="2021", **asked)) == reason
