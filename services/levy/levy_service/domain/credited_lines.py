"""Lines of a bill with credits: before them and after, and as a bill prints them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from levy_service.domain.credits import GivenCredit


class Line(Protocol):
    """An agency's line as it is computed, or as it is on file."""

    @property
    def agency_code(self) -> str: ...
    @property
    def agency_name(self) -> str: ...
    @property
    def fund_code(self) -> str: ...
    @property
    def amount_cents(self) -> int: ...
    @property
    def credited_cents(self) -> int: ...


class PrintedKind(StrEnum):
    AGENCY = "agency"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """A line as the taxpayer reads it; a credit's is negative."""

    kind: PrintedKind
    code: str
    name: str
    amount_cents: int
    fund_code: str = ""


def before_credits(lines: Iterable[Line]) -> dict[tuple[str, str], int]:
    """What each line comes to, by its agency and fund, as its net line is held against it."""
    return {(line.agency_code, line.fund_code): line.amount_cents for line in lines}


def printed(lines: Iterable[Line], credits_: Iterable[GivenCredit]) -> tuple[PrintedLine, ...]:
    """A bill's lines as the law has them printed; they add up to its total either way."""
    given = list(credits_)
    as_lines = any(each.as_line for each in given)
    agencies = tuple(
        PrintedLine(
            PrintedKind.AGENCY,
            line.agency_code,
            line.agency_name,
            line.amount_cents + (line.credited_cents if as_lines else 0),
            line.fund_code,
        )
        for line in lines
    )
    if not as_lines:
        return agencies
    return agencies + tuple(
        PrintedLine(PrintedKind.CREDIT, each.code, each.name or each.code, -each.amount_cents)
        for each in given
    )
