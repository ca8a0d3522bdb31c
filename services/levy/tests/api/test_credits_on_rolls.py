"""LEVY-001: a parcel's row claims credits by code; the pack says what each is worth."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from levy_service.bootstrap import SPEC
from levy_service.events import BillCorrectedV1, BillCreatedV1
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1 import runs_pb2
from millage.levy.v1.runs_pb2_grpc import RunServiceStub
from taxkit import testing
from taxkit.clock import FixedClock

REDUCTION = pb.CreditClaim(code="reduction", ratio="0.313725")
CLAIMS = (pb.CreditClaim(code="owner_occupied"), REDUCTION, pb.CreditClaim(code="non_business"))
# The pack's worked bill of 52,500 dollars: reduced, then less a tenth and a fortieth of the rest.
GIVEN = {"reduction": 140_806, "non_business": 30_802, "owner_occupied": 7_700}


@pytest.fixture
def app(app, database_url):
    """Ohio's county on the same empty tables."""
    del app
    settings = {
        "MILLAGE_JURISDICTIONS_DIR": str(Path(__file__).parents[4] / "jurisdictions"),
        "MILLAGE_JURISDICTION": "us-oh",
    }
    clock = FixedClock(datetime(2025, 3, 31, 18, tzinfo=UTC))
    with testing.application(SPEC, database_url, clock, **settings) as built:
        yield built


def roll(*claims: pb.CreditClaim, key: str = "roll", only_stage: bool = False, **parcel):
    """A roll of one parcel that is taxed by two agencies."""
    header = pb.RollHeader(
        idempotency_key=key, jurisdiction="us-oh", tax_year=2022, source="test",
        only_stage=only_stage,
    )  # fmt: skip
    yield pb.LoadRollRequest(header=header)
    for code, rate in (("county", "21.370000"), ("school", "64.120000")):
        named = pb.AgencyRate(tax_code="T", agency_code=code, agency_name=code, rate=rate)
        yield pb.LoadRollRequest(rate=named)
    given = {"value_dollars": 150_010, "net_value_dollars": 52_500, **parcel}
    yield pb.LoadRollRequest(
        parcel=pb.Parcel(parcel_number="12-345-678", tax_code="T", credits=claims, **given)
    )


def credits_of(bill: pb.Bill) -> dict[str, int]:
    return {each.code: each.amount_cents for each in bill.credits}


def test_levy_001_credits_come_off_in_the_laws_order(app, levy) -> None:
    """As the pack's worked bill has it, in whatever order they are claimed; lines are the rest."""
    bill = levy.bill(levy.load(roll(*CLAIMS)).bill_ids[0])

    assert credits_of(bill) == GIVEN
    assert list(credits_of(bill)) == list(GIVEN)
    assert bill.total_cents == 269_514 == sum(line.amount_cents for line in bill.lines)
    assert [part.amount_cents for part in bill.installments] == [134_757, 134_757]
    (told,) = [each["data"] for each in testing.emitted(app)]
    assert BillCreatedV1().validate(told) == {}
    assert {each["code"]: each["amount_cents"] for each in told["credits"]} == GIVEN
    assert sum(each["amount_cents"] for each in told["components"]) == 269_514


def test_levy_002_a_credit_is_a_line_of_its_own(app, levy, corrections) -> None:
    """Lines before credits, each credit negative by its name: the total, corrected ones, too."""
    bill_id = levy.load(roll(*CLAIMS)).bill_ids[0]
    bill = levy.bill(bill_id)
    assert [(line.kind, line.name, line.amount_cents) for line in bill.printed_lines] == [
        ("agency", "county", 112_193),
        ("agency", "school", 336_629),
        ("credit", "Tax reduction", -140_806),
        ("credit", "10% rollback", -30_802),
        ("credit", "2.5% rollback", -7_700),
    ]
    assert [each.borne_by for each in bill.credits] == ["authorities", "state", "state"]
    (told,) = [each["data"] for each in testing.emitted(app)]
    assert [each["credited_cents"] for each in told["components"]] == [44_822, 134_486]
    assert told["credits"][1] == {
        "code": "non_business", "amount_cents": 30_802, "name": "10% rollback", "as_line": True,
        "borne_by": "state",
    }  # fmt: skip

    corrections.send(bill_id=bill_id, total_cents=1_001)
    lowered = levy.bill(bill_id)
    assert sum(line.amount_cents for line in lowered.printed_lines) == 1_001
    assert [line.amount_cents for line in lowered.printed_lines][2:] == [-140_806, -30_802, -7_700]
    assert BillCorrectedV1().validate([each["data"] for each in testing.emitted(app)][1]) == {}


