"""Commands on fees: charge one, modify it to nothing, note who paid it (RECV-065 to RECV-067)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from receivables_service.accounts import KnownFact
from receivables_service.asked import Asked, keep_requests
from receivables_service.books import Books
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.codes import choosing, coding, settling
from receivables_service.codes import store as code_store
from receivables_service.codes.adjustments import Change
from receivables_service.codes.choosing import fees_of
from receivables_service.codes.coding import Item
from receivables_service.domain.facts import FeeCharged
from receivables_service.domain.fee_facts import FeeLifted
from receivables_service.domain.fee_terms import FeeRow, FeeTerms, FeeType, Holder, total_of
from receivables_service.domain.ledger import PostingKind
from receivables_service.domain.standing_fees import open_of
from receivables_service.fees import accounts, store
from receivables_service.fees.store import End, Fee
from taxkit import ids
from taxkit.errors import Refusal, invalid, not_found
from taxkit.inbox import Work

_TO_NOTHING = "Modify Fee to 0"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fee as somebody wants it charged."""

    fee_type: str
    tax_year: int
    # Its type's own amount where none is given; of a miscellaneous fee the sum of its rows.
    amount_cents: int
    due_on: date
    batch: str
    holder: Holder
    holder_id: str
    statement_id: str
    template: str = ""
    rows: tuple[FeeRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Modified:
    """How a fee is modified to nothing."""

    batch: str
    on: date
    modify_code: str
    bill_code: str


def charge(app: ReceivablesApp, work: Work, wanted: Wanted, asked: Asked) -> Fee:
    """Put a fee on a property's bill, or on an account of its own."""
    today = work.clock.today()
    terms = app.fees.at(today)
    kind = terms.types.get(wanted.fee_type)
    if kind is None:
        raise not_found("FEE_TYPE_UNKNOWN", f"the law has no fee {wanted.fee_type[:60]!r}")
    rows = _rows(terms, kind, wanted)
    cents = total_of(rows) if kind.miscellaneous else wanted.amount_cents or kind.amount_cents
    if cents <= 0:
        raise invalid("AMOUNT_NOT_POSITIVE", "say what the fee is", "amount_cents")
    fee_id = ids.new_id()
    on_bill = wanted.holder is Holder.PROPERTY
    source = (fee_id, terms.rule_id)
    bill_id = (
        _bill(app, work, wanted, kind, cents, source, asked)
        if on_bill
        else accounts.bill_of(fee_id)
    )
    fee = Fee(
        fee_id, kind.code, kind.charge_code, wanted.holder.value, wanted.holder_id,
        wanted.statement_id, bill_id, wanted.tax_year, cents, wanted.due_on, wanted.batch,
        asked.user, asked.reason, today, work.clock.now(), terms.rule_id,
    )  # fmt: skip
    if not on_bill:
        accounts.open_account(app, work, fee, rows, asked)
    store.add(work.connection, fee, rows)
    return fee


def modify_to_zero(
    app: ReceivablesApp, work: Work, fee_id: UUID, modified: Modified, asked: Asked
) -> Fee:
    """Waive a fee that nobody paid anything of; a paid one is refused. A code goes on it."""
    fee, today = _open_fee(work, fee_id), work.clock.today()
    if modified.on > today:
        raise invalid(
            "MODIFIED_ON_IN_FUTURE", f"{modified.on} is after today, {today}", "modified_on"
        )
    if modified.bill_code:
        settling.wanted(work, modified.bill_code)
    if fee.bill_id is not None:
        _lift(app, work, fee, fee.bill_id, modified.bill_code, asked)
    ended = End(
        fee_id, "waived", modified.batch, modified.on, modified.modify_code, asked.reason,
        modified.bill_code, "", asked.user, work.clock.now(),
    )  # fmt: skip
    store.end(work.connection, ended)
    return fee


def note_payment(work: Work, fee_id: UUID, receipt_number: str, asked: Asked) -> Fee:
    """Note the receipt that paid a fee of before there were accounts; others are paid as bills."""
    fee = _open_fee(work, fee_id)
    if fee.bill_id is not None:
        raise Refusal("FEE_ON_BILL", f"fee {fee_id} is paid at the counter, by its bill's number")
    cents = store.receipt_cents(work.connection, receipt_number)
    if cents is None:
        raise not_found("RECEIPT_NOT_FOUND", f"no one receipt {receipt_number!r} stands")
    if cents < fee.amount_cents:
        raise Refusal(
            "RECEIPT_TOO_SMALL", f"receipt {receipt_number} is of {cents} cents, less than the fee"
        )
    ended = End(
        fee_id, "paid", "", work.clock.today(), "", asked.reason, "", receipt_number, asked.user,
        work.clock.now(),
    )  # fmt: skip
    store.end(work.connection, ended)
    return fee


def _rows(terms: FeeTerms, kind: FeeType, wanted: Wanted) -> Sequence[FeeRow]:
    """The rows of a miscellaneous fee: as given, else its template's."""
    if not kind.miscellaneous:
        if wanted.rows or wanted.template:
            raise invalid("FEE_ROWS_INVALID", f"a fee {kind.code} has no rows", "rows")
        return ()
    rows = wanted.rows
    if not rows:
        template = terms.templates.get(wanted.template)
        if template is None:
            raise not_found("TEMPLATE_UNKNOWN", f"no template {wanted.template[:60]!r}")
        rows = template.rows
    for row in rows:
        if row.account_code not in terms.account_codes:
            raise invalid(
                "ACCOUNT_CODE_UNKNOWN", f"account {row.account_code[:60]!r} is not configured",
                "rows",
            )  # fmt: skip
    return rows


def _bill(
    app: ReceivablesApp,
    work: Work,
    wanted: Wanted,
    kind: FeeType,
    cents: int,
    source: tuple[UUID, str],
    asked: Asked,
) -> UUID:
    """Charge the fee on the first bill of a property's statement; gives that bill."""
    if not wanted.statement_id:
        raise invalid("STATEMENT_MISSING", "a property's fee names its statement", "statement_id")
    bills = code_store.bills_of_statement(work.connection, wanted.statement_id, wanted.tax_year)
    if not bills or wanted.statement_id != wanted.holder_id:
        raise not_found(
            "STATEMENT_NOT_FOUND",
            f"property {wanted.holder_id} has no statement {wanted.statement_id} of"
            f" {wanted.tax_year}",
        )
    fee_id, rule_id = source
    fact = FeeCharged(
        fee_id, work.clock.today(), work.clock.now(), kind.charge_code, cents, rule_id,
        kind.half_pay, kind.miscellaneous,
    )  # fmt: skip
    books = Books(work, app.terms)
    books.open([bills[0]])
    books.change(bills[0], KnownFact(fact, work.clock.today()), PostingKind.FEE, asked)
    books.close()
    keep_requests(work, asked, [(fact.fact_id, bills[0])])
    return bills[0]


def _open_fee(work: Work, fee_id: UUID) -> Fee:
    fee = store.locked(work.connection, fee_id)
    if fee is None:
        raise not_found("FEE_UNKNOWN", f"there is no fee {fee_id}")
    ended = store.ends_of(work.connection, [fee_id]).get(fee_id)
    if ended is not None and ended.outcome == "paid":
        raise Refusal("FEE_PAID", f"fee {fee_id} was paid by receipt {ended.receipt_number}")
    if ended is not None:
        raise Refusal("FEE_WAIVED", f"fee {fee_id} was modified to nothing already")
    return fee


def _lift(
    app: ReceivablesApp, work: Work, fee: Fee, bill_id: UUID, code: str, asked: Asked
) -> None:
    books, _ = choosing.open_items(work, app.terms, None, [Item(bill_id, "")])
    if _open_cents(books, work, fee, bill_id) < fee.amount_cents:
        raise Refusal("FEE_PAID", f"fee {fee.fee_id} is paid, at least in part")
    fact = FeeLifted(
        ids.new_id(), work.clock.today(), work.clock.now(), fee.charge_code, fee.amount_cents
    )
    books.change(bill_id, KnownFact(fact, work.clock.today()), PostingKind.FEE, asked)
    changes = [Change(books.head(bill_id), fee.charge_code, _TO_NOTHING, "", "", fact.fact_id)]
    if code:
        items = [Item(bill_id, fee.charge_code)]
        changes += coding.put_on(books, work, code, items, asked, replace=False)
    coding.close(books, work, asked, changes)


def _open_cents(books: Books, work: Work, fee: Fee, bill_id: UUID) -> int:
    account = books.account(bill_id)
    waived = store.waived_on(work.connection, bill_id)
    standing = [
        fact
        for fact in account.facts
        if isinstance(fact, FeeCharged)
        and fact.charge_code == fee.charge_code
        and fact.fact_id not in waived
    ]
    return open_of(fee.fee_id, standing, fees_of(account.state).get(fee.charge_code, 0))
