"""The reasons for which values may change, by the day a change counts from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from levy_service.domain.change_reasons import ChangeReason, ChangeReasons
from taxkit.dated import Dated
from taxkit.errors import invalid
from taxkit.lawpack import Section, Term, has_file, load_terms

FILE: Final = "change_reasons.yaml"
SCHEMA: Final[Mapping[str, Section]] = {"change_reasons": Section("effective_on", ChangeReasons)}


@dataclass(frozen=True, slots=True)
class Reasons:
    """A pack's reasons; a pack without the file has none."""

    terms: Dated[date, Term[ChangeReasons]]

    def at(self, on: date) -> Term[ChangeReasons]:
        """The reasons in force on a day; NoTermInForce where there are none."""
        return self.terms.at(on)

    def find(self, code: str, on: date, field: str = "reason_code") -> ChangeReason:
        """A clerk's reason: one that is not configured is a slip, not the default."""
        found = self.at(on).value.find(code)
        if found is None:
            known = ", ".join(each.code for each in self.at(on).value.reasons)
            raise invalid(
                "CHANGE_REASON_UNKNOWN", f"{code[:60]!r} is none of the reasons {known}", field
            )
        return found


def load(directory: Path) -> Reasons:
    """Load a jurisdiction's file, which may be missing."""
    if not has_file(directory, FILE):
        return Reasons(Dated(f"{directory.name}/change_reasons", (), ()))
    law = load_terms(directory, FILE, SCHEMA)
    return Reasons(law.by_date("change_reasons", ChangeReasons))
