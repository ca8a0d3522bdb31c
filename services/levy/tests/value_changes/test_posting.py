"""LEVY-003: values that change after the roll, and the bills that follow."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from millage.levy.v1 import levy_pb2
from millage.levy.v1 import value_changes_pb2 as pb
from taxkit import testing


def lowered(bill: levy_pb2.Bill, by: int = 1_000, **more: Any) -> pb.ValueChangeRow:
    """A row that takes dollars off a bill's value."""
    return pb.ValueChangeRow(
        parcel_number=bill.parcel_number, net_value_dollars=bill.net_value_dollars - by, **more
    )


def refused(call: Any, *args: Any, **given: Any) -> grpc.RpcError:
    with pytest.raises(grpc.RpcError) as error:
        call(*args, **given)
    return error.value


def violations(error: grpc.RpcError) -> list[Any]:
    """The fields a refusal names."""
    for detail in rpc_status.from_call(error).details:
        found = error_details_pb2.BadRequest()
        if detail.Unpack(found):
            return list(found.field_violations)
    return []


def test_levy_003_a_bill_follows_its_value_and_says_why(changes, bills, levy, app, parcels) -> None:
    """No reason: the default one, which corrects at once; before and after by installment."""
    bill = bills[0]
    done = changes.post(lowered(bill, note="No garage"))
    after = levy.bill(bill.bill_id)

    assert (done.change_count, done.corrected, done.waiting) == (1, 1, 0)
    assert after.bill_version == 2
    assert done.difference_cents == after.total_cents - bill.total_cents < 0
    assert after.net_value_dollars == bill.net_value_dollars - 1_000
    assert parcels(bill.parcel_number)[1] == after.net_value_dollars
    with app.database.begin() as connection:
        body = connection.exec_driver_sql(
            "select body from outbox where routing_key = 'BillCorrected.v1'"
        ).scalar_one()
    told = json.loads(body)["data"]
    assert told["reason"] == "Data on the roll was wrong: No garage"
    assert [one["amount_cents"] for one in told["before"]["installments"]] == [
        one.amount_cents for one in bill.installments
    ]
    assert [one["amount_cents"] for one in told["installments"]] == [
        one.amount_cents for one in after.installments
    ]


def test_levy_004_the_last_installment_gives_first(changes, bills, levy) -> None:
    """A decrease that the last installment can bear leaves the first as it was printed."""
    bill = bills[0]
    changes.post(lowered(bill))
    after = levy.bill(bill.bill_id)
    assert after.installments[0] == bill.installments[0]
    assert after.installments[1].amount_cents < bill.installments[1].amount_cents


def test_levy_003_a_reason_without_correction_changes_the_register_alone(
    changes, bills, levy, parcels
) -> None:
    bill = bills[0]
    done = changes.post(lowered(bill, reason_code="register_only"))
    assert (done.corrected, done.not_corrected) == (0, 1)
    assert levy.bill(bill.bill_id) == bill
    assert parcels(bill.parcel_number)[1] == bill.net_value_dollars - 1_000
    (listed,) = changes.listed()
    assert (listed.state, listed.reason_code) == ("register_only", "register_only")


def test_levy_003_an_exemption_is_taken_off_by_the_law_of_the_year(
    changes, bills, levy, parcels
) -> None:
    """The net value follows from the value and the exemptions; the bill tells its steps."""
    bill = bills[0]
    value = parcels(bill.parcel_number)[0]
    row = pb.ValueChangeRow(parcel_number=bill.parcel_number, compute_net_value=True)
    changes.post(row, reason_code="exemption")
    steps = levy.bill(bill.bill_id).value_steps
    assert steps[0].value_dollars == value
    assert steps[-1].value_dollars == parcels(bill.parcel_number)[1]


def test_levy_003_many_changes_are_one_batch_in_their_order(changes, bills, levy) -> None:
    """One call, one answer, and pages in the order of the rows."""
    rows = [lowered(one, by=1_000 + place) for place, one in enumerate(bills)]
    done = changes.post(*rows)
    assert done.corrected == len(rows) == done.change_count
    wanted = [row.parcel_number for row in rows]
    assert [one.parcel_number for one in changes.listed()] == wanted
    assert {levy.bill(one.bill_id).bill_version for one in bills} == {2}
    first = changes.stub.ListValueChanges(
        pb.ListValueChangesRequest(page_size=2), metadata=changes._who("eve")
    )
    rest = changes.listed(page_token=first.next_page_token)
    assert [one.parcel_number for one in (*first.changes, *rest)] == wanted


