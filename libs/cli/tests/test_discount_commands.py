"""RECV-021 to RECV-034 at the terminal, on the ledger's real server, under Florida's law."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from receivables_service.bootstrap import SPEC
from taxkit import testing
from taxkit.clock import FixedClock
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
BILL = "01937c3e-0000-7000-8000-000000000001"
RECEIPT = "01937c3e-0000-7000-8000-0000000000aa"
RIGHTS = ("read", "discount", "discount.decide", "discount.reverse", "discount.run")


@pytest.fixture
def desk(run, tmp_path, postgres_admin_url: str, keys: Keys) -> Iterator[Callable]:
    """Run a command in a county with Florida's discounts, one bill and one early payment."""
    folder = tmp_path / "us-il-cook"
    shutil.copytree(ROOT / "jurisdictions" / "us-il-cook", folder)
    shutil.copy(ROOT / "jurisdictions" / "us-fl" / "discounts.yaml", folder)
    given = {"MILLAGE_JURISDICTIONS_DIR": str(tmp_path)}
    with (
        testing.fresh_database(postgres_admin_url, "receivables") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        built.clock = built.consumer._clock = FixedClock(datetime(2022, 12, 20, 18, tzinfo=UTC))
        issued = (ROOT / "events" / "levy" / "BillCreated.v1.example.json").read_text("utf-8")
        built.consumer.absorb("on_bill_created", [issued])
        built.consumer.absorb("on_payment_posted", [_paid()])
        address = channel._channel.target().decode().removeprefix("dns:///")
        token = keys.token(*(f"receivables.{right}" for right in RIGHTS), user="ada")
        where = ("--addr", f"receivables={address}", "--token", token)
        yield lambda *words: run(*words, *where)


def _paid() -> str:
    """All but the discount of a bill of 12,602.22, on January 4: two percent."""
    whole, cents = 1_260_222, 1_235_018
    line = {
        "line_number": 1, "kind": "bill", "bill_id": BILL, "bill_number": "2021-13264290020000",
        "bill_version": 1, "parcel_number": "13264290020000", "tax_year": 2021,
        "amount_cents": cents, "suspense_reason": None,
    }  # fmt: skip
    assert whole - round(whole * 2 / 100) == cents
    text = (ROOT / "events" / "cashiering" / "PaymentPosted.v1.example.json").read_text("utf-8")
    body = json.loads(text)
    body["data"] |= {
        "receipt_id": RECEIPT, "effective_on": "2022-01-04", "received_on": "2022-01-04",
        "recorded_at": "2022-01-04T18:00:00+00:00", "total_cents": cents, "lines": [line],
        "tenders": [{"tender_type": "check", "amount_cents": cents, "reference": "1"}],
    }  # fmt: skip
    return json.dumps(body)


def test_recv_030_a_discount_is_seen_taken_back_and_asked_for_again(desk) -> None:
    """Programs, history, reversal and a run that leaves what was taken back alone."""
    listed = desk("discounts", "programs", "2021", "--on", "2022-01-04")
    assert "0.02" in listed.out
    seen = desk("discounts", "history", "13264290020000", "--json")
    assert [one["saved_cents"] for one in seen.answer["savings"]] == [25_204]
    words = (BILL, RECEIPT, "early", "--reason", "wrong payer")
    back = desk("discounts", "reverse", *words, "--json")
    assert (back.answer["state"], back.answer["open_cents"]) == ("reversed", 25_204)
    ran = desk("discounts", "run", "--from", "2022-01-01", "--to", "2022-01-31", "--json")
    assert ran.answer["items"] == []
    again = desk("discounts", "apply", *words)
    assert "applied" in again.out
    thought = desk("discounts", "evaluate", BILL, "--receipt", RECEIPT)
    assert "yes" in thought.out
    assert "early" in desk("discounts", "history", "13264290020000").out


def test_recv_024_a_proof_is_filed_and_wrong_words_are_refused(desk) -> None:
    filed = desk(
        "discounts", "proof", "13264290020000", "age", "--reference", "ID 1",
        "--from", "2020-01-01",
    )  # fmt: skip
    assert "age" in filed.out
    assert desk("discounts", "evaluate", BILL).exit_code != 0
    assert "receipt" in desk("discounts", "queue", "--from", "2022-01-01", "--to", "2022-02-01").out
    gone = desk("discounts", "decide", RECEIPT, "--note", "seen", "--json")
    assert gone.problem["reason"] == "DISCOUNT_REQUEST_NOT_FOUND"
