"""`millage levy totals|limits`: what districts levy, and the rates the law lets them have."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import RenderableType

from millage.levy.v1 import districts_pb2 as pb
from millage.levy.v1.certified_levies_pb2 import LevyCertificate
from millage.levy.v1.districts_pb2_grpc import DistrictServiceStub
from millage_cli import typed
from millage_cli.commands.levy_runs import levy
from millage_cli.invocation import Invocation, command
from millage_cli.output import facts, money, table
from millage_cli.problems import usage

__all__ = ["levy"]

_BY = {
    "district": pb.TOTALS_BY_TAX_CODE,
    "agency": pb.TOTALS_BY_AGENCY,
    "fund": pb.TOTALS_BY_FUND,
}
_LEVY_COLUMNS = ("agency_code", "kind", "asked", "taxable_dollars", "tax_codes")
_DOLLARS = ("taxable_dollars", "new_construction_dollars", "state_assessed_increase_dollars")
_AMOUNTS = ("asked", "highest_lawful", "annexation", "refund")
_BOUNDS = {
    pb.LEVY_BOUND_ASKED: "as asked",
    pb.LEVY_BOUND_GROWTH: "growth",
    pb.LEVY_BOUND_STATUTORY_RATE: "rate of its kind",
    pb.LEVY_BOUND_AGGREGATE: "aggregate",
    pb.LEVY_BOUND_NOT_COMPUTED: "no limit computed",
}


@command(levy, "totals")
def totals(
    run: Invocation,
    year: Annotated[int, typer.Argument(metavar="YEAR", help="The tax year.")],
    by: Annotated[str, typer.Option(help="Rows by district, agency or fund.")] = "agency",
) -> None:
    """Show what a year levies: as first billed and as corrected, beside the values taxed."""
    if by not in _BY:
        raise usage("DIMENSION_UNKNOWN", f"--by is {by!r}: {', '.join(_BY)}")
    answer = _districts(run).GetLevyTotals(pb.GetLevyTotalsRequest(tax_year=year, by=_BY[by]))
    shown = table(
        f"Levy of {year}", "code", "name", "bills", "original", "corrected", "taxable value",
        right=("bills", "original", "corrected", "taxable value"),
    )  # fmt: skip
    for row in [*answer.rows, answer.total]:
        shown.add_row(
            _key(row.code, row.fund_code) or "all", row.name, str(row.corrected.bill_count),
            money(row.original.tax_cents), money(row.corrected.tax_cents),
            f"${row.taxable_dollars:,}",
        )  # fmt: skip
    run.out.answer(answer, shown)


@command(levy, "limits")
def limits(
    run: Invocation,
    year: Annotated[int, typer.Argument(metavar="YEAR", help="The tax year.")],
    file: Annotated[
        Path, typer.Argument(help=f"A CSV file of levies: {', '.join(_LEVY_COLUMNS)}, and more.")
    ],
    ratio: Annotated[str, typer.Option(help="The higher assessment ratio, as 0.925.")] = "",
) -> None:
    """Compute rates from levies asked for, within the law, and say which limit bound each."""
    levies, areas = asked(file)
    answer = _districts(run).ComputeLevyRates(
        pb.ComputeLevyRatesRequest(
            tax_year=year,
            levies=levies,
            areas=areas,
            assessment_ratio=ratio,
        )
    )
    shown = table(
        f"Rates of {year}, {answer.rate_unit.replace('_', ' ')}", "levy", "rate", "raises",
        "limit by growth", "bound by", right=("rate", "raises", "limit by growth"),
    )  # fmt: skip
    for rate in answer.rates:
        where = f": {rate.aggregate} in {rate.tax_code}" if rate.aggregate else ""
        shown.add_row(
            _key(rate.agency_code, rate.fund_code), rate.rate, money(rate.levy_cents),
            money(rate.growth_limit_cents) if rate.growth_limit_cents else "",
            f"{_BOUNDS.get(rate.bound, '')}{where}",
        )  # fmt: skip
    run.out.answer(answer, shown, *unlimited(answer))


def unlimited(answer: pb.ComputeLevyRatesResponse | LevyCertificate) -> list[RenderableType]:
    """Why levies are held against no limit, and against which ones they are not."""
    said = (
        ("no limits computed", answer.limits_not_computed),
        ("limits not checked", answer.limits_not_checked),
    )
    return [facts((name, text)) for name, text in said if text]


def asked(file: Path) -> tuple[list[pb.LevyRequest], list[pb.LevyArea]]:
    """The levies of a file, and of each tax code those that are in it."""
    levies = list(_read(file))
    areas: dict[str, list[str]] = {}
    for one, tax_codes in levies:
        for code in tax_codes:
            areas.setdefault(code, []).append(_key(one.agency_code, one.fund_code))
    return [one for one, _ in levies], [
        pb.LevyArea(tax_code=code, levies=of) for code, of in sorted(areas.items())
    ]


def _key(agency_code: str, fund_code: str) -> str:
    return f"{agency_code}/{fund_code}" if fund_code else agency_code


def _read(file: Path) -> Iterator[tuple[pb.LevyRequest, list[str]]]:
    """Each row's levy, and the tax codes it is in, which a space parts."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise usage("FILE_UNREADABLE", f"{file}: {error}") from error
    rows = csv.DictReader(text.splitlines())
    if missing := set(_LEVY_COLUMNS) - set(rows.fieldnames or ()):
        raise usage("COLUMNS_UNKNOWN", f"{file} has no column {', '.join(sorted(missing))}")
    for row in rows:
        one = pb.LevyRequest(
            agency_code=row["agency_code"] or "",
            agency_name=row.get("agency_name") or "",
            fund_code=row.get("fund_code") or "",
            kind=row["kind"] or "",
            has_ordinance=(row.get("has_ordinance") or "") == "yes",
            prior_rate=row.get("prior_rate") or "",
        )
        for name in _AMOUNTS:
            if given := row.get(name):
                setattr(one, f"{name}_cents", typed.counted_cents(given, name))
        for name in _DOLLARS:
            setattr(one, name, _whole(file, rows.line_num, name, row.get(name) or "0"))
        yield one, (row["tax_codes"] or "").split()


def _whole(file: Path, line: int, name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise usage("ROW_INVALID", f"{file} line {line}: {name} is {text!r}: whole dollars")
    return int(text)


def _districts(run: Invocation) -> DistrictServiceStub:
    return DistrictServiceStub(run.client.channel("levy"))
