"""Trust-tax bills that come to be paid in full, or are open again (LEVY-021, RECV-069).

Whatever did it: a payment at a counter or through an import, held money that was applied, a
correction down to what was paid; a reversal, a returned check, a correction up.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from receivables_service import receipts, told
from receivables_service.accounts import BillAccount
from receivables_service.domain.derivation import derive
from receivables_service.domain.state import BillState
from receivables_service.domain.terms import Terms
from receivables_service.journal import Draft
from receivables_service.tables import BillHead

TRUST_TAX = "trust_tax"
"""The bill class of levy's bills for a return."""


class _Turned(NamedTuple):
    draft: Draft
    settled: bool
    receipt_id: UUID


class News(NamedTuple):
    """What is told of a bill, and the posting that brought it about."""

    draft: Draft
    data: dict[str, Any]


def news(
    connection: Connection,
    accounts: Iterable[BillAccount],
    heads: Mapping[UUID, BillHead],
    drafts: Sequence[Draft],
    terms: Terms,
) -> list[News]:
    """Find the bills that a batch has settled or opened again; nothing is read where there is none.

    A bill nobody paid anything of is none of them: its return was not paid.
    """
    bills = [one for one in accounts if one.added and one.bill_class == TRUST_TAX]
    turned = _turned(bills, drafts, terms) if bills else []
    if not turned:
        return []
    sources = receipts.sources(connection, {one.receipt_id for one in turned if one.settled})
    return [News(one.draft, _data(heads, one, sources)) for one in turned]


def _turned(bills: Sequence[BillAccount], drafts: Sequence[Draft], terms: Terms) -> list[_Turned]:
    last = {draft.bill_id: draft for draft in drafts}
    found = []
    for account in bills:
        added = {each.fact.fact_id for each in account.added}
        known = [fact for fact in account.facts if fact.fact_id not in added]
        before, after = derive(known, terms), account.state
        settled = _is_settled(after)
        if settled != _is_settled(before) and account.bill_id in last:
            draft = last[account.bill_id]
            rows = after.payments if settled else before.payments
            receipt_id = draft.receipt_id or rows[-1].receipt_id
            found.append(_Turned(draft, settled, receipt_id))
    return found


def _is_settled(state: BillState) -> bool:
    return state.paid_in_full and bool(state.payments)


def _data(
    heads: Mapping[UUID, BillHead], turned: _Turned, sources: Mapping[UUID, str]
) -> dict[str, Any]:
    assert turned.draft.bill_id is not None
    return {
        **told.of_bill(heads[turned.draft.bill_id]),
        "settled": turned.settled,
        "receipt_id": str(turned.receipt_id),
        "source": sources.get(turned.receipt_id, "") if turned.settled else "",
        "changed_on": turned.draft.entry.business_date.isoformat(),
    }
