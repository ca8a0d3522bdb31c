"""Interest and penalty that were waived: whose they would have been, day by day (DIST-016)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import Connection

from distribution_service import places
from distribution_service.domain.terms import ChargeType
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.inbox import Subscription, Work
from taxkit.money import CENTS_MAX, split
from taxkit.rows import Columns

_AT_ONCE = 1000
_SIGNED = validate.Range(min=-CENTS_MAX, max=CENTS_MAX)
_ENTRIES = Columns(
    {
        "bill_id": "uuid",
        "sequence": "bigint",
        "charge_type": "text",
        "tax_year": "integer",
        "receipt_id": "uuid",
        "agency_code": "text",
        "rule_id": "text",
        "business_date": "date",
        "amount_cents": "bigint",
    }
)


class WaivedRowSeen(ReaderSchema):
    charge_type = fields.String(
        required=True, validate=validate.OneOf([ChargeType.INTEREST, ChargeType.PENALTY])
    )
    amount_cents = fields.Integer(required=True, strict=True, validate=_SIGNED)


class PenaltyInterestWaivedSeen(ReaderSchema):
    bill_id = fields.UUID(required=True)
    tax_year = fields.Integer(required=True, strict=True)
    effective_on = fields.Date(required=True)
    # Not in messages from before it was told.
    business_date = fields.Date(load_default=None)
    receipt_id = fields.UUID(required=True, allow_none=True)
    rows = fields.List(fields.Nested(WaivedRowSeen), required=True)


def on_penalty_interest_waived(app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
    """Enter what nobody will pay, with a minus what is owed again, by charge."""
    told = {
        (event.data["bill_id"], event.sequence): (event, places.by_charge(event.data["rows"]))
        for event in events
    }
    amounts = {place: given for place, (_, given) in told.items()}
    free = places.without_told(work.connection, "waiver_entries", amounts)
    rows = [
        (
            *place,
            charge_type,
            event.data["tax_year"],
            event.data["receipt_id"],
            rule.agency or "",
            rule.rule_id,
            event.data["business_date"] or event.data["effective_on"],
            cents,
        )
        for place in sorted(free)
        for event, given in [told[place]]
        for charge_type, cents in given.items()
        for rule in [app.law.at(event.data["tax_year"]).rule(ChargeType(charge_type))]
    ]
    _ENTRIES.insert(work.connection, "waiver_entries", rows)


_TOTALS = """
select tax_year, charge_type, sum(amount_cents)::bigint as waived_cents
from waiver_entries where business_date between %s and %s
group by 1, 2 order by 1, 2
"""
_OF_AGENCIES = """
select agency_code, sum(amount_cents)::bigint as cents from waiver_entries
where business_date between %s and %s and agency_code <> '' group by 1
"""
_BY_LINES = """
select b.agency_codes, b.line_cents, sum(e.amount_cents)::bigint as cents
from waiver_entries e join bills b using (bill_id)
where e.business_date between %s and %s and e.agency_code = '' and b.agency_codes is not null
group by b.bill_id, b.agency_codes, b.line_cents having sum(e.amount_cents) <> 0
"""


def totals(connection: Connection, first: date, last: date) -> Sequence[Any]:
    """What was waived over business dates, by tax year and charge."""
    return connection.exec_driver_sql(_TOTALS, (first, last)).all()


def by_agency(connection: Connection, first: date, last: date) -> dict[str, int]:
    """Which agency goes without how much: the law's own, or those of the bill by their lines."""
    found: dict[str, int] = {
        row.agency_code: row.cents
        for row in connection.exec_driver_sql(_OF_AGENCIES, (first, last))
    }
    some = connection.execution_options(stream_results=True, max_row_buffer=_AT_ONCE)
    for codes, lines, cents in some.exec_driver_sql(_BY_LINES, (first, last)):
        if any(lines):
            for code, part in split(cents, dict(zip(codes, lines, strict=True))).items():
                agency = code.partition("/")[0]
                found[agency] = found.get(agency, 0) + part
    return {code: cents for code, cents in sorted(found.items()) if cents}


PENALTY_INTEREST_WAIVED = Subscription(
    owner="receivables",
    event="PenaltyInterestWaived.v1",
    method="on_penalty_interest_waived",
    schema=PenaltyInterestWaivedSeen(),
    handle=on_penalty_interest_waived,
)
