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
from receivables_service.plans import worked as worked_plans
from taxkit.packcover import Told
from taxkit.packs import PackFile
from taxkit.packvalues import PackError


def _prove(directory: Path) -> Iterable[PackError]:
    """Work the cases out; once they come out, ask whether they tell each boundary of the law."""
    wrong = list(worked_examples.check(directory, rulebook.load(directory)))
    return wrong or worked_boundaries.check(directory)


_OFFICE: Final = (
    "an office's own table: names, steps and who may take them; its tests take each step"
)
FILES: Final = (
    PackFile(
        "receivables",
        "receivables.yaml",
        rulebook.SCHEMA,
        rulebook.load,
        _prove,
        worked_boundaries.TOLD,
    ),
    PackFile(
        "receivables", held.FILE, held.SCHEMA, held.load, told=Told(untold={"held_money": _OFFICE})
    ),
    PackFile(
        "receivables", plans.FILE, plans.SCHEMA, plans.load, worked_plans.BOOK.check,
        worked_plans.TOLD,
    ),
    PackFile(
        "receivables", fees.FILE, fees.SCHEMA, fees.load,
        told=Told(untold={"fees": "an office's own amounts, charged as they stand"}),
    ),
    PackFile(
        "receivables", discounts.FILE, discounts.SCHEMA, discounts.load, worked_days.check,
        worked_days.TOLD,
    ),
)  # fmt: skip
