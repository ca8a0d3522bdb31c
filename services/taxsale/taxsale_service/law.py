"""The files of a jurisdiction's pack that this service reads."""

from typing import Final

from taxkit.packs import PackFile
from taxsale_service import worked
from taxsale_service.rulebook import SCHEMA, load

FILES: Final = (PackFile("taxsale", "taxsale.yaml", SCHEMA, load, worked.BOOK.check, worked.TOLD),)
