"""RECV-034, DIST-017: payments, ledger and distribution's books agree on discounts to the cent."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from distribution_service import discounts as distribution_discounts
from distribution_service.bootstrap import SPEC as DISTRIBUTION
from receivables_service.asked import Asked
from receivables_service.bootstrap import SPEC as RECEIVABLES
from receivables_service.discounts import commands
from receivables_service.discounts.doing import Wish
from receivables_service.reports.discount_reports import reports
from reportkit.cursor import watermark
from taxkit import ids, testing
from taxkit.app import App
from taxkit.clock import FixedClock
from taxkit.inbox import Work

PACKS = Path(__file__).parents[2] / "jurisdictions"
FIRST, LAST = date(2022, 1, 1), date(2022, 3, 31)
JAN_15, FEB_1 = date(2022, 1, 15), date(2022, 2, 1)
LAW = """
discounts:
  keyed_by: tax_year
  terms:
    - from: 2015
      citation: "The ordinance of a county that is nowhere"
      certainty: house rule
      programs:
        - code: early
          name: Early payment
          discount_type: early
          gl_account: "4190-EARLY"
          on_correction: follow
          stacks_with: [loyal]
          periods:
            - rate: "0.05"
              first: {month: 1, day: 1, years_after: 1}
              last: {month: 1, day: 31, years_after: 1}
        - code: loyal
          name: Loyalty
          discount_type: promotional
          gl_account: "4192-LOYAL"
          stacks_with: [early]
          classes: [loyal]
          periods:
            - rate: "0.0333"
              first: {month: 1, day: 1, years_after: 1}
              last: {month: 1, day: 31, years_after: 1}
