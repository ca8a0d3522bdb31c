"""The files of a jurisdiction's pack that this service reads."""

from typing import Final

from levy_service import rulebook, worked_examples
from levy_service.law_rows import LAW_FILE, SCHEMA
from levy_service.runs import limits_law
from levy_service.runs.limits_law import LIMITS_FILE, LIMITS_SCHEMA
from levy_service.trust_taxes import rulebook as trust_taxes
from levy_service.value_changes import rulebook as change_reasons
from taxkit.packs import PackFile

FILES: Final = (
    PackFile("levy", change_reasons.FILE, change_reasons.SCHEMA, change_reasons.load),
    PackFile("levy", trust_taxes.FILE, trust_taxes.SCHEMA, trust_taxes.load),
    PackFile("levy", LAW_FILE, SCHEMA, rulebook.load, worked_examples.check),
    PackFile("levy", LIMITS_FILE, LIMITS_SCHEMA, limits_law.load),
)
