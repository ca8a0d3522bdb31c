"""LEVY-003 at the terminal: a bill is corrected by hand, on levy's real server."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

from levy_service.bootstrap import SPEC
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1 import levy_pb2_grpc as stubs
from taxkit import testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
NUMBER = "2021-13264290020000"


def _rows(name: str) -> list[dict[str, str]]:
    with (ROOT / "examples" / "roll" / name).open(encoding="utf-8", newline="") as rows:
        return [row for row in csv.DictReader(rows) if row.pop("tax_year") == "2021"]


def _roll() -> Iterator[pb.LoadRollRequest]:
    numbers = ("value_dollars", "net_value_dollars", "prior_year_total_cents")
    yield pb.LoadRollRequest(
        header=pb.RollHeader(
            idempotency_key="roll", jurisdiction="us-il-cook", tax_year=2021, source="test"
        )
    )
    rates, parcels = _rows("rates.csv"), _rows("parcels.csv")
    for row in rates:
        yield pb.LoadRollRequest(rate=pb.AgencyRate(**row))
    for row in parcels:
        given = {name: int(text) if name in numbers else text for name, text in row.items()}
        yield pb.LoadRollRequest(parcel=pb.Parcel(**given))
    end = pb.RollEnd(rate_count=len(rates), parcel_count=len(parcels))
    yield pb.LoadRollRequest(end=end)


@pytest.fixture
def levy(run, postgres_admin_url: str, keys: Keys) -> Iterator[Callable]:
    """Run a command as an assessor of a county with its bills of 2021."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "levy") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        token = keys.token("levy.*", user="assessor")
        stubs.LevyServiceStub(channel).LoadRoll(_roll(), metadata=testing.bearer(token))
        address = channel._channel.target().decode().removeprefix("dns:///")
        assert isinstance(channel, grpc.Channel)
        yield lambda *words: run(*words, "--addr", f"levy={address}", "--token", token)


def test_levy_003_a_bill_is_corrected_and_its_history_shown(levy) -> None:
    """By number, then by parcel and year; amounts as people write them."""
    done = levy("bill", "correct", NUMBER, "--total", "11,602.22", "--reason", "exemption")
    assert done.exit_code == 0, done.err
    assert "$11,602.22" in done.out
    assert "$6,637.94" in done.out
    levy("bill", "correct", "13264290020000/2021", "--net-value", 100000, "--reason", "value")
    answer = levy("bill", "corrections", NUMBER, "--json").answer

    assert [each["bill_version"] for each in answer["corrections"]] == [2, 3]
    assert [each["reason"] for each in answer["corrections"]] == ["exemption", "value"]
    shown = levy("bill", "corrections", NUMBER).out
    assert "exemption" in shown
    assert "$12,602.22" in shown


def test_a_correction_of_another_version_says_where_to_look(levy) -> None:
    """The reason is levy's, the next step is a command."""
    ran = levy("bill", "correct", NUMBER, "--total", "1", "--reason", "x", "--version", 7, "--json")

    assert (ran.exit_code, ran.problem["reason"]) == (3, "BILL_VERSION_STALE")
    assert "millage bill corrections" in ran.problem["next_step"]


@pytest.mark.parametrize(
    ("words", "reason", "code"),
    [
        ((NUMBER,), "CORRECTION_MISSING", 2),
        ((NUMBER, "--total", "5", "--net-value", "5"), "CORRECTION_MISSING", 2),
        (("nonsense!", "--total", "5"), "BILL_INVALID", 2),
        (("2020-13264290020000", "--total", "5"), "BILL_NOT_FOUND", 4),
        ((NUMBER, "--total", "5.123"), "AMOUNT_INVALID", 2),
        ((NUMBER, "--total", "5", "--on", "tomorrow"), "DATE_INVALID", 2),
    ],
)
def test_what_cannot_be_meant_is_refused_before_or_by_levy(levy, words, reason, code) -> None:
    """With an exit code scripts can rely on."""
    ran = levy("bill", "correct", *words, "--reason", "x", "--json")

    assert (ran.problem["reason"], ran.exit_code) == (reason, code)


def test_levy_002_a_bill_is_shown_as_it_is_printed(levy) -> None:
    """Its lines, their total and the installments."""
    answer = levy("bill", "show", NUMBER, "--json").answer
    lines = answer["printed_lines"]
    assert sum(each["amount_cents"] for each in lines) == answer["total_cents"] == 1_260_222
    shown = levy("bill", "show", NUMBER).out
    assert "County of Cook" in shown
    assert "$12,602.22" in shown
    assert "2022-12-30" in shown
