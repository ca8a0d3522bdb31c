"""LEVY-001 at the terminal: what the state owes for credits, and its money shared."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from distribution_service.bootstrap import SPEC
from taxkit import testing
from taxkit.ids import new_id
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
_BILL = {
    "bill_number": "2021-1", "bill_version": 1, "tax_year": 2021, "total_cents": 1_000,
    "components": [
        {"agency_code": "10", "agency_name": "County", "amount_cents": 700, "credited_cents": 70},
        {"agency_code": "20", "agency_name": "School", "amount_cents": 300, "credited_cents": 30},
    ],
    "credits": [
        {"code": "owner", "name": "2.5% rollback", "amount_cents": 100, "borne_by": "state"}
    ],
}  # fmt: skip


@pytest.fixture
def shares(run, postgres_admin_url: str, keys: Keys) -> Iterator[Any]:
    """Run a command at a county where one bill has a credit of the state's."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "distribution") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        bill = new_id()
        told = testing.foreign_event(
            "org.millage.levy.BillCreated.v1", f"bill/{bill}", {"bill_id": str(bill), **_BILL}
        )
        built.consumer.absorb("on_bill_created", [told])
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("distribution.*")
        yield lambda *words: run(*words, "--addr", f"distribution={address}", "--token", token)


def test_levy_001_the_states_money_is_posted_and_what_is_left_is_listed(shares) -> None:
    """By agency, as people write amounts."""
    paid = shares("credit", "pay", 2021, "owner", "--amount", "0.50", "--on", "2022-09-01")
    assert paid.exit_code == 0, paid.err
    assert "$0.35" in paid.out
    listed = shares("credit", "claims", 2021, "--json").answer
    assert [(each["claimed_cents"], each["paid_cents"]) for each in listed["claims"]] == [
        (70, 35),
        (30, 15),
    ]
    assert "2.5% rollback" in shares("credit", "claims", 2021).out
    more = shares("credit", "pay", 2021, "owner", "--amount", "1", "--on", "2022-09-02", "--json")
    assert more.problem["reason"] == "CREDIT_OVERPAID"
