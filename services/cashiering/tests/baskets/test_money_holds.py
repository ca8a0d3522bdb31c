"""CASH-036, CASH-047: a basket keeps a surplus or escrow money until it is paid or let go."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from cashiering_service.baskets import money_holds
from cashiering_service.bootstrap import SPEC
from millage.cashiering.v1 import cashiering_pb2 as money
from millage.cashiering.v1 import money_holds_pb2 as pb
from millage.cashiering.v1 import money_holds_pb2_grpc as stubs
from taxkit import ids, testing

PARCEL = "77777777777777"
ITEM = str(UUID(int=0xD1))
ACCOUNT = "E-77"
HELD = {"surplus_item_id": ITEM}


@pytest.fixture
def told(app):
    """receivables tells of a surplus of $100 and an escrow account of $100, or as changed."""

    def tell(state: str = "open", cents: int = 10_000, sequence: int = 1) -> None:
        surplus = {
            "surplus_item_id": ITEM, "category": "surplus", "subcode": "overpayment",
            "parcel_number": PARCEL, "owner": "Dolores Park", "open_cents": cents, "state": state,
        }  # fmt: skip
        escrow = {
            "escrow_account": ACCOUNT, "name": "Harbor Title", "available_cents": cents,
            "closed": False,
        }  # fmt: skip
        for name, subject, data in (
            ("SurplusChanged", f"surplus/{ITEM}", surplus),
            ("EscrowChanged", f"escrow/{ACCOUNT}", escrow),
        ):
            kind = f"org.millage.receivables.{name}.v1"
            body = testing.foreign_event(kind, subject, data, sequence=sequence)
            handler = "on_surplus_changed" if name == "SurplusChanged" else "on_escrow_changed"
            app.consumer.absorb(handler, [body])

    tell()
    return tell


@pytest.fixture
def filled(window, counter, bills, told):
    """A basket with a bill of $100, at a till of its own."""
    bills((PARCEL, 2021, 10_000))

    def make(till: str = "T01"):
        session = counter.open(till)
        return window.load(window.open(session.session_id), parcel_number=PARCEL)

    return make


@pytest.fixture
def hold(channel, window):
    stub = stubs.MoneyHoldsServiceStub(channel)

    def call(basket, key: str = "", **what) -> list[pb.MoneyHold]:
        request = pb.HoldMoneyRequest(
            idempotency_key=key or str(ids.new_id()),
            basket_id=getattr(basket, "basket_id", basket),
            **(what or HELD),
        )
        return list(stub.HoldMoney(request, metadata=window.metadata, timeout=60).holds)

    return call


@pytest.fixture
def listed(channel, window):
    stub = stubs.MoneyHoldsServiceStub(channel)
    return lambda basket: list(
        stub.ListMoneyHolds(
            pb.ListMoneyHoldsRequest(basket_id=basket.basket_id), metadata=window.metadata
        ).holds
    )


@pytest.fixture
def release(channel, window):
    stub = stubs.MoneyHoldsServiceStub(channel)

    def call(hold_id: str, key: str = "") -> list[pb.MoneyHold]:
        request = pb.ReleaseMoneyRequest(idempotency_key=key or str(ids.new_id()), hold_id=hold_id)
        return list(stub.ReleaseMoney(request, metadata=window.metadata).holds)

    return call


def surplus(cents: int = 10_000) -> money.Tender:
    kind = money.TENDER_TYPE_SURPLUS
    return money.Tender(tender_type=kind, amount_cents=cents, reference=ITEM)


def escrow(cents: int) -> money.Tender:
    kind = money.TENDER_TYPE_ESCROW
    return money.Tender(tender_type=kind, amount_cents=cents, reference=ACCOUNT)


def holds_told(app) -> list[tuple[str, int]]:
    return [
        (event["data"]["state"], int(event["sequence"]))
        for event in testing.emitted(app)
        if event["type"].endswith("MoneyHoldChanged.v1")
    ]


def test_cash_047_of_eight_baskets_at_once_one_keeps_a_surplus(filled, hold, outcome, rows) -> None:
    """Eight clients, each at a till of its own; the others are told who has it."""
    baskets = [filled(f"T{number:02}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda basket: outcome(hold, basket), baskets))

    assert sum(isinstance(answer, list) for answer in answers) == 1
    assert [answer for answer in answers if isinstance(answer, str)] == ["SURPLUS_KEPT"] * 7
    assert rows("select count(*) from money_holds") == [(1,)]


def test_cash_047_of_two_tills_that_offer_one_surplus_the_one_that_kept_it_pays(
    make_app, keys, filled, window, make_window, hold, outcome, rows
) -> None:
    """Two processes post at once: whoever kept it is not beaten to it by the faster one."""
    mine, theirs = filled("T01"), filled("T02")
    hold(mine)
    with make_app() as other, testing.server(SPEC, other, keys) as channel:
        second = make_window("cashiering.*", at=channel)

        def pay(window_and_basket):
            at, basket = window_and_basket
            return outcome(at.change, "PostBasket", basket, tenders=[surplus()])

        with ThreadPoolExecutor(2) as pool:
            asked = [(second, theirs), (window, mine)]
            theirs_paid, mine_paid = pool.map(pay, asked)

    # Kept, or spent by then.
    assert theirs_paid in {"SURPLUS_KEPT", "SURPLUS_INSUFFICIENT"}
    assert mine_paid.receipt.total_cents == 10_000
    assert rows("select count(*) from receipts") == [(1,)]


def test_cash_047_a_plain_payment_takes_nothing_that_a_basket_keeps(
    counter, filled, hold, refused, unchanged, bill_of
) -> None:
    """However its key looks."""
    basket = filled()
    hold(basket)
    order = counter.order(
        basket.session_id, lines=[counter.line(10_000, bill_of(PARCEL, 2021), 1)],
        tenders=[surplus()], idempotency_key=basket.basket_id,
    )  # fmt: skip
    with unchanged():
        refused("SURPLUS_KEPT", counter.post, order)


def test_cash_036_laid_aside_a_basket_keeps_its_money(
    app, window, counter, told, filled, hold, refused
) -> None:
    """Reserved in the ledger meanwhile, it pays where the basket is taken up again."""
    basket = filled()
    hold(basket)
    told("reserved", sequence=2)
    paused = window.change("PauseBasket", basket)
    other = filled("T02")
    refused("SURPLUS_KEPT", window.change, "PostBasket", other, tenders=[surplus()])
    again = window.change("RetrieveBasket", paused, session_id=counter.open("T03").session_id)

    posted = window.change("PostBasket", again, tenders=[surplus()])
    payment = next(e for e in testing.emitted(app) if e["type"].endswith("PaymentPosted.v1"))

    assert posted.receipt.total_cents == 10_000
    assert payment["data"]["tenders"][0]["held_for"] == f"basket {basket.basket_id}"
    assert money_holds.end_over(app) == 1
    assert holds_told(app) == [("held", 1), ("paid", 2)]


@pytest.mark.parametrize(
    ("method", "outcome"), [("CloseBasket", "closed"), ("ClearBasket", "emptied")]
)
def test_cash_036_a_basket_given_up_lets_its_money_go_at_once(
    app, window, filled, hold, listed, method: str, outcome: str
) -> None:
    """Another till has it the next moment; the ledger is told by the worker, once."""
    basket = filled()
    hold(basket)
    window.change(method, basket)
    hold(filled("T02"))
    assert [one.stands for one in listed(basket)] == [False]

    assert (money_holds.end_over(app), money_holds.end_over(app)) == (1, 0)
    assert holds_told(app) == [("held", 1), ("held", 1), (outcome, 2)]
    assert [one.outcome for one in listed(basket)] == [outcome]


def test_cash_036_a_forgotten_basket_keeps_money_for_a_day(
    app, make_app, filled, hold, window, monkeypatch
) -> None:
    """Then it expires by itself."""
    basket = filled()
    hold(basket)
    assert money_holds.end_over(app) == 0
    later = app.clock.now() + timedelta(days=1)
    monkeypatch.setattr(type(app.clock), "now", lambda _self: later)

    hold(filled("T02"))
    assert money_holds.end_over(app) == 1
    assert holds_told(app)[-1] == ("expired", 2)


def test_cash_036_what_is_let_go_is_everybodys(
    app, filled, hold, release, refused, unchanged
) -> None:
    """Once; the same key is answered as before."""
    (kept,) = hold(filled(), key="one key")
    (gone,) = release(kept.hold_id, "the key")
    assert (gone.stands, gone.outcome, gone.ended_by) == (False, "released", "cashier")
    hold(filled("T02"))
    with unchanged():
        assert release(kept.hold_id, "the key") == [gone]
        refused("MONEY_HOLD_NOT_FOUND", release, kept.hold_id)
        refused("MONEY_HOLD_NOT_FOUND", release, str(ids.new_id()))

    assert holds_told(app) == [("held", 1), ("released", 2), ("held", 1)]


def test_cash_049_an_escrow_account_is_kept_by_the_amount(
    window, filled, hold, refused, unchanged
) -> None:
    """Its rest is everybody's; never below zero."""
    mine, theirs = filled("T01"), filled("T02")
    hold(mine, escrow_account=ACCOUNT, amount_cents=6_000)
    with unchanged():
        refused("ESCROW_INSUFFICIENT", hold, theirs, escrow_account=ACCOUNT, amount_cents=4_001)
    cash = money.Tender(tender_type=money.TENDER_TYPE_CASH, rest=True)
    refused(
        "ESCROW_INSUFFICIENT", window.change, "PostBasket", theirs, tenders=[escrow(4_001), cash]
    )
    assert window.change("PostBasket", theirs, tenders=[escrow(4_000), cash]).receipt.total_cents
    refused("ESCROW_INSUFFICIENT", hold, filled("T03"), escrow_account=ACCOUNT, amount_cents=1)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"surplus_item_id": "nobody's"}, "SURPLUS_UNKNOWN"),
        ({"surplus_item_id": ITEM, "amount_cents": 700}, "SURPLUS_KEPT_WHOLE"),
        ({"surplus_item_id": ITEM, "amount_cents": -1}, "AMOUNT_NOT_POSITIVE"),
        ({"escrow_account": ACCOUNT}, "AMOUNT_NOT_POSITIVE"),
        ({"escrow_account": "E-1", "amount_cents": 1}, "ESCROW_UNKNOWN"),
        ({"escrow_account": ACCOUNT, "amount_cents": 10_001}, "ESCROW_INSUFFICIENT"),
        ({"escrow_account": ACCOUNT, "surplus_item_id": ITEM, "amount_cents": 1}, "KEY_MISSING"),
        ({"amount_cents": 1}, "KEY_MISSING"),
    ],
)
def test_cash_047_what_cannot_be_kept_is_refused(
    filled, hold, refused, unchanged, what: dict[str, object], reason: str
) -> None:
    """Nothing is written."""
    basket = filled()
    with unchanged():
        refused(reason, hold, basket, **what)


def test_cash_047_money_in_a_procedure_is_not_kept(filled, told, hold, refused) -> None:
    """Nor what the ledger reserved for somebody else."""
    basket = filled()
    told("in_workflow", sequence=2)
    refused("SURPLUS_IN_WORKFLOW", hold, basket)
    told("reserved", sequence=3)
    refused("SURPLUS_NOT_OPEN", hold, basket)
    told("open", 0, sequence=4)
    refused("SURPLUS_INSUFFICIENT", hold, basket)


def test_cash_036_only_an_open_basket_with_something_in_it_keeps_money(
    window, counter, told, filled, hold, refused
) -> None:
    """Once each."""
    empty = window.open(counter.open("T09").session_id)
    refused("BASKET_EMPTY", hold, empty)
    refused("BASKET_NOT_FOUND", hold, str(ids.new_id()))
    basket = filled()
    hold(basket)
    refused("MONEY_KEPT_ALREADY", hold, basket)
    refused("BASKET_PAUSED", hold, window.change("PauseBasket", basket))
