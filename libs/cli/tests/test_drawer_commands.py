"""CASH-002, CASH-010, CASH-011, CASH-060, CASH-062, CASH-077 from the terminal."""

import json

import pytest

BILL = "2021-13264290020000"
ALL = ("cashiering.*",)


@pytest.fixture
def casey(counter):
    """A command as casey, with every right at the counter."""
    return lambda *words: counter(*words, rights=ALL)


@pytest.fixture
def other(run, address, keys):
    """A command as somebody else."""
    token = keys.token(*ALL, user="olive")
    return lambda *words: run(*words, "--addr", f"cashiering={address}", "--token", token)


@pytest.fixture
def session(casey, request):
    till = f"D-{abs(hash(request.node.name)) % 10**6}"
    opened = casey("session", "open", "--till", till, "--business-date", "2022-12-28", "--json")
    assert opened.exit_code == 0, opened.err
    return opened.answer["session_id"]


def _pay(casey, session: str, *tender: str) -> str:
    paid = casey("pay", "--session", session, "--bill", f"{BILL}=10", *tender, "--json")
    assert paid.exit_code == 0, paid.err
    return paid.answer["receipt_number"]


def test_cash_010_a_drawer_goes_from_its_count_to_the_bank(casey, other, session) -> None:
    """Counted again by somebody else, its check matched, deposited; the day shows it."""
    _pay(casey, session, "--check", "10:1044")
    assert casey("drawer", "header", session).exit_code == 0
    casey("session", "close", session, "--count", "check=9.00")
    alone = casey("drawer", "recount", session, "--count", "check=10", "--note", "x", "--json")
    assert alone.problem["reason"] == "SECOND_PERSON_NEEDED"
    again = other("drawer", "recount", session, "--count", "check=10", "--note", "it was there")
    assert again.exit_code == 0, again.err
    assert "+$1.00" in again.out
    assert other("drawer", "checks", session).exit_code == 1
    matched = other("drawer", "checks", session, "--check", "1044=10.00")
    assert matched.exit_code == 0, matched.err
    made = other("drawer", "deposit", session, "--on", "2022-12-29", "--json")
    assert made.answer["total_cents"] == 1_000
    day = other("drawer", "day", "2022-12-28")
    assert made.answer["deposit_number"] in day.out
    assert "receivables did not answer" in day.out


def test_cash_005_a_session_moves_and_is_gone_on_with(casey, session) -> None:
    """The header names the number the next receipt will have."""
    moved = casey("drawer", "effective-date", session, "2022-12-20", "--json")
    assert moved.answer["next_receipt_number"].endswith("-E20221220-00001")
    casey("drawer", "use", session)
    gone_on = casey("drawer", "header", "--json")
    assert gone_on.answer["session"]["session_id"] == session


def test_cash_062_a_void_takes_two_and_a_repay_gives_the_order_back(casey, other, session) -> None:
    """Asked, listed, agreed; another receipt comes back as an order."""
    first = _pay(casey, session, "--cash", "10")
    second = _pay(casey, session, "--cash", "10")
    asked = casey("void", "ask", first, "--reason", "rung up twice", "--json").answer
    assert first in casey("void", "list", "--undecided").out
    assert other("void", "agree", asked["void_id"], "--json").answer["state"] == "done"
    back = casey("void", "repay", second, "--year", 2022, "--reason", "wrong", "--json").answer
    assert back["order"]["lines"][0]["amount_cents"] == 1_000
    declined = casey("void", "decline", asked["void_id"], "--note", "no", "--json")
    assert declined.problem["reason"] in {"VOID_DECIDED", "SECOND_PERSON_NEEDED"}


def test_cash_077_a_source_is_set_from_a_file_and_shown(casey, tmp_path) -> None:
    """What is shown can be set again."""
    file = tmp_path / "dogs.json"
    source = {
        "source_code": "DOGS",
        "effective_from": "2022-01-01",
        "name": "Dog license",
        "amount_mode": "flat",
        "amount_cents": 1_500,
        "credit_fund": "100",
        "credit_account": "1",
        "inputs": [{"name": "dog", "input_type": "text", "required": True}],
    }
    file.write_text(json.dumps(source), "utf-8")
    done = casey("source", "set", file)
    assert done.exit_code == 0, done.err
    assert "$15.00 flat" in casey("source", "list", "--as-of", "2022-12-28").out
    shown = casey("source", "show", "DOGS", "--as-of", "2022-12-28", "--json").answer
    file.write_text(json.dumps(shown), "utf-8")
    assert casey("source", "set", file, "--json").answer == shown
    file.write_text("no JSON", "utf-8")
    assert casey("source", "set", file, "--json").problem["reason"] == "SOURCE_FILE_INVALID"
    refused = casey("drawer", "checks", "x", "--check", "1044", "--json")
    assert refused.problem["reason"] == "CHECK_INVALID"
