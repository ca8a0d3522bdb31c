"""What an edit may not say, whatever the draft's option is."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection

from levy_service.domain.modification import Edit
from levy_service.modifications.drafted import DraftedBill
from levy_service.moves import coded
from taxkit.errors import invalid, not_found

Edits = Sequence[tuple[UUID, Edit]]


def refuse_unfit(connection: Connection, known: Mapping[UUID, DraftedBill], edits: Edits) -> None:
    """Refuse edits of other bills, due dates before a bill's year, and codes nobody made."""
    for bill_id, given in edits:
        if bill_id not in known:
            raise invalid("BILL_NOT_FOUND", f"bill {bill_id} is not in the draft", "edits")
        bill = known[bill_id].whole.bill
        if given.due_on is not None and given.due_on.year < bill.tax_year:
            raise invalid(
                "DUE_ON_BEFORE_TAX_YEAR",
                f"{given.due_on} is before {bill.tax_year}, the year of bill {bill.bill_number}",
                "edits.due_on",
            )
    wanted = {given.bill_code for _, given in edits if given.bill_code}
    if unknown := sorted(wanted - coded.known(connection, wanted)):
        # It would be told of all the same, and wait at the ledger until somebody makes the code.
        raise not_found("CODE_UNKNOWN", f"the ledger has told of no code {unknown[0]!r}")
