"""The events receivables owns."""

from marshmallow import fields, validate

from receivables_service.changes import change_events, return_events, trust_tax_events
from receivables_service.codes import events as code_events
from receivables_service.discounts import events as discount_events
from receivables_service.discounts import not_granted, program_events
from receivables_service.discounts.period_events import PERIOD_ENDING
from receivables_service.fees import events as fee_events
from receivables_service.held import events as held_events
from receivables_service.plans import events as plan_events
from receivables_service.rates import events as rate_events
from taxkit.contracts import EventSchema, EventType

_CHARGE_TYPES = validate.OneOf(["tax", "interest", "penalty", "fee"])
_COLLECTION_TYPES = validate.OneOf(["S", "DS", "U"])
_MONEY_MOVED_BY = [
    "payment",
    "reversal",
    "reallocation",
    "correction",
    "default",
    "transfer",
    "waiver",
    "cancellation",
    "nsf",
]
_NOT_NEGATIVE = validate.Range(min=0)


def _cents(**options: object) -> fields.Integer:
    return fields.Integer(required=True, strict=True, **options)  # type: ignore[arg-type]


class AllocatedRowV1(EventSchema):
    receipt_id = fields.UUID(required=True)
    installment = fields.Integer(required=True, strict=True)
    charge_type = fields.String(required=True, validate=_CHARGE_TYPES)
    collection_type = fields.String(required=True, validate=_COLLECTION_TYPES)
    amount_cents = _cents()
    rule_id = fields.String(required=True)
    # Which fee; empty for tax, interest and penalty.
    charge_code = fields.String()
    # Of a bill with lines by fund, whose tax: "agency/fund"; "/" for its lines of no fund.
    fund = fields.String()


class PaymentAllocatedV1(EventSchema):
    posting_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(_MONEY_MOVED_BY))
    receipt_id = fields.UUID(required=True)
    bill_id = fields.UUID(required=True, allow_none=True)
    bill_number = fields.String(required=True, allow_none=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True, allow_none=True)
    business_date = fields.Date(required=True)
    rows = fields.List(fields.Nested(AllocatedRowV1), required=True)
    surplus_cents = _cents()
    suspense_cents = _cents()


class OwnerV1(EventSchema):
    name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)


class CallV1(EventSchema):
    from_on = fields.Date(required=True)
    due_on = fields.Date(required=True)


class InstallmentV1(EventSchema):
    installment = fields.Integer(required=True, strict=True)
    due_on = fields.Date(required=True)
    tax_charged_cents = _cents(validate=_NOT_NEGATIVE)
    tax_open_cents = _cents(validate=_NOT_NEGATIVE)
    interest_charged_cents = _cents(validate=_NOT_NEGATIVE)
    interest_open_cents = _cents(validate=_NOT_NEGATIVE)
    paid_cents = _cents(validate=_NOT_NEGATIVE)
    penalty_charged_cents = fields.Integer(strict=True, validate=_NOT_NEGATIVE)
    penalty_open_cents = fields.Integer(strict=True, validate=_NOT_NEGATIVE)
    fee_charged_cents = fields.Integer(strict=True, validate=_NOT_NEGATIVE)
    fee_open_cents = fields.Integer(strict=True, validate=_NOT_NEGATIVE)
    defaulted_open_cents = fields.Integer(strict=True, validate=_NOT_NEGATIVE)
    collection_type = fields.String(validate=_COLLECTION_TYPES)
    # What discounts took off; only where any did.
    discount_cents = fields.Integer(strict=True, validate=_NOT_NEGATIVE)
    # The earlier day it counts as due by, only while a missed installment calls it due.
    called_due_on = fields.Date()
    # From when on it will count as due by an earlier day, if nothing is paid till then: nobody is
    # told anew when that day comes.
    call = fields.Nested(CallV1)


class FeeV1(EventSchema):
    charge_code = fields.String(required=True)
    charged_cents = _cents(validate=_NOT_NEGATIVE)
    open_cents = _cents(validate=_NOT_NEGATIVE)
    # Only of a miscellaneous receipt fee: levy modifies it to what was paid (LEVY-012).
    miscellaneous = fields.Boolean()


class DiscountingV1(EventSchema):
    issued_on = fields.Date(required=True)
    bill_class = fields.String(required=True)
    billed_cents = _cents(validate=_NOT_NEGATIVE)
    specials_cents = _cents(validate=_NOT_NEGATIVE)
    corrected_on = fields.List(fields.Date(), required=True)


