"""The files of a jurisdiction's pack that this service reads."""

from typing import Final

from taxkit.packs import PackFile
from taxsale_service.rulebook import SCHEMA, load

FILES: Final = (PackFile("taxsale", "taxsale.yaml", SCHEMA, load),)
