"""RECV-058 to RECV-061 at the terminal, on the ledger's real server."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from receivables_service.bootstrap import SPEC
from taxkit import testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
BILL = "01937c3e-0000-7000-8000-000000000001"
PARCEL = "13264290020000"


@pytest.fixture
def codes(run, postgres_admin_url: str, keys: Keys) -> Iterator[Callable]:
    """Run a command as a treasurer of a county with one bill."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "receivables") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        issued = (ROOT / "events" / "levy" / "BillCreated.v1.example.json").read_text("utf-8")
        built.consumer.absorb("on_bill_created", [issued])
        rights = [
            f"receivables.{right}" for right in ("code", "code.edit", "read", "half_pay", "fee")
        ]
        address = channel._channel.target().decode().removeprefix("dns:///")
        where = ("--addr", f"receivables={address}", "--token", keys.token(*rights, user="ada"))
        groups = ("half-pay", "fees")
        yield lambda *words: run(*(() if words[0] in groups else ("codes",)), *words, *where)


def test_recv_058_a_code_is_made_changed_and_shown(codes) -> None:
    """RECV-058: what it says is shown with all it has said."""
    said = ("--description", "In bankruptcy", "--reason", "new", "--on", "alert_user")
    made = codes("create", "BANK", *said, "--monthly", "0.01", "--json")
    assert made.exit_code == 0, made.err
    assert (made.answer["version"], made.answer["settings"]["alert_user"]) == (1, True)
    assert "in bankruptcy" in codes("change", "BANK", *said, "--monthly", "0").out.lower()
    shown = codes("show", "BANK", "--json").answer
    assert [one["settings"]["monthly_rate"] for one in shown["history"]] == ["0.01", "0"]
    assert "alert_user" in codes("list").out
    wrong = codes("create", "X", "--description", "x", "--reason", "r", "--on", "loud", "--json")
    assert wrong.problem["reason"] == "SWITCH_UNKNOWN"


def test_recv_060_a_statement_is_coded_listed_and_audited(codes) -> None:
    """RECV-060, RECV-061: set on a bill, removed from the statement, both lines in the trail."""
    codes("create", "BANK", "--description", "In bankruptcy", "--reason", "new")
    put = codes("set", "BANK", "--bill", BILL, "--comment", "filing", "--json")
    assert put.exit_code == 0, put.err
    (line,) = put.answer["lines"]
    year = str(line["tax_year"])
    of = ("--statement", line["parcel_number"], "--year", year)
    assert "BANK" in codes("items", line["parcel_number"]).out
    assert "ADJLB" in codes("remove", "BANK", *of, "--comment", "closed").out
    both = codes("audit", *of, "--json").answer
    assert [one["action"] for one in both] == ["Remove Bill/Fee Code", "Set Bill/Fee Code"]
    assert len(codes("audit", "--bill", BILL, "--json").answer) == 2


def test_recv_068_a_bill_is_put_in_half_pay_and_taken_out(codes) -> None:
    """RECV-068: both halves are shown with what is due next."""
    days = ("--first", "2022-04-30", "--second", "2022-10-31")
    done = codes("half-pay", "set", BILL, *days, "--comment", "asked", "--first-as-paid", "--json")
    assert done.exit_code == 0, done.err
    (bill,) = done.answer["bills"]
    assert (bill["half_pay"], bill["second"]["due_on"]) == (True, "2022-10-31")
    assert "second" in codes("half-pay", "remove", BILL, "--comment", "over").out


def test_recv_067_a_fee_on_an_agent_is_added_listed_and_waived(codes) -> None:
    """RECV-065, RECV-067: from rows, with its state and how it ended."""
    said = ("--year", "2021", "--due", "2022-04-01", "--reason", "filed", "--batch", "B1")
    rows = ("--type", "misc_rcpt", "--row", "FEE-100:5.00:Copies")
    made = codes("fees", "add", "agent", "77", *said, *rows, "--json")
    assert made.exit_code == 0, made.err
    assert (made.answer["state"], made.answer["amount_cents"]) == ("unpaid", 500)
    fee = made.answer["fee_id"]
    assert "misc_rcpt" in codes("fees", "list", "agent", "77").out
    zero = ("--on", "2022-03-01", "--code", "ERR", "--batch", "B2", "--reason", "twice")
    assert "waived" in codes("fees", "zero", fee, *zero).out
    assert "Copies" in codes("fees", "show", fee).out
    assert "court_costs" in codes("fees", "types").out
    none = codes("fees", "paid", fee, "2022-1", "--reason", "r", "--json")
    assert none.problem["reason"] == "FEE_WAIVED"
    wrong = codes(
        "fees", "add", "agent", "77", *said, "--type", "misc_rcpt", "--row", "x", "--json"
    )
    assert wrong.problem["reason"] == "FEE_ROW_INVALID"


def test_recv_063_codes_are_carried_to_the_next_year_at_the_terminal(codes) -> None:
    """RECV-063: of a year without such a bill there is nothing to carry, and no run."""
    codes("create", "BANK", "--description", "In bankruptcy", "--reason", "new")
    codes("set", "BANK", "--bill", BILL, "--comment", "filing")
    assert codes("candidates", "BANK", "--year", "2030", "--json").answer == []
    none = codes("carry", "BANK", "--year", "2030", "--comment", "yearly", "--json")
    assert none.problem["reason"] == "NOTHING_TO_CODE"
    assert codes("runs", "--json").answer == []
    wrong = codes("carry", "BANK", "--year", "2030", "--comment", "c", "--choose", "x", "--json")
    assert wrong.problem["reason"] == "CHOICE_INVALID"
