"""Every cent and every fact afterwards, counted in each service's own tables."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
from county import County
from stream import Stream

from millage_cli.tieout import breaks, tie_out

_COPIES_OF_BALANCES = {
    "cashiering": "select bill_id::text, open_cents from dues",
    "collections": "select bill_id::text, open_cents from bills",
    "taxsale": "select bill_id::text, open_cents from bills",
    "levy": "select bill_id::text, open_cents from bill_payments",
}


def rows(county: County, service: str, sql: str) -> list[Any]:
    with psycopg.connect(county.stack.database_url(service)) as connection:
        return connection.execute(sql).fetchall()


def receipt_ids(county: County, service: str, table: str) -> Counter[str]:
    return Counter(one for (one,) in rows(county, service, f"select receipt_id::text from {table}"))


def discrepancies(county: County, stream: Stream, day: str) -> Iterator[str]:
    """Whatever is not as it must be; nothing when every receipt was applied exactly once."""
    yield from (f"mistake: {mistake}" for mistake in stream.mistakes)
    yield from _receipts(county, stream)
    yield from _money(county, stream, day)
    yield from _copies(county)
    yield from _told_once(county, stream)


def _receipts(county: County, stream: Stream) -> Iterator[str]:
    """Each acknowledged payment is there once, and nothing else is."""
    stored = Counter(
        one for (one,) in rows(county, "cashiering", "select receipt_id::text from receipts")
    )
    told = Counter(receipt.receipt_id for receipt in stream.paid.values())
    if stored != told:
        yield f"receipts stored and not told {stored - told}, told and not stored {told - stored}"
    taken_back = set(receipt_ids(county, "cashiering", "reversals"))
    if taken_back != stream.reversed_ids:
        yield f"reversals differ: {taken_back ^ stream.reversed_ids}"


def _money(county: County, stream: Stream, day: str) -> Iterator[str]:
    """The tie-out is zero, the total is what the payers remember, and each receipt agrees."""
    result = tie_out(county.office, day)
    if not result.holds:
        yield f"the tie-out does not hold: {result.as_json()}"
    if result.legs.received_cents != stream.kept_cents:
        yield f"drawers hold {result.legs.received_cents}, payers gave {stream.kept_cents}"
    for found in breaks(county.office, day):
        yield f"receipt {found.receipt_number}: {found.legs}"


def _copies(county: County) -> Iterator[str]:
    """All read copies of the balances are the newest that receivables told of."""
    newest: dict[str, tuple[int, int]] = {}
    told = "select body from outbox where routing_key = 'BalanceChanged.v1'"
    for (body,) in rows(county, "receivables", told):
        event = json.loads(body)
        bill_id, sequence = event["data"]["bill_id"], int(event["sequence"])
        newest[bill_id] = max(
            newest.get(bill_id, (0, 0)), (sequence, int(event["data"]["open_cents"]))
        )
    expected = {bill_id: open_cents for bill_id, (_, open_cents) in newest.items()}
    for service, sql in _COPIES_OF_BALANCES.items():
        copy = dict(rows(county, service, sql))
        differing = {
            bill_id: (expected.get(bill_id), copy.get(bill_id))
            for bill_id in expected.keys() | copy.keys()
            if expected.get(bill_id) != copy.get(bill_id)
        }
        if differing:
            yield f"{service} has other balances than were told last: {differing}"


def _told_once(county: County, stream: Stream) -> Iterator[str]:
    """One fact of a payment and one notice each, and one more of either for a reversal."""
    expected = Counter(receipt.receipt_id for receipt in stream.paid.values())
    expected.update(stream.reversed_ids)
    notices = Counter(
        one
        for (one,) in rows(
            county,
            "notifications",
            # A long stream pays some bills beyond their balance: what is held is written of, too.
            "select receipt_id::text from notices where not starts_with(template, 'surplus')",
        )
    )
    if notices != expected:
        yield f"notices missing {expected - notices}, too many {notices - expected}"
    for method in ("receivables", "distribution", "notifications"):
        handled = rows(
            county,
            method,
            "select count(*) from inbox where event_type like 'org.millage.cashiering.Payment%'",
        )
        if handled != [(expected.total(),)]:
            yield f"{method} claimed {handled[0][0]} payments and reversals of {expected.total()}"
