"""What the codes on a bill mean for collecting it (RECV-058)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

EXCLUDE_FROM_EXPORTS = "exclude_from_exports"
# A stay by the court, or by the office: nobody is written to meanwhile.
STAYS = ("bankruptcy", "deferral")
DELINQUENT_NOTICES = "delinquent_notices"
AS_USUAL, INCLUDE, EXCLUDE = "as_usual", "include", "exclude"


class Purpose(StrEnum):
    """What a list of overdue bills is for."""

    VIEW = "view"
    EXPORT = "export"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class CodeOnBill:
    """A code with what receivables says of it."""

    code: str
    switches: frozenset[str] = frozenset()
    delinquent_notices: str = AS_USUAL


def is_exported(codes: Sequence[CodeOnBill]) -> bool:
    """Whether a bill is in what is sent to others: not if any of its codes keeps it out."""
    return not any(EXCLUDE_FROM_EXPORTS in each.switches for each in codes)


def delinquent_notices(codes: Sequence[CodeOnBill]) -> str:
    """Whether delinquent notices go out: of several codes that say so, the last one set decides."""
    said = [each.delinquent_notices for each in codes if each.delinquent_notices != AS_USUAL]
    return said[-1] if said else AS_USUAL


def kept_out(codes: Sequence[CodeOnBill], purpose: Purpose) -> tuple[str, str] | None:
    """The code that keeps a bill out of a list, and by which of its settings; None: it is in."""
    if purpose is Purpose.EXPORT:
        return _by_switch(codes, (EXCLUDE_FROM_EXPORTS,))
    if purpose is Purpose.NOTICE:
        return _by_switch(codes, STAYS) or _by_notices(codes)
    return None


def _by_switch(codes: Sequence[CodeOnBill], switches: Sequence[str]) -> tuple[str, str] | None:
    for switch in switches:
        for each in codes:
            if switch in each.switches:
                return each.code, switch
    return None


def _by_notices(codes: Sequence[CodeOnBill]) -> tuple[str, str] | None:
    said = [each for each in codes if each.delinquent_notices != AS_USUAL]
    if said and said[-1].delinquent_notices == EXCLUDE:
        return said[-1].code, DELINQUENT_NOTICES
    return None


def is_listed(
    codes: Sequence[CodeOnBill], purpose: Purpose, overdue_cents: int, least_cents: int
) -> bool:
    """Whether enough is overdue; a code that includes a bill in notices asks for no least sum."""
    included = purpose is Purpose.NOTICE and delinquent_notices(codes) == INCLUDE
    return included or overdue_cents >= least_cents
