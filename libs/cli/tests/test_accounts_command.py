"""DIST-016 at the terminal: what was waived, and what is held for somebody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from distribution_service.bootstrap import SPEC
from taxkit import testing
from taxkit.ids import new_id
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]


def _told(subject: str, event: str, **data: Any) -> str:
    name = new_id()
    data = {key: str(name) if value is None else value for key, value in data.items()}
    return testing.foreign_event(f"org.millage.receivables.{event}.v1", f"{subject}/{name}", data)


@pytest.fixture
def books(run, postgres_admin_url: str, keys: Keys) -> Iterator[Any]:
    """Run a command at a county where interest was waived and money is held."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    row = {"installment": 1, "charge_type": "interest", "amount_cents": 1_250}
    waived = _told(
        *("bill", "PenaltyInterestWaived"), bill_id=None, tax_year=2021, effective_on="2022-09-01",
        business_date="2022-09-02", receipt_id=None, rows=[row],
    )  # fmt: skip
    held = _told(
        "surplus", "SurplusChanged", surplus_item_id=None, category="surplus",
        subcode="overpayment", open_cents=77,
    )  # fmt: skip
    with (
        testing.fresh_database(postgres_admin_url, "distribution") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        built.consumer.absorb("on_penalty_interest_waived", [waived])
        built.consumer.absorb("on_surplus_changed", [held])
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token("distribution.*")
        yield lambda *words: run(*words, "--addr", f"distribution={address}", "--token", token)


def test_dist_016_waivers_and_held_money_are_listed(books) -> None:
    waived = books("accounts", "waivers", "2022-09-01", "2022-09-30")
    assert waived.exit_code == 0, waived.err
    assert "interest" in waived.out
    assert "$12.50" in waived.out
    assert "overpayment" in books("accounts", "held").out
    (held,) = books("accounts", "held", "--json").answer["liabilities"]
    assert (held["item_count"], held["open_cents"]) == (1, 77)
    wrong = books("accounts", "waivers", "2022-09-30", "2022-09-01", "--json")
    assert wrong.problem["reason"] == "DATE_RANGE_INVALID"
