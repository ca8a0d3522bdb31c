"""Reports on discounts: given, waiting, barred, their rules and their money (RECV-034)."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection

from receivables_service.discounts.rulebook import DiscountTerms
from receivables_service.domain.discount_terms import calendar_of
from reportkit import Cell, Column, Kind, Parameter, Report, Row, Values, stream, visible
from taxkit.errors import invalid

_SPAN = (Parameter("from_on", "From", Kind.DATE), Parameter("to_on", "To", Kind.DATE))
_YEARS = range(1800, 10_000)

_GIVEN = f"""
select p.business_date, f.body ->> 'program' as program, f.body ->> 'gl_account' as account,
    count(distinct e.fact_id) filter (where e.amount_cents > 0) as given,
    coalesce(sum(e.amount_cents) filter (where e.amount_cents > 0), 0)::bigint as given_cents,
    coalesce(-sum(e.amount_cents) filter (where e.amount_cents < 0), 0)::bigint as back_cents,
    sum(e.amount_cents)::bigint as net_cents
from postings p join ledger_entries e using (posting_id) join facts f on f.fact_id = e.fact_id
where e.ledger_account = 'discount' and p.business_date between %(from_on)s and %(to_on)s
    and {visible("p")}
group by 1, 2, 3 order by 1, 2, 3
"""
# A correction of a day on or after the discount's; one that came before the issue has no posting.
_CORRECTED = f"""
from facts cf where cf.bill_id = f.bill_id and cf.kind = 'correction'
    and cf.effective_on >= f.effective_on and exists (select from postings c
        where c.bill_id = f.bill_id and {visible("c")} and (c.cause_fact_id = cf.fact_id
            or c.kind = 'issue' and not exists
                (select from postings o where o.cause_fact_id = cf.fact_id)))
"""
_FOLLOWS = "coalesce((f.body ->> 'follows')::boolean, false)"
_REVIEW = f"""
select business_date, action, bill_number, program, actor, discount_cents, reason, evidence from (
select l.business_date, l.action, coalesce(b.bill_number, '') as bill_number, l.program, l.actor,
    coalesce(l.discount_cents, 0) as discount_cents, l.reason, l.evidence, l.recorded_at,
    l.log_id as line_id
from discount_log l left join bills b using (bill_id)
where l.business_date between %(from_on)s and %(to_on)s and {visible("l")}
    and l.action in ('refused', 'pending', 'requested', 'denied', 'reversed')
union all
select c.business_date, 'corrected', coalesce(b.bill_number, ''), f.body ->> 'program', '',
    g.cents, 'the bill was corrected after the discount', '', c.recorded_at, c.fact_id
from facts f join bills b on b.bill_id = f.bill_id
    cross join lateral (select sum(e.amount_cents)::bigint as cents from postings p
        join ledger_entries e using (posting_id)
        where e.fact_id = f.fact_id and e.ledger_account = 'discount'
            and p.bill_id = f.bill_id and {visible("p")}) g
    cross join lateral (select cf.business_date, cf.fact_id, cf.recorded_at {_CORRECTED}
        and cf.business_date between %(from_on)s and %(to_on)s) c
where f.kind = 'discount_granted' and not {_FOLLOWS} and g.cents > 0
) found order by business_date, recorded_at, line_id
"""
_IMPACT = f"""
with d as (
    select f.body ->> 'program' as program, p.tax_year,
        (f.body ->> 'receipt_id')::uuid as receipt_id, p.bill_id, sum(e.amount_cents) as cents
    from postings p join ledger_entries e using (posting_id) join facts f on f.fact_id = e.fact_id
    where e.ledger_account = 'discount' and p.business_date between %(from_on)s and %(to_on)s
        and {visible("p")}
    group by 1, 2, 3, 4 having sum(e.amount_cents) <> 0
), m as (
    select p.bill_id, e.receipt_id, -sum(e.amount_cents) as cents
    from postings p join ledger_entries e using (posting_id)
    where e.ledger_account = 'taxes_receivable' and {visible("p")}
        and (p.bill_id, e.receipt_id) in (select bill_id, receipt_id from d)
    group by 1, 2
), shares as (
    -- One after another: what the shares before leave over, so that no cent is lost.
    select d.*, sum(d.cents) over (partition by d.bill_id, d.receipt_id) as all_cents,
        sum(d.cents) over w as until_cents,
        row_number() over w as place
    from d window w as (partition by d.bill_id, d.receipt_id order by d.program
        rows between unbounded preceding and current row)
), net as (
    select s.*, case when s.all_cents = 0 then case when s.place = 1 then m.cents else 0 end
        else round(m.cents * s.until_cents / s.all_cents)
            - round(m.cents * (s.until_cents - s.cents) / s.all_cents) end as net_cents
    from shares s left join m using (bill_id, receipt_id)
)
select program, tax_year::text as tax_year, count(*) as payments,
    (sum(cents) + coalesce(sum(net_cents), 0))::bigint as gross_cents,
    sum(cents)::bigint as discount_cents, coalesce(sum(net_cents), 0)::bigint as net_cents
