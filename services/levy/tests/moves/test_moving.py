"""LEVY-016: bills go over to another property or another taxpayer, and stay the same bills."""

from uuid import UUID

import grpc
import pytest

from levy_service.moves.events import BillMovedV1
from millage.levy.v1 import moves_pb2 as pb
from millage.levy.v1 import moves_pb2_grpc as stubs
from taxkit import ids, testing


@pytest.fixture
def bills(levy, roll):
    """Issued bills of 2021, by parcel."""
    levy.load(roll.whole(2021))
    return sorted(levy.bills(tax_year=2021).bills, key=lambda one: -one.total_cents)


@pytest.fixture
def ask(channel, keys):
    stub = stubs.MoveServiceStub(channel)

    def send(method, *rights, **given):
        request = getattr(pb, f"{method}Request")(**given)
        token = keys.token(*(rights or ("levy.*",)), user="ada")
        return getattr(stub, method)(request, metadata=testing.bearer(token))

    return send


@pytest.fixture
def move(ask):
    def send(*bills, **given):
        wanted = {
            "idempotency_key": str(ids.new_id()),
            "bills": [
                pb.BillToMove(bill_id=one.bill_id, expected_version=one.bill_version)
                for one in bills
            ],
            "reason": "the home was moved",
            **given,
        }
        return ask("MoveBills", **wanted)

    return send


@pytest.fixture
def refused():
    def of(call, *args, **given):
        with pytest.raises(grpc.RpcError) as error:
            call(*args, **given)
        return testing.reason_of(error.value)

    return of


def told(app):
    return [event for event in testing.emitted(app) if ".BillMoved." in event["type"]]


def test_levy_016_a_bill_keeps_its_identity_and_amounts_on_another_parcel(
    app, levy, move, bills, corrections
):
    """LEVY-016: another version, the same number, lines and installments; the history says so."""
    bill, other, *_ = bills
    answer = move(bill, parcel_number=other.parcel_number)
    (moved,) = answer.bills
    assert moved == levy.bill(bill.bill_id)
    assert (moved.bill_version, moved.parcel_number, moved.bill_number) == (
        2, other.parcel_number, bill.bill_number,
    )  # fmt: skip
    for name in ("lines", "installments", "total_cents", "owner_name", "payment_state"):
        assert getattr(moved, name) == getattr(bill, name), name
    (kept,) = corrections.of(bill.bill_id)
    assert (kept.reason, kept.corrected_by) == ("the home was moved", "ada")
    assert kept.total_cents == kept.previous_total_cents
    assert levy.bills(parcel_number=bill.parcel_number).bills == []
    found = levy.bills(parcel_number=other.parcel_number).bills
    assert {one.bill_id for one in found} == {bill.bill_id, other.bill_id}


def test_levy_016_it_is_told_with_where_it_was(app, move, bills):
    """LEVY-016: one event in the bill's own stream, whole."""
    bill, other, *_ = bills
    move(bill, parcel_number=other.parcel_number, owner_name="Dolores Park")
    (event,) = told(app)
    data = BillMovedV1().load(event["data"])
    assert (event["subject"], int(event["sequence"])) == (f"bill/{bill.bill_id}", 2)
    assert (data["parcel_number"], data["owner"]) == (
        other.parcel_number, {"name": "Dolores Park", "email": None},
    )  # fmt: skip
    assert data["before"]["parcel_number"] == bill.parcel_number
    assert data["before"]["owner"]["name"] == bill.owner_name


def test_levy_016_to_another_taxpayer_alone_and_back(ask, move, levy, bills):
    """LEVY-016: each move is on file; a correction afterwards goes on from there."""
    bill = bills[0]
    (moved,) = move(bill, owner_name="Dolores Park", owner_email="d@example.org").bills
    assert (moved.parcel_number, moved.owner_name) == (bill.parcel_number, "Dolores Park")
    move(moved, owner_name=bill.owner_name)
    steps = ask("ListMoves", bill_id=bill.bill_id).moves
    assert [(one.from_owner_name, one.to_owner_name) for one in steps] == [
        (bill.owner_name, "Dolores Park"), ("Dolores Park", bill.owner_name),
    ]  # fmt: skip
    assert {one.moved_by for one in steps} == {"ada"}


def test_levy_016_many_bills_move_together_or_not_at_all(app, move, levy, bills, refused):
    """LEVY-016: one stale version keeps all of them where they are."""
    one, two, goal, *_ = bills
    (moved,) = move(one, owner_name="Dolores Park").bills
    assert refused(move, one, two, parcel_number=goal.parcel_number) == "BILL_VERSION_STALE"
    assert levy.bill(two.bill_id) == two
    assert len(move(moved, two, parcel_number=goal.parcel_number).bills) == 2
    assert len(levy.bills(parcel_number=goal.parcel_number).bills) == 3


def test_levy_016_bills_of_one_parcel_and_year_are_listed_page_by_page(move, levy, bills):
    """LEVY-016: two bills of one year on one parcel are two places in the list."""
    goal, *others = bills[:4]
    move(*others, parcel_number=goal.parcel_number)
    found, token = [], ""
    while True:
        page = levy.bills(parcel_number=goal.parcel_number, page_size=1, page_token=token)
        found += [one.bill_id for one in page.bills]
        token = page.next_page_token
        if not token:
            break
    assert sorted(found) == sorted(one.bill_id for one in (goal, *others))


