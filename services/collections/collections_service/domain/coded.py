"""What the codes on a bill mean for collecting it (RECV-058)."""

from collections.abc import Sequence
from dataclasses import dataclass

EXCLUDE_FROM_EXPORTS = "exclude_from_exports"
AS_USUAL, INCLUDE, EXCLUDE = "as_usual", "include", "exclude"


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
