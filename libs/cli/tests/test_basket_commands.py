"""`millage basket` against a real cashiering."""

import itertools

import pytest

from millage_cli.commands.basket import _keys
from millage_cli.problems import Problem

_tills = itertools.count(1)
RIGHTS = ("cashiering.*",)


@pytest.fixture
def basket(counter):
    """Run `millage basket ...`; gives its answer."""

    def ran(*arguments: object, fails: bool = False):
        ended = counter("basket", *arguments, "--json", rights=RIGHTS)
        assert (ended.exit_code != 0) == fails, ended.err
        return ended.problem if fails else ended.answer

    return ran


@pytest.fixture
def opened(counter, basket) -> str:
    till = f"B{next(_tills):02d}"
    counter("session", "open", "--till", till, "--business-date", "2022-12-31", rights=RIGHTS)
    return basket("open", "--till", till)["basket_id"]


def test_a_basket_is_gathered_shown_and_posted(basket, opened) -> None:
    """One receipt, and the basket names it."""
    loaded = basket("add", opened, "--by", "parcel_number=13264290020000")
    paid = basket("post", opened, "--cash", "100.00", "--note", "at the counter")

    assert [line["bill_number"] for line in loaded["lines"]] == ["2021-13264290020000"]
    assert paid["basket"]["state"].lower().endswith("posted")
    shown = basket("show", opened)
    assert shown["receipt_number"] == paid["receipt"]["receipt_number"]
    assert basket("post", opened, "--cash", "100", fails=True)["reason"] == "BASKET_POSTED"


def test_lines_are_removed_and_a_basket_is_laid_aside(basket, opened) -> None:
    by = ("--by", "tax_year=2021", "--by", "bill_number=13264290020000")
    loaded = basket("add", opened, *by)
    paused = basket("pause", opened)
    taken = basket("retrieve", opened, "--session", loaded["session_id"])
    left = basket("remove", opened, "--line", "1")

    assert paused["state"].lower().endswith("paused")
    assert taken["state"].lower().endswith("open")
    assert left.get("lines", []) == []


def test_a_basket_is_shown_as_a_table(counter, basket, opened) -> None:
    """With what is found about it, for people."""
    basket("add", opened, "--by", "parcel_number=13264290020000")
    ended = counter("basket", "show", opened, rights=RIGHTS)

    assert ended.exit_code == 0
    assert "2021-13264290020000" in ended.out
    assert "Dolores Park" in ended.out


@pytest.mark.parametrize("text", ["colour=red", "parcel_number", "tax_year=MMXX", "tax_year=20211"])
def test_a_key_that_cannot_be_read_is_refused_before_any_call(text: str) -> None:
    with pytest.raises(Problem, match=r"KEY_INVALID|--by"):
        _keys([text])


def test_an_amount_is_dollars() -> None:
    keys = _keys(["advance_type=regular", "parcel_number=1", "amount=25.00", "tax_year=2022"])

    assert (keys.amount_cents, keys.tax_year, keys.parcel_number) == (2_500, 2022, "1")


def test_cash_047_a_basket_keeps_money_held_and_lets_it_go(basket, opened) -> None:
    """What is not there is not kept; `kept` shows what was."""
    basket("add", opened, "--by", "parcel_number=13264290020000")
    wanted = ("keep", opened, "--escrow", "E-NONE", "--amount", "5.00")

    assert basket(*wanted, fails=True)["reason"] == "ESCROW_UNKNOWN"
    assert basket("kept", opened).get("holds", []) == []
    nobodys = "01937c3e-0000-7000-8000-0000000000e1"
    assert basket("let-go", nobodys, fails=True)["reason"] == "MONEY_HOLD_NOT_FOUND"
    paid = ("post", opened, "--escrow", "5.00:E-NONE", "--cash", "rest")
    assert basket(*paid, fails=True)["reason"] == "ESCROW_UNKNOWN"
