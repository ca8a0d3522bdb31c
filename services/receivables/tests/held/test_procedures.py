"""Refund, application, transfer and claim, through the public API (RECV-043)."""

from datetime import UTC, date, datetime

import grpc
import pytest

from millage.receivables.v1 import surplus_pb2 as pb
from millage.receivables.v1 import surplus_pb2_grpc as stubs
from receivables_service.accounts import KnownFact
from receivables_service.books import Books
from receivables_service.changes.due_changes import Caused
from receivables_service.domain.facts import CollectionTypeTransferred
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.terms import CollectionType
from receivables_service.held import items as held_items
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.inbox import Work
from taxkit.testing import bearer, parked, reason_of

RIGHTS = ("receivables.read", "receivables.surplus", "receivables.surplus.request",
          "receivables.surplus.apply")  # fmt: skip


@pytest.fixture(autouse=True)
def in_february(app):
    """The day after the payment, before anything bears interest."""
    app.clock = FixedClock(datetime(2022, 2, 11, 18, tzinfo=UTC))


@pytest.fixture
def stub(channel):
    return stubs.SurplusServiceStub(channel)


@pytest.fixture
def clerk(keys):
    return bearer(keys.token(*RIGHTS, user="clerk"))


@pytest.fixture
def chief(keys):
    return bearer(keys.token(*RIGHTS, "receivables.surplus.decide", user="chief"))


@pytest.fixture
def receipt(app, bill, neighbours):
    """A receipt that leaves 200.00 on a bill."""
    receipt = new_id()
    body = neighbours.payment_posted(receipt, neighbours.line(1, 200_000, bill))
    app.consumer.absorb("on_payment_posted", [body])
    return receipt


@pytest.fixture
def item(receipt, ledger):
    ((found,),) = ledger.rows("select item_id from held_items")
    return str(found)


@pytest.fixture
def other(app, neighbours):
    other = new_id()
    app.consumer.absorb(
        "on_bill_created",
        [neighbours.bill_created(other, bill_number="2021-other", parcel_number="other")],
    )
    return other


def start(stub, who, item, procedure, **options):
    key = str(new_id())
    asked = pb.StartCaseRequest(
        idempotency_key=key, surplus_item_id=item, procedure=procedure, **options
    )
    return stub.StartCase(asked, metadata=who)


def act(stub, who, case, action, note=""):
    asked = pb.ActOnCaseRequest(
        idempotency_key=str(new_id()), case_id=case.case_id, action=action, note=note
    )
    return stub.ActOnCase(asked, metadata=who)


def refused(call, *args, **options):
    with pytest.raises(grpc.RpcError) as error:
        call(*args, **options)
    return reason_of(error.value)


def state(stub, who, item):
    found = stub.GetSurplus(pb.GetSurplusRequest(surplus_item_id=item), metadata=who).item
    return (found.state, found.open_cents, found.owner)


def tied(app):
    with app.database.begin() as connection:
        return list(held_items.differences(connection, 10))


def test_recv_043_a_refund_needs_a_second_person_and_leaves_the_books(
    app, stub, clerk, chief, item, ledger
):
    """RECV-043: asked by one, approved by another; the money goes out once."""
    case = start(stub, clerk, item, "refund", amount_cents=15_000, reason="overpaid")
    assert (
        case.step,
        case.ended,
        list(case.actions),
    ) == ("requested", False, ["approve", "reject", "withdraw"])
    assert state(stub, clerk, item) == ("in_workflow", 20_000, "Dolores Park")
    assert refused(act, stub, clerk, case, "approve") == "SECOND_PERSON_NEEDED"
    paid = act(stub, chief, case, "approve", "seen the check")
    assert (paid.step, paid.ended) == ("paid", True)
    assert refused(act, stub, chief, case, "approve") == "CASE_ENDED"
    assert state(stub, clerk, item) == ("open", 5_000, "Dolores Park")
    assert ledger.balance("cash_clearing") == 185_000
    assert ledger.received() == {"2022-02-10": 200_000}
    assert [one["data"]["state"] for one in ledger.told("SurplusChanged")] == [
        "open",
        "in_workflow",
        "open",
    ]
    assert tied(app) == []


def test_recv_043_who_asked_may_not_approve(stub, chief, item):
    """RECV-043: the right alone is not enough for the one who asked."""
    case = start(stub, chief, item, "refund")
    assert refused(act, stub, chief, case, "approve") == "SECOND_PERSON_NEEDED"
    assert act(stub, chief, case, "reject").ended


