"""What a parcel's row brings beside its value, as the JSON it is kept in; none on most parcels."""

import json

from levy_service.domain.roll import ParcelRow


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
