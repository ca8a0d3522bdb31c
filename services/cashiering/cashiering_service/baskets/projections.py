"""Cashiering's read copies for baskets: the faces of bills."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields, validate

from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.dated import NoTermInForce
from taxkit.inbox import Ordering, Subscription, Work
from taxkit.money import CENTS_MAX
from taxkit.rows import Columns

_AMOUNT = validate.Range(0, CENTS_MAX)


def _check_line(given: object) -> None:
    """Refuse what is no line of a bill."""
    if not isinstance(given, dict) or not isinstance(given.get("agency_code"), str):
        raise ValidationError("a line names its agency")
    if type(given.get("amount_cents")) is not int:
        raise ValidationError("a line has an amount in whole cents")


class BillCreatedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    tax_code = fields.String(required=True)
    property_class = fields.String(required=True)
    # These were not told from the beginning.
    tax_year = fields.Integer(load_default=None, strict=True, validate=validate.Range(1, 9999))
    part = fields.String(load_default="whole")
    net_value_dollars = fields.Integer(
        load_default=None, strict=True, allow_none=True, validate=_AMOUNT
    )
    total_cents = fields.Integer(load_default=None, strict=True, allow_none=True, validate=_AMOUNT)
    # A county's million bills have a dozen each: read as they are, of those that matter.
    components = fields.List(fields.Raw(validate=_check_line), load_default=list)


_FACES = Columns(
    {
        "bill_id": "uuid",
        "tax_code": "text",
        "property_class": "text",
        "part": "text",
        "net_value_dollars": "bigint",
        "billed_cents": "bigint",
        "specials_cents": "bigint",
    }
)


def on_bill_created(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep where a bill's property lies, what it is, and what of the bill are specials."""
    faces = {event.data["bill_id"]: _face(app, event.data) for event in events}
    rows = [(bill_id, *face) for bill_id, face in sorted(faces.items())]
    _FACES.insert(work.connection, "bill_faces", rows, "on conflict (bill_id) do nothing")


def _face(app: Any, given: Mapping[str, Any]) -> tuple[object, ...]:
    year = given["tax_year"]
    return (
        given["tax_code"],
        given["property_class"],
        given["part"],
        given["net_value_dollars"],
        given["total_cents"],
        _specials(app, year, given["components"]) if year else 0,
    )


def _specials(app: Any, tax_year: int, components: Iterable[Mapping[str, Any]]) -> int:
    """What of a bill goes to agencies that the law counts as specials (CASH-025)."""
    try:
        is_special = app.law.special_agency(tax_year)
    except NoTermInForce:
        return 0  # a year the law on file says nothing of
    return sum(
        one["amount_cents"] for one in components if is_special(one["agency_code"]) is not None
    )


BILL_CREATED = Subscription(
    owner="levy",
    event="BillCreated.v1",
    method="on_bill_created",
    schema=BillCreatedSeen(),
    handle=on_bill_created,
    ordering=Ordering.ANY,
)
