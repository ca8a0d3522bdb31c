"""Duplicated and reordered events change nothing, in any service."""

import random
from typing import Any

import psycopg
from county import DAY, County, cash, line

from devkit.roster import SERVICES
from millage.cashiering.v1.cashiering_pb2 import Session
from millage_cli.tieout import tie_out
from millage_cli.trail import follow

_KIT_TABLES = (
    "alembic_version", "outbox", "inbox", "inbox_positions", "inbox_waiting", "parked_messages",
    "idempotency_keys",
)  # fmt: skip


def content(county: County, service: str) -> dict[str, list[Any]]:
    """Every row of a service's own tables, and what it emitted."""
    with psycopg.connect(county.stack.database_url(service)) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables"
            " where table_schema = 'public' and table_type = 'BASE TABLE'"
        ).fetchall()
        rows = {
            name: sorted(text for (text,) in connection.execute(f'select v::text from "{name}" v'))
            for (name,) in tables
            if name not in _KIT_TABLES
        }
        emitted = connection.execute("select event_id::text from outbox order by 1").fetchall()
        return rows | {"emitted": emitted}


def test_every_event_again_and_in_any_order_changes_no_row(county: County, session: Session):
    """All events of all services so far, shuffled, published a second time: not one row differs."""
    bill = county.bills["10153080520000", 2019]
    receipts = [county.pay(session, [line(bill, 7_00)], [cash(7_00)]) for _ in range(3)]
    county.reverse(receipts[1], "keyed twice")
    for receipt in receipts:
        county.followed(receipt)
    county.settled()
    before = {service: content(county, service) for service in SERVICES}
    trails = [follow(county.office, receipt.receipt_id) for receipt in receipts]
    totals = tie_out(county.office, DAY)

    shuffle = random.Random(20221228).shuffle
    for service in SERVICES:
        events = county.outbox(service)
        # What nobody listens to would come back unroutable; it has no effect to repeat.
        shuffle(events)
        county.publish_as(service, events)
    county.settled()

    for service in SERVICES:
        for table, rows in content(county, service).items():
            assert rows == before[service][table], f"{service}.{table} changed"
    assert [follow(county.office, receipt.receipt_id) for receipt in receipts] == trails
    assert tie_out(county.office, DAY) == totals
