"""The files of a jurisdiction's pack that this service reads."""

from typing import Final

from notifications_service.rulebook import SCHEMA, load
from taxkit.packs import PackFile

FILES: Final = (PackFile("notifications", "notifications.yaml", SCHEMA, load),)
