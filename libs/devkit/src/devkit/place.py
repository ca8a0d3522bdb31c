"""Which county a stack is: the one it was begun as, else the one that is asked for, else Cook."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devkit.paths import REPOSITORY, StackPaths, read_json
from taxkit.jurisdiction import load_jurisdiction
from taxkit.packvalues import PackError

PACKS = REPOSITORY / "jurisdictions"
_COUNTY, _JURISDICTION = "cook", "us-il-cook"
# A state's pack is for each of its counties.
_ANY = "any"


class PlaceProblem(RuntimeError):
    """No such place, or not the one whose money is there already."""


@dataclass(frozen=True, slots=True)
class Place:
    """A county and the pack it goes by."""

    county: str
    jurisdiction: str

    @property
    def is_usual(self) -> bool:
        """Whether nobody has to ask for it by name."""
        return self.jurisdiction == _JURISDICTION

    def variables(self) -> dict[str, str]:
        return {"MILLAGE_COUNTY": self.county, "MILLAGE_JURISDICTION": self.jurisdiction}

    def described(self) -> dict[str, str]:
        return {"county": self.county, "jurisdiction": self.jurisdiction}


def place_of(
    paths: StackPaths, asked: Mapping[str, str] = os.environ, *, fresh: bool = False
) -> Place:
    """The place of a stack; another one than the stack holds the data of is refused."""
    held = {} if fresh else read_json(paths.addresses)
    county, jurisdiction = asked.get("MILLAGE_COUNTY", ""), asked.get("MILLAGE_JURISDICTION", "")
    if "jurisdiction" not in held:
        jurisdiction = jurisdiction or _JURISDICTION
        return Place(county or _county_of(jurisdiction), jurisdiction)
    kept = Place(held["county"], held["jurisdiction"])
    if county not in ("", kept.county) or jurisdiction not in ("", kept.jurisdiction):
        raise PlaceProblem(
            f"stack {paths.name!r} has the data of {kept.county} by {kept.jurisdiction}, not of"
            f" {county or kept.county} by {jurisdiction or kept.jurisdiction}: give the other one a"
            f" name of its own (make up STACK=NAME), or forget this one's data with"
            f" .venv/bin/python -m devkit down --stack {paths.name} --destroy"
        )
    return kept


def _county_of(jurisdiction: str) -> str:
    """The county a pack names; a state's pack names none, so its own id stands for it."""
    if jurisdiction == _JURISDICTION:
        return _COUNTY
    try:
        named = load_jurisdiction(_folder(jurisdiction)).county
    except PackError as error:
        raise PlaceProblem(str(error)) from error
    return jurisdiction if named == _ANY else named


def _folder(jurisdiction: str) -> Path:
    packs = {file.parent.name: file.parent for file in PACKS.glob("*/jurisdiction.yaml")}
    if jurisdiction not in packs:
        raise PlaceProblem(
            f"there is no pack {jurisdiction!r} in {PACKS}; there are {', '.join(sorted(packs))}"
        )
    return packs[jurisdiction]
