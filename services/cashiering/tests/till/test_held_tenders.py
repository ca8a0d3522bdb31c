"""AC-2 k and l, CASH-047 to CASH-049: surplus and escrow as tenders, spent once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import held_money_pb2 as held_pb
from millage.cashiering.v1 import held_money_pb2_grpc as stubs
from millage.cashiering.v1 import reconciliation_pb2, reconciliation_pb2_grpc
from taxkit import testing

ITEM = str(UUID(int=0xD1))


@pytest.fixture
def surplus(app):
    """receivables tells of a surplus."""

    def tell(open_cents: int, state: str = "open", *, sequence: int = 1, **changes) -> None:
        data = {
            "surplus_item_id": ITEM,
            "category": "surplus",
            "subcode": "overpayment",
            "parcel_number": "77777777777777",
            "owner": "Dolores Park",
            "open_cents": open_cents,
            "state": state,
            **changes,
        }
        body = testing.foreign_event(
            "org.millage.receivables.SurplusChanged.v1",
            f"surplus/{ITEM}",
            data,
            sequence=sequence,
        )
        app.consumer.absorb("on_surplus_changed", [body])

    return tell


@pytest.fixture
def escrow(app):
    """receivables tells of an escrow account."""

    def tell(available_cents: int, *, closed: bool = False, sequence: int = 1) -> None:
        data = {
            "escrow_account": "E-77",
            "name": "Harbor Title",
            "available_cents": available_cents,
            "closed": closed,
        }
        body = testing.foreign_event(
            "org.millage.receivables.EscrowChanged.v1", "escrow/E-77", data, sequence=sequence
        )
        app.consumer.absorb("on_escrow_changed", [body])

    return tell


@pytest.fixture
def listed(channel, counter):
    def ask(**key: str) -> list[held_pb.HeldMoney]:
        request = held_pb.ListHeldMoneyRequest(**key)
        stub = stubs.HeldMoneyServiceStub(channel)
        return list(stub.ListHeldMoney(request, metadata=counter.metadata).items)

    return ask


def _of(kind: int, cents: int, reference: str) -> pb.Tender:
    return pb.Tender(tender_type=kind, amount_cents=cents, reference=reference)


def _surplus(cents: int, reference: str = ITEM) -> pb.Tender:
    return _of(pb.TENDER_TYPE_SURPLUS, cents, reference)


def _escrow(cents: int, reference: str = "E-77") -> pb.Tender:
    return _of(pb.TENDER_TYPE_ESCROW, cents, reference)


@pytest.fixture
def pay(counter, session, bill):
    """Pay the bill of $100 with what is given."""
    bill_id = bill()

    def make(*tenders: pb.Tender, cents: int = 10_000, **changes):
        line = counter.line(cents, bill_id)
        return counter.pay(session.session_id, lines=[line], tenders=tenders, **changes)

    return make


def test_cash_047_a_surplus_pays_a_bill_and_is_less_by_it(app, pay, surplus, listed) -> None:
    """At once at the till, before receivables has drawn it; and not twice when it has."""
    surplus(15_000)
    receipt = pay(_surplus(6_000), pb.Tender(tender_type=pb.TENDER_TYPE_CASH, rest=True))

    assert [one.amount_cents for one in receipt.tenders] == [6_000, 4_000]
    (event,) = testing.emitted(app)
    assert event["data"]["tenders"][0] == {
        "tender_type": "surplus", "amount_cents": 6_000, "reference": ITEM,
    }  # fmt: skip
    (item,) = listed(parcel_number="77777777777777")
    assert (item.open_cents, item.available_cents, item.tenderable) == (15_000, 9_000, True)
    assert (item.name, item.category) == ("Dolores Park", "overpayment")
    surplus(9_000, sequence=2)
    (item,) = listed(surplus_item_id=ITEM)
    assert (item.open_cents, item.available_cents) == (9_000, 9_000)


def test_ac_2_k_surplus_above_what_is_due_is_refused(pay, surplus, refused, unchanged) -> None:
    """150 for a line of 100, and for a line of 150 on a bill of 100."""
    surplus(15_000)
    with unchanged():
        refused("HELD_TENDER_ABOVE_DUE", pay, _surplus(15_000))
        refused("HELD_TENDER_ABOVE_DUE", pay, _surplus(15_000), cents=15_000)


def test_ac_2_l_surplus_in_a_workflow_is_refused(pay, surplus, refused, unchanged) -> None:
    """Until the workflow has ended."""
    surplus(10_000, "in_workflow")
    with unchanged():
        refused("SURPLUS_IN_WORKFLOW", pay, _surplus(10_000))
    surplus(10_000, sequence=2)

    assert pay(_surplus(10_000)).total_cents == 10_000


@pytest.mark.parametrize(
    ("tender", "reason"),
    [
        (_surplus(5_001), "SURPLUS_INSUFFICIENT"),
        (_surplus(100, "nobody's"), "SURPLUS_UNKNOWN"),
        (_surplus(100, ""), "TENDER_REFERENCE_MISSING"),
        (_surplus(-100), "AMOUNT_NOT_POSITIVE"),
        (_escrow(5_001), "ESCROW_INSUFFICIENT"),
        (_escrow(100, "E-78"), "ESCROW_UNKNOWN"),
        (_escrow(100, ITEM), "ESCROW_UNKNOWN"),
        (_escrow(100, ""), "TENDER_REFERENCE_MISSING"),
    ],
)
def test_cash_049_what_is_not_there_is_refused(
    pay, surplus, escrow, refused, unchanged, tender: pb.Tender, reason: str
) -> None:
    """Never below zero."""
    surplus(5_000)
    escrow(5_000)
    with unchanged():
        refused(reason, pay, tender, cents=max(1, tender.amount_cents))


def test_cash_047_two_tenders_of_one_surplus_count_together(pay, surplus, refused) -> None:
    """Half and half of what is only half there."""
    surplus(5_000)

    refused("SURPLUS_INSUFFICIENT", pay, _surplus(5_000), _surplus(5_000))


def test_cash_047_a_sort_the_law_does_not_name_is_refused(pay, surplus, refused) -> None:
    """An overbid is claimed, not spent."""
    surplus(10_000, subcode="overbid")

    refused("SURPLUS_NOT_TENDERABLE", pay, _surplus(10_000))


def test_cash_049_an_escrow_account_pays_and_shows_its_name_and_funds(
    pay, escrow, listed, refused
) -> None:
    """Once closed it pays nothing."""
    escrow(15_000)
    assert pay(_escrow(10_000)).total_cents == 10_000

    (account,) = listed(escrow_account="E-77")
    assert (account.name, account.open_cents, account.available_cents) == (
        "Harbor Title", 15_000, 5_000,
    )  # fmt: skip
    escrow(5_000, closed=True, sequence=2)
    refused("ESCROW_NOT_OPEN", pay, _escrow(100), cents=100)


def test_cash_047_of_eight_tills_at_once_only_one_spends_a_surplus(
    counter, bill, surplus, outcome, rows
) -> None:
    """Each till has a session and an order of its own; the money is there once."""
    surplus(10_000)
    bill_id = bill()
    orders = [
        counter.order(
            counter.open(f"T{number:02}").session_id,
            lines=[counter.line(10_000, bill_id)],
            tenders=[_surplus(10_000)],
        )
        for number in range(8)
    ]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda order: outcome(counter.post, order), orders))

    assert sum(isinstance(answer, pb.Receipt) for answer in answers) == 1
    assert [answer for answer in answers if isinstance(answer, str)] == ["SURPLUS_INSUFFICIENT"] * 7
    assert rows("select open_cents, reserved_cents from held_money") == [(10_000, 10_000)]
    assert rows("select count(*) from receipts") == [(1,)]


def test_cash_047_two_processes_share_what_is_left(
    make_app, keys, counter, bill, surplus, outcome
) -> None:
    """The row is locked in the database: no till's memory is believed."""
    from cashiering_service.bootstrap import SPEC

    surplus(10_000)
    bill_id = bill()
    sessions = [counter.open(f"P{number:02}").session_id for number in range(6)]
    with make_app() as other, testing.server(SPEC, other, keys) as channel:
        second = type(counter)(channel, keys)

        def pay(place: int):
            window = (counter, second)[place % 2]
            return outcome(
                window.pay,
                sessions[place],
                lines=[counter.line(4_000, bill_id)],
                tenders=[_surplus(4_000)],
            )

        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(pay, range(6)))

    assert sum(isinstance(answer, pb.Receipt) for answer in answers) == 2


