"""The event that tells whoever keeps returns of trust taxes that a bill is settled (LEVY-021)."""

from marshmallow import fields

from receivables_service.changes.change_events import BILL_EXAMPLE, OfBill
from taxkit.contracts import EventType


class TrustTaxBillSettledV1(OfBill):
    # False when something of a settled bill is open again.
    settled = fields.Boolean(required=True)
    receipt_id = fields.UUID(required=True)
    # How the receipt came: counter, lockbox, ...; empty when the bill is open again.
    source = fields.String(required=True)
    changed_on = fields.Date(required=True)


TRUST_TAX_BILL_SETTLED = EventType(
    owner="receivables",
    name="TrustTaxBillSettled",
    subject="bill/{bill_id}",
    schema=TrustTaxBillSettledV1,
    doc=(
        "A trust-tax bill was paid in full, at a counter or through an import: its return is no"
        " longer only filed. Or it is open again. Whole state: keep the highest sequence."
    ),
    example={
        **BILL_EXAMPLE,
        "settled": True,
        "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
        "source": "lockbox",
        "changed_on": "2020-05-01",
    },
)
PUBLISHED = (TRUST_TAX_BILL_SETTLED,)
