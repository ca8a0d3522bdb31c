"""LEVY-023: levies are kept year by year, and later years, rolls and totals read them."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import grpc
import pytest

from levy_service.bootstrap import SPEC
from levy_service.domain.levy_limits import NotComputed
from millage.levy.v1 import certified_levies_pb2 as pb
from millage.levy.v1 import districts_pb2
from millage.levy.v1 import levy_pb2 as levy_messages
from millage.levy.v1.certified_levies_pb2_grpc import CertifiedLevyServiceStub
from millage.levy.v1.districts_pb2_grpc import DistrictServiceStub
from millage.levy.v1.levy_pb2_grpc import LevyServiceStub
from taxkit import testing
from taxkit.clock import FixedClock
from taxkit.lawpack import Certainty, Term
from taxkit.money import Rounding

BILLION = 1_000_000_000


@pytest.fixture
def app(app, database_url):
    """Washington's county on the same empty tables: its law limits levies."""
    del app
    settings = {
        "MILLAGE_JURISDICTIONS_DIR": str(Path(__file__).parents[4] / "jurisdictions"),
        "MILLAGE_JURISDICTION": "us-wa",
    }
    clock = FixedClock(datetime(2025, 3, 31, 18, tzinfo=UTC))
    with testing.application(SPEC, database_url, clock, **settings) as built:
        yield built


def asked(code: str, kind: str, dollars: int, **changes) -> districts_pb2.LevyRequest:
    given = {
        "agency_code": code, "agency_name": code.title(), "kind": kind,
        "asked_cents": dollars * 100, "taxable_dollars": BILLION, "has_ordinance": True,
        "highest_lawful_cents": dollars * 100,
    }  # fmt: skip
    return districts_pb2.LevyRequest(**given | changes)


LEVIES = (
    asked("county", "county", 1_500_000, fund_code="current"),
    asked("fire", "fire", 500_000, highest_lawful_cents=40_000_000),
)
AREAS = (
    districts_pb2.LevyArea(tax_code="1", levies=["county/current", "fire"]),
    districts_pb2.LevyArea(tax_code="2", levies=["county/current"]),
)


class Levies:
    def __init__(self, channel, keys) -> None:
        self.stub = CertifiedLevyServiceStub(channel)
        self.districts = DistrictServiceStub(channel)
        self._keys = keys

    def caller(self, *rights: str):
        return testing.bearer(self._keys.token(*(rights or ("levy.*",)), user="assessor"))

    def certify(self, *rights: str, **changes) -> pb.CertifiedLevies:
        given = {
            "idempotency_key": "c", "tax_year": 2024, "statement": "as the districts asked",
            "levies": LEVIES, "areas": AREAS,
        }  # fmt: skip
        request = pb.CertifyLeviesRequest(**given | changes)
        return self.stub.CertifyLevies(request, metadata=self.caller(*rights))

    def get(self, tax_year: int = 2024, version: int = 0) -> pb.CertifiedLevies:
        request = pb.GetCertifiedLeviesRequest(tax_year=tax_year, version=version)
        return self.stub.GetCertifiedLevies(request, metadata=self.caller("levy.read"))


@pytest.fixture
def levies(channel, keys) -> Levies:
    return Levies(channel, keys)


def roll(tax_year: int = 2024, key: str = "roll", **header):
    """A roll of one parcel in each tax code that sends no rate of its own."""
    yield levy_messages.LoadRollRequest(
        header=levy_messages.RollHeader(
            **{
                "idempotency_key": key, "jurisdiction": "us-wa", "tax_year": tax_year,
                "certified_levies": True,
            }
            | header
        )
    )  # fmt: skip
    for code in ("1", "2"):
        parcel = levy_messages.Parcel(
            parcel_number=f"12-345-67{code}", tax_code=code, value_dollars=100_000,
            net_value_dollars=100_000,
        )  # fmt: skip
        yield levy_messages.LoadRollRequest(parcel=parcel)


def test_levy_023_levies_are_kept_with_the_rates_the_law_lets_them_have(levies) -> None:
    """Who certified what, by which law; the fire district is cut to its growth."""
    kept = levies.certify()
    assert kept == levies.get() == levies.get(version=1)
    head = kept.certificate
    assert (head.version, head.certified_by, head.certified_on) == (1, "assessor", "2025-03-31")
    county, fire = kept.levies
    assert (county.rate.rate, county.rate.levy_cents) == ("1.50000", 150_000_000)
    assert (fire.rate.rate, fire.highest_lawful_cents) == ("0.40400", 40_400_000)
    assert (county.rate.fund_code, list(county.tax_codes)) == ("current", ["1", "2"])


def test_levy_023_a_version_follows_the_one_its_certifier_saw(levies) -> None:
    """Nothing is overwritten: the first stays readable, and of two at once one looks again."""
    first = levies.certify()
    with pytest.raises(grpc.RpcError) as stale:
        levies.certify(idempotency_key="d")
    assert testing.reason_of(stale.value) == "LEVIES_CERTIFIED_ANEW"
    lower = (asked("county", "county", 1_000_000, fund_code="current"), LEVIES[1])
    second = levies.certify(idempotency_key="e", expected_version=1, levies=lower)
    assert [each.version for each in second.versions] == [1, 2]
    assert levies.get(version=1).levies == first.levies
    assert levies.get().levies[0].rate.levy_cents == 100_000_000
    assert levies.certify() == first