def test_levy_016_a_moved_bill_is_corrected_as_any(move, levy, corrections, bills):
    """LEVY-016: the correction keeps the new parcel and owner."""
    bill, goal, *_ = bills
    move(bill, parcel_number=goal.parcel_number, owner_name="Dolores Park")
    done = corrections.send(bill_id=bill.bill_id, total_cents=90_000, expected_version=2).bill
    assert (done.bill_version, done.parcel_number, done.owner_name) == (
        3, goal.parcel_number, "Dolores Park",
    )  # fmt: skip


def test_levy_016_the_next_roll_does_not_bill_the_new_parcel_for_it(move, levy, roll, bills):
    """LEVY-016: of the year, the parcel it left was billed and the one it came to was, too."""
    bill, goal, *_ = bills
    move(bill, parcel_number=goal.parcel_number)
    error = levy.refused(roll.whole(2021, "again"))
    assert testing.reason_of(error) == "BILL_EXISTS"


def test_levy_016_a_move_waits_for_a_payment_file(app, move, levy, bills):
    """LEVY-015: lines of the file name the parcel; the move runs once it is done."""
    from levy_service.guard import releasing

    bill, goal, *_ = bills
    run_id = str(ids.new_id())
    data = {"run_id": run_id, "file_name": "f", "business_date": "2023-03-31", "state": "committed"}
    for step in ("Started", "Finished"):
        name = f"org.millage.cashiering.ImportRun{step}.v1"
        body = testing.foreign_event(name, f"import/{run_id}", data)
        app.consumer.absorb(f"on_import_run_{step.lower()}", [body])
        if step == "Started":
            held = move(bill, parcel_number=goal.parcel_number).held
            assert (held.kind, held.reason, told(app)) == ("move", "IMPORT_ACTIVE", [])
    assert releasing.run_ready(app) == 1
    assert levy.bill(bill.bill_id).parcel_number == goal.parcel_number


def test_levy_016_the_same_key_moves_once(app, move, bills, refused):
    """LEVY-016: the answer is given again; another request under it is refused."""
    bill, goal, *_ = bills
    given = {"parcel_number": goal.parcel_number, "idempotency_key": "k"}
    assert move(bill, **given) == move(bill, **given)
    assert len(told(app)) == 1
    assert refused(move, bill, owner_name="X", idempotency_key="k") == "IDEMPOTENCY_CONFLICT"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "MOVE_WHERE"),
        ({"bills": []}, "BILLS_INVALID"),
        ({"owner_name": "X", "reason": " "}, "REASON_MISSING"),
        ({"parcel_number": "123"}, "PARCEL_NUMBER_INVALID"),
        ({"parcel_number": "99999999999999"}, "PARCEL_UNKNOWN"),
        ({"owner_name": "X", "moved_on": "2023-04-01"}, "MOVED_ON_IN_FUTURE"),
        ({"owner_name": "X", "moved_on": "2020-01-01"}, "MOVED_ON_BEFORE_BILL"),
        ({"owner_name": "a\x00"}, "TEXT_INVALID"),
        ({"bills": [pb.BillToMove(bill_id=str(UUID(int=9)))], "owner_name": "X"}, "BILL_NOT_FOUND"),
    ],
)
def test_levy_016_what_cannot_be_meant_is_refused(app, move, bills, refused, given, reason):
    """LEVY-016: with its own reason, and nothing is moved."""
    assert refused(move, bills[0], **given) == reason
    assert told(app) == []


def test_levy_016_where_a_bill_is_already_it_does_not_go(move, bills, refused):
    """LEVY-016: no version is made for nothing."""
    bill = bills[0]
    assert refused(move, bill, parcel_number=bill.parcel_number) == "MOVE_CHANGES_NOTHING"
    assert refused(move, bill, bill, owner_name="X") == "BILLS_INVALID"


def test_levy_016_moving_needs_its_own_right(ask, refused):
    """LEVY-016: whoever corrects may not for that alone move."""
    assert refused(ask, "MoveBills", "levy.correct", "levy.read", "levy.force") == "FORBIDDEN"


def coded_events(app, bill, *, since="2023-01-01", switches=("mobile_home_movement",)):
    setting = {
        "code": "MH", "version": 1, "effective_on": since, "switches": list(switches),
    }  # fmt: skip
    name = "org.millage.receivables.CodeSettingChanged.v1"
    body = testing.foreign_event(name, "code/MH", setting)
    app.consumer.absorb("on_code_setting_changed", [body, body])
    borne = {"bill_id": bill.bill_id, "codes": [{"code": "MH", "charge_code": ""}]}
    name = "org.millage.receivables.BillCodeChanged.v1"
    body = testing.foreign_event(name, f"bill/{bill.bill_id}", borne, sequence=5)
    app.consumer.absorb("on_bill_code_changed", [body])
    assert testing.parked(app) == []


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ({}, ["MH"]),
        ({"switches": ["alert_user"]}, []),
        ({"since": "2023-04-01"}, []),
    ],
    ids=["shown", "not shown", "not yet"],
)
def test_levy_016_coded_bills_are_listed_first(app, ask, move, bills, given, codes):
    """LEVY-016: those with a code that is shown on mobile-home movement, on the day it holds."""
    first, second, goal, *_ = bills
    move(first, second, parcel_number=goal.parcel_number)
    plain = ask("ListMovableBills", parcel_number=goal.parcel_number).bills
    coded_events(app, last := plain[-1], **given)
    found = ask("ListMovableBills", parcel_number=goal.parcel_number).bills
    assert len(found) == 3
    assert found[0 if codes else -1].bill_id == last.bill_id
    assert list(found[0 if codes else -1].codes) == codes
