"""LEVY-003: a correction that a second person has to accept, and one that waits for a file."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import grpc
import pytest

from millage.levy.v1 import guard_pb2, guard_pb2_grpc
from millage.levy.v1 import value_changes_pb2 as pb
from taxkit import ids, testing


def refused(call, *args, **given) -> str:
    """The reason a call is refused for."""
    with pytest.raises(grpc.RpcError) as error:
        call(*args, **given)
    return testing.reason_of(error.value)


@pytest.fixture
def appealed(changes, bills):
    """Two bills whose values a board has lowered; nobody has accepted that yet."""

    def post(*, count: int = 2) -> list[str]:
        rows = [
            pb.ValueChangeRow(
                parcel_number=one.parcel_number, net_value_dollars=one.net_value_dollars - 1_000
            )
            for one in bills[:count]
        ]
        done = changes.post(*rows, reason_code="board_of_review")
        assert (done.waiting, done.corrected) == (count, 0)
        return [one.change_id for one in changes.listed(state="waiting")]

    return post


def test_levy_003_nothing_changes_before_somebody_accepts(
    changes, bills, levy, parcels, appealed
) -> None:
    """The queue tells what it would make of the bill, installment by installment."""
    first, _ = appealed()
    bill = bills[0]
    assert levy.bill(bill.bill_id) == bill
    assert parcels(bill.parcel_number)[1] == bill.net_value_dollars
    (foreseen,) = changes.get(first).bills
    assert (foreseen.bill_version, foreseen.total_before_cents) == (0, bill.total_cents)

    done = changes.accept(first)
    after = levy.bill(bill.bill_id)
    assert (done.change_count, done.corrected) == (1, 1)
    assert (
        parcels(bill.parcel_number)[1] == after.net_value_dollars == bill.net_value_dollars - 1_000
    )
    (made,) = changes.get(first).bills
    assert (made.bill_version, made.total_cents) == (2, after.total_cents)
    assert list(made.installments_before) == list(foreseen.installments_before)
    assert [one.amount_cents for one in made.installments] == [
        one.amount_cents for one in foreseen.installments
    ]


def test_levy_005_an_accepted_correction_counts_from_its_acceptance(
    changes, bills, corrections, app, appealed
) -> None:
    """Thirty days of grace begin when the owner can hear of it, not when a board decided."""
    first, _ = appealed()
    app.clock.moment += timedelta(days=40)
    changes.accept(first)
    (made,) = corrections.of(bills[0].bill_id)
    assert made.corrected_on == "2023-05-10"
    assert made.corrected_by == "sam"


def test_levy_003_who_posted_does_not_decide(changes, appealed) -> None:
    first, _ = appealed()
    assert refused(changes.accept, first, user="ada") == "SECOND_PERSON_NEEDED"
    assert refused(changes.reject, first, user="ada") == "SECOND_PERSON_NEEDED"
    assert refused(changes.accept, first, user="Ada") == "SECOND_PERSON_NEEDED"
    assert changes.get(first).state == "waiting"


def test_levy_003_a_rejected_change_leaves_value_and_bill(
    changes, bills, levy, parcels, appealed
) -> None:
    first, second = appealed()
    changes.reject(first)
    assert levy.bill(bills[0].bill_id) == bills[0]
    assert parcels(bills[0].parcel_number)[1] == bills[0].net_value_dollars
    found = changes.get(first)
    assert (found.state, found.decided_by, found.comment) == ("rejected", "sam", "No evidence")
    assert [one.change_id for one in changes.listed(state="waiting")] == [second]
    assert refused(changes.accept, first) == "CHANGE_SETTLED"


def test_levy_003_of_many_who_decide_at_once_one_does(changes, bills, levy, appealed) -> None:
    """Two accept and two reject: one decision stands, and the bill follows it once."""
    first, _ = appealed()

    def decide(place: int) -> str:
        act = (changes.accept, changes.reject)[place % 2]
        try:
            act(first, user=f"sam {place}")
        except grpc.RpcError as error:
            return testing.reason_of(error)
        return "accepted" if place % 2 == 0 else "rejected"

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(decide, range(4)))
    (done,) = [each for each in found if each in ("accepted", "rejected")]
    assert set(found) - {done} <= {"CHANGE_SETTLED", "ROLL_IN_PROGRESS"}
    assert levy.bill(bills[0].bill_id).bill_version == (2 if done == "accepted" else 1)


def test_levy_003_a_batch_is_accepted_as_one(changes, bills, levy, appealed) -> None:
    first, _ = appealed()
    batch = changes.get(first).batch_id
    assert changes.accept(batch_id=batch).corrected == 2
    assert {levy.bill(one.bill_id).bill_version for one in bills[:2]} == {2}
    assert refused(changes.accept, batch_id=batch) == "NOTHING_WAITS"


def test_levy_003_of_some_that_cannot_be_decided_none_is(changes, bills, levy, appealed) -> None:
    first, _ = appealed()
    assert refused(changes.accept, first, str(ids.new_id())) == "CHANGE_NOT_FOUND"
    assert refused(changes.accept, first, first) == "CHANGES_INVALID"
    assert refused(changes.accept) == "CHANGES_OF_WHAT"
    assert refused(changes.reject, first, comment=" ") == "COMMENT_MISSING"
    assert levy.bill(bills[0].bill_id).bill_version == 1


def test_levy_003_a_parcel_has_one_change_that_waits(changes, bills, appealed) -> None:
    appealed()
    row = pb.ValueChangeRow(parcel_number=bills[0].parcel_number, net_value_dollars=1)
    assert refused(changes.post, row) == "CHANGE_WAITING"


def test_levy_015_bills_a_payment_file_may_pay_wait_the_others_do_not(
    changes, bills, levy, payment_file
) -> None:
    """Two values change, one bill is held: one follows now, the other when the file ends."""
    over = payment_file(bills[0].bill_id)
    rows = [
        pb.ValueChangeRow(
            parcel_number=one.parcel_number, net_value_dollars=one.net_value_dollars - 1_000
        )
        for one in bills[:2]
    ]
    done = changes.post(*rows)
    assert (done.corrected, done.held) == (1, 1)
    assert [levy.bill(one.bill_id).bill_version for one in bills[:2]] == [1, 2]
    assert [one.state for one in changes.listed()] == ["held", "corrected"]

    over()
    assert levy.bill(bills[0].bill_id).bill_version == 2
    assert [one.state for one in changes.listed()] == ["corrected", "corrected"]


def test_levy_015_an_accepted_change_waits_for_the_file_too(
    changes, bills, levy, payment_file, appealed
) -> None:
    """Accepted is accepted: the file's end lets the bill follow."""
    first, _ = appealed()
    over = payment_file(bills[0].bill_id)
    assert changes.accept(first).held == 1
    assert changes.get(first).state == "held"
    over()
    assert changes.get(first).state == "corrected"
    assert levy.bill(bills[0].bill_id).bill_version == 2


def test_levy_015_a_held_change_that_is_withdrawn_is_told(
    changes, bills, payment_file, channel, keys
) -> None:
    """The register keeps the value; the bill does not follow, and the list says so."""
    payment_file(bills[0].bill_id)
    changes.post(
        pb.ValueChangeRow(
            parcel_number=bills[0].parcel_number,
            net_value_dollars=bills[0].net_value_dollars - 1_000,
        )
    )
    stub, who = guard_pb2_grpc.GuardServiceStub(channel), testing.bearer(keys.token("levy.*"))
    (held,) = stub.ListHeldChanges(guard_pb2.ListHeldChangesRequest(), metadata=who).changes
    asked = guard_pb2.WithdrawHeldChangeRequest(
        change_id=held.change_id, reason="a slip", idempotency_key="w"
    )
    stub.WithdrawHeldChange(asked, metadata=who)
    assert [one.state for one in changes.listed()] == ["withdrawn"]
