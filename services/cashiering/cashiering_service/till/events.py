"""Events of the till beside those of every receipt."""

from cashiering_service.till.schemas import AllocationOverriddenV1, MoneyHoldChangedV1
from taxkit.contracts import EventType

ALLOCATION_OVERRIDDEN = EventType(
    owner="cashiering",
    name="AllocationOverridden",
    subject="allocation/{receipt_id}",
    schema=AllocationOverriddenV1,
    doc="Lines of a receipt were allocated by hand: by whom, when, and to which charges.",
    mandatory=False,
    example={
        "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
        "receipt_number": "T01-20221215-1-00001",
        "business_date": "2022-12-15",
        "effective_on": "2022-12-15",
        "lines": [
            {
                "line_number": 1,
                "bill_id": "01937c3e-0000-7000-8000-000000000001",
                "amount_cents": 10000,
                "rule_id": "statute",
                "by": "cashier",
                "at": "2022-12-15T16:20:00+00:00",
                "rows": [{"installment": 2, "charge_type": "tax", "amount_cents": 10000}],
            }
        ],
    },
)

MONEY_HOLD_CHANGED = EventType(
    owner="cashiering",
    name="MoneyHoldChanged",
    subject="hold/{hold_id}",
    schema=MoneyHoldChangedV1,
    doc=(
        "A basket keeps a surplus, or an amount of an escrow account, for itself; or does no"
        " longer. Whole state: keep the highest sequence. Nothing is spent by it."
    ),
    example={
        "hold_id": "01937c3e-0000-7000-8000-0000000000e1",
        "basket_id": "01937c3e-0000-7000-8000-0000000000e2",
        "held_for": "basket 01937c3e-0000-7000-8000-0000000000e2",
        "kind": "surplus",
        "reference": "01937c3e-0000-7000-8000-0000000000d1",
        "amount_cents": 20000,
        "state": "held",
        "until": "2022-12-16T16:20:00+00:00",
    },
)
