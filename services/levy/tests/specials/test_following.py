"""LEVY-016, LEVY-024: assessments follow retired parcels; of moved bills a person has to say."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from levy_service.guard import releasing
from levy_service.specials.payoff_events import SPECIAL_PAYOFF
from millage.levy.v1 import moves_pb2, moves_pb2_grpc, successors_pb2, successors_pb2_grpc
from millage.levy.v1 import specials_pb2 as pb
from taxkit import ids, testing

PARCEL, NEW, AGENCY = "13264290020000", "13264290029000", "900120000"


@pytest.fixture
def posted(specials, bill_of, on_file):
    """An assessment whose first installment is on the bill of 2021, and the bill."""
    on_file()
    opened = specials.open()
    bill = bill_of()
    return specials.get(opened), bill


@pytest.fixture
def retire(channel, keys) -> Callable[..., Any]:
    stub = successors_pb2_grpc.SuccessorServiceStub(channel)
    metadata = testing.bearer(keys.token("levy.retire", user="ada"))

    def ask(old: str = PARCEL, new: str = NEW) -> Any:
        request = successors_pb2.RetireParcelRequest(
            idempotency_key=str(ids.new_id()), parcel_number=old, successor_number=new,
            reason="renumbered",
        )  # fmt: skip
        return stub.RetireParcel(request, metadata=metadata)

    return ask


@pytest.fixture
def move(channel, keys, levy) -> Callable[..., Any]:
    stub = moves_pb2_grpc.MoveServiceStub(channel)
    metadata = testing.bearer(keys.token("levy.*", user="ada"))

    def ask(bill: Any, to: str, specials: str = "") -> Any:
        now = levy.bill(bill.bill_id)
        named = moves_pb2.BillToMove(bill_id=now.bill_id, expected_version=now.bill_version)
        request = moves_pb2.MoveBillsRequest(
            idempotency_key=str(ids.new_id()), bills=[named], parcel_number=to,
            reason="renumbered", specials=specials,
        )  # fmt: skip
        return stub.MoveBills(request, metadata=metadata)

    return ask


def refused(call: Callable[..., Any], *args: Any, **given: Any) -> str:
    with pytest.raises(grpc.RpcError) as error:
        call(*args, **given)
    return testing.reason_of(error.value)


def told(app, name: str) -> list[dict]:
    return [each["data"] for each in testing.emitted(app) if each["type"].split(".")[-2] == name]


def billed(levy, roll, parcel: str, tax_year: int) -> Any:
    """The year's bill of a parcel by itself."""
    row = roll.parcels(2021)[0]
    row.parcel.parcel_number = parcel
    rates = [one for one in roll.rates(2021) if one.rate.tax_code == row.parcel.tax_code]
    header = roll.header(tax_year, f"{parcel} {tax_year}")
    return levy.bill(levy.load([header, *rates, row]).bill_ids[0])


def test_levy_024_an_assessment_follows_a_retired_parcel(
    posted, retire, specials, levy, roll, app
) -> None:
    """The successor's next bill asks for it; what the old one asks for stays with it."""
    special, bill = posted
    retire()
    found = specials.get(special)

    assert (found.parcel_number, found.status, found.left_cents) == (NEW, "posted", 200_000)
    assert found.steps[-1].action == "moved"
    assert [each.parcel_number for each in specials.list(parcel_number=NEW).specials] == [NEW]
    assert list(specials.list(parcel_number=PARCEL).specials) == []
    assert levy.bill(bill.bill_id) == bill
    assert told(app, "SpecialAssessmentChanged")[-1]["parcel_number"] == NEW
    lines = {each.agency_code: each.amount_cents for each in billed(levy, roll, NEW, 2022).lines}
    assert lines[AGENCY] == 110_000
    assert specials.get(special).left_cents == 100_000


def test_levy_024_it_goes_to_the_end_of_a_chain_and_on_from_there(posted, retire, specials) -> None:
    """A successor that is retired itself hands on what it got; of joined parcels one has all."""
    special, _ = posted
    retire(PARCEL, NEW)
    retire(NEW, "13264290029999")
    other = specials.open(parcel_number="13264290029999", assessment_number="SSA-J")

    on = specials.list(parcel_number="13264290029999").specials
    assert {each.assessment_number for each in on} == {
        special.assessment_number, other.assessment_number,
    }  # fmt: skip


def test_levy_024_what_was_closed_stays_and_a_payoff_goes_along(
    posted, retire, specials, payoffs, app
) -> None:
    """The payoff is told again with the parcel its assessment is on; its bill is the same."""
    special, bill = posted
    closed = specials.open(first_year=2030)
    specials.do(pb.CloseSpecialRequest(assessment_id=closed.assessment_id, reason="annulled"))
    due = payoffs.posted(special, bill).payoff
    retire()

    assert specials.get(closed).parcel_number == PARCEL
    found = payoffs.get(due.payoff_id)
    assert (found.state, found.parcel_number, found.bill_id) == ("due", NEW, bill.bill_id)
    news = told(app, "SpecialPayoff")
    assert [each["parcel_number"] for each in news] == [PARCEL, NEW]
    assert [SPECIAL_PAYOFF.schema().validate(each) for each in news] == [{}, {}]
    assert news[1]["assessment_step"] > news[0]["assessment_step"]
    assert [each.payoff_id for each in payoffs.list(parcel_number=NEW)] == [due.payoff_id]


