"""What levy can be asked: its bills, each with lines, installments and how far it is paid."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import store
from levy_service.domain.payment import payment_state
from taxkit.app import App
from taxkit.errors import not_found


@dataclass(frozen=True, slots=True)
class WholeBill:
    """A bill's row and the rows that belong to it."""

    bill: Any
    lines: list[Any]
    installments: list[Any]

    @property
    def open_cents(self) -> int:
        """What receivables last said; before it has said anything, the bill as it was issued."""
        told: int | None = self.bill.open_cents
        issued: int = self.bill.total_cents
        return issued if told is None else told

    @property
    def payment_state(self) -> str:
        return self.bill.payment_state or payment_state(self.bill.total_cents, 0).value


# A place in the list of bills: tax year, parcel number, part and id of the last one given out.
Place = tuple[int, str, str, UUID]
START: Place = (0, "", "", UUID(int=0))


def bill(app: App, bill_id: UUID) -> WholeBill:
    with app.database.begin() as connection:
        return bill_in(connection, bill_id)


def bill_in(connection: Connection, bill_id: UUID) -> WholeBill:
    """A bill as this transaction sees it."""
    row = store.bill(connection, bill_id)
    if row is None:
        raise not_found("BILL_NOT_FOUND", f"levy has issued no bill {bill_id}")
    lines = store.lines_of(connection, [row])
    installments = store.installments_of(connection, [row])
    return WholeBill(row, lines[bill_id], installments[bill_id])


def bills(
    app: App, parcel_number: str, tax_year: int, after: Place, size: int
) -> tuple[list[WholeBill], Place | None]:
    """Give a page of bills by year and parcel, and the place to go on from."""
    with app.database.begin() as connection:
        rows = store.bills_page(connection, parcel_number, tax_year, after, size + 1)
        page = rows[:size]
        lines = store.lines_of(connection, page)
        installments = store.installments_of(connection, page)
    last = page[-1] if len(rows) > size else None
    found = [WholeBill(row, lines[row.bill_id], installments[row.bill_id]) for row in page]
    return found, (last.tax_year, last.parcel_number, last.part, last.bill_id) if last else None
