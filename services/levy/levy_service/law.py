"""The files of a jurisdiction's pack that this service reads."""

from typing import Final

from levy_service import rulebook, worked_examples
from levy_service.law_rows import LAW_FILE, SCHEMA
from taxkit.packs import PackFile

FILES: Final = (PackFile("levy", LAW_FILE, SCHEMA, rulebook.load, worked_examples.check),)