def test_recv_042_money_in_a_workflow_is_no_tender(
    app, stub, clerk, item, other, neighbours, ledger
):
    """RECV-042: a tender of the day after waits with its reason, the item keeps its money."""
    start(stub, clerk, item, "refund", amount_cents=100)
    body = neighbours.payment_posted(
        new_id(), neighbours.line(1, 500, other), day="2022-02-12",
        tenders=[{"tender_type": "surplus", "amount_cents": 500, "reference": item}],
    )  # fmt: skip
    app.consumer.absorb("on_payment_posted", [body])
    assert ledger.rows("select reason from held_exceptions") == [("SURPLUS_IN_WORKFLOW",)]
    found = stub.CheckHeldMoney(pb.CheckHeldMoneyRequest(), metadata=clerk)
    assert [(one.reason, one.amount_cents) for one in found.exceptions] == [
        ("SURPLUS_IN_WORKFLOW", 500)
    ]
    assert (found.open_cents, found.paid_out_cents, len(found.differences)) == (20_000, 0, 0)


def test_recv_043_applied_money_shows_as_a_payment_and_follows_its_receipt(
    app, stub, clerk, item, receipt, bill, other, neighbours, ledger
):
    """RECV-043: the other bill owes less; when the receipt is taken back, both are as before."""
    done = start(stub, clerk, item, "apply", amount_cents=15_000, target_bill_id=str(other))
    assert (done.step, done.ended) == ("applied", True)
    assert state(stub, clerk, item)[:2] == ("open", 5_000)
    assert ledger.told("BalanceChanged")[-1]["data"]["open_cents"] == 165_000
    assert sum(ledger.received().values()) == 200_000 == ledger.balance("cash_clearing")
    assert tied(app) == []
    undone = neighbours.payment_reversed(receipt, neighbours.line(1, 200_000, bill))
    app.consumer.absorb("on_payment_reversed", [undone])
    assert ledger.rows("select sum(open_cents)::int from bills") == [(360_000,)]
    assert 0 == ledger.balance("cash_clearing") == ledger.balance("surplus_liability")
    assert tied(app) == parked(app) == []
    assert sum(ledger.received().values()) == 0


def test_recv_056_a_refund_of_money_that_was_applied_first_is_missed(
    app, stub, clerk, chief, item, receipt, bill, other, neighbours, ledger
):
    """RECV-056: applied, lifted by a correction, refunded, then taken back: only the refund."""
    start(stub, clerk, item, "apply", target_bill_id=str(other))
    nothing = [
        {"installment": 1, "due_on": "2022-03-01", "amount_cents": 0},
        {"installment": 2, "due_on": "2022-12-30", "amount_cents": 0},
    ]
    corrected = neighbours.bill_corrected(other, 2, nothing, date(2022, 2, 11))
    app.consumer.absorb("on_bill_corrected", [corrected])
    ((lifted,),) = ledger.rows("select item_id::text from held_items where state = 'open'")
    act(stub, chief, start(stub, clerk, lifted, "refund", amount_cents=15_000), "approve")
    undone = neighbours.payment_reversed(receipt, neighbours.line(1, 200_000, bill))
    app.consumer.absorb("on_payment_reversed", [undone])
    assert ledger.balance("shortfall_receivable") == 15_000 == -ledger.balance("cash_clearing")
    assert ledger.rows("select sum(open_cents)::int from held_items") == [(0,)]
    assert tied(app) == parked(app) == []


def test_recv_056_a_refund_comes_back_after_it_was_drawn_whatever_the_till_s_clock_says(
    app, stub, clerk, chief, neighbours, ledger
):
    """RECV-056: the bill came between; what went to suspense comes from there, nothing off it."""
    bill, receipt = new_id(), new_id()
    line = neighbours.line(1, 500, bill)
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, line)])
    ((held,),) = ledger.rows("select item_id::text from held_items")
    act(stub, chief, start(stub, clerk, held, "refund"), "approve")
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    app.consumer.absorb("on_payment_reversed", [neighbours.payment_reversed(receipt, line)])
    assert ledger.balance("shortfall_receivable") == 500 == -ledger.balance("cash_clearing")
    told = [one["data"] for one in ledger.told("PaymentAllocated")]
    assert sum(row["amount_cents"] for one in told for row in one["rows"]) == 0
    assert ledger.rows("select open_cents::int from bills") == [(180_000,)]
    assert tied(app) == parked(app) == []


