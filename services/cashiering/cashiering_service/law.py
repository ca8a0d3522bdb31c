"""The files of a jurisdiction's pack that this service reads."""

from pathlib import Path
from typing import Final

from cashiering_service import part_law, rulebook, worked
from cashiering_service.baskets import rulebook as baskets
from taxkit.packs import PackFile


def _till(directory: Path) -> object:
    return rulebook.load(str(directory.parent), directory.name)


def _baskets(directory: Path) -> object:
    return baskets.load(str(directory.parent), directory.name)


def _parts(directory: Path) -> object:
    return part_law.load(str(directory.parent), directory.name)


FILES: Final = (
    PackFile(
        "cashiering",
        "cashiering.yaml",
        rulebook.SCHEMA,
        _till,
        worked.COUNTER.check,
        worked.COUNTER_TOLD,
    ),
    PackFile("cashiering", baskets.FILE, baskets.SCHEMA, _baskets, told=worked.BASKETS_TOLD),
    PackFile(
        "cashiering", part_law.FILE, part_law.SCHEMA, _parts, worked.PARTS.check, worked.PARTS_TOLD
    ),
)
