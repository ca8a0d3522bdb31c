"""RECV-001 at the terminal: reports written out, and a cent followed through four services."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from taxkit import testing
from taxkit.app import App
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
SERVICES = ("cashiering", "receivables", "levy", "distribution")
PARCEL = "13264290020000"
NUMBER = f"2021-{PARCEL}"
ROLL = ROOT / "examples" / "roll"


@dataclass
class County:
    """Four services' real servers in this process; `settle` carries their events across."""

    run: Callable[..., Any]
    keys: Keys
    apps: dict[str, App] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    receipt: str = ""
    carried: set[str] = field(default_factory=set)

    def __call__(self, *words: object, user: str = "casey") -> Any:
        where = [part for name, at in self.addresses.items() for part in ("--addr", f"{name}={at}")]
        done = self.run(*words, *where, "--token", self.keys.token("*", user=user))
        self.settle()
        return done

    def settle(self) -> None:
        while fresh := [
            event
            for app in self.apps.values()
            for event in testing.emitted(app)
            if event["id"] not in self.carried
        ]:
            for event in fresh:
                self.carried.add(event["id"])
                for name, app in self.apps.items():
                    for one in import_module(f"{name}_service.bootstrap").SPEC.subscriptions:
                        if one.type_name == event["type"]:
                            app.consumer.absorb(one.method, [json.dumps(event)])


@pytest.fixture
def county(run, postgres_admin_url: str, keys: Keys) -> Iterator[County]:
    """Bills of 2021, one of them paid in part: 5,000.00 on 2022-12-15."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    made = County(run, keys)
    with ExitStack() as running:
        for name in SERVICES:
            spec = import_module(f"{name}_service.bootstrap").SPEC
            url = running.enter_context(testing.fresh_database(postgres_admin_url, name))
            app = running.enter_context(testing.application(spec, url, **given))
            channel = running.enter_context(testing.server(spec, app, keys))
            made.apps[name] = app
            made.addresses[name] = channel._channel.target().decode().removeprefix("dns:///")
        loaded = made("roll", "load", ROLL / "rates.csv", ROLL / "parcels.csv", user="assessor")
        assert loaded.exit_code == 0, loaded.err
        opened = made("session", "open", "--till", "T01", "--business-date", "2022-12-15")
        assert opened.exit_code == 0, opened.err
        paid = made("pay", "--till", "T01", "--parcel", PARCEL, "--year", 2021,
                    "--amount", "5000.00", "--cash", "5000.00", "--payer", "Imogen Vale",
                    "--json")  # fmt: skip
        assert paid.exit_code == 0, paid.err
        made.receipt = paid.answer["receipt_number"]
        yield made


def test_recv_001_a_receipts_line_is_explained_down_to_the_authorities(county) -> None:
    """Who took it, which installment and rule, whose line of the bill, whose share; to the cent."""
    told = county("explain", county.receipt, "--line", 1, "--json").answer
    rows = [row for row in told["rows"] if row["ledger_account"] == "taxes_receivable"]
    taxed = [row for row in rows if row["receipt_id"]]

    assert told["receipt"]["receipt_number"] == county.receipt
    assert sum(int(row["amount_cents"]) for row in taxed) == -500_000
    assert {row["asked"]["by"] for row in taxed} == {"casey"}
    assert all(row["rule_id"].startswith("us-il-cook/receivables/") for row in taxed)
    for kind in {row["charge_type"] for row in taxed}:
        of_kind = [row for row in taxed if row["charge_type"] == kind]
        shares = of_kind[0]["shares"]
        shared = sum(int(share["amount_cents"]) for share in shares)
        assert shared == -sum(int(row["amount_cents"]) for row in of_kind)
        assert all(share["rule_id"] for share in shares)
    tax = next(row for row in taxed if row["charge_type"] == "tax")
    assert sum(int(line["amount_cents"]) for line in tax["components"]) == 1_260_222
    shown = county("explain", county.receipt).out
    assert all(row["citation"] and row["certainty"] for row in told["rows"])
    for words in ("by casey (cashiering)", "authorities", "of its line of", taxed[0]["citation"]):
        assert words in shown, words


def test_levy_003_after_a_correction_the_bill_says_who_had_it_corrected(county) -> None:
    """The correction's rows name the assessor; what moved between authorities is shown."""
    corrected = county("bill", "correct", NUMBER, "--total", "9,000.00", "--reason", "exemption",
                       user="assessor")  # fmt: skip
    assert corrected.exit_code == 0, corrected.err
    told = county("explain", "--bill", NUMBER, "--json").answer

    rows = [row for row in told["rows"] if row["cause"]["kind"] == "correction"]
    assert rows
    assert {row["caused"]["by"] for row in rows} == {"assessor"}
    assert {row["caused"]["service"] for row in rows} == {"levy"}
    owed = [row for row in told["rows"] if row["ledger_account"] == "taxes_receivable"]
    charged = sum(int(row["amount_cents"]) for row in owed if row["charge_type"] == "tax"
                  and not row["receipt_id"])  # fmt: skip
    assert charged == 900_000


