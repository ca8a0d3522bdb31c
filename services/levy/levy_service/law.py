"""The files of a jurisdiction's pack that this service reads."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from levy_service import rulebook, worked_boundaries, worked_examples
from levy_service.law_rows import LAW_FILE, SCHEMA
from levy_service.runs import limits_law
from levy_service.runs.limits_law import LIMITS_FILE, LIMITS_SCHEMA
from levy_service.supplements import rulebook as supplements
from levy_service.supplements import worked as worked_supplements
from levy_service.trust_taxes import rulebook as trust_taxes
from levy_service.value_changes import rulebook as change_reasons
from taxkit.packs import PackFile
from taxkit.packvalues import PackError


def _prove(directory: Path) -> Iterable[PackError]:
    """Work the bills out; once they come out, ask whether they tell each boundary of the law."""
    return list(worked_examples.check(directory)) or worked_boundaries.check(directory)


FILES: Final = (
    PackFile("levy", change_reasons.FILE, change_reasons.SCHEMA, change_reasons.load),
    PackFile(
        "levy", supplements.FILE, supplements.SCHEMA, supplements.load, worked_supplements.check
    ),
    PackFile("levy", trust_taxes.FILE, trust_taxes.SCHEMA, trust_taxes.load),
    PackFile("levy", LAW_FILE, SCHEMA, rulebook.load, _prove),
    PackFile("levy", LIMITS_FILE, LIMITS_SCHEMA, limits_law.load),
)
