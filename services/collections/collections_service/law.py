"""The files of a jurisdiction's pack that this service reads."""

from typing import Final

from collections_service import worked
from collections_service.notices import rulebook as notices
from collections_service.notices import worked as worked_notices
from collections_service.rulebook import SCHEMA, load
from taxkit.packs import PackFile

FILES: Final = (
    PackFile("collections", "collections.yaml", SCHEMA, load, worked.BOOK.check, worked.TOLD),
    PackFile(
        "collections",
        notices.FILE,
        notices.SCHEMA,
        notices.load,
        worked_notices.BOOK.check,
        worked_notices.TOLD,
    ),
)
