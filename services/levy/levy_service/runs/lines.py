"""A batch's lines in SQL: an agency's part of each bill, the odd cents on the line of the law."""

from typing import Final

from sqlalchemy import Connection

from levy_service.domain.billing import BillingTerms
from levy_service.roll_store import CHARGES
from levy_service.runs.arithmetic import Numbers
from levy_service.runs.credits import line_of
from levy_service.runs.districts import part_of
from levy_service.runs.telling import Teller

# Every line of these was rounded up, so that the odd cents made one negative: their total is
# shared by largest remainders instead, of equal ones by the agency's code.
_SHARED: Final = """
update run_lines l set {changed}
from (
    select ord, place, part + (odd_place <= odd_cents)::integer as amount
    from (
        select ord, place, part, row_number() over (partition by ord order by remainder desc,
               agency_code collate "C", fund_code collate "C") as odd_place,
               tax - sum(part) over (partition by ord) as odd_cents
        from (
            select l.ord, l.place, l.agency_code, l.fund_code, b.{tax} as tax,
                   div(b.{tax}::numeric * l.rate, b.composite) as part,
                   mod(b.{tax}::numeric * l.rate, b.composite) as remainder
            from run_lines l join (select *, tax + given as gross_tax from run_bills) b using (ord)
            where l.ord in (select ord from run_lines where {amount} < 0)
        ) d
    ) r
) s
where l.ord = s.ord and l.place = s.place
"""
_NET_SHARED: Final = _SHARED.format(
    changed="amount = s.amount, odd = s.amount - (l.amount - l.odd)", tax="tax", amount="amount"
)
_GROSS_SHARED: Final = _SHARED.format(changed="gross = s.amount", tax="gross_tax", amount="gross")


def fill_lines(
    connection: Connection, numbers: Numbers, terms: BillingTerms, teller: Teller
) -> None:
    line = numbers.tax(
        "b.taxed", "r.rate", terms.rate_unit, terms.line_rounding, terms.line_step_cents
    )
    if _any(connection, "share"):
        net = numbers.tax(
            "b.net", "r.rate", terms.rate_unit, terms.line_rounding, terms.line_step_cents
        )
        part = part_of(net, "(1 - b.share)", terms.line_rounding)
        line = f"case when b.share is null then {line} else {part} end"
    gross = "null::bigint"
    if credits_ := _any(connection, "credits"):
        rest = line_of("b.tax", "r.rate", "b.composite", terms)
        whole = f"{line} + case when r.place = b.gross_place then b.gross_odd else 0 end"
        before = f"case b.part when 'increment' then b.tax + b.given else {whole} end"
        gross = f"case when b.given > 0 then {before} end"
        line = f"case when b.given = 0 then {line} else {rest} end"
    odd = "case when r.place = b.odd_place then b.odd else 0 end"
    connection.exec_driver_sql(f"""
insert into run_lines
select b.ord, b.bill_id,
       case b.part when 'whole' then r.place when 'base' then r.other_place else 1 end,
       r.agency_code, r.fund_code, case b.part when 'increment' then b.composite else r.rate end,
       case b.part when 'increment' then b.tax else {line} + {odd} end, {odd}, r.told, r.told_after,
       {gross}
from run_bills b join run_rates r on r.tax_code = b.tax_code
     and (b.part = 'whole' or r.is_fund = (b.part = 'increment'))
""")
    connection.exec_driver_sql(_NET_SHARED)
    if credits_:
        connection.exec_driver_sql(_GROSS_SHARED)
    if _any(connection, "charges"):
        connection.exec_driver_sql(_charges(teller))


def _any(connection: Connection, column: str) -> bool:
    """Most batches have no shares, charges or credits, and pay nothing for them."""
    found: bool = connection.exec_driver_sql(
        f"select exists (select from run_parcels where {column} is not null)"
    ).scalar_one()
    return found


def _charges(teller: Teller) -> str:
    """A line for each direct charge, behind those of the rates, on the agencies' bill."""
    told, told_after = teller.component()
    return f"""
insert into run_lines
select ord, bill_id, rated + number, agency_code, fund_code, 0, amount_cents, 0, {told},
       {told_after}, null::bigint
from (
    select b.ord, b.bill_id, c.agency_code, coalesce(c.fund_code, '') as fund_code,
           c.amount_cents, a.agency_name,
           row_number() over (partition by b.ord order by c.agency_code collate "C",
                              coalesce(c.fund_code, '') collate "C") as number,
           (select count(*) from run_rates r where r.tax_code = b.tax_code
            and (b.part = 'whole' or not r.is_fund)) as rated
    from run_bills b join run_parcels p on p.ord = b.parcel_ord
         cross join lateral {CHARGES.format(of="p.charges")}
         join agencies a on a.tax_year = {teller.tax_year} and a.agency_code = c.agency_code
    where p.charges is not null and b.part <> 'increment'
) l
"""
