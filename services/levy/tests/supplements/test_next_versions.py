"""LEVY-006 where the roll's bill goes on: loaded, previewed, billed once, in its next version."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import grpc
import pytest

from millage.levy.v1 import districts_pb2
from millage.levy.v1 import supplements_pb2 as pb
from millage.levy.v1 import value_changes_pb2 as values
from millage.levy.v1.districts_pb2_grpc import DistrictServiceStub
from millage.levy.v1.value_changes_pb2_grpc import ValueChangeServiceStub
from taxkit import ids, testing


def refused(call, *args, **given) -> str:
    """The reason a call is refused for."""
    with pytest.raises(grpc.RpcError) as error:
        call(*args, **given)
    return testing.reason_of(error.value)


def test_levy_006_a_supplement_is_numbered_previewed_and_billed(
    supplements, bills, built, levy, events
) -> None:
    """What the preview foretold is what was billed, to the cent; the bill names its supplement."""
    one = supplements.load(built(0, note="Two rooms"), built(1, dollars=500))
    assert (one.supplement_number, one.state, one.item_count) == (1, "loaded", 2)
    before = supplements.preview(one)
    assert levy.bill(bills[0].bill_id) == bills[0]

    done = supplements.bill(one)
    assert (done.state, done.new_bills, done.changed_bills) == ("billed", 0, 2)
    assert done.difference_cents == before.difference_cents > 0
    foretold = [bill.total_cents for item in before.items for bill in item.bills]
    assert foretold == [levy.bill(each.bill_id).total_cents for each in bills[:2]]
    items = supplements.items(one)
    assert [item.bills[0].bill_version for item in items] == [2, 2]
    assert items[0].bills[0].total_before_cents == bills[0].total_cents
    told = events("BillCorrected")
    assert {each["supplement_number"] for each in told} == {1}
    assert told[0]["reason"] == "New construction: Two rooms"


def test_levy_006_numbers_go_on_by_year(supplements, built) -> None:
    first = supplements.load(built(0))
    second = supplements.load(built(1))
    assert [first.supplement_number, second.supplement_number] == [1, 2]
    listed = supplements.stub.ListSupplements(
        pb.ListSupplementsRequest(tax_year=2021), metadata=supplements.who
    ).supplements
    assert [each.supplement_number for each in listed] == [2, 1]


def test_levy_006_no_event_is_billed_twice(supplements, built, bills, levy) -> None:
    one = supplements.load(built(0))
    done = supplements.bill(one, key="once")
    assert supplements.bill(one, key="once") == done
    assert refused(supplements.bill, one) == "SUPPLEMENT_BILLED"
    assert levy.bill(bills[0].bill_id).bill_version == 2


def test_levy_006_many_at_once_bill_each_event_once(supplements, built, bills, levy) -> None:
    """Four clerks press the button; every bill has one version more."""
    one = supplements.load(*(built(place) for place in range(4)))

    def press(number: int) -> str:
        try:
            supplements.bill(one, key=f"press {number}")
        except grpc.RpcError as error:
            return testing.reason_of(error)
        return "billed"

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(press, range(4)))
    assert found <= {"billed", "SUPPLEMENT_BILLED", "ROLL_IN_PROGRESS"}
    if supplements.get(one).state != "billed":
        supplements.bill(one)
    assert {levy.bill(each.bill_id).bill_version for each in bills[:4]} == {2}


def test_recv_015_what_rises_after_its_day_has_time_to_be_paid(
    supplements, built, bills, levy, app
) -> None:
    """Both due dates are over: the increase is on the last installment, due thirty days on."""
    supplements.bill(supplements.load(built(0)))
    after = levy.bill(bills[0].bill_id)
    assert after.installments[0] == bills[0].installments[0]
    due = app.clock.today() + timedelta(days=30)
    assert after.installments[-1].due_on == due.isoformat()


def test_levy_006_a_new_owner_gets_the_bill(supplements, built, bills, levy, events) -> None:
    """A change of ownership that leaves the value makes a version all the same."""
    row = built(
        0, dollars=0, kind="change_of_ownership", owner_name="Odo Marsh",
        owner_email="odo@example.org",
    )  # fmt: skip
    supplements.bill(supplements.load(row))
    after = levy.bill(bills[0].bill_id)
    assert (after.owner_name, after.bill_version) == ("Odo Marsh", 2)
    assert after.total_cents == bills[0].total_cents
    (told,) = events("BillCorrected")
    assert told["owner"] == {"name": "Odo Marsh", "email": "odo@example.org"}


def test_levy_006_omitted_property_gets_the_roll_s_bill(
    supplements, bills, levy, app, events
) -> None:
    """On no roll until now: its first bill, on the register from then on."""
    row = pb.SupplementEvent(
        parcel_number="99000000000000", kind="omitted", event_on="2022-01-01",
        value_dollars=100_000, net_value_dollars=100_000, tax_code=bills[0].tax_code,
        property_class="211", township="Lake", owner_name="Odo Marsh",
    )  # fmt: skip
    one = supplements.load(row)
    foretold = supplements.preview(one)
    done = supplements.bill(one)
    assert (done.new_bills, done.changed_bills) == (1, 0)
    (bill,) = levy.bills(parcel_number="99000000000000").bills
    assert bill.bill_number == "2021-99000000000000"
    assert bill.total_cents == foretold.difference_cents == done.difference_cents
    assert bill.total_cents == sum(line.amount_cents for line in bill.lines)
    assert events("BillCreated")[-1]["supplement_number"] == 1
    with app.database.begin() as connection:
        found = connection.exec_driver_sql(
            "select p.net_value_dollars, r.bill_count, r.total_cents from parcels p"
            " join rolls r using (roll_id) where parcel_number = '99000000000000'"
        ).one()
    assert tuple(found) == (100_000, 1, bill.total_cents)
    assert refused(supplements.load, row) == "PARCEL_ON_ROLL"


def test_levy_015_bills_a_payment_file_may_pay_wait(
    supplements, built, bills, levy, payment_file
) -> None:
    """The run ends; what it held is billed when the file ends, once."""
    over = payment_file(bills[0].bill_id)
    one = supplements.load(built(0), built(1))
    done = supplements.bill(one)
    assert (done.state, done.changed_bills, done.held_items) == ("billed", 1, 1)
    assert [item.held for item in supplements.items(one)] == [True, False]
    over()
    done = supplements.get(one)
    assert (done.changed_bills, done.held_items) == (2, 0)
    assert {levy.bill(each.bill_id).bill_version for each in bills[:2]} == {2}


def test_levy_006_a_value_does_not_change_under_a_supplement_that_waits(
    supplements, built, bills, channel, keys
) -> None:
    """Its events were judged by the value there was: billed first, it is what the next adds to."""
    stub = ValueChangeServiceStub(channel)
    who = testing.bearer(keys.token("levy.*", user="ada"))
    one = supplements.load(built(0))

    def change(dollars: int):
        header = values.ValueChangeHeader(
            idempotency_key=str(ids.new_id()), tax_year=2021, source="list"
        )
        row = values.ValueChangeRow(parcel_number=bills[0].parcel_number, net_value_dollars=dollars)
        parts = [
            values.PostValueChangesRequest(header=header),
            values.PostValueChangesRequest(row=row),
            values.PostValueChangesRequest(end=values.ValueChangeEnd(row_count=1)),
        ]
        return stub.PostValueChanges(iter(parts), metadata=who, timeout=60)

    lowered = bills[0].net_value_dollars - 1_000
    assert refused(change, lowered) == "SUPPLEMENT_WAITING"
    supplements.bill(one)
    assert change(lowered).change_count == 1


def test_levy_006_a_discarded_supplement_is_never_billed(supplements, built) -> None:
    one = supplements.load(built(0))
    assert refused(supplements.load, built(0)) == "SUPPLEMENT_WAITING"
    assert supplements.discard(one).state == "discarded"
    assert refused(supplements.bill, one) == "SUPPLEMENT_DISCARDED"
    assert refused(supplements.discard, one) == "SUPPLEMENT_DISCARDED"
    assert refused(supplements.preview, one) == "SUPPLEMENT_NOT_LOADED"
    assert supplements.load(built(0)).supplement_number == 2


def test_levy_006_the_day_bills_go_out_is_near(supplements, built) -> None:
    one = supplements.load(built(0))
    for day in ("2023-03-30", "2023-05-31"):
        assert refused(supplements.bill, one, billed_on=day) == "BILLED_ON_INVALID"
    assert supplements.bill(one, billed_on="2023-05-30").billed_on == "2023-05-30"


def test_levy_023_the_corrected_levy_has_supplements_and_corrections(
    supplements, built, bills, channel, keys
) -> None:
    """Original is the roll's, whatever is added; corrected is all of it, by district and agency."""
    stub = DistrictServiceStub(channel)
    metadata = testing.bearer(keys.token("levy.read"))

    def totals(by: int = districts_pb2.TOTALS_BY_AGENCY) -> districts_pb2.LevyTotals:
        asked = districts_pb2.GetLevyTotalsRequest(tax_year=2021, by=by)
        return stub.GetLevyTotals(asked, metadata=metadata)

    before = totals()
    new = pb.SupplementEvent(
        parcel_number="99000000000000", kind="omitted", event_on="2022-01-01",
        value_dollars=100_000, net_value_dollars=100_000, tax_code=bills[0].tax_code,
        owner_name="Odo Marsh",
    )  # fmt: skip
    done = supplements.bill(supplements.load(built(0), built(1, dollars=-5_000), new))
    for by in (districts_pb2.TOTALS_BY_AGENCY, districts_pb2.TOTALS_BY_TAX_CODE):
        after = totals(by)
        assert after.total.original == before.total.original
        gained = after.total.corrected.tax_cents - before.total.corrected.tax_cents
        assert gained == done.difference_cents
        assert sum(row.corrected.tax_cents for row in after.rows) == (
            after.total.corrected.tax_cents
        )
    assert after.total.corrected.bill_count == before.total.original.bill_count + 1
