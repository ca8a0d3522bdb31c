"""LEVY-023: what a year's bills levy, by tax code, agency or fund: as billed, as corrected."""

from typing import Any, Final

from sqlalchemy import Connection

from levy_service.funds import store as fund_names
from levy_service.levies import store
from millage.levy.v1 import districts_pb2 as pb
from millage.levy.v1 import runs_pb2

# First and newest versions in one pass: of most bills they are one.
_VERSIONS: Final = """
with versions as materialized (
    select b.bill_id, b.bill_version, b.tax_code, b.net_value_dollars, b.total_cents,
           -- What a supplement has added later is no part of the levy as first billed.
           b.bill_version = 1 and b.supplement_number is null as is_first,
           not exists (select from bills n where n.bill_id = b.bill_id
                       and n.bill_version > b.bill_version) as is_newest
    from bills b where b.tax_year = %(year)s
)
"""
_SUMS: Final = ", ".join(
    f"count(distinct bill_id) filter (where {which}),"
    f" coalesce(sum(net_value_dollars) filter (where {which}), 0),"
    f" coalesce(sum({{cents}}) filter (where {which}), 0)"
    for which in ("is_first", "is_newest")
)
# A bill's lines of one agency are its funds': its value counts once.
_LINES: Final = f"""{_VERSIONS}, by_code as materialized (
    select bill_id, bill_version, agency_code, {{fund}} as fund_code, net_value_dollars, is_first,
           is_newest, sum(amount_cents) as amount_cents
    from versions join bill_lines using (bill_id, bill_version) where is_first or is_newest
    group by 1, 2, 3, 4, 5, 6, 7
)
"""
_BY_LINE: Final = (
    f"{_LINES} select agency_code, fund_code, agency_name, {_SUMS.format(cents='amount_cents')}"
    " from by_code join agencies using (agency_code) where agencies.tax_year = %(year)s"
    " group by 1, 2, 3"
)
_REGISTER: Final = (
    "count(*), coalesce(sum(value_dollars), 0), coalesce(sum(net_value_dollars), 0) from parcels"
)
_BILLED: Final = {
    pb.TOTALS_BY_TAX_CODE: f"{_VERSIONS} select tax_code, '', '',"
    f" {_SUMS.format(cents='total_cents')} from versions group by tax_code",
    pb.TOTALS_BY_AGENCY: _BY_LINE.format(fund="''"),
    pb.TOTALS_BY_FUND: _BY_LINE.format(fund="fund_code"),
}
_RATED: Final = (
    f"select agency_code, fund_code, agency_name, {_REGISTER}"
    " join (select distinct tax_year, tax_code, agency_code, {fund} as fund_code from rates) r"
    " using (tax_year, tax_code) join agencies using (tax_year, agency_code)"
    " where tax_year = %(year)s group by 1, 2, 3"
)
_ON_REGISTER: Final = {
    pb.TOTALS_BY_TAX_CODE: f"select tax_code, '', '', {_REGISTER} where tax_year = %(year)s"
    " group by tax_code",
    pb.TOTALS_BY_AGENCY: _RATED.format(fund="''"),
    pb.TOTALS_BY_FUND: _RATED.format(fund="fund_code"),
}
_ALL_BILLED: Final = f"{_VERSIONS} select {_SUMS.format(cents='total_cents')} from versions"
_WHOLE_REGISTER: Final = f"select {_REGISTER} where tax_year = %(year)s"


def totals(connection: Connection, tax_year: int, by: Any) -> pb.LevyTotals:
    """Give a row for each code that has bills or parcels, and all of the year once."""
    # A county's year has twelve million lines.
    connection.exec_driver_sql("set local statement_timeout = '10min'")
    year = {"year": tax_year}
    rows: dict[tuple[str, str], pb.LevyTotal] = {}
    for code, fund, name, *figures in connection.exec_driver_sql(_BILLED[by], year):
        rows[code, fund] = pb.LevyTotal(code=code, name=name, fund_code=fund)
        _bill(rows[code, fund], figures)
    for code, fund, name, *figures in connection.exec_driver_sql(_ON_REGISTER[by], year):
        row = pb.LevyTotal(code=code, name=name, fund_code=fund)
        _register(rows.setdefault((code, fund), row), figures)
    _certified(connection, tax_year, by, rows)
    for key, name in fund_names.of_year(connection, tax_year).items():
        if key in rows:
            rows[key].fund_name = name
    total = pb.LevyTotal()
    _bill(total, connection.exec_driver_sql(_ALL_BILLED, year).one())
    _register(total, connection.exec_driver_sql(_WHOLE_REGISTER, year).one())
    ordered = [rows[key] for key in sorted(rows)]
    return pb.LevyTotals(tax_year=tax_year, by=by, rows=ordered, total=total)


def _certified(
    connection: Connection, tax_year: int, by: Any, rows: dict[tuple[str, str], pb.LevyTotal]
) -> None:
    if by == pb.TOTALS_BY_TAX_CODE:
        return
    for (code, fund), cents in store.certified_cents(connection, tax_year).items():
        key = (code, fund if by == pb.TOTALS_BY_FUND else "")
        row = rows.setdefault(key, pb.LevyTotal(code=code, fund_code=key[1]))
        row.certified_cents += cents


def _bill(row: pb.LevyTotal, figures: Any) -> None:
    bills, dollars, cents, bills_now, dollars_now, cents_now = map(int, figures)
    row.original.CopyFrom(_figures(bills, dollars, cents))
    row.corrected.CopyFrom(_figures(bills_now, dollars_now, cents_now))


def _register(row: pb.LevyTotal, figures: Any) -> None:
    row.parcel_count, row.assessed_dollars, row.taxable_dollars = map(int, figures)


def _figures(bills: int, dollars: int, cents: int) -> runs_pb2.Figures:
    return runs_pb2.Figures(bill_count=bills, value_dollars=dollars, tax_cents=cents)
