"""The listing of bills and fees by the codes on them (RECV-064)."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection

from receivables_service.changes import moved_heads
from reportkit import Cell, Column, Kind, Parameter, Report, Row, Values, stream, visible
from taxkit.errors import invalid

_ORDERS = {
    "property": "parcel_number, tax_year, bill_number, charge_code, code",
    "owner": "owner_name, parcel_number, tax_year, bill_number, charge_code, code",
}
_DETAILS = ("detail", "summary")
# The codes on a day, as the facts tell them that the run saw; amounts as they are posted.
_ITEMS = f"""
select n.code, coalesce(w.parcel_number, b.parcel_number) as parcel_number,
    coalesce(w.owner_name, b.owner_name, '') as owner_name, b.bill_number,
    b.tax_year, n.charge_code, n.effective_on as coded_on, 1 as items,
    coalesce((select sum(e.amount_cents) from postings p join ledger_entries e using (posting_id)
        where p.bill_id = n.bill_id and e.ledger_account = 'taxes_receivable'
            and e.charge_code = n.charge_code and {visible("p")}), 0)::bigint as open_cents
from (
    select distinct on (f.bill_id, f.body ->> 'code', f.body ->> 'charge_code')
        f.bill_id, f.kind, f.body ->> 'code' as code, f.body ->> 'charge_code' as charge_code,
        f.effective_on, (f.body ->> 'through')::date as through
    from facts f
    where f.kind in ('code_set', 'code_lifted') and f.effective_on <= %(as_of)s and {visible("f")}
    order by f.bill_id, f.body ->> 'code', f.body ->> 'charge_code',
        f.effective_on desc, f.recorded_at desc, f.fact_id desc
) n join bills b using (bill_id) left join {moved_heads.name_then(visible("v"))} on true
where n.kind = 'code_set' and (n.through is null or n.through >= %(as_of)s)
    and b.bill_number is not null and b.tax_year = %(tax_year)s
    and (%(code)s::text is null or n.code = %(code)s)
"""
_SUMMARY = """
select code, '' as parcel_number, '' as owner_name, '' as bill_number, tax_year, charge_code,
    null::date as coded_on, count(*) as items, sum(open_cents)::bigint as open_cents
from ({items}) i group by code, tax_year, charge_code order by code, charge_code
"""


def code_listing(today: Any) -> Report:
    """The report; `today` gives the day it is of when none is named."""
    return Report(
        name="code-listing",
        title="Bill and fee code listing",
        parameters=(
            Parameter("tax_year", "Tax year", Kind.NUMBER),
            Parameter("code", "Code", required=False),
            Parameter("as_of", "As of", Kind.DATE, required=False),
            Parameter("sort_by", "Sorted by", required=False),
            Parameter("detail", "Detail", required=False),
            Parameter("file_name", "File", required=False),
            Parameter("description", "Description", required=False),
        ),
        columns=(
            Column("code", "Code", width=12),
            Column("parcel_number", "Property", width=16),
            Column("owner_name", "Owner", width=24),
            Column("bill_number", "Bill", width=22),
            Column("tax_year", "Year", Kind.NUMBER, 5),
            Column("charge_code", "Fee", width=14),
            Column("coded_on", "Since", Kind.DATE, 10),
            Column("items", "Items", Kind.NUMBER, 6, total=True),
            Column("open_cents", "Open", Kind.MONEY, 13, total=True),
        ),
        rows=_rows,
        note="Open is what is posted: interest and penalty that run up to a payment are not in it."
        " The owner is the one named with the bill when the listing was run.",
        check=partial(_check, today),
    )


def _rows(connection: Connection, asked: Values, watermark: str) -> Iterator[Row]:
    given = {**asked, "watermark": watermark}
    if asked["detail"] == "summary":
        return stream(connection, _SUMMARY.format(items=_ITEMS), given)
    order = _ORDERS[str(asked["sort_by"])]
    return stream(connection, f"select * from ({_ITEMS}) i order by {order}", given)


def _check(today: Any, _connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    sort_by, detail = asked["sort_by"] or "property", asked["detail"] or "detail"
    if sort_by not in _ORDERS:
        raise invalid("SORT_UNKNOWN", f"{str(sort_by)[:20]!r}: property or owner", "sort_by")
    if detail not in _DETAILS:
        raise invalid("DETAIL_UNKNOWN", f"{str(detail)[:20]!r}: detail or summary", "detail")
    as_of: date = asked["as_of"] or today()  # type: ignore[assignment]
    return {**asked, "sort_by": sort_by, "detail": detail, "as_of": as_of}
