"""CASH-036: a basket from opening to its end, and two clerks at one of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from millage.cashiering.v1 import basket_pb2 as pb

PIN = "55555555555555"


@pytest.fixture
def filled(window, basket, bills) -> pb.Basket:
    bills((PIN, 2020, 40_000), (PIN, 2021, 50_000))
    return window.load(basket, parcel_number=PIN)


def test_a_basket_has_its_sessions_dates(window, counter, refused, make_window) -> None:
    """A date of its own needs the right to choose dates, and is not after the business date."""
    session = counter.open("T07", effective_on="2022-12-01")
    plain = make_window("cashiering.basket")

    assert window.open(session.session_id).effective_on == "2022-12-01"
    assert window.open(session.session_id, effective_on="2022-11-30").effective_on == "2022-11-30"
    refused("FORBIDDEN", plain.open, session.session_id, effective_on="2022-11-30")
    refused("EFFECTIVE_DATE_IN_FUTURE", window.open, session.session_id, effective_on="2022-12-16")
    refused("ID_INVALID", window.open, "x")
    counter.close(session.session_id)
    refused("SESSION_CLOSED", window.open, session.session_id)


def test_cash_036_a_paused_basket_is_retrieved_as_it_was(window, filled, counter) -> None:
    """Also at another till: lines, amounts and numbers are what they were."""
    paused = window.change("PauseBasket", filled)
    elsewhere = counter.open("T02")
    taken = window.change("RetrieveBasket", paused, session_id=elsewhere.session_id)

    assert (paused.state, taken.state) == (pb.BASKET_STATE_PAUSED, pb.BASKET_STATE_OPEN)
    assert taken.session_id == elsewhere.session_id
    assert taken.version == filled.version + 2
    for line in [*taken.lines, *filled.lines]:
        line.ClearField("links")  # they lead from the session it is in
    assert list(taken.lines) == list(filled.lines)


def test_cash_036_paused_baskets_are_listed(window, session, filled) -> None:
    """Newest first, in pages; closed and open ones only when all are asked for."""
    window.change("PauseBasket", filled)
    others = [window.open(session.session_id) for _ in range(3)]
    paused = window.call("ListBaskets", paused_only=True).baskets
    first = window.call("ListBaskets", session_id=session.session_id, page_size=2)
    token = first.next_page_token
    rest = window.call("ListBaskets", page_size=9, page_token=token)

    assert [(one.basket_id, one.line_count, one.total_cents) for one in paused] == [
        (filled.basket_id, 2, 90_000)
    ]
    assert [one.basket_id for one in [*first.baskets, *rest.baskets]] == [
        *(one.basket_id for one in reversed(others)), filled.basket_id,
    ]  # fmt: skip


def test_cash_036_what_is_paused_or_closed_is_not_changed(window, session, filled, refused) -> None:
    """Every change is refused with what to do instead; paused holds, closed is the end."""
    paused = window.change("PauseBasket", filled)
    for method, more in [
        ("RemoveLines", {"line_numbers": [1]}), ("PauseBasket", {}), ("ClearBasket", {}),
    ]:  # fmt: skip
        refused("BASKET_PAUSED", window.change, method, paused, **more)
    refused("BASKET_PAUSED", window.load, paused, parcel_number=PIN)
    closed = window.change("CloseBasket", paused)

    assert closed.state == pb.BASKET_STATE_CLOSED
    refused("BASKET_CLOSED", window.load, closed, parcel_number=PIN)
    refused("BASKET_CLOSED", window.change, "CloseBasket", closed)
    retrieve = {"session_id": session.session_id}
    refused("BASKET_NOT_PAUSED", window.change, "RetrieveBasket", closed, **retrieve)


def test_cash_036_a_basket_is_not_retrieved_into_a_closed_session(
    window, filled, session, counter, refused
) -> None:
    """It waits for an open one."""
    paused = window.change("PauseBasket", filled)
    counter.close(session.session_id)
    given = {"session_id": session.session_id}

    refused("SESSION_CLOSED", window.change, "RetrieveBasket", paused, **given)
    assert window.get(paused.basket_id) == paused


def test_cash_036_clearing_has_no_effect_on_anything_else(window, filled, rows, unchanged) -> None:
    """The lines are gone; no receipt, no event, no bill is touched."""
    dues = rows("select * from dues order by bill_id")
    with unchanged(basket_lines=-2, idempotency_keys=1):
        cleared = window.change("ClearBasket", filled)

    assert (cleared.state, cleared.line_count, cleared.total_cents) == (pb.BASKET_STATE_OPEN, 0, 0)
    assert rows("select * from dues order by bill_id") == dues


def test_an_empty_basket_is_not_paused(window, basket, refused) -> None:
    refused("BASKET_EMPTY", window.change, "PauseBasket", basket)


def test_an_unknown_basket_is_not_found(window, basket, session, refused) -> None:
    """By every method that names one."""
    for method, more in [
        ("GetBasket", {}), ("PauseBasket", {}), ("ClearBasket", {}), ("CloseBasket", {}),
        ("LoadBasket", {"keys": pb.LookupKeys(parcel_number=PIN)}),
        ("RetrieveBasket", {"session_id": session.session_id}),
        ("RemoveLines", {"line_numbers": [1]}),
    ]:  # fmt: skip
        refused("BASKET_NOT_FOUND", window.call, method, basket_id=session.session_id, **more)
        refused("ID_INVALID", window.call, method, basket_id="1", **more)


def test_cash_036_a_change_meant_for_an_older_version_is_refused(window, filled, refused) -> None:
    """The clerk who looked first is told, and loses nothing."""
    changed = window.change("RemoveLines", filled, line_numbers=[1])

    refused("BASKET_CHANGED", window.change, "RemoveLines", filled, line_numbers=[2])
    refused("BASKET_CHANGED", window.change, "CloseBasket", filled)
    refused("BASKET_CHANGED", window.load, filled, parcel_number=PIN, version=filled.version)
    assert window.get(filled.basket_id) == changed


def test_cash_036_of_eight_clerks_who_saw_the_same_version_one_changes_it(
    window, filled, outcome
) -> None:
    """The others are told, however they race."""

    def remove(number: int) -> object:
        return outcome(window.change, "RemoveLines", filled, line_numbers=[1 + number % 2])

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(remove, range(8)))

    assert found.count("BASKET_CHANGED") == 7
    assert len(window.get(filled.basket_id).lines) == 1


def test_cash_002_a_basket_without_an_open_session_is_offered_the_cashiers_own(
    window, counter, bills, refused
) -> None:
    """Opened, taken up again or paid: whatever lacks a session says which there are."""
    bills((PIN, 2021, 900))
    first, other = counter.open("T01"), counter.open("T02")
    laid = window.load(window.open(first.session_id), parcel_number=PIN)
    paused = window.change(
        "PauseBasket", window.load(window.open(other.session_id), parcel_number=PIN)
    )
    counter.close(first.session_id)
    nowhere = "00000000-0000-7000-8000-000000000001"
    for reason, call in (
        ("NO_OPEN_SESSION", lambda: window.open("")),
        ("NO_OPEN_SESSION", lambda: window.open(nowhere)),
        ("SESSION_CLOSED", lambda: window.open(first.session_id)),
        ("NO_OPEN_SESSION", lambda: window.change("RetrieveBasket", paused, session_id="")),
        ("SESSION_CLOSED", lambda: window.change("PostBasket", laid, tenders=[counter.cash(900)])),
    ):
        error = refused(reason, call)
        assert f"go on with {other.session_id} on till T02" in error.details()
        assert error.said["open_sessions"] == other.session_id
