"""Makes refunds that supplements owe, once the year's bills are paid: looked for by a timer.

The bills go on as they are until then. A paid one is issued anew with the refund as a credit, so
that what was paid above it is a surplus of the bill, which receivables refunds as any other.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from levy_service import corrections_store, queries, versions
from levy_service.bootstrap import LevyApp
from levy_service.domain import supplement_refunds
from levy_service.guard import store as guard_store
from levy_service.queries import WholeBill
from levy_service.supplements import refund_store, store
from levy_service.supplements.refund_store import Given, Key
from levy_service.versions import Because, NextVersion
from taxkit import logs

_log = logs.get(__name__)
_AT_ONCE: Final = 1000


def follow(app: LevyApp) -> int:
    """Refund what is owed on bills that are paid; gives how many refunds were made."""
    with app.database.begin() as connection:
        ready = refund_store.ready(connection, _AT_ONCE)
    done = 0
    for row in ready:
        key = (row.supplement_id, row.place, row.tax_year)
        try:
            done += app.database.run(partial(_refund, app, key))
        except Exception:
            # The others need not wait for it; it is tried again with the next round.
            _log.exception("a refund cannot be made", parcel_number=row.parcel_number)
    return done


def _refund(app: LevyApp, key: Key, connection: Connection) -> int:
    store.lock(connection, key[0])
    bill_ids = refund_store.bills_of(connection, key)
    corrections_store.lock_all(connection, bill_ids)
    # Read again under the locks: another worker may have been there, or a payment gone.
    owed = refund_store.still_ready(connection, key)
    if owed is None or guard_store.runs_holding(connection, bill_ids):
        return 0
    wholes = [queries.bill_in(connection, bill_id) for bill_id in bill_ids]
    row = store.supplement(connection, key[0])
    (item,) = store.items_at(connection, key[0], [key[1]])
    nexts = list(_nexts(app, wholes, owed, row))
    today = app.clock.today()
    if nexts:
        since = corrections_store.counts_from_all(connection, bill_ids, app.clock)
        # Never from before what they replace.
        on = max(today, *(since[each.bill_id] for each, _ in nexts))
        said = f"refund of supplement {row.supplement_number} of {row.tax_year}: {item.kind_said}"
        why = Because(on, said, row.started_by, row.traceparent)
        versions.issue(app, connection, [each for each, _ in nexts], why)
    given = [Given(*key, each.bill_id, each.number, cents) for each, cents in nexts]
    refund_store.settle(connection, key, given, today, app.clock.now())
    return 1


def _nexts(
    app: LevyApp, wholes: Sequence[WholeBill], owed: Any, row: Any
) -> Iterator[tuple[NextVersion, int]]:
    standing = [versions.as_computed(whole) for whole in wholes]
    shares = supplement_refunds.shares(standing, owed.amount_cents)
    for whole, bill, cents in zip(wholes, standing, shares, strict=True):
        if cents:
            terms = versions.terms_of(app, whole)
            after = supplement_refunds.less(bill, cents, owed.credit, terms)
            number: int = row.supplement_number
            yield NextVersion(whole, after, terms, supplement_number=number), cents
