"""LEVY-023: what a year levies, by district and agency, original and corrected."""

from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import grpc
import pytest

from levy_service import rulebook
from levy_service.runs import limits_law
from millage.levy.v1 import districts_pb2 as pb
from millage.levy.v1.districts_pb2_grpc import DistrictServiceStub
from taxkit import testing


@pytest.fixture
def totals(channel, keys):
    stub = DistrictServiceStub(channel)
    metadata = testing.bearer(keys.token("levy.read"))

    def ask(by: int = pb.TOTALS_BY_AGENCY, tax_year: int = 2021) -> pb.LevyTotals:
        return stub.GetLevyTotals(
            pb.GetLevyTotalsRequest(tax_year=tax_year, by=by), metadata=metadata
        )

    return ask


def test_levy_023_each_agency_s_levy_is_the_sum_of_its_printed_lines(
    levy, roll, expected, totals
) -> None:
    """536 printed lines of a public record, summed by agency."""
    levy.load(roll.whole(2021))
    printed: dict[str, int] = defaultdict(int)
    for (year, _), lines in expected.lines.items():
        for agency, cents in lines.items():
            if year == "2021":
                printed[agency] += cents

    found = totals()
    assert dict(printed) == {row.code: row.original.tax_cents for row in found.rows}
    assert sum(printed.values()) == found.total.original.tax_cents
    assert {row.name for row in found.rows if row.code == "010010000"} == {"County of Cook"}


def test_levy_023_a_correction_changes_the_corrected_figure_alone(
    levy, roll, corrections, totals
) -> None:
    """A tenth of the levy was taken back: original stays, corrected is less, both ways added up."""
    answer = levy.load(roll.whole(2021))
    bill = next(b for b in map(levy.bill, answer.bill_ids) if b.total_cents > 10_000)
    corrections.send(bill_id=bill.bill_id, total_cents=bill.total_cents - 5_000)

    for by in (pb.TOTALS_BY_AGENCY, pb.TOTALS_BY_TAX_CODE):
        found = totals(by)
        assert found.total.original.tax_cents == answer.total_cents
        assert found.total.corrected.tax_cents == answer.total_cents - 5_000
        for measure in ("original", "corrected"):
            rows = sum(getattr(row, measure).tax_cents for row in found.rows)
            assert getattr(found.total, measure).tax_cents == rows


def test_levy_023_values_are_of_the_register(levy, roll, totals) -> None:
    """Parcels, assessed and taxable value by tax code, and of the year."""
    levy.load(roll.whole(2021))
    parcels = [message.parcel for message in roll.parcels(2021)]
    found = totals(pb.TOTALS_BY_TAX_CODE)

    assert found.total.parcel_count == len(parcels)
    assert found.total.assessed_dollars == sum(one.value_dollars for one in parcels)
    assert found.total.taxable_dollars == sum(one.net_value_dollars for one in parcels)
    for row in found.rows:
        own = [one for one in parcels if one.tax_code == row.code]
        assert (row.parcel_count, row.taxable_dollars) == (
            len(own),
            sum(one.net_value_dollars for one in own),
        )


def test_levy_023_a_year_without_bills_levies_nothing(totals) -> None:
    found = totals(tax_year=1999)
    assert (len(found.rows), found.total.corrected.tax_cents) == (0, 0)


@pytest.fixture
def washington(app, channel, keys, monkeypatch):
    """The law of a state whose pack has levy limits, at the same server."""
    pack = Path(__file__).parents[4] / "jurisdictions" / "us-wa"
    monkeypatch.setattr(app, "law", rulebook.load(pack))
    monkeypatch.setattr(app, "levy_limits", limits_law.load(pack))
    stub = DistrictServiceStub(channel)
    metadata = testing.bearer(keys.token("levy.read"))
    return lambda **asked: stub.ComputeLevyRates(
        pb.ComputeLevyRatesRequest(**{"tax_year": 2024, **asked}), metadata=metadata
    )


def _levy(code: str, kind: str, rate: str, **changes) -> pb.LevyRequest:
    cents = int(Decimal(rate) * 100_000_000)
    return pb.LevyRequest(
        **{
            "agency_code": code,
            "kind": kind,
            "asked_cents": cents,
            "taxable_dollars": 1_000_000_000,
            "highest_lawful_cents": cents,
            "has_ordinance": True,
            **changes,
        }
    )


