"""Fees that a modification of their bill brings to what was paid of them (LEVY-012)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from receivables_service.accounts import KnownFact
from receivables_service.asked import Asked
from receivables_service.books import Books
from receivables_service.codes.adjustments import Change
from receivables_service.domain.fee_facts import FeeLifted
from receivables_service.domain.ledger import PostingKind
from taxkit import ids
from taxkit.contracts import IncomingEvent
from taxkit.errors import Permanent
from taxkit.inbox import Work
from taxkit.money import format_cents
from taxkit.rows import Columns

MODIFY_FEE = "Modify Fee"

_ENDED = Columns(
    {
        "bill_id": "uuid",
        "charge_code": "text",
        "batch": "text",
        "ended_on": "date",
        "modify_code": "text",
        "reason": "text",
        "bill_code": "text",
        "ended_by": "text",
    }
)
# Of one charge code a bill may bear several: they are modified together.
_END = f"""
insert into fee_ends (fee_id, outcome, batch, ended_on, modify_code, reason, bill_code,
    receipt_number, ended_by, recorded_at)
select f.fee_id, 'waived', v.batch, v.ended_on, v.modify_code, v.reason, v.bill_code, '',
    v.ended_by, %(recorded_at)s
from {_ENDED.source} join fees f using (bill_id, charge_code)
on conflict do nothing
"""


def lift(books: Books, work: Work, events: Sequence[IncomingEvent]) -> list[tuple[Asked, Change]]:
    """Take what was open of them off, as far as it still is; gives a line for each."""
    lines = []
    for event in events:
        given = event.data
        head = books.head(given["bill_id"])
        if given["fees"] and head.bill_number is None:
            raise Permanent("BILL_NOT_FOUND", f"receivables has not heard of bill {head.bill_id}")
        for fee in given["fees"]:
            # The day it was finished: of a day before, the fee was perhaps not there yet.
            day = work.clock.date_of(event.time)
            fact = _fact(event, fee, day)
            books.change(head.bill_id, KnownFact(fact, day), PostingKind.FEE, event)
            change = Change(head, fee["charge_code"], MODIFY_FEE, "", "", fact.fact_id)
            asked = Asked(given["modified_by"], _comment(given, fee), event.traceparent)
            lines.append((asked, change))
    return lines


def _fact(event: IncomingEvent, fee: dict[str, Any], day: date) -> FeeLifted:
    given, code = event.data, fee["charge_code"]
    fact_id = ids.derived_id(given["bill_id"], "fee-modified", str(given["modification_id"]), code)
    cents = fee["amount_before_cents"] - fee["amount_cents"]
    return FeeLifted(fact_id, day, event.time, code, cents)


def _comment(given: Any, fee: dict[str, Any]) -> str:
    was, now = format_cents(fee["amount_before_cents"]), format_cents(fee["amount_cents"])
    return f"{given['option']}: {was} to {now}; {given['reason']}"


def end(work: Work, events: Sequence[IncomingEvent]) -> None:
    """Note fees of which nothing was paid as waived, where they are kept one by one."""
    ended = [
        (
            given["bill_id"], fee["charge_code"], given["batch"], given["modified_on"],
            given["code"], given["reason"], given["bill_code"], given["modified_by"],
        )
        for given in (event.data for event in events)
        for fee in given["fees"]
        if not fee["amount_cents"]
    ]  # fmt: skip
    if ended:
        params = {**_ENDED.params(ended), "recorded_at": work.clock.now()}
        work.connection.exec_driver_sql(_END, params)
