"""LEVY-002: what a run would come to is seen first, by district and agency, and certified."""

import grpc
import pytest

from millage.levy.v1 import districts_pb2
from millage.levy.v1 import runs_pb2 as pb
from millage.levy.v1.districts_pb2_grpc import DistrictServiceStub
from taxkit import testing


def _reason(call) -> str:
    with pytest.raises(grpc.RpcError) as refusal:
        call()
    return testing.reason_of(refusal.value)


def _rows(preview: pb.Preview, dimension: int) -> list[pb.PreviewRow]:
    return [row for row in preview.rows if row.dimension == dimension]


def _sum(rows: list[pb.PreviewRow], measure: str, figure: str) -> int:
    return sum(getattr(getattr(row, measure), figure) for row in rows)


def test_levy_002_a_preview_issues_nothing(runs, staged, count) -> None:
    """Bills, lines and cents are those of the run that follows; until then nothing is there."""
    staged()
    before = count()
    preview = runs.preview()
    after = count()

    assert (before["bills"], before["outbox"]) == (after["bills"], after["outbox"]) == (0, 0)
    runs.certify(preview)
    done = runs.run()
    assert (preview.bill_count, preview.line_count, preview.total_cents) == (
        done.bill_count,
        done.line_count,
        done.total_cents,
    )


def test_levy_002_before_and_after_by_district_and_agency(levy, roll, runs, staged) -> None:
    """Last year's bills, those on file and the run's; both dimensions add up to the same cents."""
    levy.load(roll.whole(2020))
    first, *others = roll.parcels(2021)
    levy.load([roll.header(2021, "early"), *roll.rates(2021), first])
    levy.load([roll.header(2021, "stage", only_stage=True), *others])
    preview = runs.preview()

    totals = {
        "prior_year": sum(bill.total_cents for bill in levy.bills(tax_year=2020).bills),
        "on_file": sum(bill.total_cents for bill in levy.bills(tax_year=2021).bills),
        "run": preview.total_cents,
    }
    for dimension in (pb.PREVIEW_DIMENSION_TAX_CODE, pb.PREVIEW_DIMENSION_AGENCY):
        rows = _rows(preview, dimension)
        for measure, cents in totals.items():
            assert cents == _sum(rows, measure, "tax_cents")
        change = totals["on_file"] + totals["run"] - totals["prior_year"]
        assert change == _sum(rows, "difference", "tax_cents")
    codes = _rows(preview, pb.PREVIEW_DIMENSION_TAX_CODE)
    assert len(others) == _sum(codes, "run", "bill_count")
    sent = sum(message.parcel.net_value_dollars for message in others)
    assert sent == _sum(codes, "run", "value_dollars") == preview.net_value_dollars
    names = {row.code: row.name for row in _rows(preview, pb.PREVIEW_DIMENSION_AGENCY)}
    assert names["010010000"] == "County of Cook"


def test_levy_002_levy_023_each_district_is_issued_what_was_previewed_of_it(
    channel, keys, runs, staged
) -> None:
    """By tax code and by agency: bills, values and cents are what the year's totals then have."""
    staged()
    preview = runs.preview()
    runs.certify(preview)
    runs.run()
    asked = {
        pb.PREVIEW_DIMENSION_TAX_CODE: districts_pb2.TOTALS_BY_TAX_CODE,
        pb.PREVIEW_DIMENSION_AGENCY: districts_pb2.TOTALS_BY_AGENCY,
    }
    who = testing.bearer(keys.token("levy.*", user="auditor"))
    for dimension, by in asked.items():
        request = districts_pb2.GetLevyTotalsRequest(tax_year=2021, by=by)
        issued = DistrictServiceStub(channel).GetLevyTotals(request, metadata=who)
        foreseen = {row.code: row.run for row in _rows(preview, dimension)}
        assert foreseen == {row.code: row.original for row in issued.rows}
        assert len(foreseen) > 1


def test_levy_002_a_corrected_bill_counts_in_its_newest_version(
    levy, roll, runs, corrections, staged
) -> None:
    """Last year's figures are what last year's bills demand now."""
    answer = levy.load(roll.whole(2020))
    bill = levy.bill(answer.bill_ids[0])
    corrections.send(bill_id=bill.bill_id, total_cents=bill.total_cents - 1_000)
    staged()

    rows = _rows(runs.preview(), pb.PREVIEW_DIMENSION_TAX_CODE)
    assert answer.total_cents - 1_000 == _sum(rows, "prior_year", "tax_cents")


def test_levy_002_a_preview_is_kept_listed_and_discarded(runs, staged) -> None:
    """The same key gives the same preview; a discarded one is never certified."""
    staged()
    preview = runs.preview()

    assert preview == runs.preview() == runs.get_preview(preview.preview_id)
    told = runs.discard(preview.preview_id)
    assert told.state == pb.PREVIEW_STATE_DISCARDED
    assert (told.discarded_by, told.discard_reason) == (
        "auditor-controller",
        "Rates of a school were wrong",
    )
    assert _reason(lambda: runs.certify(preview)) == "PREVIEW_DISCARDED"


def test_levy_002_a_certificate_says_who_when_and_what(runs, staged) -> None:
    """It names the person, the day and the words, and is given once."""
    staged()
    preview = runs.preview()
    certified = runs.certify(preview)

    assert (certified.certified_by, certified.certified_on) == ("auditor-controller", "2023-03-31")
    assert certified.statement == "Extended as the clerk's rates say"
    assert runs.get_preview(preview.preview_id).state == pb.PREVIEW_STATE_CERTIFIED
    assert _reason(lambda: runs.certify(preview, key="again")) == "PREVIEW_CERTIFIED"


def test_levy_002_other_figures_than_the_preview_s_are_not_certified(runs, staged) -> None:
    """Who certifies reads the figures out; a slip is refused."""
    staged()
    preview = runs.preview()

    wrong = {"total_cents": preview.total_cents + 1}
    assert _reason(lambda: runs.certify(preview, **wrong)) == "FIGURES_DIFFER"
    assert _reason(lambda: runs.certify(preview, statement=" ")) == "STATEMENT_MISSING"


def test_levy_002_a_roll_that_changed_since_its_preview_is_not_certified(
    levy, roll, runs, staged, changed_parcel
) -> None:
    """A value other than it was previewed with asks for another preview."""
    staged()
    preview = runs.preview()
    levy.load([roll.header(2021, "later", only_stage=True), changed_parcel(1)])

    assert _reason(lambda: runs.certify(preview)) == "PREVIEW_STALE"


def test_levy_002_a_year_without_parcels_to_bill_has_no_preview(runs, levy, roll) -> None:
    """Nothing staged, or everything billed."""
    assert _reason(runs.preview) == "NOTHING_TO_BILL"
    levy.load(roll.whole(2021))
    assert _reason(lambda: runs.preview(key="two")) == "NOTHING_TO_BILL"


def test_levy_002_a_parcel_that_cannot_be_billed_is_not_even_staged(
    levy, roll, changed_parcel, count
) -> None:
    """What a bill cannot hold refuses the roll, as it does when it is issued at once."""
    parts = [roll.header(2021, only_stage=True), *roll.rates(2021), changed_parcel(2**53 - 1)]

    assert testing.reason_of(levy.refused(parts)) == "BILL_OUT_OF_RANGE"
    assert count()["parcels"] == 0
