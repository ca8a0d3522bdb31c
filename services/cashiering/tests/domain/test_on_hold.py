"""COLL-010: a held account may be paid, and the cashier knows who says what."""

from dataclasses import replace
from uuid import UUID

from cashiering_service.domain.finding import Severity
from cashiering_service.domain.findings import BillKnown
from cashiering_service.domain.on_hold import HoldKnown, told

BILL = BillKnown(UUID(int=1), "2021-P", "P", 2021, "Ada", 1_000, ())


def test_coll_010_each_hold_is_warned_of_with_its_reason_and_authority() -> None:
    """What is not known is left out."""
    holds = (HoldKnown("bankruptcy", "chapter 13", "22-01234"), HoldKnown("litigation"))
    found = list(told(replace(BILL, holds=holds)))
    assert [(one.code, one.severity) for one in found] == [("COLLECTION_HOLD", Severity.WARN)] * 2
    assert [one.message for one in found] == [
        "parcel P is on hold for bankruptcy: chapter 13; 22-01234",
        "parcel P is on hold for litigation",
    ]


def test_without_a_hold_nothing_is_said() -> None:
    assert list(told(BILL)) == []
