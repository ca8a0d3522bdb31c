"""The account statement of a parcel: its ledger bill by bill, and what runs up to a day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from receivables_service import fact_rows
from receivables_service.accounts import KnownFact
from receivables_service.changes import moved_heads
from receivables_service.codes.store import SETTLED, settled_of
from receivables_service.credits import on_statements
from receivables_service.domain.derivation import derive
from receivables_service.domain.terms import Terms
from reportkit import Cell, Column, Kind, Parameter, Report, Row, Values, stream, visible
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal, not_found

WORDS: Final[Mapping[str, str]] = {
    "issue": "Bill issued",
    "payment": "Payment",
    "reversal": "Payment taken back",
    "reallocation": "Money placed anew",
    "correction": "Bill corrected",
    "default": "Went into default",
    "transfer": "Collection type changed",
    "fee": "Fee",
    "waiver": "Waiver",
    "grace": "Days of grace over",
    "draw": "Held money used",
    "tolerance": "Within tolerance",
    "terms": "Other rates",
    "discount": "Discount",
    "credited": "Before credits",
    "credit": "Credit",
}
# Of the bills that a condition on b chooses.
_LEDGER = f"""
with ledger as (
select b.bill_id, coalesce(b.bill_number, '') as bill_number, b.tax_year, p.business_date,
    p.effective_on, p.posting_id, e.receipt_id,
    case when e.rule_id like '%%/discounts/%%' then 'discount' else p.kind end as kind,
    e.installment, coalesce(e.charge_type, '') as charge_type, e.charge_code,
    coalesce(e.collection_type, '') as collection_type,
    coalesce(min(r.receipt_number), e.receipt_id::text, '') as receipt,
    sum(e.amount_cents) filter (where e.receipt_id is null)::bigint as charged_cents,
    -sum(e.amount_cents) filter (where e.receipt_id is not null)::bigint as paid_cents
from bills b join postings p using (bill_id) join ledger_entries e using (posting_id)
    left join receipts r on r.receipt_id = e.receipt_id
where {{of}} and e.ledger_account = 'taxes_receivable'
    and p.business_date <= %(as_of)s and {visible("p")}
group by b.bill_id, b.bill_number, b.tax_year, p.posting_id, e.installment, e.charge_type,
    e.charge_code, e.collection_type, e.receipt_id, e.rule_id like '%%/discounts/%%'
having sum(e.amount_cents) <> 0
), {on_statements.ENTRIES}
select * from (
    select *, 0 as place from ledger
    union all
    -- Behind the entries of its day.
    select bill_id, coalesce(bill_number, ''), tax_year, business_date, effective_on, null, null,
        kind, null, '', name, '', '', cents, null, place from credited
) entries
order by tax_year, bill_number, bill_id, business_date, posting_id, receipt_id is not null,
    installment, charge_type, place, charge_code, collection_type, receipt_id, kind
"""
_OF_PARCEL = _LEDGER.format(of=f"b.bill_id in ({moved_heads.bills_on_parcel(visible('v'))})")
CHOSEN: Final = _LEDGER.format(of="b.bill_id = any(%(chosen)s::uuid[])")
_FACTS = f"""
select {fact_rows.COLUMNS} from facts f where bill_id = %(bill_id)s
    and business_date <= %(as_of)s and {visible("f")}
"""
_SETTINGS = f"""
select {SETTLED} from code_settings s where {visible("s")} and code in (
    select body ->> 'code' from facts where bill_id = %(bill_id)s and kind = 'code_set')
"""


COLUMNS: Final = (
    Column("bill_number", "Bill", width=22),
    Column("business_date", "Date", Kind.DATE, 10),
    Column("effective_on", "Counts as of", Kind.DATE, 10),
    Column("entry", "Entry", width=24),
    Column("installment", "Inst.", Kind.NUMBER, 4),
    Column("charge", "Charge", width=16),
    Column("receipt", "Receipt", width=22),
    Column("charged_cents", "Charged", Kind.MONEY, 13, total=True),
    Column("paid_cents", "Paid", Kind.MONEY, 13, total=True),
    Column("balance_cents", "Balance", Kind.MONEY, 13, closing=True),
)


def statement(terms: Terms, today: Any) -> Report:
    """The report; `today` gives the day a statement is of when none is named."""
    return Report(
        name="account-statement",
        title="Account statement",
        parameters=(
            Parameter("parcel_number", "Parcel"),
            Parameter("as_of", "As of", Kind.DATE, required=False),
        ),
        columns=COLUMNS,
        rows=partial(rows_of, terms, _OF_PARCEL),
        group_by="bill_number",
        note="What the books held at the end of that day; a line at the end of a bill has the"
        " interest and penalty accrued by then. Money beyond a bill is held as surplus and is no"
        " part of its balance. S is secured, DS defaulted, U unsecured.",
        check=partial(_check, today),
    )


def _check(today: Any, connection: Connection, asked: dict[str, Cell]) -> dict[str, Cell]:
    if not moved_heads.parcel_is_known(connection, str(asked["parcel_number"])):
        raise not_found(
            "PARCEL_NOT_FOUND", f"no bill of parcel {asked['parcel_number']} is on the books"
        )
    return {**asked, "as_of": asked["as_of"] or today()}


def rows_of(
    terms: Terms, ledger: str, connection: Connection, asked: Values, watermark: str
) -> Iterator[Row]:
    """The ledger of some bills, each with what runs up to the day at its end."""
    given = {**asked, "watermark": watermark}
    balance = 0
    bill: tuple[UUID, str] | None = None
    # A parcel has a few bills a year and a few dozen entries a bill.
    for row in list(stream(connection, ledger, given)):
        if bill is not None and bill[0] != row.bill_id:
            yield from _running(terms, connection, bill, given, balance)
            balance = 0
        bill = (row.bill_id, row.bill_number)
        charged, paid = row.charged_cents or 0, row.paid_cents or 0
        balance += charged - paid
        yield (
            row.bill_number,
            row.business_date,
            row.effective_on,
            WORDS.get(row.kind, row.kind),
            row.installment,
            _charge(row.charge_type, row.charge_code, row.collection_type),
            row.receipt,
            charged,
            paid,
            balance,
        )
    if bill is not None:
        yield from _running(terms, connection, bill, given, balance)


def _running(
    terms: Terms,
    connection: Connection,
    bill: tuple[UUID, str],
    given: Mapping[str, Any],
    balance: int,
) -> Iterator[Row]:
    """What has run up since the last posting: the quote of the day less what is posted."""
    bill_id, bill_number = bill
    rows = stream(connection, _FACTS, {**given, "bill_id": bill_id})
    facts = [fact_rows.known_of(row) for row in rows]
    said = stream(connection, _SETTINGS, {**given, "bill_id": bill_id})
    facts += [settled_of(row) for row in said]
    as_of = given["as_of"]
    cents = _open(facts, terms, as_of, bill_number) - _open(facts, terms, None, bill_number)
    if cents:
        yield (
            bill_number, as_of, as_of, "Accrued, not posted", None,
            "interest, penalty", "", cents, 0, balance + cents,
        )  # fmt: skip


def _open(facts: Sequence[KnownFact], terms: Terms, as_of: date | None, bill_number: str) -> int:
    try:
        return derive([each.fact for each in facts], terms, as_of).open_cents
    except NoTermInForce as error:
        raise Refusal("NO_LAW_IN_FORCE", f"bill {bill_number}: {error}") from error


def _charge(charge_type: str, code: str, collection_type: str) -> str:
    carried = f"({collection_type})" if collection_type else ""
    return " ".join(part for part in (charge_type, code, carried) if part)
