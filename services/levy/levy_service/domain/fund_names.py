"""What agencies call their funds: one name a fund and year, whichever rate brings it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from levy_service.domain.billing import LineKey

NAME_MAX: Final = 200
_CONTROL_CHARACTER: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(slots=True)
class FundNames:
    """The names on file of a year, and those that a roll brings."""

    on_file: Mapping[LineKey, str] = field(default_factory=dict)
    sent: dict[LineKey, str] = field(default_factory=dict)

    def add(self, key: LineKey, name: str) -> Iterator[tuple[str, str]]:
        """Take a name in; gives what is wrong with it as reason and message."""
        name = name.strip()
        if not name:
            return
        if not key[1]:
            yield "FUND_INVALID", f"{name[:60]!r} names a fund, and the rate is of none"
        if len(name) > NAME_MAX or _CONTROL_CHARACTER.search(name):
            yield "TEXT_INVALID", f"at most {NAME_MAX} characters, none of them a control one"
            return
        known = self.on_file.get(key) or self.sent.setdefault(key, name)
        if known != name:
            fund = "/".join(key)[:100]
            yield "FUND_NAME_CONFLICT", f"fund {fund} is {known!r} elsewhere, {name!r} here"

    @property
    def new(self) -> dict[LineKey, str]:
        return {key: name for key, name in self.sent.items() if key not in self.on_file}
