"""`millage levy certify-levies|certified`: a year's levies as they are kept, with their rates."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from millage.levy.v1 import certified_levies_pb2 as pb
from millage.levy.v1.certified_levies_pb2_grpc import CertifiedLevyServiceStub
from millage_cli.commands.levy_districts import asked, levy, unlimited
from millage_cli.invocation import Invocation, Key, command, key_or_new
from millage_cli.output import money, table

__all__ = ["levy"]

Year = Annotated[int, typer.Argument(metavar="YEAR", help="The tax year.")]


@command(levy, "certify-levies")
def certify_levies(
    run: Invocation,
    year: Year,
    file: Annotated[Path, typer.Argument(help="As `levy limits` reads it, with agency_name.")],
    statement: Annotated[str, typer.Option("--statement", help="What you say to it; kept.")],
    after: Annotated[int, typer.Option("--after", help="The newest version, as you saw it.")] = 0,
    ratio: Annotated[str, typer.Option(help="The higher assessment ratio, as 0.925.")] = "",
    key: Key = "",
) -> None:
    """Keep a year's levies with the rates the law lets them have, as its next version."""
    levies, areas = asked(file)
    answer = _service(run).CertifyLevies(
        pb.CertifyLeviesRequest(
            idempotency_key=key_or_new(key), tax_year=year, expected_version=after,
            statement=statement, levies=levies, areas=areas, assessment_ratio=ratio,
        )
    )  # fmt: skip
    run.out.answer(answer, _view(answer), *unlimited(answer.certificate))


@command(levy, "certified")
def certified(
    run: Invocation,
    year: Year,
    version: Annotated[int, typer.Option(help="Another version than the newest.")] = 0,
) -> None:
    """Show a year's certified levies."""
    answer = _service(run).GetCertifiedLevies(
        pb.GetCertifiedLeviesRequest(tax_year=year, version=version)
    )
    run.out.answer(answer, _view(answer), *unlimited(answer.certificate))


def _view(answer: pb.CertifiedLevies) -> Table:
    head = answer.certificate
    shown = table(
        f"Levies of {answer.tax_year}, version {head.version} of {len(answer.versions)},"
        f" certified by {head.certified_by} on {head.certified_on}",
        "levy", "name", "asked", "rate", "raises", "lawful at most", "tax codes",
        right=("asked", "rate", "raises", "lawful at most"),
    )  # fmt: skip
    for one in answer.levies:
        rate = one.rate
        shown.add_row(
            "/".join(filter(None, (rate.agency_code, rate.fund_code))), one.agency_name,
            money(one.asked_cents), rate.rate, money(rate.levy_cents),
            money(one.highest_lawful_cents), " ".join(one.tax_codes),
        )  # fmt: skip
    return shown


def _service(run: Invocation) -> CertifiedLevyServiceStub:
    return CertifiedLevyServiceStub(run.client.channel("levy"))
