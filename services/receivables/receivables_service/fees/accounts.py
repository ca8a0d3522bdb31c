"""Opens the ledger's account of a fee that is on no bill (RECV-067)."""

from collections.abc import Sequence
from uuid import UUID

from receivables_service.accounts import KnownFact
from receivables_service.asked import Asked, keep_requests
from receivables_service.books import Books
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.domain import fee_accounts
from receivables_service.domain.facts import FeeCharged
from receivables_service.domain.fee_terms import FeeRow
from receivables_service.domain.ledger import PostingKind
from receivables_service.fees.events import FEE_ACCOUNT_OPENED
from receivables_service.fees.store import Fee
from receivables_service.tables import BillHead
from taxkit import ids
from taxkit.inbox import Work

_OFFICE, _OFFICE_NAME = "fees", "Fees of the office"


def bill_of(fee_id: UUID) -> UUID:
    return ids.derived_id(fee_id, "account")


def open_account(
    app: ReceivablesApp, work: Work, fee: Fee, rows: Sequence[FeeRow], asked: Asked
) -> None:
    """Charge the fee in double entry; from here on it is paid, waived and shared as any."""
    assert fee.bill_id is not None
    head, since = _head(fee, fee.bill_id), fee_accounts.effective_on(fee.business_date)
    charged = FeeCharged(
        fee.fee_id, since, fee.recorded_at, fee.charge_code, fee.amount_cents,
        fee.rule_id,
    )  # fmt: skip
    named = (ids.derived_id(head.bill_id, "issue"), ids.derived_id(head.bill_id, "unsecured"))
    facts = fee_accounts.facts_of(
        named, since, fee.recorded_at, charged, (fee.tax_year, fee.due_on)
    )
    issued, charge, unsecured = (KnownFact(one, fee.business_date) for one in facts)
    books = Books(work, app.terms)
    books.open([head.bill_id])
    books.issue(head, issued, asked)
    books.change(head.bill_id, charge, PostingKind.FEE, asked)
    books.change(head.bill_id, unsecured, PostingKind.TRANSFER, asked)
    books.close()
    keep_requests(work, asked, [(one.fact.fact_id, head.bill_id) for one in (charge, unsecured)])
    work.emit(FEE_ACCOUNT_OPENED, f"fee/{fee.fee_id}", 1, _told(fee, head, rows), cause=asked)


def _head(fee: Fee, bill_id: UUID) -> BillHead:
    return BillHead(
        bill_id=bill_id,
        sequence=0,
        bill_number=fee_accounts.number_of(fee.fee_id, fee.tax_year),
        bill_version=1,
        parcel_number=fee_accounts.holder_name(fee.holder_kind, fee.holder_id),
        tax_year=fee.tax_year,
        owner_name=fee.holder_id,
        issued_on=fee.business_date,
        last_due_on=fee.due_on,
    )


def _told(fee: Fee, head: BillHead, rows: Sequence[FeeRow]) -> dict[str, object]:
    parts = fee_accounts.parts_of(fee.charge_code, fee.amount_cents, rows)
    return {
        "fee_id": str(fee.fee_id),
        "fee_type": fee.fee_type,
        "holder_kind": fee.holder_kind,
        "holder_id": fee.holder_id,
        "bill_id": str(head.bill_id),
        "bill_number": head.bill_number,
        "tax_year": fee.tax_year,
        "due_on": fee.due_on.isoformat(),
        "total_cents": fee.amount_cents,
        "components": [
            {
                "agency_code": _OFFICE,
                "agency_name": _OFFICE_NAME,
                "fund": fund,
                "amount_cents": cents,
            }
            for fund, cents in sorted(parts.items())
        ],
    }
