"""RECV-003, RECV-009, RECV-020, RECV-055, RECV-056 at the terminal, on the ledger's real server."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service.bootstrap import SPEC
from taxkit import testing
from taxkit.ids import new_id
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
EVENTS = ROOT / "events"
BILL = "01937c3e-0000-7000-8000-000000000001"
RIGHTS = ("default", "transfer", "reallocate", "waive", "unlock", "cancel", "return", "read")


def golden(name: str, **changes) -> str:
    """An event as its owner publishes it, with some of its data changed."""
    envelope = json.loads((EVENTS / f"{name}.example.json").read_text("utf-8"))
    return json.dumps(envelope | {"id": str(new_id()), "data": envelope["data"] | changes})


@pytest.fixture
def ledger(run, postgres_admin_url: str, keys: Keys) -> Iterator[Callable]:
    """Run a command as an accountant of a county with one bill, and a receipt on it."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "receivables") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        built.consumer.absorb("on_bill_created", [golden("levy/BillCreated.v1")])
        posted = golden("cashiering/PaymentPosted.v1")
        built.consumer.absorb("on_payment_posted", [posted])
        token = keys.token(*(f"receivables.{right}" for right in RIGHTS), user="ada")
        address = channel._channel.target().decode().removeprefix("dns:///")

        def ask(*words: str):
            return run(*words, "--addr", f"receivables={address}", "--token", token)

        ask.session = json.loads(posted)["data"]["session_id"]
        ask.receipt = json.loads(posted)["data"]["receipt_number"]
        ask.app = built
        yield ask


def test_recv_009_a_bill_is_carried_another_way_and_its_changes_are_listed(ledger) -> None:
    """RECV-009, RECV-020: by its id; who asked and why is there afterwards."""
    done = ledger("ledger", "transfer", BILL, "--to", "U", "--reason", "sold", "--json")
    assert done.exit_code == 0, done.err
    assert done.answer["amount_cents"] > 0
    listed = ledger("ledger", "changes", BILL)
    assert "sold" in listed.out
    assert "ada" in listed.out
    again = ledger("ledger", "transfer", BILL, "--to", "U", "--reason", "sold", "--json")
    assert (again.exit_code, again.problem["reason"]) == (3, "ALREADY_CARRIED")


def test_recv_020_interest_is_waived_and_unlocked(ledger) -> None:
    """RECV-020: amounts as people write them."""
    # Years later the second half bears interest.
    done = ledger(
        *("ledger", "waive", BILL, "--amount", "2:interest:1.00", "--reason", "hardship", "--json")
    )
    assert (done.exit_code, done.answer["amount_cents"]) == (0, 100), done.err
    assert ledger("ledger", "unlock", BILL, "--reason", "expired").exit_code == 0
    twice = ledger("ledger", "unlock", BILL, "--reason", "expired", "--json")
    assert twice.problem["reason"] == "NOT_LOCKED"


def test_recv_055_a_receipt_is_cancelled_once_its_session_is_closed(ledger) -> None:
    """RECV-055: by its number; not before, not twice."""
    words = ("ledger", "cancel", ledger.receipt, "--reason", "wrong parcel", "--json")
    assert ledger(*words).problem["reason"] == "SESSION_OPEN"
    closed = golden("cashiering/SessionClosed.v1", session_id=ledger.session)
    ledger.app.consumer.absorb("on_session_closed", [closed])
    done = ledger(*words)
    assert done.exit_code == 0, done.err
    assert UUID(done.answer["receipt_id"])
    assert ledger(*words).problem["reason"] == "RECEIPT_REVERSED"


def test_recv_056_a_returned_check_is_taken_back_with_its_fee(ledger) -> None:
    """RECV-056: the fee is shown."""
    done = ledger("ledger", "return", ledger.receipt, "--code", "R01", "--on", "2023-04-03")
    assert done.exit_code == 0, done.err
    assert "$25.00" in done.out


def test_recv_003_the_processes_of_time_are_run_by_hand(ledger) -> None:
    """RECV-003, RECV-008: under a law without default they find nothing."""
    done = ledger("ledger", "default", "--until", "2024-06-30", "--json")
    assert (done.exit_code, done.answer["bill_count"]) == (0, 0), done.err
    assert ledger("ledger", "end-graces").exit_code == 0
    assert ledger("ledger", "reallocate", BILL, "--reason", "asked").exit_code == 0


@pytest.mark.parametrize("amount", ["1", "x:interest:1.00", "1:tax:1.00", "1:interest:1.005"])
def test_what_cannot_be_meant_is_refused_before_the_ledger(ledger, amount) -> None:
    """The amount's form is checked at the terminal."""
    done = ledger("ledger", "waive", BILL, "--amount", amount, "--reason", "x", "--json")
    assert done.exit_code == 2