from net group by 1, 2 order by 1, 2
"""
_COUNTS = f"""
select l.action, l.program, count(*) as lines,
    coalesce(sum(l.discount_cents), 0)::bigint as discount_cents
from discount_log l where l.business_date = %(on)s and {visible("l")}
group by 1, 2 order by 1, 2
"""
# Each discount that stands, beside what its own terms, base and checks allow.
_RECHECK = f"""
select coalesce(b.bill_number, '') as bill_number, f.body ->> 'program' as program,
    g.cents as discount_cents,
    a.cents::bigint as allowed_cents,
    case when l.log_id is null then 'no check is on file'
        when (f.body ->> 'exception')::boolean then 'exception'
        when exists (select from jsonb_array_elements(l.checks) c where not (c ->> 1)::boolean)
            then 'a check failed'
        when g.cents > a.cents then 'more than the rate'
        when not {_FOLLOWS} and exists (select {_CORRECTED}) then 'corrected since'
        else 'in order' end as found,
    coalesce(l.actor, '') as granted_by, coalesce(l.evidence, '') as evidence
from (select e.fact_id, p.bill_id, sum(e.amount_cents)::bigint as cents from postings p
        join ledger_entries e using (posting_id)
        where e.ledger_account = 'discount' and p.business_date <= %(on)s and {visible("p")}
        group by 1, 2 having sum(e.amount_cents) <> 0) g
    join facts f on f.fact_id = g.fact_id join bills b on b.bill_id = g.bill_id
    left join lateral (select * from discount_log l where l.grant_id = g.fact_id
        and l.action in ('applied', 'approved') and {visible("l")}
        order by l.recorded_at, l.log_id limit 1) l on true
    cross join lateral (select l.base_cents * (f.body ->> 'rate')::numeric as exact) x
    -- As the grant says that cents are rounded.
    cross join lateral (select case f.body ->> 'rounding'
        when 'up' then ceil(x.exact) when 'down' then floor(x.exact)
        when 'half_even' then case when x.exact - floor(x.exact) = 0.5
            then 2 * round(x.exact / 2) else round(x.exact) end
        else round(x.exact) end as cents) a
order by 1, 2, g.fact_id
"""
# A discount's own postings have a line of the log: its payment's, its grant's, its reversal's, and
# those of a bill that came after its money. The others follow from another fact of the bill.
_OWN = """(p.kind in ('issue', 'reallocation') or p.kind = 'payment'
    and p.cause_fact_id = (f.body ->> 'payment_id')::uuid or p.kind = 'discount')"""
# The ledger's side against the log's.
_TIED = f"""
select day as business_date, sum(gl)::bigint as ledger_cents, sum(logged)::bigint as logged_cents,
    sum(followed)::bigint as followed_cents,
    (sum(gl) - sum(logged) - sum(followed))::bigint as difference_cents
from (
    select p.business_date as day, e.amount_cents as gl, 0 as logged,
        case when {_OWN} then 0 else e.amount_cents end as followed
    from postings p join ledger_entries e using (posting_id) join facts f on f.fact_id = e.fact_id
    where e.ledger_account = 'discount'
        and p.business_date between %(from_on)s and %(to_on)s and {visible("p")}
    union all
    select l.business_date, 0, case when l.action = 'reversed' then -l.discount_cents
        else l.discount_cents end, 0
    from discount_log l where l.action in ('applied', 'approved', 'reversed')
        and l.business_date between %(from_on)s and %(to_on)s and {visible("l")}
) both_sides group by 1 order by 1
"""


def reports(law: DiscountTerms, today: Any) -> tuple[Report, ...]:
    """The reports on discounts, by this county's programs."""
    span = {"parameters": _SPAN, "check": _check_span}
    day = {"parameters": (_ON,), "check": partial(_check_day, today)}
    return (
        _of("discount-summary", "Daily discounts", _GIVEN, _GIVEN_COLUMNS, **span),
        _of("discount-review", "Discounts to be reviewed", _REVIEW, _REVIEW_COLUMNS, **span),
        _of(
            "discount-impact", "What programs cost", _IMPACT, _IMPACT_COLUMNS, note=_SHARED, **span
        ),
        _of("discount-reconciliation", "Discounts tied out", _TIED, _TIED_COLUMNS, **span),
        _of("discount-counters", "Discounts of a day", _COUNTS, _COUNTS_COLUMNS, **day),
        _of("discount-compliance", "Discounts re-checked", _RECHECK, _RECHECK_COLUMNS, **day),
        _calendar(law, today),
    )


