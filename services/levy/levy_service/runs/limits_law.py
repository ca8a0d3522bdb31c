"""The law of levy limits in one jurisdiction, by tax year; not every pack has one."""

from pathlib import Path
from types import MappingProxyType
from typing import Final

from levy_service.domain.levy_limits import LimitTerms
from taxkit.dated import Dated
from taxkit.lawpack import Section, Term, load_terms

LIMITS_FILE: Final = "levy_limits.yaml"
LIMITS_SCHEMA: Final = MappingProxyType({"limits": Section("tax_year", LimitTerms)})


def load(directory: Path) -> Dated[int, Term[LimitTerms]]:
    """Read a jurisdiction's levy limits; PackError names file, line and field."""
    return load_terms(directory, LIMITS_FILE, LIMITS_SCHEMA).by_year("limits", LimitTerms)


def load_if_there(directory: Path) -> Dated[int, Term[LimitTerms]] | None:
    return load(directory) if (directory / LIMITS_FILE).is_file() else None
