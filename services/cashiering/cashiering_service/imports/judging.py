"""What becomes of each staged line: set-wise statements, one after the other."""

from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.imports import obstacles as import_obstacles
from cashiering_service.imports.obstacles import Rules

_NONE = Rules()
# Lines of these runs count when a later file brings the same payment.
_STANDING = "('validated', 'committing', 'committed')"


def judge_again(connection: Connection, run_id: UUID) -> None:
    """Forget what was judged; what the file itself got wrong stays wrong."""
    connection.exec_driver_sql(
        "update import_lines set outcome = 'post', reason = '', message = '', bill_id = null,"
        " open_cents = null where run_id = %s and line_key is not null",
        (run_id,),
    )


def quote(connection: Connection, run_id: UUID) -> None:
    """Note which version of its bill each line is prepared for (LEVY-015)."""
    connection.exec_driver_sql("analyze import_lines")
    for statement in _QUOTES:
        connection.exec_driver_sql(statement, {"run": run_id})


def judge(connection: Connection, run_id: UUID, rules: Rules = _NONE) -> None:
    """Decide every staged line: duplicates, the bills, who names none, who may not pay."""
    # The planner knows nothing of lines staged a moment ago, and would compare each with each.
    connection.exec_driver_sql("analyze import_lines")
    given = {"run": run_id, "unmatched": "suspense" if rules.suspense else "rejected"}
    for statement in (_TWICE_HERE, _TWICE_EVER, _LENDERS, *_BILLS, _INCREMENTS, _UNMATCHED):
        connection.exec_driver_sql(statement, given)
    # Again, now that lines have bills: it believed that none had.
    connection.exec_driver_sql("analyze import_lines")
    import_obstacles.judge(connection, run_id, rules)


_TWICE_HERE = (
    "update import_lines l set outcome = 'duplicate', reason = 'DUPLICATE_LINE',"
    " message = 'the same payment is on line ' || d.first || ' of this file'"
    " from (select line_number, min(line_number) over (partition by line_key) as first"
    "       from import_lines where run_id = %(run)s and outcome = 'post') d"
    " where l.run_id = %(run)s and l.line_number = d.line_number and d.first < d.line_number"
)
_TWICE_EVER = (
    "update import_lines l set outcome = 'duplicate', reason = 'DUPLICATE_LINE',"
    " message = 'the same payment was on line ' || e.line_number || ' of run ' || e.run_id"
    " from import_lines e join import_runs r on r.run_id = e.run_id"
    " where l.run_id = %(run)s and l.outcome = 'post'"
    " and e.line_key = l.line_key and e.run_id <> l.run_id"
    f" and e.outcome in ('post', 'suspense') and r.state in {_STANDING}"
)
# Of most files no line names a lender: they are asked once.
_LENDERS = (
    "update import_lines l set outcome = %(unmatched)s, reason = 'LENDER_NOT_FOUND',"
    " message = 'no lender ' || lender_code || ' is on file here'"
    " where run_id = %(run)s and outcome = 'post' and lender_code <> ''"
    " and not exists (select from lenders n where n.lender_code = l.lender_code)"
)
# A line keeps the version it was prepared for; of a bill it meets for the first time, today's.
_QUOTED = (
    " quoted_bill_id = {0}.bill_id, quoted_version = case when l.quoted_bill_id = {0}.bill_id"
    " then l.quoted_version else {0}.bill_version end"
)
_OF_LINES = (
    " from dues d where l.run_id = %(run)s and l.outcome = 'post' and l.kind = 'bill'"
    " and not exists (select from bill_faces f where f.bill_id = d.bill_id"
    "  and f.part = 'increment')"
)
_OWN_NUMBER = " and d.bill_number = l.tax_year::text || '-' || l.parcel_number"
_SAME_PARCEL = " and d.parcel_number = l.parcel_number and d.tax_year = l.tax_year"
# A coupon is for the bill that was issued for its parcel and year, wherever it was moved since
# (LEVY-016); one of that parcel and year with another number is meant where there is no such bill.
_WHICH = (
    _SAME_PARCEL + _OWN_NUMBER,
    " and l.{0} is null" + _OWN_NUMBER,
    " and l.{0} is null" + _SAME_PARCEL + " and not exists (select from dues o"
    " where o.parcel_number = d.parcel_number and o.tax_year = d.tax_year"
    " and o.bill_number < d.bill_number)",
)
_BILLS = [
    "update import_lines l set bill_id = d.bill_id, open_cents = d.open_cents,"
    f"{_QUOTED.format('d')}{_OF_LINES}{which.format('bill_id')}"
    for which in _WHICH
]
_QUOTES = [
    f"update import_lines l set{_QUOTED.format('d')}{_OF_LINES}{which.format('quoted_bill_id')}"
    for which in _WHICH
]
# A parcel in a tax-increment district has two bills a year and one coupon: who pays exactly the
# increment, or finds nothing owed on the other, pays that.
_INCREMENTS = (
    "update import_lines l set bill_id = i.bill_id, open_cents = i.open_cents,"
    f"{_QUOTED.format('i')}"
    " from bill_faces f join dues i using (bill_id)"
    " where f.part = 'increment' and l.run_id = %(run)s and l.outcome = 'post' and l.kind = 'bill'"
    " and i.parcel_number = l.parcel_number and i.tax_year = l.tax_year and i.open_cents > 0"
    " and (coalesce(l.open_cents, 0) = 0"
    "  or i.open_cents = l.amount_cents and l.open_cents <> l.amount_cents)"
)
_UNMATCHED = (
    "update import_lines l set outcome = %(unmatched)s,"
    " reason = case when parcel_number = '' then 'BILL_NOT_NAMED' else 'PARCEL_UNKNOWN' end,"
    " message = case when parcel_number = '' then 'the payment names no bill'"
    "  else 'no bill of ' || tax_year || ' is known for parcel ' || parcel_number end"
    " where run_id = %(run)s and outcome = 'post' and kind = 'bill' and bill_id is null"
)
