"""LEVY-023: a county certifies levies and a roll and issues bills, under each pack there is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from levy_service.bootstrap import SPEC
from levy_service.domain.levy_limits import LimitTerms
from millage.levy.v1 import certified_levies_pb2, districts_pb2
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1.certified_levies_pb2_grpc import CertifiedLevyServiceStub
from taxkit import testing
from taxkit.clock import FixedClock
from taxkit.dated import NoTermInForce

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
PACKS = sorted(file.parent.name for file in JURISDICTIONS.glob("*/jurisdiction.yaml"))
# A year each pack has law of, and an agency code of its form.
YEAR: Mapping[str, int] = {"us-il-cook": 2021}
AGENCY: Mapping[str, str] = {"us-il-cook": "010010000"}
VALUE = 200_000


@pytest.fixture(params=PACKS)
def pack(request) -> str:
    return request.param


@pytest.fixture
def app(app, database_url, pack):
    """The office of each pack in turn, on the same empty tables."""
    del app
    settings = {
        "MILLAGE_JURISDICTIONS_DIR": str(JURISDICTIONS),
        "MILLAGE_JURISDICTION": pack,
        "MILLAGE_LEVY_RUN_BY": "two_persons",
    }
    clock = FixedClock(datetime(2025, 3, 31, 18, tzinfo=UTC))
    with testing.application(SPEC, database_url, clock, **settings) as built:
        yield built


def levy_of(app, pack: str, year: int) -> districts_pb2.LevyRequest:
    """Half a step of a percent of the value, as the pack's first kind of district asks for it."""
    law = app.levy_limits.at(year).value
    kind = next(iter(law.kinds)) if isinstance(law, LimitTerms) else "county"
    return districts_pb2.LevyRequest(
        agency_code=AGENCY.get(pack, "county"), agency_name="The county", kind=kind,
        asked_cents=VALUE // 4, highest_lawful_cents=VALUE, taxable_dollars=VALUE,
        has_ordinance=True,
    )  # fmt: skip


def certified(app, channel, keys, pack: str, year: int) -> certified_levies_pb2.CertifiedLevies:
    levy = levy_of(app, pack, year)
    return CertifiedLevyServiceStub(channel).CertifyLevies(
        certified_levies_pb2.CertifyLeviesRequest(
            idempotency_key="c", tax_year=year, statement="as it was asked", levies=[levy],
            areas=[districts_pb2.LevyArea(tax_code="1", levies=[levy.agency_code])],
        ),
        metadata=testing.bearer(keys.token("levy.*", user="auditor")),
    )  # fmt: skip


def roll(pack: str, year: int):
    yield pb.LoadRollRequest(
        header=pb.RollHeader(
            idempotency_key="r", jurisdiction=pack, tax_year=year, source="test",
            certified_levies=True, only_stage=True,
        )
    )  # fmt: skip
    yield pb.LoadRollRequest(
        parcel=pb.Parcel(
            parcel_number="12345678901234", tax_code="1", property_class="299",
            value_dollars=VALUE, net_value_dollars=VALUE, owner_name="Ottoline Dragomir",
        )
    )  # fmt: skip


def test_levy_023_a_county_of_each_pack_certifies_and_bills(
    app, channel, keys, pack, levy, runs
) -> None:
    """What was not checked against the law stands in the certificate, or that all was not."""
    year = YEAR.get(pack, 2023)
    kept = certified(app, channel, keys, pack, year)
    law, head = app.levy_limits.at(year).value, kept.certificate
    if isinstance(law, LimitTerms):
        assert head.limits_not_checked == law.not_checked != ""
        assert not head.limits_not_computed
    else:
        assert head.limits_not_computed == law.said
    (one,) = kept.levies
    assert Decimal(one.rate.rate) > 0
    assert one.rate.levy_cents <= one.asked_cents

    loaded = levy.load(roll(pack, year))
    assert loaded.levy_version == 1
    preview = runs.preview(year)
    assert preview.bill_count == 1
    runs.certify(preview)
    run = runs.run(year)
    assert (run.bill_count, run.total_cents) == (1, preview.total_cents)
    (bill,) = levy.bills(tax_year=year).bills
    # The bill's own rounding is the law's, to a dollar at most.
    assert abs(bill.total_cents - one.rate.levy_cents) < 100


def test_levy_023_each_pack_says_something_of_limits_in_each_year_it_bills(app, pack) -> None:
    """So that no county of it is left without an answer."""
    billed = [year for year in range(1980, 2026) if _has_law(app, year)]
    assert len(billed) > 1
    for year in billed:
        law = app.levy_limits.at(year).value
        assert isinstance(law, LimitTerms) or law.said


def _has_law(app, year: int) -> bool:
    try:
        app.law.terms(year)
    except NoTermInForce:
        return False
    return True
