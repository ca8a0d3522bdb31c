"""`python -m bench.quote`: a quote for a parcel with twenty years of bills, payments and defaults.

It asks the public API of receivables alone, on a database of its own at MILLAGE_POSTGRES_ADMIN_URL
or on the servers of the test stack. The floor is an answer of the same server to an empty question.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import grpc

from bench.report import Report, parser, percentile
from devkit.paths import stack_paths
from devkit.servers import Servers
from millage.receivables.v1 import due_pb2, due_pb2_grpc
from millage.receivables.v1 import receivables_pb2 as pb
from millage.receivables.v1 import receivables_pb2_grpc as stubs
from receivables_service.bootstrap import SPEC
from taxkit import testing
from taxkit.ids import new_id

_PARCEL = "13264290020000"
_FIRST, _YEARS = 2000, 20
_TARGET_MS = 20


def main() -> int:
    made = parser(__doc__ or "")
    made.add_argument("--quotes", type=int, default=500)
    given = made.parse_args()
    report = Report("quote", "A quote for a parcel with twenty years of history")
    with _receivables() as (app, channel, keys):
        _history(app, channel, keys)
        metadata = testing.bearer(keys.token("receivables.read"))
        ledger = stubs.ReceivablesServiceStub(channel)
        asked = pb.QuoteRequest(parcel_number=_PARCEL, as_of="2020-12-01")
        nothing = pb.GetTotalsRequest(business_date="1990-01-01")
        quotes = _times(lambda: ledger.Quote(asked, metadata=metadata), given.quotes)
        floor = _times(lambda: ledger.GetTotals(nothing, metadata=metadata), given.quotes)
        bills = ledger.Quote(asked, metadata=metadata).bills
    assert len(bills) == _YEARS, len(bills)
    report.figure("quote, p50", percentile(quotes, 0.5), "ms")
    report.figure("quote, p99", percentile(quotes, 0.99), "ms", below=_TARGET_MS)
    report.figure("an empty day's totals, p50", percentile(floor, 0.5), "ms")
    report.notes.append(
        f"{_YEARS} bills with two installments, four payments, a default and a correction each;"
        f" {given.quotes} quotes, one after the other"
    )
    return report.finish(require=given.require)


@contextmanager
def _receivables() -> Iterator[tuple[Any, grpc.Channel, testing.Keys]]:
    admin = os.environ.get("MILLAGE_POSTGRES_ADMIN_URL")
    if not admin:
        paths = stack_paths(os.environ.get("MILLAGE_TEST_STACK", "test"))
        paths.make()
        admin = Servers.choose(paths).start().postgres.admin_url
    keys = testing.make_keys()
    law = {"MILLAGE_JURISDICTIONS_DIR": "jurisdictions", "MILLAGE_JURISDICTION": "us-ca"}
    with (
        testing.fresh_database(admin, "receivables") as url,
        testing.application(SPEC, url, **law) as app,
        testing.server(SPEC, app, keys) as channel,
    ):
        yield app, channel, keys


def _history(app: Any, channel: grpc.Channel, keys: testing.Keys) -> None:
    """Bills of twenty years: two part payments in time, default, a correction, two more."""
    bills = {year: new_id() for year in range(_FIRST, _FIRST + _YEARS)}
    for year, bill in bills.items():
        app.consumer.absorb("on_bill_created", [_issued(year, bill)])
        for day in (date(year, 11, 1), date(year + 1, 3, 1)):
            app.consumer.absorb("on_payment_posted", [_paid(year, bill, day)])
    request = due_pb2.RunDefaultProcessRequest(idempotency_key="bench", until="2020-06-30")
    metadata = testing.bearer(keys.token("receivables.default"))
    due_pb2_grpc.DueServiceStub(channel).RunDefaultProcess(request, metadata=metadata)
    for year, bill in bills.items():
        app.consumer.absorb("on_bill_corrected", [_corrected(year, bill)])
        for day in (date(year + 1, 9, 1), date(year + 1, 10, 1)):
            app.consumer.absorb("on_payment_posted", [_paid(year, bill, day)])


def _issued(year: int, bill: Any) -> str:
    data = _bill(year, bill, 100_000) | {"bill_version": 1, "owner": {"name": "A", "email": None}}
    return _event("levy.BillCreated.v1", f"bill/{bill}", data)


def _corrected(year: int, bill: Any) -> str:
    told = {"bill_version": 2, "corrected_on": f"{year + 1}-08-01"}
    return _event("levy.BillCorrected.v1", f"bill/{bill}", _bill(year, bill, 90_000) | told)


def _bill(year: int, bill: Any, cents: int) -> dict[str, Any]:
    return {
        "bill_id": str(bill),
        "bill_number": f"{year}-{_PARCEL}",
        "parcel_number": _PARCEL,
        "tax_year": year,
        "total_cents": 2 * cents,
        "installments": [
            {"installment": 1, "due_on": f"{year}-12-10", "amount_cents": cents},
            {"installment": 2, "due_on": f"{year + 1}-04-10", "amount_cents": cents},
        ],
    }


def _paid(year: int, bill: Any, day: date) -> str:
    receipt = new_id()
    line = {
        "line_number": 1,
        "kind": "bill",
        "bill_id": str(bill),
        "bill_number": f"{year}-{_PARCEL}",
        "parcel_number": _PARCEL,
        "tax_year": year,
        "amount_cents": 20_000,
    }
    data = {
        "receipt_id": str(receipt),
        "receipt_number": str(receipt)[:8],
        "business_date": day.isoformat(),
        "effective_on": day.isoformat(),
        "recorded_at": f"{day}T15:00:00+00:00",
        "payer": {"name": "A", "email": None},
        "tenders": [],
        "total_cents": 20_000,
        "lines": [line],
    }
    return _event("cashiering.PaymentPosted.v1", f"receipt/{receipt}", data)


def _event(name: str, subject: str, data: dict[str, Any]) -> str:
    return testing.foreign_event(f"org.millage.{name}", subject, data)


def _times(ask: Any, count: int) -> list[float]:
    """Milliseconds of each of so many calls, after some that warm up."""
    for _ in range(20):
        ask()
    found = []
    for _ in range(count):
        started = time.perf_counter()
        ask()
        found.append((time.perf_counter() - started) * 1000)
    return found


if __name__ == "__main__":
    sys.exit(main())