def test_levy_003_a_correction_gives_the_credits_again(app, levy, corrections) -> None:
    """Of another value they are worked out anew; by a total they stay as they are printed."""
    bill_id = levy.load(roll(*CLAIMS)).bill_ids[0]
    corrections.send(bill_id=bill_id, net_value_dollars=26_250)
    half = levy.bill(bill_id)
    assert credits_of(half) == {
        "reduction": 70_404,
        "non_business": 15_400,
        "owner_occupied": 3_850,
    }

    corrections.send(bill_id=bill_id, total_cents=100, expected_version=2, idempotency_key="2")
    assert credits_of(levy.bill(bill_id)) == credits_of(half)
    corrections.send(
        bill_id=bill_id, net_value_dollars=52_500, expected_version=3, idempotency_key="3"
    )
    assert credits_of(levy.bill(bill_id)) == GIVEN
    assert levy.bill(bill_id).total_cents == 269_514
    told = [each["data"] for each in testing.emitted(app)][1:]
    assert [BillCorrectedV1().validate(each) for each in told] == [{}, {}, {}]
    assert {each["code"]: each["amount_cents"] for each in told[2]["credits"]} == GIVEN


def test_levy_001_a_certified_run_gives_credits_too(levy, channel, keys) -> None:
    """They are on file with the parcel, part of what is certified, and off the bills it issues."""
    levy.load(roll(*CLAIMS, only_stage=True))
    stub = RunServiceStub(channel)
    metadata = testing.bearer(keys.token("levy.*", user="auditor"))
    asked = runs_pb2.PreviewLevyRequest(idempotency_key="p", tax_year=2022)
    with_credits = list(stub.PreviewLevy(asked, metadata=metadata))[-1].preview
    assert with_credits.total_cents == 269_514

    levy.load(roll(REDUCTION, key="again", only_stage=True))
    asked = runs_pb2.PreviewLevyRequest(idempotency_key="q", tax_year=2022)
    preview = list(stub.PreviewLevy(asked, metadata=metadata))[-1].preview
    assert preview.roll_digest != with_credits.roll_digest
    stub.CertifyRoll(
        runs_pb2.CertifyRollRequest(
            idempotency_key="c", preview_id=preview.preview_id, statement="as extended",
            bill_count=1, total_cents=308_016,
        ),
        metadata=metadata,
    )  # fmt: skip
    run = runs_pb2.RunLevyRequest(idempotency_key="r", tax_year=2022)
    list(stub.RunLevy(run, metadata=testing.bearer(keys.token("levy.*", user="clerk"))))
    (bill,) = levy.bills(tax_year=2022).bills
    assert credits_of(bill) == {"reduction": 140_806}


def test_a_bill_without_claims_has_no_credits(app, levy) -> None:
    """And what is told of it says nothing of them."""
    bill = levy.bill(levy.load(roll()).bill_ids[0])
    assert not bill.credits
    assert all("credits" not in each["data"] for each in testing.emitted(app))


@pytest.mark.parametrize(
    ("claim", "parcel", "reason"),
    [
        (pb.CreditClaim(code="homestead"), {}, "BAD_CREDIT"),
        (pb.CreditClaim(code="reduction"), {}, "BAD_CREDIT"),
        (pb.CreditClaim(code="reduction", ratio="1.1"), {}, "BAD_CREDIT"),
        (pb.CreditClaim(code="reduction", ratio="a third"), {}, "BAD_CREDIT"),
        (pb.CreditClaim(code="reduction", ratio="0.1", amount_cents=5), {}, "BAD_CREDIT"),
        (pb.CreditClaim(code="non_business", ratio="0.1"), {}, "BAD_CREDIT"),
        (pb.CreditClaim(code="non_business", amount_cents=5), {}, "BAD_CREDIT"),
        (REDUCTION, {"increment_share": "0.5"}, "CREDIT_IN_DISTRICT"),
    ],
    ids=[
        "unknown",
        "no-ratio",
        "too-much",
        "no-number",
        "both",
        "of-the-law",
        "amount",
        "district",
    ],
)
def test_levy_001_a_claim_that_is_not_the_laws_refuses_the_roll(
    levy, count, claim, parcel, reason
) -> None:
    error = levy.refused(roll(claim, **parcel))
    found = error_details_pb2.BadRequest()
    assert any(detail.Unpack(found) for detail in rpc_status.from_call(error).details)
    assert reason in {each.description.split(":")[0] for each in found.field_violations}
    assert not count()["bills"]


def test_a_claim_made_twice_refuses_the_roll(levy, count) -> None:
    levy.refused(roll(REDUCTION, REDUCTION))
    assert not count()["parcels"]
