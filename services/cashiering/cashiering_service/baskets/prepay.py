"""Pre-payment: money for a plan that several parcels share; receivables knows it (CASH-070)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import grpc

from cashiering_service.domain.lookup import PRE_PAY, Lookup
from cashiering_service.quotes import Quotes
from millage.receivables.v1 import prepay_pb2 as theirs
from millage.receivables.v1 import prepay_pb2_grpc as their_stubs
from taxkit.errors import Refusal, RefusalKind, invalid


def placed(quotes: Quotes, lookup: Lookup, metadata: Any) -> Lookup:
    """A pre-payment with a parcel of its plan, which holds the money for all of them."""
    if lookup.service_type != PRE_PAY:
        return lookup
    number, parcel = lookup.keys["plan_number"], lookup.keys.get("parcel_number", "")

    def call(channel: grpc.Channel, timeout_s: float) -> Sequence[str]:
        answer = their_stubs.PrepayServiceStub(channel).GetPrepay(
            theirs.GetPrepayRequest(prepay_number=number), timeout=timeout_s, metadata=metadata
        )
        return list(answer.parcel_numbers)

    parcels = quotes.neighbour(call)
    if parcels is None and not parcel:
        raise Refusal(
            "PREPAY_PARCELS_UNKNOWN",
            f"receivables is away, which knows the parcels of pre-pay {number}: name one of them",
            kind=RefusalKind.UNAVAILABLE,
        )
    if parcels is not None and parcel and parcel not in parcels:
        raise invalid(
            "PREPAY_OF_OTHER_PARCELS",
            f"pre-pay {number} is of {', '.join(parcels)}",
            "keys.parcel_number",
        )
    return replace(lookup, keys={**lookup.keys, "parcel_number": parcel or (parcels or ("",))[0]})
