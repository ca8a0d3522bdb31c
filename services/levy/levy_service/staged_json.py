"""What a parcel's row brings beside its value, as the JSON it is kept in; none on most parcels."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from levy_service.domain.roll import ParcelRow
from levy_service.domain.value_caps import CapClaim


def steps_told(parcel: ParcelRow) -> str | None:
    steps = [[step.name, step.value_dollars] for step in parcel.value_steps]
    return json.dumps(steps) if steps else None


def charges_told(parcel: ParcelRow) -> str | None:
    """As roll_store.CHARGES reads them."""
    charges = [
        {
            "agency_code": each.agency_code,
            "amount_cents": each.amount_cents,
            **({"fund_code": each.fund_code} if each.fund_code else {}),
        }
        for each in parcel.charges
    ]
    return json.dumps(charges) if charges else None


def credits_told(parcel: ParcelRow) -> str | None:
    """By code, with what the roll says of each."""
    claims = {
        each.code: {
            **({} if each.ratio is None else {"ratio": f"{each.ratio:f}"}),
            **({} if each.cents is None else {"cents": each.cents}),
        }
        for each in parcel.credits
    }
    return json.dumps(claims) if claims else None


def caps_told(parcel: ParcelRow) -> str | None:
    return json.dumps(caps_said(parcel.value_caps)) if parcel.value_caps else None


def caps_said(caps: Iterable[CapClaim]) -> list[dict[str, Any]]:
    """What limits a parcel's value, as its row keeps it."""
    return [
        {
            "code": each.code,
            "base_dollars": each.base_dollars,
            "added_dollars": each.added_dollars,
        }
        for each in caps
    ]


def caps_read(told: Sequence[Mapping[str, Any]] | None) -> tuple[CapClaim, ...]:
    return tuple(CapClaim(**each) for each in told or ())
