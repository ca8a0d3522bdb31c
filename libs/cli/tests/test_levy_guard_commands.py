"""LEVY-015 at the terminal: a correction waits for a payment file, and a supervisor forces it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from levy_service.bootstrap import SPEC
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1 import levy_pb2_grpc as stubs
from millage_cli.commands import levy_guard
from taxkit import ids, testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
NUMBER = "2021-13264290020000"


def _roll() -> Iterator[pb.LoadRollRequest]:
    """One parcel, taxed by one agency."""
    yield pb.LoadRollRequest(
        header=pb.RollHeader(
            idempotency_key="roll", jurisdiction="us-il-cook", tax_year=2021, source="test"
        )
    )
    rate = pb.AgencyRate(
        tax_code="71163", agency_code="010010000", agency_name="County", rate_percent="1.000"
    )
    yield pb.LoadRollRequest(rate=rate)
    parcel = pb.Parcel(
        parcel_number="13264290020000", tax_code="71163", property_class="211", township="Lake",
        value_dollars=5000, net_value_dollars=5000, owner_name="Imogen Vale",
    )  # fmt: skip
    yield pb.LoadRollRequest(parcel=parcel)
    yield pb.LoadRollRequest(end=pb.RollEnd(rate_count=1, parcel_count=1))


@pytest.fixture
def levy(run, postgres_admin_url: str, keys: Keys):
    """Run a command on a levy that has heard of an open payment file."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "levy") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        token = keys.token("levy.*", user="sam")
        stubs.LevyServiceStub(channel).LoadRoll(_roll(), metadata=testing.bearer(token))
        data = {"run_id": str(ids.new_id()), "file_name": "night.csv",
                "business_date": "2023-03-31"}  # fmt: skip
        name = "org.millage.cashiering.ImportRunStarted.v1"
        built.consumer.absorb(
            "on_import_run_started", [testing.foreign_event(name, "import/1", data)]
        )
        address = channel._channel.target().decode().removeprefix("dns:///")
        yield lambda *words: run(*words, "--addr", f"levy={address}", "--token", token, "--json")


def test_levy_015_an_open_payment_file_is_shown_and_released(levy) -> None:
    """LEVY-015: by name, day and what it holds; then it holds nothing any more."""
    (shown,) = levy("levy", "holding").answer["runs"]
    assert (shown["file_name"], shown["is_open"]) == ("night.csv", True)
    levy("levy", "release", shown["run_id"], "--reason", "cashiering is gone")
    assert not levy("levy", "holding").answer.get("runs")
    (shown,) = levy("levy", "holding", "--all").answer["runs"]
    assert shown["released_by"] == "sam"


def test_levy_015_held_changes_are_listed_and_unknown_ones_refused(levy) -> None:
    """LEVY-015: none is held here; forcing or withdrawing one that is not says so."""
    assert not levy("levy", "held", "--state", "waiting").answer.get("changes")
    for verb in ("force", "withdraw"):
        refused = levy("levy", verb, str(ids.new_id()), "--reason", "now")
        assert refused.problem["reason"] == "HELD_CHANGE_NOT_FOUND"


def test_levy_015_a_held_correction_says_that_it_waits(levy) -> None:
    """LEVY-015: the clerk reads that the bill stands, and by what the change is found."""
    ran = levy("bill", "correct", NUMBER, "--total", "9.00", "--reason", "exemption")
    assert ran.answer["bill"]["bill_version"] == 1
    (shown,) = levy("levy", "held", "--bill", NUMBER).answer["changes"]
    assert shown["change_id"] == ran.answer["held"]["change_id"]
    done = levy("levy", "force", shown["change_id"], "--reason", "hearing today").answer
    assert (done["state"], done["reason"]) == ("done", "FORCED")


def test_levy_015_every_held_change_is_listed_whatever_a_page_holds(levy, monkeypatch) -> None:
    """LEVY-015: what waits behind the first page has to be settled, too."""
    monkeypatch.setattr(levy_guard, "_PAGE", 1)
    levy("bill", "correct", NUMBER, "--total", "9.00", "--reason", "exemption")
    levy("levy", "move", NUMBER, "--owner", "Dolores Park", "--reason", "sold")
    waiting = levy("levy", "held", "--state", "waiting").answer["changes"]
    assert [one["kind"] for one in waiting] == ["correction", "move"]
    assert len(levy("levy", "holding").answer["runs"]) == 1


def test_levy_016_a_bill_is_moved_and_found_where_it_went(levy) -> None:
    """LEVY-016: held while the file is open, like any change; then listed with where it was."""
    (run_id,) = [one["run_id"] for one in levy("levy", "holding").answer["runs"]]
    moving = ("levy", "move", NUMBER, "--owner", "Dolores Park", "--reason", "sold")
    assert levy(*moving).answer["held"]["kind"] == "move"
    (held,) = levy("levy", "held").answer["changes"]
    levy("levy", "withdraw", held["change_id"], "--reason", "again")
    levy("levy", "release", run_id, "--reason", "gone")
    (bill,) = levy(*moving).answer["bills"]
    assert (bill["owner_name"], bill["bill_version"]) == ("Dolores Park", 2)
    (listed,) = levy("levy", "movable", "13264290020000").answer["bills"]
    assert listed["bill_id"] == bill["bill_id"]
    (moved,) = levy("levy", "moves", NUMBER).answer["moves"]
    assert (moved["from_owner_name"], moved["reason"]) == ("Imogen Vale", "sold")


def test_levy_024_a_parcel_is_retired_and_its_successor_found(levy) -> None:
    """LEVY-024: by the old number and by the new one."""
    old, new = "13264290020000", "13264290021001"
    levy("levy", "retire", old, new, "--reason", "condominiums")
    assert levy("levy", "successor", old).answer["current_number"] == new
    (link,) = levy("levy", "successor", new).answer["predecessors"]
    assert (link["parcel_number"], link["reason"]) == (old, "condominiums")