def test_levy_023_a_later_year_reads_the_highest_lawful_levy_and_the_last_rate(levies) -> None:
    """A district that took less than it might keeps what it might have taken."""
    modest = asked("fire", "fire", 300_000, highest_lawful_cents=40_000_000)
    levies.certify(levies=[modest], areas=[])
    again = asked("fire", "fire", 900_000, highest_lawful_cents=0)
    answer = levies.districts.ComputeLevyRates(
        districts_pb2.ComputeLevyRatesRequest(
            tax_year=2025, levies=[again, asked("fire", "fire", 1, fund_code="new")]
        ),
        metadata=levies.caller("levy.read"),
    )
    # 1.01 times 404,000.00, which was lawful in 2024, not times the 300,000.00 that was levied.
    assert answer.rates[0].growth_limit_cents == 40_804_000
    new = asked("fire", "fire", 900_000, highest_lawful_cents=0, new_construction_dollars=BILLION)
    kept = levies.certify(idempotency_key="n", tax_year=2025, levies=[new], areas=[])
    # And last year's rate on what is new.
    assert kept.levies[0].rate.growth_limit_cents == 40_804_000 + 30_000_000


def test_levy_002_a_roll_takes_its_rates_from_what_was_certified(levies, levy) -> None:
    """By fund, in each tax code; the answer names the version, and so does a later roll."""
    levies.certify()
    answer = levy.load(roll())
    assert (answer.levy_version, answer.bill_count) == (1, 2)
    bills = {bill.tax_code: bill for bill in levy.bills(tax_year=2024).bills}
    lines = [(one.agency_code, one.fund_code, one.amount_cents) for one in bills["1"].lines]
    assert lines == [("county", "current", 15_000), ("fire", "", 4_040)]
    assert [one.agency_name for one in bills["2"].lines] == ["County"]


def test_levy_002_a_roll_of_another_version_than_its_year_was_billed_by_is_refused(
    levies, levy
) -> None:
    """Rates on file stay: what was billed by one version is not billed by another."""
    levies.certify()
    levy.load(roll())
    lower = (asked("county", "county", 1_000_000, fund_code="current"), LEVIES[1])
    levies.certify(idempotency_key="d", expected_version=1, levies=lower)
    assert testing.reason_of(levy.refused(roll(key="more"))) in {"RATE_CONFLICT", "ROLL_INVALID"}


def test_levy_023_totals_tell_what_was_certified_beside_what_is_billed(levies, levy) -> None:
    """By agency and by fund; a tax code has no levy of its own."""
    levies.certify()
    levy.load(roll())
    by = {
        how: levies.districts.GetLevyTotals(
            districts_pb2.GetLevyTotalsRequest(tax_year=2024, by=how), metadata=levies.caller()
        ).rows
        for how in (1, 2, 3)
    }
    assert {each.certified_cents for each in by[districts_pb2.TOTALS_BY_TAX_CODE]} == {0}
    for how in (districts_pb2.TOTALS_BY_AGENCY, districts_pb2.TOTALS_BY_FUND):
        assert {each.code: each.certified_cents for each in by[how]} == {
            "county": 150_000_000, "fire": 40_400_000,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"statement": " "}, "STATEMENT_MISSING"),
        ({"levies": [asked("c", "county", 1, agency_name="")]}, "TEXT_MISSING"),
        ({"levies": []}, "LEVIES_MISSING"),
        ({"expected_version": -1}, "LEVIES_CERTIFIED_ANEW"),
        ({"tax_year": 0}, "TAX_YEAR_INVALID"),
    ],
    ids=["no-statement", "no-name", "no-levies", "no-version", "no-year"],
)
def test_what_cannot_be_certified_is_refused_and_keeps_nothing(levies, changes, reason) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        levies.certify(**{"areas": [], **changes})
    assert testing.reason_of(refusal.value) == reason
    with pytest.raises(grpc.RpcError) as nothing:
        levies.get()
    assert testing.reason_of(nothing.value) == "LEVIES_NOT_CERTIFIED"


def test_a_roll_of_a_year_nobody_certified_is_refused(levy) -> None:
    assert testing.reason_of(levy.refused(roll())) == "LEVIES_NOT_CERTIFIED"


def test_levy_023_levies_certified_in_another_unit_rate_no_roll(levies, database_url, keys) -> None:
    """Dollars a thousand are no percents: a county whose law turned to those certifies anew."""
    levies.certify(tax_year=2021)
    settings = {
        "MILLAGE_JURISDICTIONS_DIR": str(Path(__file__).parents[4] / "jurisdictions"),
        "MILLAGE_JURISDICTION": "us-il-cook",
    }
    clock = FixedClock(datetime(2025, 3, 31, 18, tzinfo=UTC))
    with (
        testing.application(SPEC, database_url, clock, **settings) as cook,
        testing.server(SPEC, cook, keys) as channel,
        pytest.raises(grpc.RpcError) as refusal,
    ):
        LevyServiceStub(channel).LoadRoll(
            roll(2021, jurisdiction="us-il-cook"), metadata=levies.caller()
        )
    assert testing.reason_of(refusal.value) == "LEVIES_IN_ANOTHER_UNIT"


def test_levy_023_levies_that_nothing_was_held_against_are_certified_and_say_so(
    app, levies, monkeypatch
) -> None:
    """What a county certifies whose pack computes no limits; later years read it as any other."""
    said = NotComputed("the clerk does", Rounding.HALF_UP)
    term = Term("cook/limits_not_computed/2018", "a source", Certainty("house rule"), "", said)
    monkeypatch.setattr(app, "levy_limits", SimpleNamespace(at=lambda _: term))
    made = levies.certify(levies=[asked("county", "any", 1_500_000)], areas=AREAS[1:1])
    assert made.certificate.limits_not_computed == "the clerk does"
    assert list(made.certificate.rule_ids) == ["cook/limits_not_computed/2018"]
    assert made.levies[0].rate.bound == districts_pb2.LEVY_BOUND_NOT_COMPUTED
    assert levies.get().certificate == made.certificate
