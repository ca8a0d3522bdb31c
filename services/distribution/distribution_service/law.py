"""The files of a jurisdiction's pack that this service reads."""

from typing import Final

from distribution_service import worked
from distribution_service.rulebook import SCHEMA, load
from taxkit.packs import PackFile

FILES: Final = (
    PackFile("distribution", "distribution.yaml", SCHEMA, load, worked.BOOK.check, worked.TOLD),
)