def test_levy_003_the_same_key_does_it_once(changes, bills, levy) -> None:
    row = lowered(bills[0])
    once = changes.post(row, idempotency_key="once")
    assert changes.post(row, idempotency_key="once") == once
    assert levy.bill(bills[0].bill_id).bill_version == 2
    other = refused(changes.post, lowered(bills[0], 7), idempotency_key="once")
    assert testing.reason_of(other) == "IDEMPOTENCY_CONFLICT"


def test_levy_003_of_a_batch_with_a_wrong_row_nothing_is_done(changes, bills, levy, count) -> None:
    """Every row that is wrong is named by its place and field."""
    before = count()
    error = refused(
        changes.post,
        lowered(bills[0]),
        lowered(bills[0]),
        pb.ValueChangeRow(parcel_number="99999999999999", net_value_dollars=1),
        lowered(bills[1], reason_code="whim"),
        lowered(bills[2], by=bills[2].net_value_dollars + 1),
        pb.ValueChangeRow(parcel_number=bills[3].parcel_number),
    )
    found = {(one.field, one.description.split(":")[0]) for one in violations(error)}
    assert found == {
        ("rows[2].parcel_number", "DUPLICATE_PARCEL"),
        ("rows[3].parcel_number", "PARCEL_UNKNOWN"),
        ("rows[4].reason_code", "CHANGE_REASON_UNKNOWN"),
        ("rows[5].net_value_dollars", "BAD_VALUE"),
        ("rows[6].net_value_dollars", "BAD_VALUE"),
    }
    assert testing.reason_of(error) == "BATCH_INVALID"
    assert count() == before


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"changed_on": "2023-04-01"}, "CHANGED_ON_IN_FUTURE"),
        ({"changed_on": "2022-12-31"}, "CORRECTED_ON_BEFORE_BILL"),
        ({"changed_on": "1950-01-01"}, "NO_LAW_IN_FORCE"),
        ({"tax_year": 0}, "TAX_YEAR_INVALID"),
        ({"count": 2}, "BATCH_TRUNCATED"),
    ],
    ids=["future", "before the bill", "no reasons yet", "no year", "cut off"],
)
def test_a_batch_that_cannot_be_done_says_why(changes, bills, header, reason: str) -> None:
    assert testing.reason_of(refused(changes.post, lowered(bills[0]), **header)) == reason


def test_a_batch_without_rows_is_refused(changes) -> None:
    assert testing.reason_of(refused(changes.post)) == "BATCH_EMPTY"


def test_levy_003_a_parcel_without_a_bill_is_changed_on_the_register(
    changes, levy, roll, parcels
) -> None:
    """Put on file, not billed yet: its bill will be of the new value."""
    first = roll.parcels(2021)[0]
    levy.load([roll.header(2021, only_stage=True), *roll.rates(2021), first])
    number = first.parcel.parcel_number
    changes.post(pb.ValueChangeRow(parcel_number=number, net_value_dollars=5))
    assert parcels(number)[1] == 5
    assert [one.state for one in changes.listed()] == ["no_bill"]


def test_levy_003_two_batches_at_once_make_two_versions_or_one_waits_its_turn(
    changes, bills, levy
) -> None:
    """Of two clerks at one year's values the second is told to try again; nothing is lost."""

    def post(by: int) -> str:
        try:
            changes.post(lowered(bills[0], by))
        except grpc.RpcError as error:
            return testing.reason_of(error)
        return "done"

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(post, (1, 2, 3, 4)))
    assert set(found) <= {"done", "ROLL_IN_PROGRESS"}
    assert levy.bill(bills[0].bill_id).bill_version == 1 + found.count("done")


def test_levy_003_wrong_right(changes, bills) -> None:
    error = refused(changes.post, lowered(bills[0]), rights=("levy.correct",))
    assert error.code() is grpc.StatusCode.PERMISSION_DENIED


def test_levy_003_reasons_are_those_of_the_day(changes) -> None:
    asked = pb.ListChangeReasonsRequest(on="2023-01-01")
    found = changes.stub.ListChangeReasons(asked, metadata=changes._who("eve")).reasons
    assert [one.code for one in found if one.is_default] == ["data_correction"]
    assert {one.code for one in found if one.needs_acceptance} == {
        "certificate_of_error", "board_of_review", "court_order",
    }  # fmt: skip