def test_recv_043_a_transfer_gives_the_item_another_owner(stub, clerk, chief, item):
    """RECV-043: whole, and only with a name."""
    assert refused(start, stub, clerk, item, "transfer") == "NEW_OWNER_MISSING"
    assert (
        refused(start, stub, clerk, item, "transfer", payee="Eve", amount_cents=5)
        == "TRANSFER_WHOLE"
    )
    case = start(stub, clerk, item, "transfer", payee="Buyer 77")
    act(stub, chief, case, "approve")
    assert state(stub, clerk, item) == ("open", 20_000, "Buyer 77")


def test_recv_043_a_claim_has_claimant_evidence_and_decision(stub, clerk, chief, item):
    """RECV-043: filed, reviewed, then allowed by a second person; each step stays."""
    assert refused(start, stub, clerk, item, "claim", payee="Heirs") == "EVIDENCE_MISSING"
    case = start(stub, clerk, item, "claim", payee="Heirs of D. Park", evidence="will of 2021")
    assert refused(act, stub, chief, case, "allow") == "ACTION_NOT_OPEN"
    act(stub, clerk, case, "review", "complete")
    ended = act(stub, chief, case, "allow", "granted")
    assert [(step.action, step.acted_by) for step in ended.steps] == [
        ("file", "clerk"),
        ("review", "clerk"),
        ("allow", "chief"),
    ]
    assert state(stub, clerk, item)[:2] == ("closed", 0)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"procedure": "gift"}, "PROCEDURE_UNKNOWN"),
        ({"procedure": "refund", "amount_cents": 20_001}, "SURPLUS_INSUFFICIENT"),
        ({"procedure": "refund", "amount_cents": -1}, "AMOUNT_INVALID"),
        ({"procedure": "apply"}, "TARGET_BILL"),
        ({"procedure": "refund", "target_bill_id": str(new_id())}, "TARGET_BILL"),
        ({"procedure": "apply", "target_bill_id": str(new_id())}, "BILL_NOT_FOUND"),
        ({"procedure": "apply", "target_bill_id": "x"}, "ID_INVALID"),
        ({"procedure": "refund", "payee": "a\x00b"}, "TEXT_INVALID"),
        ({"procedure": "refund", "reason": "x" * 501}, "TEXT_INVALID"),
    ],
)
def test_recv_043_a_wish_that_cannot_be_met_is_refused(app, stub, clerk, item, options, reason):
    """RECV-043: with its reason, and nothing is changed."""
    assert refused(start, stub, clerk, item, **options) == reason
    assert state(stub, clerk, item)[:2] == ("open", 20_000)
    assert tied(app) == []


def test_recv_043_money_is_applied_up_to_what_is_owed(stub, clerk, item, app, neighbours):
    """CASH-048: held money may not make held money on another bill."""
    small = new_id()
    body = neighbours.bill_created(small, 100, 0, bill_number="2021-s", parcel_number="s")
    app.consumer.absorb("on_bill_created", [body])
    reason = refused(start, stub, clerk, item, "apply", target_bill_id=str(small))
    assert reason == "MORE_THAN_OWED"


def test_recv_043_the_same_key_starts_one_case(stub, clerk, item):
    """A retry is answered as the first time; the key with another wish is refused."""
    asked = pb.StartCaseRequest(
        idempotency_key="one", surplus_item_id=item, procedure="refund", amount_cents=10
    )
    first = stub.StartCase(asked, metadata=clerk)
    assert first == stub.StartCase(asked, metadata=clerk)
    asked.amount_cents = 11
    assert refused(stub.StartCase, asked, metadata=clerk) == "IDEMPOTENCY_CONFLICT"
    assert refused(start, stub, clerk, item, "refund") == "SURPLUS_IN_WORKFLOW"


def test_recv_042_a_reserved_item_is_free_for_its_basket_only(stub, clerk, item):
    """RECV-042: until it is let go, nobody else spends it."""
    asked = pb.ReserveSurplusRequest(
        idempotency_key="r1", surplus_item_id=item, reserved_for="basket 9"
    )
    assert stub.ReserveSurplus(asked, metadata=clerk).state == "reserved"
    assert refused(start, stub, clerk, item, "refund") == "SURPLUS_RESERVED"
    other = pb.ReleaseSurplusRequest(
        idempotency_key="r2", surplus_item_id=item, reserved_for="basket 8"
    )
    assert refused(stub.ReleaseSurplus, other, metadata=clerk) == "RESERVED_FOR_ANOTHER"
    other.idempotency_key, other.reserved_for = "r3", "basket 9"
    assert stub.ReleaseSurplus(other, metadata=clerk).state == "open"


