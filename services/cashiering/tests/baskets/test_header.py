"""CASH-003, CASH-004: a basket's header: what lines start with, and what all of them pay."""

import pytest

from millage.cashiering.v1 import basket_header_pb2 as header
from millage.cashiering.v1 import basket_header_pb2_grpc as header_stubs
from taxkit import ids

PIN, OTHER = "55555555555555", "66666666666666"


@pytest.fixture
def change(channel, window):
    """Change a basket's header."""
    stub = header_stubs.BasketHeaderServiceStub(channel)

    def ask(basket, metadata=None, key="", **given):
        request = header.ChangeHeaderRequest(
            idempotency_key=key or str(ids.new_id()),
            basket_id=basket.basket_id,
            version=basket.version,
            **given,
        )
        return stub.ChangeHeader(request, metadata=metadata or window.metadata, timeout=30)

    return ask


@pytest.fixture
def known(bills) -> None:
    bills((PIN, 2020, 30_000), (PIN, 2021, 20_000), (OTHER, 2021, 10_000))


def test_cash_004_before_bills_are_loaded_the_header_is_what_lines_start_with(
    window, basket, known, change
) -> None:
    """Date and rule of every line that comes."""
    changed = change(basket, effective_on="2022-12-01", allocation_rule="tax-first")
    assert (changed.effective_on, changed.allocation_rule) == ("2022-12-01", "tax-first")

    loaded = window.load(changed, parcel_number=PIN)
    assert {(one.effective_on, one.allocation_rule) for one in loaded.lines} == {
        ("2022-12-01", "tax-first")
    }


def test_cash_004_afterwards_only_the_chosen_lines_change(window, basket, known, change) -> None:
    """What later lines start with stays as it was."""
    loaded = window.load(basket, parcel_number=PIN)
    changed = change(loaded, effective_on="2022-12-01", line_numbers=[2])
    assert [one.effective_on for one in changed.lines] == ["2022-12-15", "2022-12-01"]
    ruled = change(changed, allocation_rule="tax-first", line_numbers=[1])
    assert [one.allocation_rule for one in ruled.lines] == ["tax-first", ""]

    more = window.load(ruled, parcel_number=OTHER)
    assert (more.lines[2].effective_on, more.lines[2].allocation_rule) == ("2022-12-15", "")
    assert more.effective_on == "2022-12-15"


def test_cash_004_the_next_basket_starts_with_its_sessions_again(
    window, basket, session, change
) -> None:
    """Whatever the one before was changed to."""
    change(basket, effective_on="2022-12-01", allocation_rule="tax-first")
    opened = window.open(session.session_id)

    assert (opened.effective_on, opened.allocation_rule) == ("2022-12-15", "")


@pytest.mark.parametrize(
    ("rights", "given", "reason"),
    [
        (["cashiering.basket"], {"effective_on": "2022-12-01"}, "FORBIDDEN"),
        (["cashiering.basket"], {"allocation_rule": "tax-first"}, "FORBIDDEN"),
        (["cashiering.effective_date"], {"effective_on": "2022-12-01"}, "FORBIDDEN"),
        (["cashiering.*"], {}, "HEADER_UNCHANGED"),
        (["cashiering.*"], {"effective_on": "2022-12-16"}, "EFFECTIVE_DATE_IN_FUTURE"),
        (["cashiering.*"], {"effective_on": "soon"}, "DATE_INVALID"),
        (["cashiering.*"], {"allocation_rule": "any"}, "ALLOCATION_RULE_UNKNOWN"),
        (["cashiering.*"], {"effective_on": "2022-12-01", "line_numbers": [9]}, "LINE_NOT_FOUND"),
    ],
)
def test_cash_004_a_header_needs_rights_and_sense(
    window, basket, make_window, change, refused, unchanged, rights, given, reason
) -> None:
    """Refused with its reason, and nothing is different."""
    with unchanged():
        refused(reason, change, basket, make_window(*rights).metadata, **given)
    assert window.get(basket.basket_id) == basket


def test_cash_004_lines_have_to_be_chosen_once_there_are_any(
    window, basket, known, change, refused
) -> None:
    """Nobody changes all of them unawares; an older version changes none."""
    loaded = window.load(basket, parcel_number=PIN)
    refused("LINES_MISSING", change, loaded, effective_on="2022-12-01")
    refused("BASKET_CHANGED", change, basket, effective_on="2022-12-01", line_numbers=[1])


def test_cash_004_the_same_key_changes_once(window, basket, change, refused) -> None:
    """As every command."""
    once = change(basket, key="header", effective_on="2022-12-01")
    assert change(basket, key="header", effective_on="2022-12-01") == once
    refused("IDEMPOTENCY_CONFLICT", change, basket, key="header", effective_on="2022-12-02")


def test_cash_003_every_answer_adds_up_what_is_paid_kind_by_kind(window, basket, known) -> None:
    """Counted anew with every change."""
    loaded = window.load(basket, parcel_number=PIN)
    with_advance = window.load(
        loaded, service_type="advance", advance_type="regular", parcel_number=PIN, amount_cents=500
    )
    assert with_advance.bill_count == 2
    assert [
        (one.kind, one.name, one.line_count, one.paying_cents) for one in with_advance.totals
    ] == [("advance", "regular", 1, 500), ("bill", "tax", 2, 50_000)]
    less = window.change("RemoveLines", with_advance, line_numbers=[1])
    assert (less.bill_count, less.totals[1].paying_cents) == (1, 20_000)