def test_cash_009_money_held_needs_a_right(
    counter, session, bill, surplus, keys, refused, unchanged
) -> None:
    """The right to pay is not enough."""
    surplus(10_000)
    order = counter.order(
        session.session_id, lines=[counter.line(10_000, bill())], tenders=[_surplus(10_000)]
    )
    with unchanged():
        plain = testing.bearer(keys.token("cashiering.pay", user="cashier"))
        refused("FORBIDDEN", counter.post, order, plain)


def test_cash_010_a_drawer_expects_no_money_that_was_held_already(
    counter, session, pay, surplus
) -> None:
    """It never lay in it."""
    surplus(15_000)
    pay(_surplus(6_000), counter.cash(4_000))
    closed = counter.close(session.session_id, (pb.TENDER_TYPE_CASH, 4_000))

    assert (closed.total_cents, closed.over_short_cents) == (10_000, 0)
    assert [one.tender_type for one in closed.tenders] == [pb.TENDER_TYPE_CASH]


def test_cash_010_what_came_out_of_escrow_is_told_beside_the_drawer(
    channel, counter, session, pay, escrow
) -> None:
    """In the session's reconciliation and in the day's balance."""
    escrow(15_000)
    pay(_escrow(6_000), counter.cash(4_000))
    counter.close(session.session_id, (pb.TENDER_TYPE_CASH, 4_000))
    stub = reconciliation_pb2_grpc.ReconciliationServiceStub(channel)

    drawer = stub.GetReconciliation(
        reconciliation_pb2.GetReconciliationRequest(session_id=session.session_id),
        metadata=counter.metadata,
    )
    day = stub.GetDailyBalance(
        reconciliation_pb2.GetDailyBalanceRequest(business_date="2022-12-15"),
        metadata=counter.metadata,
    )
    assert (drawer.escrow_cents, day.escrow_cents) == (6_000, 6_000)
    assert [one.tender_type for one in drawer.tenders] == [pb.TENDER_TYPE_CASH]


@pytest.mark.parametrize("key", [{}, {"parcel_number": "1", "escrow_account": "2"}])
def test_cash_047_a_list_is_of_one_thing(listed, refused, key) -> None:
    """A parcel, a surplus or an account."""
    refused("KEY_MISSING", listed, **key)


def test_cash_047_what_is_not_known_is_said(listed, refused) -> None:
    """A parcel without surplus has an empty list."""
    assert listed(parcel_number="1") == []
    refused("SURPLUS_UNKNOWN", listed, surplus_item_id=ITEM)
    refused("ESCROW_UNKNOWN", listed, escrow_account="E-1")


def test_an_older_state_of_a_surplus_changes_nothing(surplus, listed) -> None:
    """The newest sequence wins."""
    surplus(9_000, sequence=2)
    surplus(15_000, sequence=1)

    assert [item.open_cents for item in listed(surplus_item_id=ITEM)] == [9_000]
