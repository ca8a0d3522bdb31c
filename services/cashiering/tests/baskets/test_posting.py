"""CASH-017, CASH-036, CASH-055: a basket is posted once and ends with its receipt."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cashiering_service.baskets import posting as basket_posting
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2 as money
from taxkit import testing

PIN = "55555555555555"


@pytest.fixture
def loaded(window, basket, bills) -> pb.Basket:
    bills((PIN, 2020, 40_000), (PIN, 2021, 50_000))
    return window.load(basket, parcel_number=PIN)


@pytest.fixture
def post(window, counter):
    """Post a basket in cash, exactly unless told otherwise."""

    def send(basket: pb.Basket, cents: int | None = None, at=window, **given):
        tenders = [counter.cash(basket.total_cents if cents is None else cents)]
        return at.change("PostBasket", basket, **{"tenders": tenders, **given})

    return send


def test_cash_017_a_basket_is_posted_as_one_receipt(app, window, loaded, post, counter) -> None:
    """Lines, payer and event are the basket's; it ends with the receipt's number."""
    found = post(loaded, note="at the window")
    (told,) = [one["data"] for one in testing.emitted(app)]

    assert found.basket.state == pb.BASKET_STATE_POSTED
    assert found.basket.receipt_number == found.receipt.receipt_number == "T01-20221215-1-00001"
    assert [(line.tax_year, line.amount_cents) for line in found.receipt.lines] == [
        (2020, 40_000), (2021, 50_000),
    ]  # fmt: skip
    assert (told["payer"]["name"], told["total_cents"]) == ("Tamsin Kowalczyk-Reyes", 90_000)
    assert found.receipt.note == "at the window"
    assert window.get(loaded.basket_id) == found.basket
    asked = money.GetReceiptRequest(receipt=found.receipt.receipt_number)
    assert counter.stub.GetReceipt(asked, metadata=counter.metadata) == found.receipt


def test_cash_055_the_same_post_again_gets_the_same_answer(loaded, post, refused, rows) -> None:
    """Another one under its key, or under a key of its own, is refused."""
    first = post(loaded, idempotency_key="post")

    assert post(loaded, idempotency_key="post") == first
    refused("IDEMPOTENCY_CONFLICT", post, loaded, 1, idempotency_key="post")
    error = refused("BASKET_POSTED", post, loaded)
    assert first.receipt.receipt_number in error.details()
    assert rows("select count(*) from receipts") == [(1,)]


def test_cash_036_two_windows_post_one_basket_and_one_receipt_is_made(
    loaded, post, outcome, rows
) -> None:
    """However eight of them race, with the same money or other: the rest are told."""

    def send(number: int) -> object:
        return outcome(post, loaded, loaded.total_cents + number % 2)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(send, range(8)))
    reasons = [one for one in found if isinstance(one, str)]

    assert len(reasons) == 7
    assert set(reasons) <= {"BASKET_POSTED", "BASKET_POSTING", "BASKET_CHANGED"}
    assert rows("select count(*) from receipts") == [(1,)]
    assert rows("select state from baskets") == [("posted",)]


def test_cash_055_one_key_from_eight_windows_is_answered_alike(loaded, post, rows) -> None:
    def send(_: int) -> object:
        return post(loaded, idempotency_key="one").receipt.receipt_number

    with ThreadPoolExecutor(8) as threads:
        numbers = set(threads.map(send, range(8)))

    assert numbers == {"T01-20221215-1-00001"}
    assert rows("select count(*) from receipts") == [(1,)]


def test_a_refused_payment_gives_the_basket_back(window, loaded, post, refused, rows) -> None:
    """As it was, to be posted with enough money."""
    refused("TENDERS_UNBALANCED", post, loaded, 89_999, return_change=True)
    back = window.get(loaded.basket_id)

    assert (back.state, list(back.lines)) == (pb.BASKET_STATE_OPEN, list(loaded.lines))
    assert rows("select count(*) from receipts") == [(0,)]
    assert post(back).basket.state == pb.BASKET_STATE_POSTED


def test_cash_026_lines_pay_what_they_were_changed_to(window, loaded, post) -> None:
    """Amounts typed, and a date of its own for all lines."""
    changed = window.change("ChangeLine", loaded, line_number=1, amount_cents=100)
    for number in (1, 2):
        date = {"line_number": number, "effective_on": "2022-12-01"}
        changed = window.change("ChangeLine", changed, **date)
    receipt = post(changed).receipt

    assert [line.amount_cents for line in receipt.lines] == [100, 50_000]
    assert receipt.effective_on == "2022-12-01"


def test_what_cannot_be_one_receipt_is_refused(window, loaded, post, refused, unchanged) -> None:
    """Lines that pay nothing, an empty basket, an older version."""
    moved = window.change("ChangeLine", loaded, line_number=1, effective_on="2022-12-01")
    nothing = {"line_number": 1, "amount_cents": 0}
    with unchanged():
        refused("BASKET_CHANGED", post, loaded)
    refused("LINE_PAYS_NOTHING", post, window.change("ChangeLine", moved, **nothing))
    empty = window.change("ClearBasket", window.get(loaded.basket_id))
    refused("BASKET_EMPTY", post, empty)
    paused = window.load(empty, parcel_number=PIN)
    refused("BASKET_PAUSED", post, window.change("PauseBasket", paused))


def test_a_correction_between_quote_and_payment_is_told(
    window, loaded, post, bills, refused
) -> None:
    """BILL_VERSION_STALE names the bill; quoted anew it is taken."""
    bills((PIN, 2021, 45_000), sequence=9, bill_version=2)
    error = refused("BILL_VERSION_STALE", post, loaded)
    assert f"2021-{PIN}" in error.details()

    again = window.change("ChangeLine", window.get(loaded.basket_id), line_number=2)
    assert post(again).receipt.total_cents == 85_000


def test_cash_034_a_county_may_ask_who_pays(county, loaded, post, refused) -> None:
    """Without a verified payer nothing is posted."""
    strict = county({"verified_payer: false": "verified_payer: true"})
    refused("PAYER_NOT_VERIFIED", post, loaded, at=strict)
    verified = strict.change("SetPayer", loaded, verified=True)

    assert post(verified, at=strict).basket.state == pb.BASKET_STATE_POSTED


def test_cash_020_021_what_is_in_default_is_paid_whole(
    county, basket, bills, installments, post, refused
) -> None:
    """A part of a bill is refused; a part of the set needs a second person."""
    rules = {
        "defaulted_together: false": "defaulted_together: true",
        "defaulted_in_full: false": "defaulted_in_full: true",
    }
    clerk, boss = county(rules), county(rules, user="boss")
    for year in (2018, 2019):
        bills((PIN, year, 500), installments=installments((500, "2020-03-01", "DS")))
    loaded = clerk.load(basket, parcel_number=PIN)
    short = clerk.change("ChangeLine", loaded, line_number=1, amount_cents=499)
    refused("DEFAULTED_NOT_IN_FULL", post, short, at=clerk)
    whole = clerk.change("ChangeLine", short, line_number=1, as_quoted=True)
    bills((PIN, 2017, 500), installments=installments((500, "2019-03-01", "DS")))
    refused("DEFAULTED_SET_INCOMPLETE", post, whole, at=clerk)
    asked = {"code": "DEFAULTED_SET_INCOMPLETE", "parcel_number": PIN, "reason": "heirs"}
    approved = boss.call(
        "ApproveFinding", basket_id=whole.basket_id, version=whole.version, **asked
    )

    assert post(approved, at=clerk).receipt.total_cents == 1_000


def test_cash_023_an_action_is_confirmed_before_posting(app, loaded, post, refused) -> None:
    """By its code, once it was done."""
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into flags values ('parcel', %s, 'bad_check', true, 1)", (PIN,)
        )
    refused("FINDING_NOT_CONFIRMED", post, loaded)

    assert post(loaded, confirmed=["FLAG_BAD_CHECK"]).receipt.total_cents == 90_000


def test_a_flag_set_meanwhile_refuses(app, loaded, post, refused) -> None:
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into flags values ('parcel', %s, 'dnap', true, 1)", (PIN,)
        )
    refused("FLAG_DNAP", post, loaded)


def test_a_post_that_was_cut_off_goes_on(
    app, window, loaded, post, session, refused, rows, monkeypatch
) -> None:
    """The receipt stands, the basket did not hear of it: the same call, or a retrieve, ends it."""
    finish = basket_posting.BasketPoster._finish

    def cut_off(*_: object) -> None:
        raise ConnectionError("the process stopped here")

    monkeypatch.setattr(basket_posting.BasketPoster, "_finish", cut_off)
    with pytest.raises(Exception, match=r"INTERNAL|internal|stopped"):
        post(loaded, idempotency_key="cut")
    assert window.get(loaded.basket_id).state == pb.BASKET_STATE_POSTING
    refused("BASKET_POSTING", post, window.get(loaded.basket_id))
    monkeypatch.setattr(basket_posting.BasketPoster, "_finish", finish)

    assert post(loaded, idempotency_key="cut").basket.state == pb.BASKET_STATE_POSTED
    assert rows("select count(*) from receipts") == [(1,)]


def test_a_cut_off_post_is_found_by_retrieving(
    window, loaded, post, session, rows, monkeypatch
) -> None:
    def cut_off(*_: object) -> None:
        raise ConnectionError("the process stopped here")

    monkeypatch.setattr(basket_posting.BasketPoster, "_finish", cut_off)
    with pytest.raises(Exception, match=r"INTERNAL|internal|stopped"):
        post(loaded)
    given = {"session_id": session.session_id, "version": loaded.version + 1}
    found = window.change("RetrieveBasket", loaded, **given)

    assert found.state == pb.BASKET_STATE_POSTED
    assert found.receipt_number == rows("select receipt_number from receipts")[0][0]


def test_cash_009_posting_needs_the_right_to_pay(
    make_window, window, loaded, post, refused
) -> None:
    """And the right to choose dates when a line has one of its own; the basket stays open."""
    refused("FORBIDDEN", post, loaded, at=make_window("cashiering.basket"))
    for number in (1, 2):
        date = {"line_number": number, "effective_on": "2022-12-01"}
        loaded = window.change("ChangeLine", loaded, **date)
    refused("FORBIDDEN", post, loaded, at=make_window("cashiering.pay"))

    assert window.get(loaded.basket_id).state == pb.BASKET_STATE_OPEN


def test_cash_026_a_line_is_allocated_by_the_rule_it_was_given(window, loaded, post) -> None:
    """The others by the law's own."""
    rule = {"line_number": 2, "allocation_rule": "tax-first"}
    receipt = post(window.change("ChangeLine", loaded, **rule)).receipt

    assert [line.rule_id for line in receipt.lines] == ["statute", "tax-first"]


def test_cash_036_two_processes_post_one_basket_and_one_receipt_is_made(
    county, window, loaded, post, outcome, rows
) -> None:
    """Servers that share nothing but the database, ten baskets one after the other."""
    windows = [window, county({})]

    def send(number: int) -> object:
        return outcome(post, basket, at=windows[number % 2])

    for turn in range(1, 11):
        basket = window.load(window.open(loaded.session_id), parcel_number=PIN)
        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(send, range(4)))
        assert len([one for one in found if not isinstance(one, str)]) == 1
        assert rows("select count(*) from receipts") == [(turn,)]
