"""Writes bills that a supplement makes anew, with the rolls they are of and what tells of them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import events, roll_store
from levy_service.bootstrap import LevyApp
from levy_service.domain.increment import Part
from levy_service.domain.roll import ParcelRow
from levy_service.supplements import store
from levy_service.supplements.planning import NewBill
from levy_service.supplements.store import Made
from taxkit import ids
from taxkit.contracts import OutgoingEvent
from taxkit.telemetry import trace_id_of


def write(
    app: LevyApp,
    connection: Connection,
    supplement: Any,
    bills: Sequence[NewBill],
    by: tuple[str, str],
) -> list[Made]:
    """Store new bills whole; `by` is who, and in which trace."""
    if not bills:
        return []
    made = [(ids.new_id(), each) for each in bills]
    rolls = _rolls(app, connection, supplement, bills, by)
    roll_store.write_bills(
        connection,
        app.settings.county,
        [_row(bill_id, each, rolls, supplement) for bill_id, each in made],
        [
            (
                bill_id, 1, place, line.agency_code, line.rate_units, line.amount_cents,
                line.residual_cents, line.fund_code, line.credited_cents,
            )
            for bill_id, each in made
            for place, line in enumerate(each.bill.lines, start=1)
        ],
        [
            (bill_id, 1, part.installment, part.due_on, part.amount_cents)
            for bill_id, each in made
            for part in each.bill.installments
        ],
        [_told(app, bill_id, each, supplement, by[1]) for bill_id, each in made],
    )  # fmt: skip
    _register(connection, supplement, bills, rolls)
    return [
        Made(
            supplement.supplement_id, each.item.place, each.tax_year, bill_id, 1,
            each.bill.total_cents,
        )
        for bill_id, each in made
    ]  # fmt: skip


def _rolls(
    app: LevyApp, connection: Connection, supplement: Any, bills: Sequence[NewBill],
    by: tuple[str, str],
) -> dict[tuple[int, str], UUID]:  # fmt: skip
    """Bills are of a roll, which says their class and the unit of their rates: one a year here."""
    found = {}
    for year, bill_class in sorted({(each.tax_year, each.bill_class) for each in bills}):
        own = [each for each in bills if (each.tax_year, each.bill_class) == (year, bill_class)]
        roll_id = ids.derived_id(supplement.supplement_id, "roll", str(year), bill_class)
        roll = {
            "roll_id": roll_id,
            "jurisdiction": app.law.jurisdiction_id,
            "tax_year": year,
            "source": f"supplement {supplement.supplement_number} of {supplement.tax_year}",
            "bill_class": bill_class,
            "rate_unit": own[0].terms.rate_unit.name,
            "pack_version": app.law.pack_version,
            "rule_ids": [
                *own[0].terms.rule_ids, app.supplements.at(own[0].item.event_on).rule_id
            ],
            "loaded_by": by[0],
            "trace_id": trace_id_of(by[1]),
            "recorded_at": app.clock.now(),
        }  # fmt: skip
        lines = sum(len(each.bill.lines) for each in own)
        store.add_to_roll(
            connection, roll, (len(own), lines, sum(each.bill.total_cents for each in own))
        )
        found[year, bill_class] = roll_id
    return found


def _row(
    bill_id: UUID, new: NewBill, rolls: dict[tuple[int, str], UUID], supplement: Any
) -> list[object]:
    row = {
        "bill_id": bill_id,
        "bill_version": 1,
        "bill_number": new.bill_number,
        "tax_year": new.tax_year,
        "parcel_number": new.item.parcel_number,
        "tax_code": new.item.tax_code,
        "property_class": new.item.property_class,
        "owner_name": new.owner_name,
        "owner_email": new.owner_email,
        "net_value_dollars": new.bill.net_value_dollars,
        "composite_thousandths": new.bill.composite_units,
        "total_cents": new.bill.total_cents,
        "roll_id": rolls[new.tax_year, new.bill_class],
        "part": Part.WHOLE.value,
        "supplement_number": supplement.supplement_number,
        "supplement_id": supplement.supplement_id if new.is_own else None,
    }
    return [row.get(name) for name in roll_store.BILLS]


def _told(
    app: LevyApp, bill_id: UUID, new: NewBill, supplement: Any, traceparent: str
) -> OutgoingEvent:
    parcel = ParcelRow(
        row=1, parcel_number=new.item.parcel_number, tax_code=new.item.tax_code,
        property_class=new.item.property_class, township=new.item.township, value_dollars=0,
        net_value_dollars=0, prior_year_total_cents=0, owner_name=new.owner_name,
        owner_email=new.owner_email,
    )  # fmt: skip
    told = events.bill_created(
        str(bill_id), new.bill_number, app.law.jurisdiction_id, new.tax_year, parcel, new.bill,
        Part.WHOLE, new.bill_class,
    )  # fmt: skip
    return OutgoingEvent(
        ids.new_id(), events.BILL_CREATED, f"bill/{bill_id}", 1, app.clock.now(),
        told | {"supplement_number": supplement.supplement_number}, traceparent,
    )  # fmt: skip


def _register(
    connection: Connection, supplement: Any, bills: Sequence[NewBill],
    rolls: dict[tuple[int, str], UUID],
) -> None:  # fmt: skip
    """A parcel that got the roll's bill is on the register from now on."""
    places = {
        each.item.place: rolls[each.tax_year, each.bill_class] for each in bills if not each.is_own
    }
    if places:
        store.add_to_register(connection, supplement.supplement_id, supplement.tax_year, places)
