"""Reads what was counted in a drawer."""

from collections.abc import Iterable

from cashiering_service.answers import tender_type_name
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit.errors import invalid
from taxkit.money import CENTS_MAX, format_cents


def read_counts(given: Iterable[pb.TenderCount]) -> dict[str, int]:
    """Each tender type once, and none of it below zero."""
    counts: dict[str, int] = {}
    for place, one in enumerate(given):
        name, field = tender_type_name(one.tender_type), f"counts[{place}]"
        if not name:
            raise invalid("TENDER_TYPE_UNKNOWN", "name a tender type", f"{field}.tender_type")
        if name in counts:
            raise invalid("TENDER_TWICE", f"{name} is counted twice: add it up", field)
        if not 0 <= one.counted_cents <= CENTS_MAX:
            raise invalid(
                "COUNT_OUT_OF_RANGE",
                f"a count is from $0.00 to {format_cents(CENTS_MAX)}",
                f"{field}.counted_cents",
            )
        counts[name] = one.counted_cents
    return counts
