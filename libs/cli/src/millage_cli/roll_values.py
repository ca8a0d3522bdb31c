"""Columns of a roll's parcels whose net value is computed: exemptions, and caps on its growth."""

from collections.abc import Iterator, Mapping
from typing import Any

from millage.levy.v1 import levy_pb2 as pb
from millage_cli.problems import usage

# By code, which a space parts, with dollars where the roll says them: "homeowner other=1200".
EXEMPTIONS = "exemptions"
# By code last year's value, and what was built since: "base_year=600000+50000".
CAPS = "value_caps"
# In its place: the parcel has none any more.
_NO_CAPS = "none"


def add(parcel: pb.Parcel, row: Mapping[str, str]) -> None:
    """Read them; a row with any of them leaves its net value, zero, to the law."""
    parcel.exemptions.extend(_exemptions((row.get(EXEMPTIONS) or "").split()))
    parcel.value_caps.extend(caps((row.get(CAPS) or "").split()))
    parcel.compute_net_value = bool(parcel.exemptions or parcel.value_caps)


def _exemptions(texts: list[str]) -> Iterator[pb.Exemption]:
    for text in texts:
        code, _, dollars = text.partition("=")
        found = pb.Exemption(code=code)
        if dollars:
            found.amount_dollars = _dollars(dollars, EXEMPTIONS)
        yield found


def caps(texts: list[str]) -> Iterator[pb.ValueCapClaim]:
    """Caps by code, with last year's value and what was built since."""
    for text in texts:
        code, _, said = text.partition("=")
        base, _, added = said.partition("+")
        yield pb.ValueCapClaim(
            code=code, base_dollars=_dollars(base, CAPS), added_dollars=_dollars(added or "0", CAPS)
        )


def put_caps(told: str, row: Any) -> None:
    """Put a line's caps into a row of levy; where it says nothing, the parcel's own hold."""
    if told:
        row.value_caps.SetInParent()
        row.value_caps.value_caps.extend(caps([] if told == _NO_CAPS else told.split()))


def _dollars(text: str, column: str) -> int:
    try:
        return int(text)
    except ValueError:
        message = f"{column}: {text!r} is no whole number of dollars"
        raise usage("ROW_INVALID", message) from None
