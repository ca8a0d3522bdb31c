"""`millage pack`: check the law, show what is in force, compare two versions, on a roll too."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from millage_cli import packcover, packorders, packshow, simulation
from millage_cli.invocation import Invocation, command
from millage_cli.output import facts, money, table
from millage_cli.packs import ROOT, PacksRoot, every, files, found, readable
from millage_cli.problems import ExitCode, Problem, usage
from millage_cli.roll import read_rolls
from millage_cli.simulation import Difference, Sum
from taxkit import packs
from taxkit.errors import Refusal
from taxkit.lawpack import has_file, load_jurisdiction, pack_version
from taxkit.packs import TermChange
from taxkit.packvalues import PackError
from taxkit.requests import required_date

pack = typer.Typer(help="A county's law as data.", no_args_is_help=True)

Pack = Annotated[str, typer.Argument(metavar="PACK", help="A folder, an id, or COMMIT:ID.")]


@command(pack)
def check(
    run: Invocation,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[PACK]...", help="All packs when left out.")
    ] = None,
    root: PacksRoot = ROOT,
) -> None:
    """Load packs as the services do, and work out their examples; exit 1 if anything is wrong.

    Says besides, once nothing is wrong, what of the law the examples tell: each value, or why
    not. One pack by its sections.
    """
    told = [_checked(run, name, root) for name in names or map(str, every(root))]
    counts = ("Files", "Told", "Excused", "Wrong")
    view = table("", "Pack", "Version", *counts, right=counts)
    for one in told:
        sums = [str(sum(each[name] for each in one["told"])) for name in ("told", "excused")]
        files_, wrong_ = str(one["files"]), str(len(one["errors"]))
        view.add_row(one["pack"], one["version"], files_, *sums, wrong_)
    wrong = [error for one in told for error in one["errors"]]
    # What cases tell is asked once nothing is wrong: before that it only hides the errors.
    covered = [] if wrong else [each for one in told for each in one["told"]]
    parts = [packcover.sections(covered)] if len(told) == 1 and covered else []
    run.out.answer({"packs": told}, view, *parts, *packcover.untold(covered), *map(_told, wrong))
    if wrong:
        raise typer.Exit(int(ExitCode.DIFFERENCE))


def _checked(run: Invocation, name: str, root: Path) -> dict[str, Any]:
    with found(name, root) as directory, run.out.progress(f"checking {directory.name}", None):
        errors = [*packs.check(directory, files()), *packorders.check(directory)]
        return {
            "pack": directory.name,
            "version": _version(directory),
            "files": _count(directory),
            "told": packcover.of_pack(directory),
            "errors": [_as_json(error) for error in errors],
        }


def _count(directory: Path) -> int:
    """How many files the services read; none where it cannot be told what is read at all."""
    try:
        return sum(has_file(directory, file.name) for file in files())
    except PackError:
        return 0


def _version(directory: Path) -> str:
    try:
        return pack_version(directory, load_jurisdiction(directory).declared_version)
    except PackError:
        return ""


def _as_json(error: PackError) -> dict[str, Any]:
    return {
        "file": str(error.file),
        "line": error.line,
        "field": error.field,
        "found": error.found,
        "expected": error.expected,
        "to_do": error.remedy,
    }


def _told(error: dict[str, Any]) -> Text:
    return Text.assemble(
        (f"{error['file']}:{error['line']}: {error['field']}\n", "red"),
        f"  found     {error['found']}\n  expected  {error['expected']}\n",
        f"  to do     {error['to_do']}",
    )


@command(pack)
def show(
    run: Invocation,
    name: Pack,
    on: Annotated[str, typer.Option("--on", help="The day; law by date is that day's.")],
    tax_year: Annotated[
        int | None, typer.Option("--tax-year", help="Law by tax year; the day's year if left out.")
    ] = None,
    section: Annotated[
        str, typer.Option("--section", help="Only this one, as `interest` or `levy/bill`.")
    ] = "",
    root: PacksRoot = ROOT,
) -> None:
    """Print the law in force on a day, each value with its source and how certain it is."""
    day = _day(on, "--on")
    with found(name, root) as directory, readable():
        law = load_jurisdiction(directory)
        every_ = list(packs.in_force(directory, files(), day, tax_year or day.year))
        terms = [each for each in every_ if packshow.is_asked(each, section)]
    if not terms:
        raise usage(
            "SECTION_UNKNOWN", f"no section {section} in {name}", packshow.meant(section, every_)
        )
    shown = [
        facts(
            ("pack", law.name),
            ("on", day),
            ("tax year", tax_year or day.year),
            ("days off", packshow.days_off(law)),
        ),
        *(part for each in terms for part in packshow.shown(each)),
    ]
    run.out.answer(
        {"pack": law.jurisdiction_id, "in_force": list(map(packshow.plain, terms))}, *shown
    )


def _day(text: str, option: str) -> date:
    try:
        return required_date(text, option)
    except Refusal as error:
        raise usage(error.reason, error.message) from error


@command(pack)
def diff(run: Invocation, old: Pack, new: Pack, root: PacksRoot = ROOT) -> None:
    """Compare two versions of a pack, term by term; exit 1 if they differ."""
    with found(old, root) as before, found(new, root) as after, readable():
        changed = list(packs.changes(before, after, files()))
    run.out.answer({"changes": list(map(_plain_change, changed))}, *map(_shown_change, changed))
    if not changed:
        run.out.say("no difference")
        return
    raise typer.Exit(int(ExitCode.DIFFERENCE))


def _plain_change(change: TermChange) -> dict[str, Any]:
    return {
        "rule": change.rule_id,
        "kind": change.kind,
        "old_citation": change.old_citation,
        "new_citation": change.new_citation,
        "values": [{"path": one.path, "old": one.old, "new": one.new} for one in change.fields],
    }


_COLOURS = {"added": "green", "removed": "red", "changed": "yellow"}


def _shown_change(change: TermChange) -> Text:
    text = Text(f"{change.kind} {change.rule_id}", _COLOURS[change.kind])
    for one in change.fields:
        sides = [each for each in (one.old, one.new) if each is not None]
        text.append(f"\n  {one.path}: {' -> '.join(sides)}", "default")
    if change.old_citation != change.new_citation:
        sides = [each for each in (change.old_citation, change.new_citation) if each]
        text.append(f"\n  source: {' -> '.join(sides)}", "dim")
    return text


@command(pack)
def simulate(
    run: Invocation,
    old: Pack,
    new: Pack,
    roll: Annotated[
        list[Path], typer.Argument(metavar="CSV...", help="Rates and parcels, as for roll load.")
    ],
    as_of: Annotated[
        str, typer.Option("--as-of", help="Add what has grown by then if nothing is paid.")
    ] = "",
    top: Annotated[int, typer.Option("--top", min=0, help="How many parcels to name.")] = 10,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write every parcel's difference to a file.")
    ] = None,
    root: PacksRoot = ROOT,
) -> None:
    """Say who would pay what difference: a roll billed, and owed on a date, under two laws."""
    day = _day(as_of, "--as-of") if as_of else None
    with found(old, root) as before, found(new, root) as after, readable():
        laws = simulation.Law.of(before), simulation.Law.of(after)
    tally = simulation.Tally(top)
    with simulation.written(csv_file) as write:
        for year in read_rolls(roll):
            bar = run.out.progress(f"tax year {year.tax_year}", len(year.parcels))
            with bar as advance, _answerable():
                for each in simulation.simulate(year, *laws, day, advance):
                    tally.add(each)
                    write(each)
    districts, whole, named = tally.districts(), tally.whole(), tally.largest()
    document = {
        "as_of": day.isoformat() if day else None,
        "districts": list(map(asdict, districts)),
        "all": asdict(whole),
        "largest": list(map(simulation.as_row, named)),
    }
    run.out.answer(document, _districts([*districts, whole]), _named(named))
    if csv_file is not None:
        run.out.say(f"{whole.parcels} parcels written to {csv_file}")


@contextmanager
def _answerable() -> Iterator[None]:
    """What a law or a roll does not allow is this command's refusal."""
    try:
        yield
    except Refusal as error:
        raise Problem(error.reason, error.message) from error


def _districts(sums: Sequence[Sum]) -> Table:
    amounts = ("Parcels", "More", "Less", "Tax", "New tax", "Grown", "New grown", "Difference")
    view = table("By tax code", "Tax code", *amounts, right=amounts)
    for one in sums:
        counts = (str(one.parcels), str(one.more), str(one.less))
        pairs = (one.old.tax_cents, one.new.tax_cents, one.old.grown_cents, one.new.grown_cents)
        difference = money(one.cents, signed=True)
        view.add_row(one.tax_code, *counts, *map(money, pairs), difference)
    return view


def _named(differences: Sequence[Difference]) -> Table:
    amounts = ("Owed", "New", "Difference")
    view = table("Largest differences", "Year", "Parcel", "Class", "Owner", *amounts, right=amounts)
    for one in differences:
        view.add_row(
            str(one.tax_year),
            one.parcel_number,
            one.property_class,
            one.owner_name,
            money(one.old.total_cents),
            money(one.new.total_cents),
            money(one.cents, signed=True),
        )
    return view
