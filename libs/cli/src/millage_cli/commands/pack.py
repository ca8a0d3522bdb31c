"""`millage pack`: check a county's law, show what is in force, compare two versions."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from millage_cli.invocation import Invocation, command
from millage_cli.output import facts, table
from millage_cli.packs import ROOT, PacksRoot, every, files, found, readable
from millage_cli.problems import ExitCode, usage
from taxkit import packs
from taxkit.errors import Refusal
from taxkit.lawpack import load_jurisdiction, pack_version
from taxkit.packs import InForce, TermChange, flat
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
    """Load packs as the services do, and work out their examples; exit 1 if anything is wrong."""
    told = [_checked(run, name, root) for name in names or map(str, every(root))]
    view = table("", "Pack", "Version", "Files", "Wrong", right=("Files", "Wrong"))
    for one in told:
        view.add_row(one["pack"], one["version"], str(one["files"]), str(len(one["errors"])))
    wrong = [error for one in told for error in one["errors"]]
    run.out.answer({"packs": told}, view, *map(_told, wrong))
    if wrong:
        raise typer.Exit(int(ExitCode.DIFFERENCE))


def _checked(run: Invocation, name: str, root: Path) -> dict[str, Any]:
    with found(name, root) as directory, run.out.progress(f"checking {directory.name}", None):
        errors = list(packs.check(directory, files()))
        return {
            "pack": directory.name,
            "version": _version(directory),
            "files": sum((directory / file.name).is_file() for file in files()),
            "errors": [_as_json(error) for error in errors],
        }


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
    day = _day(on)
    with found(name, root) as directory, readable():
        law = load_jurisdiction(directory)
        asked = packs.in_force(directory, files(), day, tax_year or day.year)
        terms = [each for each in asked if _is_asked(each, section)]
    if not terms:
        raise usage("SECTION_UNKNOWN", f"no section {section} in {name}")
    shown = [
        facts(("pack", law.name), ("on", day), ("tax year", tax_year or day.year)),
        *(part for each in terms for part in _shown(each)),
    ]
    run.out.answer({"pack": law.jurisdiction_id, "in_force": list(map(_plain, terms))}, *shown)


def _day(text: str) -> date:
    try:
        return required_date(text, "--on")
    except Refusal as error:
        raise usage(error.reason, error.message) from error


def _is_asked(each: InForce, section: str) -> bool:
    return section in ("", each.section, f"{Path(each.file.name).stem}/{each.section}")


def _plain(each: InForce) -> dict[str, Any]:
    term = each.term
    told: dict[str, Any] = {
        "file": each.file.name,
        "section": each.section,
        "keyed_by": each.file.schema[each.section].keyed_by,
        "key": str(each.key),
    }
    if term is None:
        return told | {"rule_id": None}
    return told | {
        "rule_id": term.rule_id,
        "citation": term.citation,
        "certainty": str(term.certainty),
        "note": term.note,
        "values": flat(term.value),
    }


def _shown(each: InForce) -> Iterator[Any]:
    yield Text(f"\n{Path(each.file.name).stem}/{each.section}", "bold")
    keyed_by = each.file.schema[each.section].keyed_by
    if each.term is None:
        yield Text(f"  says nothing for {keyed_by} {each.key}: such a call is refused", "yellow")
        return
    term = each.term
    yield facts(
        *((f"  {path}", value) for path, value in flat(term.value).items()),
        ("  source", f"{term.citation} ({term.certainty})"),
        ("  note", " ".join(term.note.split())),
        ("  rule", term.rule_id),
    )


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
