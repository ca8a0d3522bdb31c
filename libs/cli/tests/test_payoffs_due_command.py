"""LEVY-017 at the terminal, on the ledger's real server: what pays an assessment off, and when."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from receivables_service.bootstrap import SPEC
from taxkit import testing
from taxkit.ids import new_id
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]


def golden(name: str, **changes) -> str:
    """An event as its owner publishes it, with some of its data changed."""
    envelope = json.loads((ROOT / "events" / f"{name}.example.json").read_text("utf-8"))
    return json.dumps(envelope | {"id": str(new_id()), "data": envelope["data"] | changes})


@pytest.fixture
def due(run, postgres_admin_url: str, keys: Keys) -> Iterator[Callable]:
    """`millage special due` of a cashier, where one payoff is due on a bill."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "receivables") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        bill = json.loads(golden("levy/BillCreated.v1"))["data"]
        built.consumer.absorb("on_bill_created", [golden("levy/BillCreated.v1")])
        payoff = golden(
            "levy/SpecialPayoff.v1", state="due", payoff_on="2023-03-31", bill_version=1,
            parcel_number=bill["parcel_number"], bill_id=bill["bill_id"],
        )  # fmt: skip
        built.consumer.absorb("on_special_payoff", [payoff])
        assert testing.parked(built) == []
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("receivables.read", user="ana")

        def ask(*words: str):
            return run(
                "special", "due", *words, "--addr", f"receivables={address}", "--token", token
            )

        ask.bill = bill
        yield ask


def test_levy_017_what_is_due_is_listed_by_parcel_or_bill(due) -> None:
    """With what is open on its bill; one whose day is over says so."""
    by_parcel = due("--parcel", due.bill["parcel_number"], "--json")
    by_bill = due("--bill", due.bill["bill_id"], "--json")

    (one,) = by_parcel.answer["payoffs"]
    assert by_bill.answer == by_parcel.answer
    assert (one["state"], one["payoff_on"], one["is_past"]) == ("due", "2023-03-31", True)
    assert one["bill_open_cents"] == due.bill["total_cents"]
    assert "due, past" in due("--parcel", due.bill["parcel_number"]).out
    assert due("--json").problem["reason"] == "PAYOFFS_OF_WHAT"