"""
TO_DISTRIBUTION = {
    "PaymentAllocated": "on_payment_allocated",
    "DiscountApplied": "on_discount_applied",
    "DiscountReversed": "on_discount_reversed",
}


class County:
    """The ledger and distribution, and what happens to some bills."""

    def __init__(self, ledger: App, distribution: App, clock: FixedClock) -> None:
        self.ledger, self.distribution, self.clock = ledger, distribution, clock
        self.received = 0

    def absorb(self, method: str, name: str, subject: str, day: date, data: Any) -> None:
        self.clock.moment = max(self.clock.moment, _noon(day))
        body = testing.foreign_event(name, subject, data)
        told = json.dumps(json.loads(body) | {"time": _noon(day).isoformat()})
        self.ledger.consumer.absorb(method, [told])

    def issue(self, number: int, cents: int, **more: Any) -> UUID:
        bill_id = ids.new_id()
        parts = [{"installment": 1, "due_on": "2022-03-31", "amount_cents": cents}]
        data = {
            "bill_id": str(bill_id), "bill_number": f"2021-{number}", "bill_version": 1,
            "parcel_number": f"{number}" * 14, "tax_year": 2021, "total_cents": cents,
            "owner": {"name": "Dolores Park", "email": None}, "installments": parts, **more,
        }  # fmt: skip
        name = "org.millage.levy.BillCreated.v1"
        self.absorb("on_bill_created", name, f"bill/{bill_id}", date(2021, 11, 1), data)
        return bill_id

    def pay(self, bill_id: UUID, cents: int, on: date) -> UUID:
        self.received += cents
        receipt_id = ids.new_id()
        name = "org.millage.cashiering.PaymentPosted.v1"
        data = _receipt(receipt_id, bill_id, cents, on)
        self.absorb("on_payment_posted", name, f"receipt/{receipt_id}", on, data)
        return receipt_id

    def reverse(self, receipt_id: UUID, bill_id: UUID, cents: int, on: date) -> None:
        self.received -= cents
        name = "org.millage.cashiering.PaymentReversed.v1"
        data = _receipt(receipt_id, bill_id, cents, on) | {"reason": "wrong parcel"}
        self.absorb("on_payment_reversed", name, f"receipt/{receipt_id}", on, data)

    def correct(self, bill_id: UUID, cents: int, on: date) -> None:
        example = json.loads(
            (PACKS.parent / "events" / "levy" / "BillCorrected.v1.example.json").read_text("utf-8")
        )["data"]
        parts = [{"installment": 1, "due_on": "2022-03-31", "amount_cents": cents}]
        data = example | {
            "bill_id": str(bill_id), "bill_version": 2, "corrected_on": on.isoformat(),
            "total_cents": cents, "installments": parts, "tax_year": 2021,
        }  # fmt: skip
        name = "org.millage.levy.BillCorrected.v1"
        self.absorb("on_bill_corrected", name, f"bill/{bill_id}", on, data)

    def take_back(self, bill_id: UUID, receipt_id: UUID, on: date) -> None:
        self.clock.moment = max(self.clock.moment, _noon(on))
        wish = Wish(bill_id, receipt_id, "early", None, exception=False, evidence="")
        with self.ledger.database.begin() as connection:
            work = Work(connection, self.clock)
            commands.reverse(self.ledger, work, wish, None, Asked("ana", "wrong", ""))
            self.ledger.store_events(connection, work)

    def tell_distribution(self) -> None:
        for event in testing.emitted(self.ledger):
            method = TO_DISTRIBUTION.get(event["type"].split(".")[-2])
            if method:
                # At least once, and in no particular order between bills.
                self.distribution.consumer.absorb(method, [json.dumps(event)] * 2)
        assert testing.parked(self.ledger) == testing.parked(self.distribution) == []

    def report(self, name: str) -> list[dict[str, Any]]:
        (report,) = [
            one for one in reports(self.ledger.discounts, self.clock.today) if one.name == name
        ]
        with self.ledger.database.begin() as connection:
            asked = {"from_on": FIRST, "to_on": LAST}
            rows = report.rows(connection, asked, watermark(connection))
            names = [column.name for column in report.columns]
            return [dict(zip(names, row, strict=True)) for row in rows]

    def accounts(self) -> Counter[str]:
        with self.ledger.database.begin() as connection:
            rows = connection.exec_driver_sql(
                "select ledger_account, sum(amount_cents)::bigint from ledger_entries group by 1"
            )
            return Counter(dict(map(tuple, rows)))


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 18, tzinfo=UTC)


def _receipt(receipt_id: UUID, bill_id: UUID, cents: int, on: date) -> dict[str, Any]:
    line = {
        "line_number": 1, "kind": "bill", "bill_id": str(bill_id), "bill_number": "n",
        "parcel_number": "1" * 14, "tax_year": 2021, "amount_cents": cents,
        "suspense_reason": None,
    }  # fmt: skip
    return {
        "receipt_id": str(receipt_id), "receipt_number": "T01-1", "session_id": str(ids.new_id()),
        "business_date": on.isoformat(), "effective_on": on.isoformat(), "source": "counter",
        "recorded_at": _noon(on).isoformat(), "total_cents": cents, "lines": [line],
        "payer": {"name": "Imogen Vale", "email": None},
        "tenders": [{"tender_type": "cash", "amount_cents": cents, "reference": None}],
    }  # fmt: skip


@pytest.fixture
def county(postgres_admin_url: str, tmp_path: Path) -> Iterator[County]:
    pack = shutil.copytree(PACKS / "us-il-cook", tmp_path / "us-il-cook")
    (pack / "discounts.yaml").write_text(LAW, "utf-8")
    with ExitStack() as opened:

        def start(spec: Any) -> App:
            url = opened.enter_context(testing.fresh_database(postgres_admin_url, spec.name))
            given = {"MILLAGE_JURISDICTIONS_DIR": str(tmp_path)}
            return opened.enter_context(testing.application(spec, url, clock, **given))

        clock = FixedClock(_noon(date(2021, 11, 1)))
        yield County(start(RECEIVABLES), start(DISTRIBUTION), clock)


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
def test_discounts_tie_to_payments_and_to_the_general_ledger(county: County, order) -> None:
    """Paid whole, over, short, stacked, reversed, taken back and corrected, in any order."""
    plain, loyal = county.issue(1, 300_000), county.issue(2, 123_457, bill_class="loyal")
    lowered, undone = county.issue(3, 300_000), county.issue(4, 77_777)
    wrong = county.issue(5, 99_999)

    def over() -> None:
        county.pay(plain, 287_500, JAN_15)

    def stacked() -> None:
        county.pay(loyal, 120_000, JAN_15)

    def corrected() -> None:
        county.pay(lowered, 285_000, JAN_15)
        county.correct(lowered, 200_001, FEB_1)

    def taken_back() -> None:
        county.reverse(county.pay(undone, 77_777, JAN_15), undone, 77_777, FEB_1)
        county.take_back(wrong, county.pay(wrong, 95_000, JAN_15), FEB_1)
        county.pay(wrong, 1_000, FEB_1)

    steps = (over, stacked, corrected, taken_back)
    for step in order:
        steps[step]()
    county.tell_distribution()
    _hold_to_each_other(county)


def _hold_to_each_other(county: County) -> None:
    accounts = county.accounts()
    assert sum(accounts.values()) == 0
    assert accounts["cash_clearing"] == county.received
    by_program = {row["program"]: row for row in county.report("discount-impact")}
    with county.distribution.database.begin() as connection:
        booked = distribution_discounts.by_program(connection, FIRST, LAST)
    assert {row.program: (row.discount_cents, row.net_cents) for row in booked} == {
        program: (row["discount_cents"], row["net_cents"]) for program, row in by_program.items()
    }
    assert accounts["discount"] == sum(row.discount_cents for row in booked)
    for row in by_program.values():
        assert row["gross_cents"] == row["discount_cents"] + row["net_cents"]
    tied = county.report("discount-reconciliation")
    assert [row["difference_cents"] for row in tied] == [0] * len(tied)
    assert sum(row["ledger_cents"] for row in tied) == accounts["discount"]
    days = county.report("discount-summary")
    assert sum(row["net_cents"] for row in days) == accounts["discount"]
