"""LEVY-024: a retired parcel number still finds what it owes, and says what is in its place."""

import itertools

import pytest

from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2 as money
from taxkit import testing

OLD, NEW, NEWEST = "55555555555555", "66666666666666", "77777777777777"
ADVANCE = {"service_type": "advance", "advance_type": "regular", "amount_cents": 2_500}


@pytest.fixture
def retire(app):
    def told(*links: tuple[str, str]) -> None:
        for parcel, successor in links:
            data = {"parcel_number": parcel, "successor_number": successor,
                    "retired_on": "2022-11-14"}  # fmt: skip
            kind = "org.millage.levy.ParcelRetired.v1"
            body = testing.foreign_event(kind, f"parcel/{parcel}", data, sequence=1)
            app.consumer.absorb("on_parcel_retired", [body, body])

    return told


def test_levy_024_what_the_old_number_owes_is_found_and_paid(
    window, basket, bills, retire, counter
) -> None:
    """LEVY-024: with a warning that names the parcel of today, on the line, too."""
    bills((OLD, 2021, 500))
    retire((OLD, NEW), (NEW, NEWEST))
    loaded = window.load(basket, parcel_number=OLD)
    (finding,) = [one for one in loaded.findings if one.code == "PARCEL_RETIRED"]
    assert (finding.severity, NEWEST in finding.message) == (pb.FINDING_SEVERITY_WARN, True)
    assert loaded.lines[0].successor_number == NEWEST
    paid = window.change("PostBasket", loaded, tenders=[counter.cash(500)])
    assert paid.receipt.total_cents == 500


def test_levy_024_an_old_number_without_bills_says_where_to_look(
    window, basket, bills, retire, refused
) -> None:
    """LEVY-024: a reason of its own, with the number of today to go on with."""
    retire((OLD, NEW))
    error = refused("PARCEL_RETIRED", window.load, basket, parcel_number=OLD)
    assert NEW in error.details()
    refused("BILL_NOT_FOUND", window.load, basket, parcel_number=NEW)
    bills((OLD, 2021, 0))
    refused("NOTHING_OPEN", window.load, basket, parcel_number=OLD)
    shown = window.load(basket, parcel_number=OLD, with_paid=True)
    assert NEW in {one.successor_number for one in shown.lines}


def test_levy_024_nothing_is_paid_ahead_on_a_number_that_is_used_no_more(
    window, basket, bills, retire, refused
) -> None:
    """LEVY-024: its next bill would be the successor's."""
    bills((OLD, 2021, 500))
    retire((OLD, NEW))
    refused("PARCEL_RETIRED", window.load, basket, parcel_number=OLD, **ADVANCE)


def test_levy_024_a_search_says_it_beside_the_account(window, bills, retire) -> None:
    """LEVY-024: before anything is loaded."""
    bills((OLD, 2021, 500), (NEW, 2021, 500))
    retire((OLD, NEW))
    (old,) = window.call("SearchAccounts", parcel_number=OLD).accounts
    (new,) = window.call("SearchAccounts", parcel_number=NEW).accounts
    assert (old.successor_number, new.successor_number) == (NEW, "")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_levy_024_in_whatever_order_links_come_the_end_is_the_same(retire, rows, order) -> None:
    """LEVY-024: a chain of three, each link told once or twice."""
    links = [(OLD, NEW), (NEW, NEWEST), (NEWEST, "8")]
    retire(*(links[place] for place in order))
    assert rows("select distinct current_number from retired_parcels") == [("8",)]


def test_levy_024_a_batch_of_links_is_one_statement_and_whole(app, rows) -> None:
    """LEVY-024: told together, they end where they would one by one."""
    kind = "org.millage.levy.ParcelRetired.v1"
    bodies = [
        testing.foreign_event(
            kind, f"parcel/{n}",
            {"parcel_number": str(n), "successor_number": str(n + 1), "retired_on": "2022-11-14"},
            sequence=1,
        )
        for n in (3, 1, 2)
    ]  # fmt: skip
    app.consumer.absorb("on_parcel_retired", bodies)
    assert rows("select distinct current_number from retired_parcels") == [("4",)]


def test_cash_069_nothing_is_paid_ahead_on_a_retired_number_without_a_basket(
    counter, session, retire, refused, unchanged
) -> None:
    """On the one in its place it is."""
    retire((OLD, NEW))

    def pay(number: str):
        ahead = money.AdvanceLine(advance_type="regular", parcel_number=number, amount_cents=900)
        return counter.pay(session.session_id, 900, lines=[], advances=[ahead])

    with unchanged():
        error = refused("PARCEL_RETIRED", pay, OLD)
    assert error.said == {"successor_number": NEW}
    assert pay(NEW).total_cents == 900
