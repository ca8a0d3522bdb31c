"""LEVY-006 where a supplement is a bill of its own: California's, prorated by the months left."""

from datetime import timedelta

import grpc
import pytest

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import supplements_pb2 as pb
from taxkit import testing

PARCEL = "0000002022"


def sold(event_on: str, net: int = 393_000, **more) -> pb.SupplementEvent:
    """The parcel of 2022 changes hands at 100,000 more than the roll has."""
    return pb.SupplementEvent(
        **{
            "parcel_number": PARCEL, "kind": "change_of_ownership", "event_on": event_on,
            "value_dollars": net, "net_value_dollars": net, "owner_name": "Odo Marsh", **more,
        }
    )  # fmt: skip


@pytest.fixture
def billed(supplements, california, levy):
    """Load and bill events of 2022; gives the parcel's bills beside its roll's."""

    def bill(*rows: pb.SupplementEvent, **asked: str) -> list[levy_pb2.Bill]:
        supplements.bill(supplements.load(*rows, tax_year=2022), **asked)
        found = levy.bills(parcel_number=PARCEL).bills
        return [one for one in found if one.bill_id != california[0].bill_id]

    return bill


def test_levy_006_an_event_of_october_bears_its_months(billed, levy, california, events) -> None:
    """It counts from November: 1,049.00 times .67; the roll's bill stays as it is."""
    (bill,) = billed(sold("2022-10-15"))
    assert bill.bill_number == "2022-0000002022-S1"
    assert (bill.total_cents, bill.net_value_dollars) == (70_283, 100_000)
    assert [line.amount_cents for line in bill.lines] == [67_000, 3_283]
    assert bill.owner_name == "Odo Marsh"
    assert levy.bill(california[0].bill_id) == california[0]
    told = events("BillCreated")[-1]
    assert (told["bill_class"], told["supplement_number"]) == ("supplemental", 1)


def test_levy_006_an_event_of_january_bills_the_next_year_in_full(billed) -> None:
    """It counts from February: .42 of this year, all of the next."""
    this, following = billed(sold("2023-01-20"))
    assert (this.tax_year, this.total_cents) == (2022, 44_058)
    assert (following.tax_year, following.total_cents) == (2023, 104_900)
    assert following.bill_number == "2023-0000002022-S2022.1"


def test_levy_006_bills_mailed_in_march_are_late_after_april_and_august(billed) -> None:
    """April 30, 2023 was a Sunday; an odd cent is in the first half."""
    (bill,) = billed(sold("2022-10-15"))
    assert [one.due_on for one in bill.installments] == ["2023-05-01", "2023-08-31"]
    assert [one.amount_cents for one in bill.installments] == [35_142, 35_141]


def test_levy_006_a_further_event_adds_to_what_was_billed(billed) -> None:
    """First to 393,000, then to 443,000: the second bill is of 50,000."""
    billed(sold("2022-10-15"))
    second = billed(sold("2022-12-05", net=443_000))[-1]
    assert (second.bill_number, second.net_value_dollars) == ("2022-0000002022-S2", 50_000)
    assert second.total_cents == 26_225


def test_levy_006_the_next_year_s_roll_still_bills_the_parcel(billed, levy, roll) -> None:
    """A bill beside the roll is none of the roll's."""
    billed(sold("2023-01-20"))
    parcel = levy_pb2.Parcel(
        parcel_number=PARCEL, tax_code="001", value_dollars=400_000, net_value_dollars=400_000,
        owner_name="Odo Marsh",
    )  # fmt: skip
    answer = levy.load(
        [
            roll.header(2023, key="more", jurisdiction="us-ca"),
            levy_pb2.LoadRollRequest(parcel=parcel),
        ]
    )
    assert (answer.bill_count, answer.total_cents) == (1, 419_600)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (sold("2022-10-15", net=293_000 - 1), ""),
        (sold("2022-06-30"), ""),
        (sold("2022-05-31"), "EVENT_OF_ANOTHER_YEAR"),
        (sold("2023-06-01"), "EVENT_IN_FUTURE"),
        (sold("1983-06-30"), "NO_LAW_IN_FORCE"),
        (sold("soon"), "DATE_INVALID"),
        (sold("2022-10-15", kind="whim"), "SUPPLEMENT_KIND_UNKNOWN"),
        (sold("2022-10-15", parcel_number="0000009999"), "PARCEL_UNKNOWN"),
        (sold("2022-10-15", parcel_number="?"), "PARCEL_NUMBER_INVALID"),
        (sold("2022-10-15", tax_code="001"), "PARCEL_ON_ROLL"),
        (sold("2022-10-15", owner_name="", owner_email="a@b"), "TEXT_MISSING"),
        (sold("2022-10-15", owner_name="A\nB"), "TEXT_INVALID"),
        (sold("2022-10-15", value_dollars=1), "BAD_VALUE"),
    ],
    ids=[
        "lowers", "june is the next year", "may is the year before", "future", "before the law",
        "no day", "no kind", "no parcel", "no number", "what it is", "address only",
        "line break", "above its value",
    ],
)  # fmt: skip
def test_levy_006_a_wrong_event_is_refused_by_name(
    supplements, california, row: pb.SupplementEvent, reason: str
) -> None:
    """Both sides of the year's boundary; nothing of a refused supplement is kept."""
    if not reason:
        assert supplements.load(row, tax_year=2022).item_count == 1
        return
    with pytest.raises(grpc.RpcError) as refusal:
        supplements.load(row, tax_year=2022)
    assert testing.reason_of(refusal.value) == reason
    listed = supplements.stub.ListSupplements(pb.ListSupplementsRequest(), metadata=supplements.who)
    assert len(listed.supplements) == 0


def test_levy_006_every_wrong_row_is_told_and_nothing_is_kept(supplements, california) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        supplements.load(sold("2022-10-15"), sold("2022-10-15"), sold("soon"), tax_year=2022)
    assert testing.reason_of(refusal.value) == "SUPPLEMENT_INVALID"
    assert "rows[2].parcel_number" in refusal.value.details()
    assert supplements.load(sold("2022-10-15"), tax_year=2022).supplement_number == 1


def test_levy_006_rates_that_are_not_on_file_refuse_the_event(supplements, california, app) -> None:
    """An event of January 2024 bills the next year, too, whose rates have to be known."""
    app.clock.moment += timedelta(days=365)
    row = sold("2024-01-20", parcel_number="0000002023")
    with pytest.raises(grpc.RpcError) as refusal:
        supplements.load(row, tax_year=2023)
    assert testing.reason_of(refusal.value) == "UNKNOWN_TAX_CODE"
