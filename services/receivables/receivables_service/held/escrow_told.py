"""Escrow accounts as they are told: several deposits make one account, with what is free of it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.held.events import ESCROW_CHANGED
from taxkit.inbox import Traced, Work

_ACCOUNTS = (
    "select distinct escrow_account from held_items"
    " where item_id = any(%b::uuid[]) and escrow_account <> '' order by 1"
)
# One transaction at a time adds an account up, and sees what the one before it wrote.
_LOCK = (
    "select pg_advisory_xact_lock(k) from (select hashtextextended('escrow/' || a, 0) as k"
    " from unnest(%b::text[]) as v (a) order by k) as keys"
)
# Deposits are only added and their sequences only grow, as the account's own does: so their sum
# is one that grows. Without an account of its name, deposits speak for themselves.
_STATE = """
select n.escrow_account, coalesce(a.sequence, 0) + coalesce(i.sequence, 0) as sequence,
    coalesce(i.available_cents, 0) as available_cents, coalesce(c.name, i.name, '') as name,
    case when a.escrow_account is null then i.closed else a.closed_on is not null end as closed
from unnest(%b::text[]) as n (escrow_account)
    left join escrow_accounts a using (escrow_account)
    left join escrow_contacts c using (escrow_account, version)
    left join lateral (
        select sum(sequence)::bigint as sequence, bool_and(state = 'closed') as closed,
            coalesce(sum(open_cents) filter (where state = 'open'), 0)::bigint as available_cents,
            (array_agg(owner_name order by opened_on desc, receipt_id desc, item_id))[1] as name
        from held_items h where h.escrow_account = n.escrow_account) i on true
order by 1
"""


def tell(work: Work, item_ids: Iterable[UUID], cause: Traced) -> None:
    """Tell the accounts that some items belong to, whole; of most items there is none."""
    accounts = _accounts(work.connection, list(item_ids))
    if accounts:
        tell_accounts(work, accounts, cause)


def tell_accounts(work: Work, accounts: list[str], cause: Traced) -> None:
    """Tell accounts whole: whose they are, and what is free of them."""
    work.connection.exec_driver_sql(_LOCK, (accounts,))
    for row in work.connection.exec_driver_sql(_STATE, (accounts,)).all():
        data = {
            "escrow_account": row.escrow_account,
            "name": row.name,
            "available_cents": row.available_cents,
            "closed": row.closed,
        }
        work.emit(ESCROW_CHANGED, f"escrow/{row.escrow_account}", row.sequence, data, cause=cause)


def _accounts(connection: Connection, item_ids: Sequence[UUID]) -> list[str]:
    return [row.escrow_account for row in connection.exec_driver_sql(_ACCOUNTS, (item_ids,))]