class BalanceChangedV1(EventSchema):
    bill_id = fields.UUID(required=True)
    bill_number = fields.String(required=True)
    bill_version = fields.Integer(required=True, strict=True)
    parcel_number = fields.String(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    cause = fields.String(
        required=True,
        validate=validate.OneOf(
            ["issue", "fee", "grace", "terms", "discount", "move", *_MONEY_MOVED_BY]
        ),
    )
    receipt_id = fields.UUID(required=True, allow_none=True)
    as_of = fields.Date(required=True)
    open_cents = _cents(validate=_NOT_NEGATIVE)
    surplus_cents = _cents(validate=_NOT_NEGATIVE)
    paid_in_full = fields.Boolean(required=True)
    # Part of the bill has gone into default; its interest and penalty stand still after a waiver.
    defaulted = fields.Boolean()
    pi_locked = fields.Boolean()
    owner = fields.Nested(OwnerV1, required=True)
    installments = fields.List(fields.Nested(InstallmentV1), required=True)
    # A fee on nobody's property, in a bill of its own: no tax, and nothing a sale could settle.
    fee_account = fields.Boolean()
    # Only of a bill with fees, by charge code, all installments together.
    fees = fields.List(fields.Nested(FeeV1))
    # What decides on its discounts, where the law of the county offers any.
    discounting = fields.Nested(DiscountingV1)


PAYMENT_ALLOCATED = EventType(
    owner="receivables",
    name="PaymentAllocated",
    subject="bill/{bill_id}",
    schema=PaymentAllocatedV1,
    doc=(
        "A posting moved a receipt's money between charges, surplus and suspense. All amounts are"
        " changes: a payment's add up to what it brought in on this bill, a reversal's to the same"
        " with a minus, a reallocation's to zero."
    ),
    example={
        "posting_id": "01937c3e-0000-7000-8000-0000000000b1",
        "kind": "payment",
        "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "bill_number": "2021-13264290020000",
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "business_date": "2022-04-20",
        "rows": [
            {
                "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
                "installment": 1,
                "charge_type": "interest",
                "collection_type": "S",
                "amount_cents": 3000,
                "rule_id": "us-il-cook/receivables/allocation/2010-01-01",
            },
            {
                "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
                "installment": 1,
                "charge_type": "tax",
                "collection_type": "S",
                "amount_cents": 100000,
                "rule_id": "us-il-cook/receivables/allocation/2010-01-01",
                "charge_code": "",
            },
        ],
        "surplus_cents": 0,
        "suspense_cents": 0,
    },
)

BALANCE_CHANGED = EventType(
    owner="receivables",
    name="BalanceChanged",
    subject="bill/{bill_id}",
    schema=BalanceChangedV1,
    doc=(
        "What a bill owes after a posting, as the ledger has it: interest is charged up to the"
        " payments that met it. Whole state: keep the highest sequence, drop the rest."
    ),
    example={
        "bill_id": "01937c3e-0000-7000-8000-000000000001",
        "bill_number": "2021-13264290020000",
        "bill_version": 1,
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "cause": "payment",
        "receipt_id": "01937c3e-0000-7000-8000-0000000000aa",
        "as_of": "2022-04-20",
        "open_cents": 80000,
        "surplus_cents": 0,
        "paid_in_full": False,
        "defaulted": False,
        "pi_locked": False,
        "owner": {"name": "Dolores Park", "email": "dolores@example.org"},
        "installments": [
            {
                "installment": 1,
                "due_on": "2022-03-01",
                "tax_charged_cents": 100000,
                "tax_open_cents": 0,
                "interest_charged_cents": 3000,
                "interest_open_cents": 0,
                "paid_cents": 103000,
                "penalty_charged_cents": 0,
                "penalty_open_cents": 0,
                "fee_charged_cents": 0,
                "fee_open_cents": 0,
                "defaulted_open_cents": 0,
                "collection_type": "S",
            },
            {
                "installment": 2,
                "due_on": "2022-12-30",
                "tax_charged_cents": 80000,
                "tax_open_cents": 80000,
                "interest_charged_cents": 0,
                "interest_open_cents": 0,
                "paid_cents": 0,
                "penalty_charged_cents": 0,
                "penalty_open_cents": 0,
                "fee_charged_cents": 0,
                "fee_open_cents": 0,
                "defaulted_open_cents": 0,
                "collection_type": "S",
            },
        ],
    },
)

PUBLISHED = (
    PAYMENT_ALLOCATED,
    BALANCE_CHANGED,
    *change_events.PUBLISHED,
    *held_events.PUBLISHED,
    *plan_events.PUBLISHED,
    *return_events.PUBLISHED,
    *rate_events.PUBLISHED,
    *code_events.PUBLISHED,
    *discount_events.PUBLISHED,
    *program_events.PUBLISHED,
    not_granted.EVENT,
    PERIOD_ENDING,
    *trust_tax_events.PUBLISHED,
    *fee_events.PUBLISHED,
)
