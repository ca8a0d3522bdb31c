"""The files of a jurisdiction's pack that this service reads."""

from typing import Final

from levy_service.rulebook import LAW_FILE, SCHEMA, load
from taxkit.packs import PackFile

FILES: Final = (PackFile("levy", LAW_FILE, SCHEMA, load),)
