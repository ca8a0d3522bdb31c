"""The BAI2 file as a table: the records there are, their order, and what is a payment."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MAX_LINE_BYTES = 4096
# What a record may grow to with its continuations.
MAX_RECORD_CHARS = 65_536
OPENING = "01"
CONTINUATION = "88"


@dataclass(frozen=True, slots=True)
class Shape:
    title: str
    followed_by: tuple[str, ...]
    fields_min: int


SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "01": Shape("file header", ("02",), 8),
        "02": Shape("group header", ("03",), 4),
        "03": Shape("account", ("16", "49"), 2),
        "16": Shape("transaction", ("16", "49"), 3),
        "49": Shape("account trailer", ("03", "98"), 2),
        "98": Shape("group trailer", ("02", "99"), 3),
        "99": Shape("file trailer", (), 3),
    }
)

# Transactions that are somebody's payment, with the tender they came in.
PAYMENTS: Mapping[str, str] = MappingProxyType(
    {
        "142": "ach",
        "143": "ach",
        "164": "ach",
        "165": "ach",
        "169": "ach",
        "191": "wire",
        "195": "wire",
        "206": "wire",
        "208": "wire",
    }
)
# Credits of money the county took itself and brought to the bank, or that came there in a file of
# its own: lockboxes, concentration, cards, settlements, deposits. They count in the totals only.
OWN = frozenset(
    {
        *("115", "116", "118", "135", "136", "145", "147", "166", "168", "171"),
        *("172", "173", "174", "175", "176", "184", "187", "201", "301"),
    }
)


def is_credit(type_code: str) -> bool:
    """Whether a transaction adds to the account; a bank's own codes from 920 on included."""
    return "100" <= type_code <= "399" or "920" <= type_code <= "959"
