"""LEVY-020 at the terminal: one bill's charges, on levy's real server."""

from pathlib import Path

import pytest

from levy_service.bootstrap import SPEC
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1 import levy_pb2_grpc as stubs
from taxkit import testing
from taxkit.testing import Keys

ROOT = Path(__file__).parents[3]


@pytest.fixture
def levy(run, postgres_admin_url: str, keys: Keys):
    """Run a command on a levy with one bill of 1,000.00."""
    header = pb.RollHeader(
        idempotency_key="roll", jurisdiction="us-il-cook", tax_year=2021, source="test"
    )
    rate = pb.AgencyRate(
        tax_code="71163", agency_code="010010000", agency_name="County", rate_percent="1.000"
    )
    parcel = pb.Parcel(
        parcel_number="13264290020000", tax_code="71163", property_class="211", township="Lake",
        value_dollars=100_000, net_value_dollars=100_000, owner_name="Imogen Vale",
    )  # fmt: skip
    end = pb.RollEnd(rate_count=1, parcel_count=1)
    parts = ({"header": header}, {"rate": rate}, {"parcel": parcel}, {"end": end})
    roll = (pb.LoadRollRequest(**part) for part in parts)
    given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions")}
    with (
        testing.fresh_database(postgres_admin_url, "levy") as url,
        testing.application(SPEC, url, **given) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        token = keys.token("levy.*", user="ada")
        stubs.LevyServiceStub(channel).LoadRoll(roll, metadata=testing.bearer(token))
        address = channel._channel.target().decode().removeprefix("dns:///")
        yield lambda *words: run("levy", *words, "--addr", f"levy={address}", "--token", token)


def test_levy_020_one_bill_is_adjusted_by_parcel_and_year(levy) -> None:
    """LEVY-020: named as at the counter; sent again under its key it is done once."""
    asked = (
        "adjust",
        "13264290020000/2021",
        "--due",
        "900.00",
        "--reason",
        "clerical",
        "--key",
        "k",
    )
    first = levy(*asked)
    assert first.err == ""
    assert all(part in first.out for part in ("$1,000.00", "$900.00", "2021-13264290020000"))
    assert levy(*asked).out == first.out


def test_levy_020_what_is_refused_leaves_no_draft_behind(levy) -> None:
    """LEVY-020: the same amount again changes nothing, and nothing is left open."""
    bill = "13264290020000/2021"
    same = levy("adjust", bill, "--due", "1000.00", "--reason", "clerical", "--json")
    nothing = levy("adjust", bill, "--reason", "clerical", "--json")
    assert same.problem["reason"] == "MODIFICATION_CHANGES_NOTHING"
    assert nothing.problem["reason"] == "EDITS_MISSING"
    listed = levy("modify", "list", "--status", "open", "--json")
    assert listed.answer.get("modifications", []) == []
