"""LEVY-007 to LEVY-011 at the terminal, on levy's real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from levy_service.bootstrap import SPEC
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1 import levy_pb2_grpc as stubs
from taxkit import testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]
NUMBER = "2021-13264290020000"
OPEN = ("open", "--taxpayer", "imogen vale", "--reason", "board of review")


def _roll() -> Iterator[pb.LoadRollRequest]:
    """One parcel of 100,000, taxed at one percent."""
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
        value_dollars=100_000, net_value_dollars=100_000, owner_name="Imogen Vale",
    )  # fmt: skip
    yield pb.LoadRollRequest(parcel=parcel)
    yield pb.LoadRollRequest(end=pb.RollEnd(rate_count=1, parcel_count=1))


@pytest.fixture
def modify(run, postgres_admin_url: str, keys: Keys):
    """Run a command of the group on a levy with one bill of 1,000.00."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "levy") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        setting = {"code": "BANK", "version": 1, "effective_on": "2020-01-01", "switches": []}
        event = "org.millage.receivables.CodeSettingChanged.v1"
        heard = testing.foreign_event(event, "code/BANK", setting)
        built.consumer.absorb("on_code_setting_changed", [heard])
        token = keys.token("levy.*", user="ada")
        stubs.LevyServiceStub(channel).LoadRoll(_roll(), metadata=testing.bearer(token))
        address = channel._channel.target().decode().removeprefix("dns:///")
        where = ("--addr", f"levy={address}", "--token", token)
        yield lambda *words: run("levy", "modify", *words, *where)


def test_levy_007_a_draft_is_opened_edited_seen_and_finished(modify) -> None:
    """LEVY-007, LEVY-008: the table shows what is and what would be; the list says who did it."""
    found = modify("find", "--taxpayer", "Imogen Vale")
    assert NUMBER in found.out
    draft = modify(*OPEN, "MN", "--purpose", "exemption", "--batch", "B-7", "--json").answer
    named = draft["modification_id"]
    edited = modify("edit", named, NUMBER, "--taxable", "80000", "--bill-code", "BANK")
    assert all(part in edited.out for part in ("$1,000.00", "$800.00", "80000", "code BANK"))
    back = modify("roll-back", named, "--json").answer
    assert not back["modified"][0].get("changes")
    modify("edit", named, NUMBER, "--due", "900.00")
    done = modify("finish", named)
    assert "now version 2" in done.out
    assert "$900.00" in done.out
    listed = modify("list", "--status", "finished")
    assert named in listed.out
    assert "ada" in listed.out


def test_levy_009_a_due_date_is_shown_before_the_finish(modify) -> None:
    """LEVY-009, LEVY-013: both dates as they will be."""
    draft = modify(*OPEN, "NC", "--purpose", "due_date", "--bill", NUMBER, "--json").answer
    shown = modify("edit", draft["modification_id"], NUMBER, "--due-on", "2023-01-15")
    assert "2023-01-15, 2023-01-15" in shown.out
    assert "dropped" in modify("drop", draft["modification_id"]).out


def test_levy_011_what_hinders_a_finish_is_shown_and_refuses_it(modify) -> None:
    """LEVY-011: nobody has told what is paid."""
    draft = modify(*OPEN, "TP", "--purpose", "write_off", "--json").answer["modification_id"]
    assert "PAID_NOT_KNOWN" in modify("show", draft).out
    assert modify("finish", draft, "--json").problem["reason"] == "PAID_NOT_KNOWN"


def test_levy_007_mistakes_at_the_terminal_are_said_before_anything_is_asked(modify) -> None:
    """LEVY-007: nothing to edit, and a bill of another draft."""
    draft = modify(*OPEN, "MN", "--purpose", "refund", "--json").answer["modification_id"]
    nothing = modify("edit", draft, NUMBER, "--json")
    stranger = modify("edit", draft, "2021-1", "--due", "1", "--json")
    assert nothing.problem["reason"] == "EDITS_MISSING"
    assert stranger.problem["reason"] == "BILL_NOT_FOUND"


def test_levy_012_a_fee_is_named_by_its_bill_and_charge_code(modify) -> None:
    """LEVY-012: a bill without such a fee is refused by levy, half a name before that."""
    opening = (*OPEN, "MN", "--purpose", "write_off", "--json")
    none = modify(*opening, "--fee", f"{NUMBER}:misc_rcpt")
    half = modify(*opening, "--fee", "misc_rcpt")
    assert none.problem["reason"] == "FEE_NOT_FOUND"
    assert half.problem["reason"] == "FEE_INVALID"
