"""The law of levy limits in one jurisdiction, by tax year; not every pack has one."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from levy_service.domain.levy_limits import LimitTerms, NotComputed
from taxkit.dated import Dated, NoTermInForce
from taxkit.lawpack import Section, Term, load_terms
from taxkit.packvalues import PackError

LIMITS_FILE: Final = "levy_limits.yaml"
_LIMITS, _NONE = "limits", "limits_not_computed"
LIMITS_SCHEMA: Final = MappingProxyType(
    {
        _LIMITS: Section("tax_year", LimitTerms, optional=True),
        # Years of which the pack says itself that levies are taken as they are asked for.
        _NONE: Section("tax_year", NotComputed, optional=True),
    }
)


@dataclass(frozen=True, slots=True)
class LevyLimits:
    """A pack's limits by tax year, and the years in which it computes none."""

    limits: Dated[int, Term[LimitTerms]] | None
    not_computed: Dated[int, Term[NotComputed]] | None

    def at(self, tax_year: int) -> Term[LimitTerms] | Term[NotComputed]:
        """The year's limits; that none are computed only where the pack has none for the year."""
        try:
            found = None if self.limits is None else self.limits.at(tax_year)
        except NoTermInForce:
            if self.not_computed is None:
                raise
            found = None
        if found is not None:
            return replace(found, value=found.value.in_year(tax_year))
        assert self.not_computed is not None, tax_year
        return self.not_computed.at(tax_year)


def load(directory: Path) -> LevyLimits:
    """Read a jurisdiction's levy limits; PackError names file, line and field."""
    law = load_terms(directory, LIMITS_FILE, LIMITS_SCHEMA)
    found = LevyLimits(
        law.by_year_if_there(_LIMITS, LimitTerms), law.by_year_if_there(_NONE, NotComputed)
    )
    if found.limits is None and found.not_computed is None:
        where = (directory / LIMITS_FILE, 1)
        raise PackError(where, _LIMITS, "nothing", f"{_LIMITS}, or {_NONE} and why")
    return found


def load_if_there(directory: Path) -> LevyLimits | None:
    return load(directory) if (directory / LIMITS_FILE).is_file() else None