def test_a_service_that_is_away_spoils_no_others_answer(county) -> None:
    """The ledger's rows are explained without the authorities, and it is said who is missing."""
    county.addresses["distribution"] = "127.0.0.1:1"
    told = county("explain", county.receipt, "--json").answer

    assert told["rows"]
    assert list(told["problems"]) == ["distribution"]


@pytest.mark.parametrize(
    ("words", "reason", "code"),
    [
        ((), "EXPLAIN_WHAT", 2),
        (("R-1", "--bill", NUMBER), "EXPLAIN_WHAT", 2),
        (("--bill", NUMBER, "--line", 1), "LINE_INVALID", 2),
    ],
)
def test_what_cannot_be_explained_is_refused_before_anybody_is_asked(
    run, words, reason: str, code: int
) -> None:
    """With a reason and an exit code."""
    ran = run("explain", *words, "--json")

    assert (ran.problem["reason"], ran.exit_code) == (reason, code)


def test_a_report_is_run_written_out_and_read_again(county, tmp_path) -> None:
    """PDF into a file, CSV to the terminal; the same run again is the same file."""
    first, again = tmp_path / "first.pdf", tmp_path / "again.pdf"
    ran = county("report", "run", "account-statement", f"parcel_number={PARCEL}",
                 "--format", "pdf", "--out", first, "--json")  # fmt: skip
    assert ran.exit_code == 0, ran.err
    run_id = ran.answer["run_id"]
    county("report", "again", run_id, "--format", "pdf", "--out", again)

    assert first.read_bytes() == again.read_bytes()
    with pypdfium2.PdfDocument(first) as document:
        page = document[0].get_textpage().get_text_bounded()
    assert "Account statement" in page
    assert "5,000.00" in page
    listed = county("report", "runs").out
    assert run_id in listed
    text = county("report", "again", run_id, "--format", "csv").out
    assert text.startswith("bill_number,business_date")
    names = [each["name"] for each in county("report", "list", "--json").answer]
    assert {"account-statement", "collections-summary", "surplus"} <= set(names)


def test_reports_that_cannot_be_had_say_why(county) -> None:
    """From the command itself, or from the service, each with its exit code."""
    refused = {
        ("run", "nothing"): ("REPORT_UNKNOWN", 2),
        ("run", "surplus", "as_of"): ("PARAMETER_INVALID", 2),
        ("run", "surplus", "--format", "pdf"): ("OUT_MISSING", 2),
        ("run", "surplus", "--format", "doc"): ("FORMAT_UNKNOWN", 2),
        ("run", "surplus", "as_of=soon"): ("DATE_INVALID", 3),
        ("again", "01937c3e-0000-7000-8000-000000000001"): ("REPORT_RUN_NOT_FOUND", 4),
    }
    for words, expected in refused.items():
        ran = county("report", *words, "--json")

        assert (ran.problem["reason"], ran.exit_code) == expected
