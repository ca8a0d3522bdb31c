"""The bill of a payoff that no bill of a roll asks for: one line, one installment."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from levy_service import events, roll_store
from levy_service.bootstrap import LevyApp
from levy_service.domain.billing import ComputedBill, ComputedLine
from levy_service.domain.increment import Part
from levy_service.domain.installments import ComputedInstallment
from levy_service.domain.payoff import Payoff
from levy_service.domain.roll import ParcelRow
from levy_service.specials import payoff_store
from levy_service.specials.steps import By
from levy_service.trust_taxes import store as single_bills
from taxkit import ids
from taxkit.contracts import OutgoingEvent
from taxkit.errors import not_found
from taxkit.telemetry import trace_id_of

SPECIAL_PAYOFF: Final = "special_payoff"
"""The bill class of payoffs. A parcel's bill of the year is not one of it: it has no tax code."""


def issue(app: LevyApp, connection: Connection, row: Any, payoff: Payoff, by: By) -> UUID:
    """Issue the bill, due on the day the payoff is for; gives its id."""
    year, amount, bill_id = payoff.payoff_on.year, payoff.amount_cents, ids.new_id()
    number = _number(connection, row, year)
    line = ComputedLine(row.agency_code, row.agency_name, 0, amount, 0, is_charge=True)
    demand = ComputedInstallment(1, payoff.payoff_on, amount)
    computed = ComputedBill(0, 0, amount, (line,), (demand,))
    owner = _owner(connection, row.parcel_number)
    told = events.bill_created(
        str(bill_id), number, app.law.jurisdiction_id, year, owner, computed, Part.WHOLE,
        SPECIAL_PAYOFF,
    )  # fmt: skip
    single_bills.write_bill(
        connection,
        app.settings.county,
        {
            "bill_id": bill_id, "bill_version": 1, "bill_number": number, "tax_year": year,
            "parcel_number": row.parcel_number, "tax_code": "", "property_class": "",
            "owner_name": owner.owner_name, "owner_email": owner.owner_email,
            "net_value_dollars": 0, "composite_thousandths": 0, "total_cents": amount,
            "roll_id": _roll(app, connection, row, year, amount, by), "part": Part.WHOLE.value,
        },
        {
            "bill_id": bill_id, "bill_version": 1, "place": 1, "agency_code": row.agency_code,
            "agency_name": row.agency_name, "amount_cents": amount, "fund_code": "",
        },
        (bill_id, 1, 1, payoff.payoff_on, amount),
        OutgoingEvent(
            ids.new_id(), events.BILL_CREATED, f"bill/{bill_id}", 1, app.clock.now(), told,
            by.traceparent,
        ),
    )  # fmt: skip
    return bill_id


def found(connection: Connection, payoff_id: UUID) -> Any:
    row = payoff_store.payoff(connection, payoff_id)
    if row is None:
        raise not_found("PAYOFF_NOT_FOUND", f"no payoff {payoff_id} is on file")
    return row


def _number(connection: Connection, row: Any, year: int) -> str:
    """The assessment's number, and of a ditch that is paid off by tracts how many there were."""
    before = len(payoff_store.of_assessment(connection, row.assessment_id))
    return f"{year}-{row.assessment_number}-P{before + 1}"


def _owner(connection: Connection, parcel_number: str) -> ParcelRow:
    """Whose the parcel is by the newest bill or roll that knows it."""
    known = connection.exec_driver_sql(
        "select owner_name, owner_email from ("
        " select owner_name, owner_email, tax_year, bill_version, bill_id from bills"
        " where parcel_number = %(number)s union all"
        " select owner_name, owner_email, tax_year, 0, null from parcels"
        " where parcel_number = %(number)s) k"
        " order by tax_year desc, bill_version desc, bill_id desc limit 1",
        {"number": parcel_number},
    ).one_or_none()
    name, email = (known.owner_name, known.owner_email) if known else ("", None)
    return ParcelRow(
        row=1, parcel_number=parcel_number, tax_code="", property_class="", township="",
        value_dollars=0, net_value_dollars=0, prior_year_total_cents=0, owner_name=name,
        owner_email=email,
    )  # fmt: skip


def _roll(app: LevyApp, connection: Connection, row: Any, year: int, cents: int, by: By) -> UUID:
    """A payoff is a roll of one bill: what every bill names as where it comes from."""
    roll_id = ids.new_id()
    roll_store.insert_roll(
        connection,
        {
            "roll_id": roll_id, "jurisdiction": app.law.jurisdiction_id, "tax_year": year,
            "source": f"payoff of {row.assessment_number}", "bill_class": SPECIAL_PAYOFF,
            "pack_version": app.law.pack_version, "rule_ids": [], "loaded_by": by.user,
            "trace_id": trace_id_of(by.traceparent), "recorded_at": app.clock.now(),
        },
    )  # fmt: skip
    roll_store.finish_roll(connection, roll_id, 1, 1, cents)
    return roll_id
