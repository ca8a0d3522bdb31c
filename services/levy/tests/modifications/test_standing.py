"""LEVY-007: bills are found by how they stand, however many others their taxpayer has."""

from datetime import UTC, datetime

import pytest

from levy_service.modifications import drafts
from millage.levy.v1 import modifications_pb2 as pb
from taxkit.clock import FixedClock

OWNER = "Imogen Vale"
PAID, HALF = [(50_000, 50_000), (50_000, 50_000)], [(50_000, 50_000), (50_000, 0)]


@pytest.fixture
def found(modifications):
    def find(standing: str) -> list[str]:
        asked = pb.ModifiableBills(taxpayer=OWNER, standing=standing)
        request = pb.FindModifiableRequest(bills=asked)
        return [one.bill_id for one in modifications.call("FindModifiable", request).bills]

    return find


def test_levy_007_late_bills_behind_many_others_are_all_found(
    modifications, issue, told, found, refused, monkeypatch
) -> None:
    """LEVY-007: what is counted is what was asked for, and none of it is left out."""
    monkeypatch.setattr(drafts, "BILLS_MAX", 2)
    bills = [issue(f"1326429002000{number}")[0] for number in range(5)]
    for bill in bills[:3]:
        told(bill, PAID)
    for bill in bills[3:]:
        told(bill, HALF)

    assert found("delinquent") == bills[3:]
    for standing in ("current", "all"):
        asked = pb.FindModifiableRequest(
            bills=pb.ModifiableBills(taxpayer=OWNER, standing=standing)
        )
        assert refused(modifications.call, "FindModifiable", asked) == "TOO_MANY_BILLS"


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "not-heard"])
def test_levy_007_what_is_due_today_is_not_late(app, issue, told, found, heard) -> None:
    """LEVY-007: the day after it is; of a bill nobody has told of, by its own days."""
    (bill,) = issue("13264290020000")
    if heard:
        told(bill, [(50_000, 0), (50_000, 0)])
    app.clock = FixedClock(datetime(2022, 3, 1, 18, tzinfo=UTC))
    assert (found("current"), found("delinquent")) == ([bill], [])
    app.clock = FixedClock(datetime(2022, 3, 2, 18, tzinfo=UTC))
    assert (found("current"), found("delinquent")) == ([], [bill])
