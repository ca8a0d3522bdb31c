"""LEVY-001, LEVY-003: what limits how far a parcel's value rises holds after the roll, too."""

from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest

from levy_service.bootstrap import SPEC
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1 import value_changes_pb2
from taxkit import testing
from taxkit.clock import FixedClock

NUMBER = "123-456-789"
# 600,000 by 1.01036, and the 10,000 that were built.
CAPPED = 616_216


@pytest.fixture
def app(app, database_url):
    """California's county on the same empty tables."""
    del app
    settings = {
        "MILLAGE_JURISDICTIONS_DIR": str(Path(__file__).parents[4] / "jurisdictions"),
        "MILLAGE_JURISDICTION": "us-ca",
    }
    clock = FixedClock(datetime(2021, 11, 1, 18, tzinfo=UTC))
    with testing.application(SPEC, database_url, clock, **settings) as built:
        yield built


def cap(base: int = 600_000, added: int = 10_000) -> pb.ValueCapClaim:
    return pb.ValueCapClaim(code="base_year", base_dollars=base, added_dollars=added)


@pytest.fixture
def bill(levy) -> pb.Bill:
    """A bill of a value that Proposition 13 keeps below the market's 900,000."""

    def roll():
        yield pb.LoadRollRequest(
            header=pb.RollHeader(idempotency_key="r", jurisdiction="us-ca", tax_year=2021)
        )
        yield pb.LoadRollRequest(
            rate=pb.AgencyRate(tax_code="T", agency_code="county", agency_name="c", rate="1")
        )
        yield pb.LoadRollRequest(
            parcel=pb.Parcel(
                parcel_number=NUMBER, tax_code="T", value_dollars=900_000, compute_net_value=True,
                value_caps=[cap()], owner_name="Ada",
            )
        )  # fmt: skip

    return levy.bill(levy.load(roll()).bill_ids[0])


def row(**more) -> value_changes_pb2.ValueChangeRow:
    given = {"parcel_number": NUMBER, "reason_code": "exemption", "compute_net_value": True}
    return value_changes_pb2.ValueChangeRow(**given | more)


def caps(*told: pb.ValueCapClaim) -> value_changes_pb2.ValueCapList:
    return value_changes_pb2.ValueCapList(value_caps=told)


def test_levy_003_an_exemption_granted_later_comes_off_the_capped_value(
    bill, changes, levy
) -> None:
    """Not off the market's, which the parcel is not taxed on."""
    assert bill.net_value_dollars == CAPPED
    changes.post(row(exemptions=[pb.Exemption(code="homeowner")]))
    after = levy.bill(bill.bill_id)
    assert after.net_value_dollars == CAPPED - 7_000
    assert [step.name for step in after.value_steps] == ["value", "base_year", "homeowner"]


@pytest.mark.parametrize(("value", "net"), [(950_000, CAPPED), (500_000, 500_000)])
def test_levy_003_a_value_that_changes_is_held_against_the_cap_again(
    bill, changes, levy, value: int, net: int
) -> None:
    """Higher, the cap holds; lower, it does not bind."""
    changes.post(row(value_dollars=value))
    assert levy.bill(bill.bill_id).net_value_dollars == net


def test_levy_003_caps_told_anew_replace_those_of_the_roll_and_stay(bill, changes, levy) -> None:
    """More was built; then the parcel is sold, and has no cap any more."""
    changes.post(row(value_caps=caps(cap(added=50_000))))
    assert levy.bill(bill.bill_id).net_value_dollars == CAPPED + 40_000
    changes.post(row(exemptions=[pb.Exemption(code="homeowner")]))
    assert levy.bill(bill.bill_id).net_value_dollars == CAPPED + 40_000 - 7_000
    changes.post(row(value_caps=caps()))
    assert levy.bill(bill.bill_id).net_value_dollars == 900_000
    first, second, third = changes.listed()
    assert list(first.value_caps.value_caps) == [cap(added=50_000)]
    assert not second.HasField("value_caps")
    assert third.HasField("value_caps")
    changes.post(row(value_dollars=910_000))
    assert levy.bill(bill.bill_id).net_value_dollars == 910_000


@pytest.mark.parametrize(
    "given",
    [
        {"compute_net_value": False, "net_value_dollars": CAPPED + 1},
        {"compute_net_value": False, "net_value_dollars": 5, "value_caps": caps(cap())},
        {"value_caps": caps(cap(base=-1))},
        {"value_caps": caps(cap(), cap())},
        {"value_caps": caps(pb.ValueCapClaim(code="homestead", base_dollars=1))},
    ],
    ids=["above", "not-computed", "below-zero", "twice", "unknown"],
)
def test_levy_003_a_value_above_its_cap_and_a_cap_that_is_none_are_refused(
    bill, changes, levy, given
) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        changes.post(row(**given))
    assert testing.reason_of(refusal.value) == "BAD_VALUE_CAP"
    assert levy.bill(bill.bill_id) == bill


def test_levy_003_a_net_value_at_its_cap_is_taken(bill, changes, levy) -> None:
    changes.post(row(compute_net_value=False, net_value_dollars=CAPPED))
    assert levy.bill(bill.bill_id).bill_version == bill.bill_version
