"""The files of a jurisdiction's pack that this service reads."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from levy_service import rulebook, worked_boundaries, worked_examples
from levy_service.law_rows import LAW_FILE, SCHEMA
from levy_service.runs import limits_law, worked_limits
from levy_service.runs.limits_law import LIMITS_FILE, LIMITS_SCHEMA
from levy_service.supplements import rulebook as supplements
from levy_service.supplements import worked_boundaries as worked_supplements
from levy_service.trust_taxes import rulebook as trust_taxes
from levy_service.trust_taxes import worked as worked_trust_taxes
from levy_service.value_changes import rulebook as change_reasons
from taxkit.packcover import Told
from taxkit.packs import PackFile
from taxkit.packvalues import PackError


def _prove(directory: Path) -> Iterable[PackError]:
    """Work the bills out; once they come out, ask whether they tell each boundary of the law."""
    return list(worked_examples.check(directory)) or worked_boundaries.check(directory)


_REASONS: Final = (
    "an office's own reasons, each with two switches: a case would say them again; the tests of"
    " changes take each way"
)
FILES: Final = (
    PackFile(
        "levy", change_reasons.FILE, change_reasons.SCHEMA, change_reasons.load,
        told=Told(untold={"change_reasons": _REASONS}),
    ),
    PackFile(
        "levy", supplements.FILE, supplements.SCHEMA, supplements.load, worked_supplements.check,
        worked_supplements.TOLD,
    ),
    PackFile(
        "levy", trust_taxes.FILE, trust_taxes.SCHEMA, trust_taxes.load,
        worked_trust_taxes.BOOK.check, worked_trust_taxes.TOLD,
    ),
    PackFile("levy", LAW_FILE, SCHEMA, rulebook.load, _prove, worked_boundaries.TOLD),
    PackFile(
        "levy", LIMITS_FILE, LIMITS_SCHEMA, limits_law.load_if_there, worked_limits.BOOK.check,
        worked_limits.TOLD,
    ),
)  # fmt: skip
