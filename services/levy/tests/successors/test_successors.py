"""LEVY-024: a parcel number is retired in favour of another; chains are followed, none closes."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levy_service.successors.events import ParcelRetiredV1
from millage.levy.v1 import moves_pb2, moves_pb2_grpc
from millage.levy.v1 import successors_pb2 as pb
from millage.levy.v1 import successors_pb2_grpc as stubs
from taxkit import ids, testing


@pytest.fixture
def parcels(levy, roll) -> list[str]:
    levy.load(roll.whole(2021))
    return [one.parcel_number for one in levy.bills(tax_year=2021).bills]


@pytest.fixture
def ask(channel, keys):
    stub = stubs.SuccessorServiceStub(channel)

    def send(method, *rights, **given):
        request = getattr(pb, f"{method}Request")(**given)
        token = keys.token(*(rights or ("levy.*",)), user="ada")
        return getattr(stub, method)(request, metadata=testing.bearer(token))

    return send


@pytest.fixture
def retire(ask):
    def send(parcel, successor, **given):
        asked = {"idempotency_key": str(ids.new_id()), "reason": "split", **given}
        return ask("RetireParcel", parcel_number=parcel, successor_number=successor, **asked)

    return send


def refused(call, *args, **given):
    with pytest.raises(grpc.RpcError) as error:
        call(*args, **given)
    return testing.reason_of(error.value)


def test_levy_024_a_chain_is_followed_to_its_end_and_back(ask, retire, parcels):
    """LEVY-024: over as many links as there are; each with its day, who and why."""
    one, two, three, four = parcels[:4]
    retire(one, two, retired_on="2023-01-02")
    retire(four, two)
    answer = retire(two, three)
    assert answer.current_number == three
    found = ask("GetSuccession", parcel_number=one)
    assert (found.current_number, [link.successor_number for link in found.links]) == (
        three, [two, three],
    )  # fmt: skip
    first = found.links[0]
    assert (first.retired_on, first.retired_by, first.reason) == ("2023-01-02", "ada", "split")
    last = ask("GetSuccession", parcel_number=three)
    assert (last.current_number, list(last.links)) == (three, [])
    assert {link.parcel_number for link in last.predecessors} == {one, two, four}


def test_levy_024_a_number_nobody_retired_is_its_own_place(ask, parcels):
    """LEVY-024: whether it is on a roll or not."""
    for number in (parcels[0], "99999999999999"):
        assert ask("GetSuccession", parcel_number=number).current_number == number


def test_levy_024_it_is_told_once(app, retire, parcels):
    """LEVY-024: ParcelRetired, in the number's own stream."""
    asked = {"idempotency_key": "k"}
    assert retire(*parcels[:2], **asked) == retire(*parcels[:2], **asked)
    told = [one for one in testing.emitted(app) if ".ParcelRetired." in one["type"]]
    ((event),) = told
    assert ParcelRetiredV1().load(event["data"])["successor_number"] == parcels[1]
    assert event["subject"] == f"parcel/{parcels[0]}"


def test_levy_024_no_circle_is_ever_closed(retire, parcels):
    """LEVY-024: neither at once nor over others; a number is retired once."""
    one, two, three, *_ = parcels
    retire(one, two)
    assert refused(retire, two, one) == "SUCCESSOR_CYCLE"
    retire(two, three)
    assert refused(retire, three, one) == "SUCCESSOR_CYCLE"
    assert refused(retire, one, three) == "PARCEL_RETIRED"
    assert refused(retire, three, three) == "SUCCESSOR_IS_ITSELF"


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12))
def test_levy_024_whatever_is_tried_every_chain_ends(app, ask, retire, parcels, pairs):
    """LEVY-024: a property over many attempts, those refused included."""
    with app.database.begin() as connection:
        connection.exec_driver_sql("set local session_replication_role = replica")
        connection.exec_driver_sql("truncate parcel_successors")
    for parcel, successor in pairs:
        with suppress(grpc.RpcError):
            retire(parcels[parcel], parcels[successor])
    for parcel in parcels[:6]:
        found = ask("GetSuccession", parcel_number=parcel)
        passed = [link.parcel_number for link in found.links]
        assert len(passed) == len(set(passed)) <= 5
        assert found.current_number not in passed


def test_levy_024_two_links_made_at_once_close_no_circle(ask, retire, parcels):
    """LEVY-024: each of two clerks sees the other's."""
    pairs = [(parcels[0], parcels[1]), (parcels[1], parcels[0])]

    def attempt(pair):
        try:
            return retire(*pair).current_number
        except grpc.RpcError as error:
            return testing.reason_of(error)

    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(attempt, pairs))
    assert answers.count("SUCCESSOR_CYCLE") == 1


def test_levy_024_bills_go_to_the_successor_and_not_to_a_retired_number(
    levy, channel, keys, retire, parcels
):
    """LEVY-024, LEVY-016: a move to the old number names the new one; the new one may be new."""
    stub = moves_pb2_grpc.MoveServiceStub(channel)
    metadata = testing.bearer(keys.token("levy.*"))
    (bill,) = levy.bills(parcel_number=parcels[0]).bills
    successor = "13264290021001"
    retire(parcels[1], successor)

    def move(goal):
        wanted = moves_pb2.BillToMove(bill_id=bill.bill_id, expected_version=1)
        request = moves_pb2.MoveBillsRequest(
            idempotency_key=str(ids.new_id()), bills=[wanted], parcel_number=goal, reason="split"
        )
        return stub.MoveBills(request, metadata=metadata)

    assert refused(move, parcels[1]) == "PARCEL_RETIRED"
    assert move(successor).bills[0].parcel_number == successor


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"reason": ""}, "REASON_MISSING"),
        ({"successor_number": ""}, "PARCEL_NUMBER_MISSING"),
        ({"successor_number": "12"}, "PARCEL_NUMBER_INVALID"),
        ({"successor_number": "a\x00"}, "TEXT_INVALID"),
        ({"retired_on": "2023-04-01"}, "RETIRED_ON_IN_FUTURE"),
        ({"retired_on": "tomorrow"}, "DATE_INVALID"),
        ({"parcel_number": "99999999999999"}, "PARCEL_UNKNOWN"),
    ],
)
def test_levy_024_what_cannot_be_meant_is_refused(ask, parcels, given, reason):
    """LEVY-024: each with its own reason."""
    asked = {
        "idempotency_key": "k", "parcel_number": parcels[0], "successor_number": parcels[1],
        "reason": "split", **given,
    }  # fmt: skip
    assert refused(ask, "RetireParcel", **asked) == reason


def test_levy_024_retiring_needs_its_own_right(ask):
    """LEVY-024: for good, so not everybody's who moves bills."""
    assert refused(ask, "RetireParcel", "levy.move", "levy.correct", "levy.read") == "FORBIDDEN"