_ON = Parameter("on", "On", Kind.DATE, required=False)
_PROGRAM = Column("program", "Program", width=14)
_DISCOUNT = Column("discount_cents", "Discount", Kind.MONEY, 13, total=True)
_DAY = Column("business_date", "Date", Kind.DATE, 10)
_BILL = Column("bill_number", "Bill", width=22)
_GIVEN_COLUMNS = (
    _DAY,
    _PROGRAM,
    Column("account", "Account", width=16),
    Column("given", "Given", Kind.NUMBER, 7, total=True),
    Column("given_cents", "Let off", Kind.MONEY, 13, total=True),
    Column("back_cents", "Taken back", Kind.MONEY, 13, total=True),
    Column("net_cents", "Net", Kind.MONEY, 13, total=True),
)
_REVIEW_COLUMNS = (
    _DAY,
    Column("action", "What", width=10),
    _BILL,
    _PROGRAM,
    Column("actor", "Who", width=14),
    _DISCOUNT,
    Column("reason", "Why", width=40),
    Column("evidence", "Evidence", width=20),
)
_IMPACT_COLUMNS = (
    _PROGRAM,
    Column("tax_year", "Tax year", width=8),
    Column("payments", "Payments", Kind.NUMBER, 9),
    Column("gross_cents", "Gross", Kind.MONEY, 14, total=True),
    _DISCOUNT,
    Column("net_cents", "Net", Kind.MONEY, 14, total=True),
)
_COUNTS_COLUMNS = (
    Column("action", "What", width=12),
    _PROGRAM,
    Column("lines", "How many", Kind.NUMBER, 9, total=True),
    _DISCOUNT,
)
_RECHECK_COLUMNS = (
    _BILL,
    _PROGRAM,
    _DISCOUNT,
    Column("allowed_cents", "By the rate", Kind.MONEY, 13),
    Column("found", "Found", width=22),
    Column("granted_by", "Granted by", width=14),
    Column("evidence", "Evidence", width=20),
)
_TIED_COLUMNS = (
    _DAY,
    Column("ledger_cents", "Ledger", Kind.MONEY, 14, total=True),
    Column("logged_cents", "Log", Kind.MONEY, 14, total=True),
    Column("followed_cents", "Followed others", Kind.MONEY, 15, total=True),
    Column("difference_cents", "Difference", Kind.MONEY, 13, total=True),
)
_CALENDAR_COLUMNS = (
    _PROGRAM,
    Column("discount_type", "Type", width=12),
    Column("rate", "Rate", width=8),
    Column("first_day", "From", Kind.DATE, 10),
    Column("last_day", "Through", Kind.DATE, 10),
    Column("days_left", "Days left", Kind.NUMBER, 9),
)


_SHARED = (
    "A payment with discounts of several programs counts with each of them; what it brought is"
    " shared among them by what each let off."
)


def _of(name: str, title: str, sql: str, columns: tuple[Column, ...], **given: Any) -> Report:
    return Report(name=name, title=title, columns=columns, rows=partial(_rows, sql), **given)


def _rows(sql: str, connection: Connection, asked: Values, watermark: str) -> Iterator[Row]:
    return stream(connection, sql, {**asked, "watermark": watermark})


def _calendar(law: DiscountTerms, today: Any) -> Report:
    return Report(
        name="discount-calendar",
        title="Discount periods",
        parameters=(Parameter("tax_year", "Tax year", Kind.NUMBER), _ON),
        columns=_CALENDAR_COLUMNS,
        rows=partial(_calendar_rows, law),
        check=partial(_check_year, today),
        note="Periods that begin with a bill's notice are that bill's own, and not listed.",
    )


def _calendar_rows(
    law: DiscountTerms, _connection: Connection, asked: Values, _watermark: str
) -> Iterator[Row]:
    tax_year, on = asked["tax_year"], asked["on"]
    assert isinstance(tax_year, int)
    assert isinstance(on, date)
    for one in law.programs(tax_year):
        for rate, first, last in calendar_of(one, tax_year, None, law.roll):
            left = (last - on).days + 1 if first <= on <= last else 0
            yield (one.code, one.discount_type.value, str(rate), first, last, left)


def _check_span(_connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    if str(asked["to_on"]) < str(asked["from_on"]):
        raise invalid("DATES_REVERSED", f"{asked['to_on']} is before {asked['from_on']}", "to_on")
    return asked


def _check_day(today: Any, _connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    return {**asked, "on": asked["on"] or today()}


def _check_year(today: Any, connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    if asked["tax_year"] not in _YEARS:
        raise invalid("TAX_YEAR_INVALID", f"{asked['tax_year']} is no tax year", "tax_year")
    return _check_day(today, connection, asked)
