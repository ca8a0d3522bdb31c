"""LEVY-001: rolls tell last year's capped values, and the law says how far this year's may rise."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from levy_service.bootstrap import SPEC
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1 import runs_pb2
from millage.levy.v1.runs_pb2_grpc import RunServiceStub
from taxkit import testing
from taxkit.clock import FixedClock

CAPPED = pb.ValueCapClaim(code="base_year", base_dollars=600_000, added_dollars=10_000)


@pytest.fixture
def app(app, database_url):
    """California's county on the same empty tables."""
    del app
    settings = {
        "MILLAGE_JURISDICTIONS_DIR": str(Path(__file__).parents[4] / "jurisdictions"),
        "MILLAGE_JURISDICTION": "us-ca",
    }
    clock = FixedClock(datetime(2021, 9, 1, 18, tzinfo=UTC))
    with testing.application(SPEC, database_url, clock, **settings) as built:
        yield built


def roll(*caps: pb.ValueCapClaim, only_stage: bool = False, **parcel):
    header = pb.RollHeader(
        idempotency_key="roll", jurisdiction="us-ca", tax_year=2021, source="test",
        only_stage=only_stage,
    )  # fmt: skip
    yield pb.LoadRollRequest(header=header)
    named = pb.AgencyRate(tax_code="T", agency_code="county", agency_name="c", rate="1.000000")
    yield pb.LoadRollRequest(rate=named)
    given = {"value_dollars": 900_000, "compute_net_value": True, **parcel}
    yield pb.LoadRollRequest(
        parcel=pb.Parcel(parcel_number="123-456-789", tax_code="T", value_caps=caps, **given)
    )


def test_levy_001_a_bill_is_of_the_capped_value(levy) -> None:
    """And says how that came about."""
    bill = levy.bill(levy.load(roll(CAPPED)).bill_ids[0])
    assert [(each.name, each.value_dollars) for each in bill.value_steps] == [
        ("value", 900_000),
        ("base_year", 616_216),
    ]
    assert (bill.net_value_dollars, bill.total_cents) == (616_216, 616_216)


def test_levy_001_a_run_previews_and_bills_the_capped_value(levy, channel, keys) -> None:
    """The value is on file as it is capped: sets of parcels are billed by it."""
    levy.load(roll(CAPPED, only_stage=True))
    stub = RunServiceStub(channel)
    metadata = testing.bearer(keys.token("levy.*", user="auditor"))
    asked = runs_pb2.PreviewLevyRequest(idempotency_key="p", tax_year=2021)
    assert list(stub.PreviewLevy(asked, metadata=metadata))[-1].preview.total_cents == 616_216


@pytest.mark.parametrize(
    ("claim", "parcel"),
    [
        (pb.ValueCapClaim(code="homestead", base_dollars=1), {}),
        (pb.ValueCapClaim(code="base_year", base_dollars=-1), {}),
        (CAPPED, {"compute_net_value": False, "net_value_dollars": 5}),
    ],
    ids=["unknown", "below-zero", "net-value-given"],
)
def test_levy_001_a_cap_that_is_not_the_laws_refuses_the_roll(levy, count, claim, parcel) -> None:
    error = levy.refused(roll(claim, **parcel))
    found = error_details_pb2.BadRequest()
    assert any(detail.Unpack(found) for detail in rpc_status.from_call(error).details)
    assert {each.description.split(":")[0] for each in found.field_violations} == {"BAD_VALUE_CAP"}
    assert not count()["bills"]