def test_levy_024_after_the_parcel_is_retired_it_is_paid_off_on_the_bill_that_asks_for_it(
    posted, retire, payoffs, move, levy
) -> None:
    """Before that bill is moved, and after; the move then leaves nothing to decide."""
    special, bill = posted
    retire()
    payoff = payoffs.posted(special, bill).payoff
    move(bill, NEW)

    assert levy.bill(bill.bill_id).parcel_number == NEW
    assert payoffs.get(payoff.payoff_id).state == "due"


def test_levy_016_of_a_moved_bill_a_person_says_whether_its_assessments_go_along(
    posted, move, specials, levy, app
) -> None:
    """Refused while nobody has; nothing is moved then."""
    special, bill = posted
    to = next(one.parcel_number for one in levy.bills().bills if one.parcel_number != PARCEL)
    assert refused(move, bill, to) == "SPECIALS_UNDECIDED"
    assert refused(move, bill, to, "perhaps") == "SPECIALS_ANSWER_UNKNOWN"
    assert levy.bill(bill.bill_id) == bill
    move(bill, to, "stay")
    assert specials.get(special).parcel_number == PARCEL
    assert refused(move, bill, "99999999999999", "go") == "PARCEL_UNKNOWN"
    assert specials.get(special).parcel_number == PARCEL
    move(bill, PARCEL)
    assert told(app, "SpecialAssessmentChanged")[-1]["action"] == "posted"
    move(bill, to, "go")

    found = specials.get(special)
    assert (found.parcel_number, found.steps[-1].reason) == (to, "renumbered")


def test_levy_016_what_is_over_needs_no_decision(posted, move, specials, levy) -> None:
    """Nor does a bill that goes to another owner on the same parcel."""
    special, bill = posted
    to = next(one.parcel_number for one in levy.bills().bills if one.parcel_number != PARCEL)
    specials.do(pb.CloseSpecialRequest(assessment_id=special.assessment_id, reason="annulled"))
    move(bill, to)

    assert specials.get(special).parcel_number == PARCEL


def test_levy_015_a_held_move_takes_them_along_when_it_is_done(
    posted, move, specials, levy, app
) -> None:
    """As it was decided when the move was asked for."""
    special, bill = posted
    to = next(one.parcel_number for one in levy.bills().bills if one.parcel_number != PARCEL)
    data = {
        "run_id": str(ids.new_id()), "layout": "csv", "file_name": "a", "file_sha256": "00",
        "business_date": "2023-03-31", "line_count": 1, "names_its_bills": False, "bills": [],
    }  # fmt: skip
    for sequence, which in enumerate(("Started", "Finished"), start=1):
        name = f"org.millage.cashiering.ImportRun{which}.v1"
        body = testing.foreign_event(
            name, f"import/{data['run_id']}", {**data, "state": "committed"}, sequence=sequence
        )
        app.consumer.absorb(f"on_import_run_{which.lower()}", [body])
        if which == "Started":
            assert move(bill, to, "go").HasField("held")
            assert specials.get(special).parcel_number == PARCEL
    assert releasing.run_ready(app) == 1

    assert specials.get(special).parcel_number == to


def test_an_assessment_is_put_on_another_parcel_by_a_person(
    posted, specials, levy, retire, app
) -> None:
    """As when a parcel is divided; where it cannot be, it stays."""
    special, _ = posted
    to = next(one.parcel_number for one in levy.bills().bills if one.parcel_number != PARCEL)

    def asked(parcel: str) -> pb.MoveSpecialRequest:
        return pb.MoveSpecialRequest(
            assessment_id=special.assessment_id, parcel_number=parcel, reason="divided"
        )

    moved = specials.do(asked(to))
    assert (moved.parcel_number, moved.left_cents) == (to, special.left_cents)
    assert specials.refused(asked(to)) == "MOVE_CHANGES_NOTHING"
    assert specials.refused(asked("99999999999999")) == "PARCEL_UNKNOWN"
    retire(PARCEL, NEW)
    assert specials.refused(asked(PARCEL)) == "PARCEL_RETIRED"
    assert specials.get(special).parcel_number == to
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "select from_parcel_number, to_parcel_number from special_moves"
        ).all()
    assert [tuple(row) for row in rows] == [(PARCEL, to)]


def test_levy_024_none_is_left_behind_on_a_parcel_that_is_retired_meanwhile(
    on_file, specials, retire
) -> None:
    """Real threads: whoever opens an assessment is refused, or it follows."""
    on_file()

    def open_one(number: int) -> str:
        try:
            return specials.open(assessment_number=f"RACE-{number}").assessment_number
        except grpc.RpcError as error:
            return testing.reason_of(error)

    with ThreadPoolExecutor(5) as pool:
        opening = [pool.submit(open_one, number) for number in range(4)]
        pool.submit(retire).result()
        opened = [each.result() for each in opening]

    assert list(specials.list(parcel_number=PARCEL).specials) == []
    there = [each.assessment_number for each in specials.list(parcel_number=NEW).specials]
    assert sorted(there) == sorted(each for each in opened if each != "PARCEL_RETIRED")
