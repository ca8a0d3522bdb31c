"""Receivables' SQL for writing: whole batches, one statement each."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Connection

from receivables_service import fact_rows
from receivables_service.accounts import KnownFact
from receivables_service.codes.store import add_settings
from receivables_service.domain.rate_facts import CodeSet
from receivables_service.tables import (
    BILLS,
    ENTRIES,
    FACTS,
    POSTINGS,
    BillHead,
    EntryRow,
    FactRow,
    PostingRow,
)
from taxkit import together
from taxkit.rows import Columns
from taxkit.wire import Rows

_LOCK_BILLS = f"""
select {BILLS.names} from bills where bill_id = any(%b::uuid[]) order by bill_id for no key update
"""
_CODED = fact_rows.KIND_OF[CodeSet]
_FACTS_OF_BILLS = f"select {fact_rows.COLUMNS} from facts where bill_id = any(%b::uuid[])"
_STANDINGS = Columns(
    {
        "bill_id": "uuid",
        "sequence": "bigint",
        "open_cents": "bigint",
        "grace_ends_on": "date",
        "default_declared": "boolean",
    }
)


def lock_bills(connection: Connection, bill_ids: Iterable[UUID]) -> dict[UUID, BillHead]:
    """Lock bills in the order of their ids, making a row for those not heard of before."""
    wanted = sorted(bill_ids)
    heads = _locked(connection, wanted)
    if len(heads) < len(wanted):
        connection.exec_driver_sql(
            "insert into bills (bill_id) select b from unnest(%b::uuid[]) as v (b) order by b"
            " on conflict do nothing",
            ([bill_id for bill_id in wanted if bill_id not in heads],),
        )
        heads = _locked(connection, wanted)
    return heads


def _locked(connection: Connection, wanted: list[UUID]) -> dict[UUID, BillHead]:
    (rows,) = together.ask(connection, [(_LOCK_BILLS, (wanted,))])
    return {row[0]: BillHead(*row) for row in rows}


def open_bills(
    connection: Connection, bill_ids: Iterable[UUID]
) -> tuple[dict[UUID, BillHead], dict[UUID, list[KnownFact]]]:
    """Lock bills as `lock_bills` does, and read every fact of them."""
    wanted = sorted(bill_ids)
    locked, facts = together.ask(
        connection, [(_LOCK_BILLS, (wanted,)), (_FACTS_OF_BILLS, (wanted,))]
    )
    if len(locked) < len(wanted):
        return lock_bills(connection, wanted), facts_of_bills(connection, wanted)
    return {row[0]: BillHead(*row) for row in locked}, _by_bill(connection, wanted, facts)


def facts_of_bills(connection: Connection, bill_ids: Iterable[UUID]) -> dict[UUID, list[KnownFact]]:
    """Read every fact of some bills."""
    wanted = list(bill_ids)
    (rows,) = together.ask(connection, [(_FACTS_OF_BILLS, (wanted,))])
    return _by_bill(connection, wanted, rows)


def _by_bill(
    connection: Connection, bill_ids: Iterable[UUID], rows: Rows
) -> dict[UUID, list[KnownFact]]:
    found: dict[UUID, list[KnownFact]] = {bill_id: [] for bill_id in bill_ids}
    for row in rows:
        found[row[2]].append(fact_rows.known_of(row))
    # Only of coded bills anything more is asked.
    add_settings(connection, found, ((row[2], row[9]["code"]) for row in rows if row[1] == _CODED))
    return found


def lock_receipts(connection: Connection, receipt_ids: Iterable[UUID]) -> None:
    """Let one transaction at a time touch a receipt's money in suspense."""
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(k) from (select hashtextextended(r::text, 0) as k"
        " from unnest(%b::uuid[]) as v (r) order by k) as keys",
        (list(receipt_ids),),
    )


def facts_in_suspense(
    connection: Connection, receipt_ids: Iterable[UUID]
) -> dict[UUID, list[KnownFact]]:
    """Read the facts of some receipts' lines that name no bill."""
    found: dict[UUID, list[KnownFact]] = {receipt_id: [] for receipt_id in receipt_ids}
    rows = connection.exec_driver_sql(
        f"select {fact_rows.COLUMNS} from facts"
        " where bill_id is null and receipt_id = any(%b::uuid[])",
        (list(found),),
    )
    for row in rows:
        found[row[3]].append(fact_rows.known_of(row))
    return found


def postings_of(connection: Connection, fact_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Find what facts posted when they took effect."""
    wanted = list(fact_ids)
    if not wanted:
        return {}
    rows = connection.exec_driver_sql(
        "select cause_fact_id, posting_id from postings"
        " where cause_fact_id = any(%b::uuid[]) and kind not in ('reallocation', 'tolerance')",
        (wanted,),
    )
    return {row.cause_fact_id: row.posting_id for row in rows}


def append(
    connection: Connection,
    facts: Sequence[FactRow],
    postings: Sequence[PostingRow],
    entries: Sequence[EntryRow],
) -> None:
    """Add to the ledger; the database checks at commit that every posting balances."""
    FACTS.insert(connection, "facts", facts)
    POSTINGS.insert(connection, "postings", postings)
    ENTRIES.insert(connection, "ledger_entries", entries)


def advance(connection: Connection, heads: Sequence[BillHead]) -> None:
    """Remember how far each bill's events have been told, and how it stands."""
    if heads:
        together.execute(
            connection,
            "update bills b set sequence = v.sequence, open_cents = v.open_cents,"
            " grace_ends_on = v.grace_ends_on, default_declared = v.default_declared"
            f" from {_STANDINGS.source} where b.bill_id = v.bill_id",
            _STANDINGS.params(
                (one.bill_id, one.sequence, one.open_cents, one.grace_ends_on, one.default_declared)
                for one in heads
            ),
        )


def save_heads(connection: Connection, heads: Sequence[BillHead]) -> None:
    """Write what an issue or a correction says of a bill, with how it stands."""
    if heads:
        columns = [name for name in BILLS.types if name != "bill_id"]
        assignments = ", ".join(f"{name} = v.{name}" for name in columns)
        together.execute(
            connection,
            f"update bills b set {assignments} from {BILLS.source} where b.bill_id = v.bill_id",
            BILLS.params(heads),
        )
