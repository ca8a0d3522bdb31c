"""Bills that were chosen one by one, of whatever parcels, in one print (CASH-037)."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.domain.terms import Terms
from receivables_service.reports.statement import CHOSEN, COLUMNS, rows_of
from reportkit import Cell, Kind, Parameter, Report, Row, Values, stream, visible
from taxkit.errors import invalid, not_found
from taxkit.ids import parse_id

_BILLS_MAX: Final = 500
_ID_LENGTH: Final = 37
# Bills that never asked for anything have no entry, but were chosen all the same.
_WITHOUT_ENTRIES = f"""
select b.bill_number from bills b where b.bill_id = any(%(chosen)s::uuid[]) and not exists (
    select from postings p join ledger_entries e using (posting_id)
    where p.bill_id = b.bill_id and e.ledger_account = 'taxes_receivable'
        and p.business_date <= %(as_of)s and {visible("p")})
order by b.tax_year, b.bill_number, b.bill_id
"""


def selected_bills(terms: Terms, today: Any) -> Report:
    """The report; `today` gives the day the bills are of when none is named."""
    return Report(
        name="bills",
        title="Selected bills",
        parameters=(
            Parameter("bill_ids", "Bills", length_max=_BILLS_MAX * _ID_LENGTH, on_paper=False),
            Parameter("as_of", "As of", Kind.DATE, required=False),
        ),
        columns=COLUMNS,
        rows=partial(_rows, terms),
        group_by="bill_number",
        note="Each bill as the books held it at the end of that day: what it asks for, what was"
        " paid, and the interest and penalty accrued by then. S is secured, DS defaulted,"
        " U unsecured.",
        check=partial(_check, today),
    )


def _check(today: Any, connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    chosen = _ids(asked["bill_ids"])
    rows = connection.exec_driver_sql(
        "select bill_id from bills where bill_id = any(%s::uuid[])", (chosen,)
    )
    missing = sorted(set(chosen) - {row.bill_id for row in rows})
    if missing:
        raise not_found("BILL_NOT_FOUND", f"no bill {missing[0]} is on the books")
    return {
        "bill_ids": ",".join(map(str, chosen)),
        "as_of": asked["as_of"] or today(),
    }


def _ids(given: Cell) -> list[UUID]:
    """Each once, in the order that makes the same choice the same print."""
    found = [parse_id(text.strip()) for text in str(given).split(",")]
    if None in found or len(found) > _BILLS_MAX:
        raise invalid(
            "BILL_IDS_INVALID", f"up to {_BILLS_MAX} ids of bills, parted by commas", "bill_ids"
        )
    return sorted({one for one in found if one is not None})


def _rows(terms: Terms, connection: Connection, asked: Values, watermark: str) -> Iterator[Row]:
    given = {"chosen": _ids(asked["bill_ids"]), "as_of": asked["as_of"]}
    yield from rows_of(terms, CHOSEN, connection, given, watermark)  # type: ignore[arg-type]
    empty = stream(connection, _WITHOUT_ENTRIES, {**given, "watermark": watermark})
    day = asked["as_of"]
    for row in empty:
        yield row.bill_number, day, day, "Nothing was asked for", None, "", "", 0, 0, 0
