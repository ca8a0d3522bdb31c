"""LEVY-006: what limits how far a parcel's value rises limits what a supplement makes of it."""

from datetime import timedelta
from pathlib import Path

import grpc
import pytest

from levy_service import rulebook
from levy_service.supplements import rulebook as supplements_rulebook
from millage.levy.v1 import levy_pb2, value_changes_pb2
from millage.levy.v1 import supplements_pb2 as pb
from taxkit import testing

PACKS = Path(__file__).parents[4] / "jurisdictions"
PARCEL = "0000005555"
# 600,000 by two percent, and the 10,000 that were built before the roll.
CAPPED = 622_000


def cap(added: int = 10_000) -> levy_pb2.ValueCapClaim:
    return levy_pb2.ValueCapClaim(code="base_year", base_dollars=600_000, added_dollars=added)


def caps(*told: levy_pb2.ValueCapClaim) -> value_changes_pb2.ValueCapList:
    return value_changes_pb2.ValueCapList(value_caps=told)


def event(kind: str, value: int, on: str = "2022-10-15", **more) -> pb.SupplementEvent:
    given = {
        "parcel_number": PARCEL, "kind": kind, "event_on": on, "value_dollars": value,
        "compute_net_value": True,
    }  # fmt: skip
    return pb.SupplementEvent(**given | more)


def told(kind: str, value: int, net: int) -> pb.SupplementEvent:
    return event(kind, value, compute_net_value=False, net_value_dollars=net)


@pytest.fixture
def capped(app, levy, roll) -> levy_pb2.Bill:
    """A bill of 2022 that Proposition 13 keeps below the market's 900,000."""
    app.law = rulebook.load(PACKS / "us-ca")
    app.supplements = supplements_rulebook.load(PACKS / "us-ca")
    parts = levy_pb2.LoadRollRequest
    rate = parts(
        rate=levy_pb2.AgencyRate(tax_code="T", agency_code="county", agency_name="c", rate="1")
    )
    for year, more in ((2022, {"compute_net_value": True, "value_caps": [cap()]}), (2023, {})):
        parcel = levy_pb2.Parcel(
            parcel_number=PARCEL, tax_code="T", value_dollars=900_000, owner_name="Ada", **more
        )
        levy.load([roll.header(year, jurisdiction="us-ca"), rate, parts(parcel=parcel)])
    (found,) = levy.bills(tax_year=2022).bills
    assert found.net_value_dollars == CAPPED
    return found


@pytest.fixture
def added(supplements, capped):
    """Bill an event of 2022; gives what its item says it added to the net value."""

    def bill(row: pb.SupplementEvent) -> int:
        one = supplements.load(row, tax_year=2022)
        supplements.bill(one)
        (item,) = supplements.items(one)
        return item.net_value_dollars - item.net_value_before_dollars

    return bill


def test_levy_006_what_changes_hands_is_taxed_on_all_of_its_value(added, levy) -> None:
    """RTC 75.10: its base is new; 900,000 less 622,000 is billed apart."""
    assert added(event("change_of_ownership", 900_000)) == 278_000
    bills = levy.bills(parcel_number=PARCEL, tax_year=2022).bills
    assert [one.net_value_dollars for one in bills] == [CAPPED, 278_000]


def test_levy_006_what_is_built_is_added_at_its_full_value_and_the_rest_keeps_its_base(
    added, supplements
) -> None:
    """RTC 71: 50,000 more are billed, not the market's rise; a second building adds as much."""
    assert added(event("new_construction", 950_000)) == 50_000
    assert added(event("new_construction", 970_000, "2022-11-20")) == 20_000
    first, second = (supplements.items(one)[0] for one in reversed(_listed(supplements)))
    assert list(first.value_caps.value_caps) == [cap(60_000)]
    assert list(second.value_caps.value_caps) == [cap(80_000)]


def _listed(supplements) -> list[pb.Supplement]:
    asked = pb.ListSupplementsRequest(tax_year=2022)
    return list(supplements.stub.ListSupplements(asked, metadata=supplements.who).supplements)