def test_rates_from_levies_say_which_limit_bound(washington) -> None:
    """County cut to its rate, fire by its growth, the library by the area's five ninety."""
    answer = washington(
        levies=[
            _levy("C", "county", "1.90"),
            _levy("T", "city", "3.375"),
            _levy("F", "fire", "0.50", highest_lawful_cents=40_000_000),
            _levy("L", "library", "0.50"),
        ],
        areas=[pb.LevyArea(tax_code="1", levies=["C", "T", "F", "L"])],
    )
    found = {one.agency_code: one for one in answer.rates}

    assert (found["C"].rate, found["C"].bound) == ("1.80000", pb.LEVY_BOUND_STATUTORY_RATE)
    assert (found["T"].rate, found["T"].bound) == ("3.37500", pb.LEVY_BOUND_ASKED)
    assert found["F"].growth_limit_cents == 40_400_000
    assert {found["F"].bound, found["L"].bound} == {pb.LEVY_BOUND_AGGREGATE}
    assert found["L"].aggregate == "five ninety"
    assert Decimal(answer.areas[0].rate) <= Decimal("5.90")
    assert answer.rate_unit == "dollars_per_1000"


@pytest.fixture
def cook(channel, keys, app, monkeypatch):
    """The county, by limits of a law that computes none and says so."""
    of_minnesota = limits_law.load(Path(app.settings.jurisdictions_dir, "us-mn"))
    monkeypatch.setattr(app, "levy_limits", of_minnesota)
    stub = DistrictServiceStub(channel)
    metadata = testing.bearer(keys.token("levy.read"))
    return lambda **asked: stub.ComputeLevyRates(
        pb.ComputeLevyRatesRequest(**{"tax_year": 2021, **asked}), metadata=metadata
    )


def test_levy_023_a_pack_that_computes_no_limits_gives_what_was_asked_and_says_so(cook) -> None:
    """Half up: 1,500,000.05 of a hundred million is 1.500 percent."""
    asked = [
        pb.LevyRequest(agency_code=code, kind="any", asked_cents=cents, taxable_dollars=100_000_000)
        for code, cents in (("A", 150_000_005), ("B", 150_050_000), ("C", 0))
    ]
    answer = cook(levies=asked, areas=[pb.LevyArea(tax_code="1", levies=["A", "B"])])
    assert [one.rate for one in answer.rates] == ["1.500", "1.501", "0.000"]
    assert {one.bound for one in answer.rates} == {pb.LEVY_BOUND_NOT_COMPUTED}
    assert answer.limits_not_computed.startswith("the state certifies the limits")
    assert answer.areas[0].rate == "3.001"


def test_levy_023_a_levy_on_no_value_has_no_rate_wherever_limits_are_computed(cook) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        cook(levies=[pb.LevyRequest(agency_code="A", asked_cents=1)])
    assert testing.reason_of(refusal.value) == "LEVIES_BEYOND_LIMIT"


def test_levy_023_a_pack_that_says_nothing_of_limits_refuses(cook, app, monkeypatch) -> None:
    monkeypatch.setattr(app, "levy_limits", None)
    with pytest.raises(grpc.RpcError) as refusal:
        cook(levies=[_levy("C", "county", "1")])
    assert testing.reason_of(refusal.value) == "NO_LAW_IN_FORCE"
    assert "levy_limits.yaml" in refusal.value.details()


@pytest.mark.parametrize(
    ("reason", "asked"),
    [
        ("LEVIES_MISSING", {}),
        ("DUPLICATE_LEVY", {"levies": [_levy("C", "county", "1"), _levy("C", "county", "1")]}),
        ("LEVIES_BEYOND_LIMIT", {"levies": [_levy("C", "circus", "1")]}),
        ("BAD_VALUE", {"levies": [_levy("C", "county", "1", asked_cents=-1)]}),
        ("BAD_RATE", {"levies": [_levy("C", "county", "1", prior_rate="much")]}),
        ("RATIO_INVALID", {"levies": [_levy("C", "county", "1")], "assessment_ratio": "2"}),
        (
            "LEVY_UNKNOWN",
            {
                "levies": [_levy("C", "county", "1")],
                "areas": [pb.LevyArea(tax_code="1", levies=["X"])],
            },
        ),
        (
            "AREAS_TOO_MANY",
            {
                "levies": [_levy("C", "county", "1")],
                "areas": [pb.LevyArea(tax_code=str(code)) for code in range(20_001)],
            },
        ),
        ("TAX_CODE_INVALID", {"levies": [_levy("C", "county", "1")], "areas": [pb.LevyArea()]}),
        (
            "TAX_CODE_INVALID",
            {"levies": [_levy("C", "county", "1")], "areas": [pb.LevyArea(tax_code="1")] * 2},
        ),
        ("NO_LAW_IN_FORCE", {"tax_year": 1900, "levies": [_levy("C", "county", "1")]}),
    ],
)
def test_wrong_levies_are_refused_by_name(washington, reason: str, asked: dict) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        washington(**asked)
    assert testing.reason_of(refusal.value) == reason
