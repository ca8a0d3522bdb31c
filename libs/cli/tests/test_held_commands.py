"""RECV-043 and RECV-049 at the terminal, on receivables' real server."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from receivables_service.bootstrap import SPEC
from taxkit import testing
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
PARCEL = "13264290020000"
BILL = str(new_id())
NOW = FixedClock(datetime(2022, 3, 3, 18, tzinfo=UTC))


def bill_created() -> str:
    data = {
        "bill_id": BILL, "bill_number": f"2021-{PARCEL}", "bill_version": 1,
        "parcel_number": PARCEL, "tax_year": 2021,
        "owner": {"name": "Dolores Park", "email": None}, "total_cents": 100_000,
        "installments": [{"installment": 1, "due_on": "2022-03-01", "amount_cents": 100_000}],
    }  # fmt: skip
    return testing.foreign_event("org.millage.levy.BillCreated.v1", f"bill/{BILL}", data)


def payment_posted() -> str:
    receipt = str(new_id())
    line = {
        "line_number": 1, "kind": "suspense", "bill_id": None, "bill_number": None,
        "bill_version": None, "parcel_number": PARCEL, "tax_year": None, "amount_cents": 5_000,
        "suspense_reason": "UNKNOWN_PARCEL",
    }  # fmt: skip
    data = {
        "receipt_id": receipt, "receipt_number": "2022-1", "session_id": str(new_id()),
        "business_date": "2022-03-03", "effective_on": "2022-03-03",
        "recorded_at": "2022-03-03T15:04:05+00:00", "received_on": "2022-03-03",
        "till_code": "W1", "source": "counter", "change_cents": 0,
        "payer": {"name": "Eve", "email": None}, "total_cents": 5_000, "lines": [line],
        "tenders": [{"tender_type": "cash", "amount_cents": 5_000, "reference": None}],
    }  # fmt: skip
    name = "org.millage.cashiering.PaymentPosted.v1"
    return testing.foreign_event(name, f"receipt/{receipt}", data)


@pytest.fixture
def office(run, postgres_admin_url: str, keys: Keys) -> Iterator[Callable]:
    """Run a command as somebody of a county with one bill and one held payment."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "receivables") as url,
        testing.application(SPEC, url, NOW, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        built.consumer.absorb("on_bill_created", [bill_created()])
        built.consumer.absorb("on_payment_posted", [payment_posted()])
        address = channel._channel.target().decode().removeprefix("dns:///")

        def ran(*words: object, user: str = "clerk"):
            token = keys.token("receivables.*", user=user)
            return run(*words, "--addr", f"receivables={address}", "--token", token)

        yield ran


def test_recv_043_a_refund_at_the_terminal(office):
    """RECV-043: listed, asked for by one, approved by another, shown with every step."""
    (item,) = office("surplus", "list", PARCEL, "--json").answer
    assert (item["subcode"], item["owner"]) == ("import_unmatched", "Eve")
    name = item["surplus_item_id"]
    case = office("surplus", "start", name, "refund", "--amount", "20.00", "--json").answer
    assert office("surplus", "act", case["case_id"], "approve").exit_code != 0
    done = office("surplus", "act", case["case_id"], "approve", user="chief")
    assert done.exit_code == 0, done.err
    shown = office("surplus", "show", name).out
    assert "$30.00" in shown
    assert "paid" in shown
    checked = office("surplus", "check", "--json")
    assert (checked.exit_code, checked.answer["paid_out_cents"]) == (0, 2_000)


def test_recv_049_a_plan_at_the_terminal(office):
    """RECV-049: quoted, enrolled, listed; its first part carries the fee."""
    words = (BILL, "--type", "standard", "--first", "2022-04-01")
    quoted = office("plan", "quote", *words, "--json").answer
    plan = office("plan", "enrol", *words, "--json").answer
    assert ("active", quoted["installments"]) == (plan["status"], plan["installments"])
    assert "$45.00" in office("plan", "show", plan["plan_number"]).out
    (listed,) = office("plan", "list", PARCEL, "--json").answer
    assert listed["plan_number"] == plan["plan_number"]
    assert office("plan", "tasks", "--json").answer == []


def test_recv_048_a_plan_that_runs_is_not_reinstated_at_the_terminal(office):
    """RECV-048: refused in receivables' words, and nothing is lost."""
    plan = office(
        "plan", "enrol", BILL, "--type", "standard", "--first", "2022-04-01", "--json"
    ).answer
    refused = office("plan", "reinstate", plan["plan_number"], "--reason", "hardship")
    assert refused.exit_code != 0
    assert "nothing broke it" in refused.err
    assert "hardship" not in office("plan", "show", plan["plan_number"], "--json").out
