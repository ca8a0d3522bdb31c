"""The files of a jurisdiction's pack that this service reads."""

from typing import Final

from notifications_service.rulebook import SCHEMA, load
from taxkit.packcover import Told
from taxkit.packs import PackFile

_WORDS: Final = (
    "words, and whom they are for: no amount, day or rate; each text is compiled when the pack is"
    " loaded, and this service's tests write it"
)

FILES: Final = (
    PackFile(
        "notifications", "notifications.yaml", SCHEMA, load, told=Told(untold={"notices": _WORDS})
    ),
)