def test_levy_006_a_sold_parcel_has_no_cap_when_it_is_built_on_later(added, supplements) -> None:
    """Nor after an event between them that says nothing of caps."""
    assert added(event("change_of_ownership", 900_000)) == 278_000
    assert added(event("new_construction", 960_000, "2022-11-20")) == 60_000
    assert added(event("new_construction", 980_000, "2022-12-05")) == 20_000
    for one in _listed(supplements):
        (item,) = supplements.items(one)
        assert item.HasField("value_caps")
        assert not item.value_caps.value_caps


def test_levy_006_caps_an_event_tells_count_in_place_of_those_it_had(added) -> None:
    """Of the rise 20,000 were built and the rest is the market's; half is sold."""
    assert added(event("new_construction", 950_000, value_caps=caps(cap(30_000)))) == 20_000
    half = event("change_of_ownership", 960_000, "2022-11-20", value_caps=caps(cap(180_000)))
    assert added(half) == 150_000


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (told("new_construction", 900_000, CAPPED + 1), "BAD_VALUE_CAP"),
        (told("new_construction", 950_000, CAPPED + 50_001), "BAD_VALUE_CAP"),
        (told("new_construction", 950_000, CAPPED + 50_000), ""),
        (told("change_of_ownership", 900_000, 900_000), ""),
        (event("new_construction", 950_000, value_caps=caps(cap(-1))), "BAD_VALUE_CAP"),
        (event("new_construction", 950_000, value_caps=caps(cap(), cap())), "BAD_VALUE_CAP"),
        (
            event(
                "new_construction", 950_000,
                value_caps=caps(levy_pb2.ValueCapClaim(code="homestead", base_dollars=1)),
            ),
            "BAD_VALUE_CAP",
        ),
        (
            event(
                "new_construction", 950_000, compute_net_value=False, net_value_dollars=5,
                value_caps=caps(cap()),
            ),
            "BAD_VALUE_CAP",
        ),
    ],
    ids=[
        "above", "above what was built", "at it", "sold", "below zero", "twice", "unknown",
        "of a value that is told",
    ],
)  # fmt: skip
def test_levy_006_a_value_above_its_cap_and_a_cap_that_is_none_are_refused(
    supplements, capped, row, reason: str
) -> None:
    if not reason:
        assert supplements.load(row, tax_year=2022).item_count == 1
        return
    with pytest.raises(grpc.RpcError) as refusal:
        supplements.load(row, tax_year=2022)
    assert testing.reason_of(refusal.value) == reason
    assert not _listed(supplements)


def test_levy_006_caps_an_event_of_another_year_changed_are_told_anew(
    supplements, capped, app
) -> None:
    """Those of 2022 grow from another base than those of 2023: nobody guesses."""
    app.clock.moment += timedelta(days=300)
    built = event("new_construction", 950_000, "2023-02-10")
    supplements.bill(supplements.load(built, tax_year=2022))
    further = event("new_construction", 970_000, "2023-07-10")
    with pytest.raises(grpc.RpcError) as refusal:
        supplements.load(further, tax_year=2023)
    assert testing.reason_of(refusal.value) == "BAD_VALUE_CAP"
    assert "tell those of this year" in refusal.value.details()
    further.value_caps.CopyFrom(caps())
    assert supplements.load(further, tax_year=2023).item_count == 1


def test_levy_006_a_bill_that_goes_on_stays_within_its_parcel_s_caps(
    supplements, capped, app, levy
) -> None:
    """Where the kind lets caps hold, what was built is told; the register has it from then on."""
    app.supplements = supplements_rulebook.load(PACKS / "us-il-cook")
    supplements.bill(supplements.load(event("new_construction", 950_000), tax_year=2022))
    assert levy.bill(capped.bill_id).net_value_dollars == CAPPED
    more = event("new_construction", 950_000, "2022-11-20", value_caps=caps(cap(60_000)))
    supplements.bill(supplements.load(more, tax_year=2022))
    assert levy.bill(capped.bill_id).net_value_dollars == CAPPED + 50_000
    granted = event("new_construction", 960_000, "2022-12-05")
    granted.exemptions.append(levy_pb2.Exemption(code="homeowner"))
    supplements.bill(supplements.load(granted, tax_year=2022))
    assert levy.bill(capped.bill_id).net_value_dollars == CAPPED + 50_000 - 7_000
