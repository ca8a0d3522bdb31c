"""Tells the register what events of supplements change: owners, exemptions, a parcel (LEVY-001)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.domain.register import Party, Role
from levy_service.register import many
from levy_service.register.many import By, Said


def tell(app: LevyApp, connection: Connection, row: Any, items: Sequence[Any]) -> int:
    """Put on record, from the day of its event, whatever an event says beside a value."""
    said = [one for one in (_said(row, each) for each in items) if one.facts or one.parties]
    by = By(row.started_by, row.traceparent, app.clock.now())
    return many.record(app, connection, said, by)


def _said(row: Any, item: Any) -> Said:
    facts: dict[str, Any] = {}
    if item.is_new_parcel:
        facts |= {
            "property_type": item.property_class,
            "district": item.township,
            "tax_code": item.tax_code,
        }
    if item.exemptions is not None:
        facts["exemptions"] = item.exemptions
    owner = item.owner_name
    parties = {Role.TAXPAYER: (Party(owner, item.owner_email or ""),)} if owner else {}
    supplement = f"supplement {row.supplement_number} of {row.tax_year}"
    return Said(
        item.parcel_number, item.event_on, f"{supplement}: {item.kind_said}", facts, parties
    )
