"""A bill's names after levy moved it: which parcel it is on and whose it is."""

from typing import Any

from sqlalchemy import Connection

from receivables_service.tables import BillHead


def follow(connection: Connection, known: BillHead, issued: BillHead) -> BillHead:
    """A bill as it is issued, on the parcel it was moved to if that was told before its issue."""
    if not known.moved_version:
        return issued
    row = connection.exec_driver_sql(
        "select * from bill_moves where bill_id = %s and bill_version = %s",
        (known.bill_id, known.moved_version),
    ).one()
    given = {
        "bill_version": row.bill_version,
        "parcel_number": row.parcel_number,
        "owner": {"name": row.owner_name, "email": row.owner_email},
    }
    return as_moved(issued._replace(moved_version=known.moved_version), given)


def as_moved(head: BillHead, given: Any) -> BillHead:
    """A later version may have told another owner already; where the bill is, only moves tell."""
    placed = head._replace(parcel_number=given["parcel_number"])
    if given["bill_version"] <= (head.bill_version or 0):
        return placed
    return placed._replace(
        bill_version=given["bill_version"],
        owner_name=given["owner"]["name"],
        owner_email=given["owner"]["email"],
    )
