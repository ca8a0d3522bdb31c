"""The law in force on a day, as `millage pack show` tells it."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rich.text import Text

from millage_cli.output import facts
from taxkit.lawpack import Jurisdiction
from taxkit.packs import InForce, flat


def days_off(law: Jurisdiction) -> str:
    """Whose holidays move a last day, by whose clocks a day ends."""
    calendar = law.calendar
    of = "-".join(filter(None, (calendar.country, calendar.subdivision)))
    worked = ", ".join(calendar.working_holidays)
    parts = [f"public holidays of {of}", f"worked on {worked}" if worked else ""]
    parts += [f"closed on {', '.join(map(str, calendar.closed))}" if calendar.closed else ""]
    return "; ".join([*filter(None, parts), f"days end in {law.time_zone}"])


def is_asked(each: InForce, section: str) -> bool:
    return section in ("", each.section, f"{Path(each.file.name).stem}/{each.section}")


def meant(section: str, known: Sequence[InForce]) -> str:
    """The sections a name may stand for: those nearest to it, or all there are."""
    names = [(each.section, f"{Path(each.file.name).stem}/{each.section}") for each in known]
    near = get_close_matches(section.rpartition("/")[2], dict(names), 3)
    found = [whole for one, whole in names if one in near] or [whole for _, whole in names]
    return f"one of {', '.join(found)}"


def plain(each: InForce) -> dict[str, Any]:
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
        "since": str(each.since),
        "until": None if each.until is None else str(each.until),
        "citation": term.citation,
        "certainty": str(term.certainty),
        "note": term.note,
        "values": flat(term.value),
    }


def shown(each: InForce) -> Iterator[Any]:
    yield Text(f"\n{Path(each.file.name).stem}/{each.section}", "bold")
    keyed_by = each.file.schema[each.section].keyed_by
    if each.term is None:
        yield Text(f"  says nothing for {keyed_by} {each.key}: such a call is refused", "yellow")
        return
    term = each.term
    yield facts(
        *((f"  {path}", value) for path, value in flat(term.value).items()),
        ("  in force", _span(each)),
        ("  source", f"{term.citation} ({term.certainty})"),
        ("  note", " ".join(term.note.split())),
        ("  rule", term.rule_id),
    )


def _span(each: InForce) -> str:
    """From which key on a term holds, by what the statute goes, and which ends it."""
    section = each.file.schema[each.section]
    by = section.keyed_by.replace("_", " ")
    if section.exact:
        return f"{by} {each.since} alone"
    return f"{by} from {each.since}" + (f", until that of {each.until}" if each.until else " on")