def test_recv_043_without_the_right_nothing_moves(stub, keys, item):
    """Reading is not enough for a command, nor the service's right for a workflow's."""
    reader = bearer(keys.token("receivables.read"))
    assert refused(start, stub, reader, item, "refund") == "FORBIDDEN"
    bare = bearer(keys.token("receivables.surplus", "receivables.read"))
    assert refused(start, stub, bare, item, "refund") == "FORBIDDEN"
    assert state(stub, reader, item)[0] == "open"


def test_recv_037_an_advance_type_is_offered_or_says_why_not(stub, clerk):
    """RECV-036, RECV-037: active, selectable and mapped, or shown with what it lacks."""
    types = stub.ListAdvanceTypes(pb.ListAdvanceTypesRequest(), metadata=clerk).types
    found = {one.code: one.reason for one in types}
    assert found["regular"] == found["wire_transfer"] == ""
    assert found["tax_sale_surplus"] == "NOT_SELECTABLE"
    assert found["pre_pay"] == "INACTIVE"
    assert len(found) == 18


def test_recv_039_kinds_are_shown_with_their_account_and_what_may_be_done(stub, clerk):
    """RECV-035, RECV-039, RECV-040: several kinds of suspense, each with an account of its own."""
    kinds = stub.ListAdvanceTypes(pb.ListAdvanceTypesRequest(), metadata=clerk).kinds
    found = {one.subcode: one for one in kinds}
    suspense = [one for one in kinds if one.category == "suspense" and one.revenue_account]
    assert len({one.revenue_account for one in suspense}) == len(suspense) > 2
    bond, over = found["tract_map_bond"], found["overpayment"]
    assert (bond.category, bond.collection_type, bond.tender) == ("trust", "S", False)
    assert (bond.revenue_account, bond.cashiering) == ("TRST-100", True)
    assert list(over.procedures) == ["refund", "apply", "transfer", "claim"]
    assert {"overbid", "fee_bank", "dealer_escrow_deposit", "escrow", "pre_deposit"} < set(found)


def test_recv_042_what_waited_is_seen_to_once(app, stub, clerk, item, other, neighbours, ledger):
    """RECV-042: with a note and by whom; then it is listed no more."""
    receipt = new_id()
    tender = {"tender_type": "surplus", "amount_cents": 90_000, "reference": item}
    line = neighbours.line(1, 90_000, other)
    body = neighbours.payment_posted(receipt, line, tenders=[tender])
    app.consumer.absorb("on_payment_posted", [body])
    asked = pb.SettleHeldExceptionRequest(
        idempotency_key="k", receipt_id=str(receipt), reference=item, reason="SURPLUS_INSUFFICIENT"
    )
    assert refused(stub.SettleHeldException, asked, metadata=clerk) == "NOTE_MISSING"
    asked.note = "reversed at the till"
    assert stub.SettleHeldException(asked, metadata=clerk).amount_cents == 90_000
    assert not stub.CheckHeldMoney(pb.CheckHeldMoneyRequest(), metadata=clerk).exceptions
    asked.idempotency_key = "again"
    assert refused(stub.SettleHeldException, asked, metadata=clerk) == "HELD_EXCEPTION_NOT_FOUND"
    assert ledger.rows("select settled_by from held_exceptions") == [
        ("clerk: reversed at the till",)
    ]


def test_recv_041_trust_money_pays_charges_of_its_own_collection_type(
    app, stub, clerk, other, neighbours, ledger
):
    """RECV-041: a bond's money is for secured charges; carried unsecured, the bill is refused."""
    line = {
        **neighbours.line(1, 5_000), "kind": "advance", "advance_type": "tract_map_bond",
        "suspense_reason": None, "tax_year": None,
    }  # fmt: skip
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(new_id(), line)])
    ((bond,),) = ledger.rows("select item_id from held_items where category = 'trust'")
    start(stub, clerk, str(bond), "apply", amount_cents=1_000, target_bill_id=str(other))
    work = Work(app.database.engine.connect(), app.clock)
    with work.connection, work.connection.begin():
        books = Books(work, app.terms)
        books.open([other])
        day = app.clock.today()
        moved = CollectionTypeTransferred(
            new_id(), day, app.clock.now(), CollectionType.UNSECURED, "moved"
        )
        books.change(other, KnownFact(moved, day), PostingKind.TRANSFER, Caused())
        books.close()
    reason = refused(start, stub, clerk, str(bond), "apply", target_bill_id=str(other))
    assert reason == "COLLECTION_TYPE_DIFFERS"
