"""A pack as a folder: whose it is, which days its offices work, and what it leaves to an office."""

import os
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from taxkit.calendar import BusinessCalendar, business_calendar, known_holidays
from taxkit.clock import zone_named
from taxkit.packvalues import NodeReader, PackError, compose, line_of


@dataclass(frozen=True, slots=True)
class CalendarLaw:
    """Whose public holidays apply, the days the county closed besides, and holidays it works on."""

    country: str
    subdivision: str | None = None
    closed: tuple[date, ...] = ()
    working_holidays: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        try:
            business_calendar(self.country, self.subdivision)
        except NotImplementedError as error:
            raise ValueError(str(error)) from error
        if not self.working_holidays:
            return
        known = known_holidays(self.country, self.subdivision)
        if unknown := sorted(set(self.working_holidays) - known):
            raise ValueError(f"{', '.join(unknown)}, which is no holiday there")


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    jurisdiction_id: str
    name: str
    county: str
    state: str
    # Whose midnight ends a day: the last one for a payment among them.
    time_zone: str
    declared_version: str
    calendar: CalendarLaw
    notes: tuple[str, ...] = ()
    # The folder beside this one that says what the pack leaves to the office.
    office: str = ""

    def business_calendar(self) -> BusinessCalendar:
        law = self.calendar
        return business_calendar(law.country, law.subdivision, law.closed, law.working_holidays)


def load_jurisdiction(directory: Path) -> Jurisdiction:
    """Read jurisdiction.yaml; the folder must bear the jurisdiction's id."""
    file = directory / "jurisdiction.yaml"
    found = _read(file)
    if found.jurisdiction_id != directory.name:
        raise PackError(
            (file, _line(file, "jurisdiction_id")), "jurisdiction_id", found.jurisdiction_id,
            f"the folder name {directory.name}", "write the folder's name, or rename the folder",
        )  # fmt: skip
    if found.office and not _is_office(directory, found.office):
        raise PackError(
            (file, _line(file, "office")), "office", found.office,
            "a folder beside the pack that is no pack itself",
            "copy that folder, too, or write its files in the pack and take the line out",
        )  # fmt: skip
    return found


def office_named(directory: Path) -> str:
    """Tell the office a pack names, whether its folder is there or not; empty for none."""
    return _read(directory / "jurisdiction.yaml").office


def zone_of(directory: Path) -> ZoneInfo:
    """Give the zone by whose clocks a pack's days begin and end."""
    return zone_named(load_jurisdiction(directory).time_zone)


def _read(file: Path) -> Jurisdiction:
    return _read_once(file, file.read_bytes() if file.is_file() else b"")


@lru_cache(maxsize=64)
def _read_once(file: Path, _content: bytes) -> Jurisdiction:
    found: Jurisdiction = NodeReader(file).record(compose(file), Jurisdiction, "jurisdiction")
    try:
        zone_named(found.time_zone)
    except ValueError as error:
        raise PackError(
            (file, _line(file, "time_zone")),
            "time_zone",
            found.time_zone or "nothing",
            "a zone of the tz database, as America/Chicago",
        ) from error
    return found


def _line(file: Path, field: str) -> int:
    return line_of(NodeReader(file).entries(compose(file), file.name)[field])


def _office_of(directory: Path, jurisdiction: Jurisdiction) -> Path:
    return directory.resolve().parent / jurisdiction.office


def _is_office(directory: Path, name: str) -> bool:
    beside = directory.resolve().parent
    folder = (beside / name).resolve()
    is_pack = (folder / "jurisdiction.yaml").exists()
    return folder.parent == beside and folder.is_dir() and not is_pack


def folders(directory: Path) -> tuple[Path, ...]:
    """Give where a pack's files are: its own folder, then its office's."""
    jurisdiction = load_jurisdiction(directory)
    return (directory, _office_of(directory, jurisdiction)) if jurisdiction.office else (directory,)


def has_file(directory: Path, name: str) -> bool:
    """Tell whether a pack says anything in a file of this name, itself or by its office."""
    return any((folder / name).is_file() for folder in folders(directory))


def pack_version(directory: Path, declared: str) -> str:
    """Name exactly this content: the declared version and a digest of every file it goes by."""
    found = tuple(_state(folder) for folder in folders(directory))
    return f"{declared}+{_digest(found)[:12]}"


_State = tuple[Path, tuple[tuple[str, int, int], ...]]


def _state(folder: Path) -> _State:
    """The files of a folder, with their sizes and the moments they were written."""
    found = []
    for place, inner, names in os.walk(folder):
        inner[:] = [name for name in inner if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                file = Path(place, name)
                stat = file.stat()
                found.append((file.relative_to(folder).as_posix(), stat.st_size, stat.st_mtime_ns))
    return folder, tuple(sorted(found, key=lambda one: one[0].split("/")))


@lru_cache(maxsize=256)
def _digest(found: tuple[_State, ...]) -> str:
    """Read again only when a file was written: each of a service's rulebooks asks."""
    digest = sha256()
    for folder, files in found:
        for name, _, _ in files:
            content = (folder / name).read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()
