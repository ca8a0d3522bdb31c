"""The files of a jurisdiction's pack that this service reads."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from receivables_service import rulebook, worked_boundaries, worked_examples
from receivables_service.discounts import rulebook as discounts
from receivables_service.discounts import worked_days
from receivables_service.fees import rulebook as fees
from receivables_service.held import rulebook as held
from receivables_service.plans import rulebook as plans
from taxkit.packs import PackFile
from taxkit.packvalues import PackError


def _prove(directory: Path) -> Iterable[PackError]:
    """Work the cases out; once they come out, ask whether they tell each boundary of the law."""
    wrong = list(worked_examples.check(directory, rulebook.load(directory)))
    return wrong or worked_boundaries.check(directory)


FILES: Final = (
    PackFile("receivables", "receivables.yaml", rulebook.SCHEMA, rulebook.load, _prove),
    PackFile("receivables", held.FILE, held.SCHEMA, held.load),
    PackFile("receivables", plans.FILE, plans.SCHEMA, plans.load),
    PackFile("receivables", fees.FILE, fees.SCHEMA, fees.load),
    PackFile("receivables", discounts.FILE, discounts.SCHEMA, discounts.load, worked_days.check),
)
