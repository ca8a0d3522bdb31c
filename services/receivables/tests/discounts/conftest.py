"""A county with programs of its own: what AC-12 and AC-13 are told of, and no real place's law."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service.bootstrap import SPEC
from taxkit import testing
from taxkit.clock import FixedClock
from taxkit.ids import new_id

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
EARLY = """
        - code: early
          name: Early payment
          discount_type: early
          gl_account: "4190-EARLY"
          excluded_flags: [dnap]
          periods:
            - rate: "0.05"
              first: {month: 1, day: 1, years_after: 1}
              last: {month: 1, day: 31, years_after: 1}
"""
SENIOR = """
        - code: senior
          name: Seniors
          discount_type: senior
          gl_account: "4191-SENIOR"
          automatic: false
          approval: always
          proofs: [age]
          periods:
            - rate: "0.10"
              first: {month: 1, day: 1, years_after: 1}
              last: {month: 6, day: 30, years_after: 1}
"""
LAW = """
discounts:
  keyed_by: tax_year
  terms:
    - from: 2015
      citation: "The ordinance of a county that is nowhere"
      certainty: house rule
      special_agencies: ["SPEC"]
      programs:
"""


def noon(day: date) -> datetime:
    return datetime.combine(day, time(18), UTC)


class County:
    """Tells receivables what happens, day by day, in cents, and reads its ledger back."""

    def __init__(self, app, clock, neighbours):
        self.app, self.clock, self.neighbours = app, clock, neighbours
        self.bill = new_id()

    def absorb(self, method, body, day):
        self.clock.moment = max(self.clock.moment, noon(day))
        envelope = json.loads(body) | {"time": noon(day).isoformat()}
        self.app.consumer.absorb(method, [json.dumps(envelope)])
        assert testing.parked(self.app) == []

    def issue(self, cents=300_000, *, tax_year=2021, bill=None, due=None, **changes):
        """One bill whole, due at the end of March after its year."""
        due = due or date(tax_year + 1, 3, 31)
        parts = [{"installment": 1, "due_on": due.isoformat(), "amount_cents": cents}]
        body = self.neighbours.bill_created(
            bill or self.bill, tax_year=tax_year, total_cents=cents, installments=parts, **changes
        )
        self.absorb("on_bill_created", body, date(tax_year, 11, 1))

    def pay(self, cents, on, *, receipt=None, bill=None, source="counter", postmarked_on=None,
            business_date=None, at=None):  # fmt: skip
        """A receipt of one line; gives its id."""
        receipt = receipt or new_id()
        day = (business_date or on).isoformat()
        line = self.neighbours.line(1, cents, bill or self.bill)
        body = self.neighbours.payment_posted(receipt, line, day=day, effective_on=on.isoformat())
        envelope = json.loads(body)
        envelope["data"]["source"] = source
        if at:
            envelope["data"]["recorded_at"] = at
        if postmarked_on:
            envelope["data"]["postmarked_on"] = postmarked_on.isoformat()
        self.absorb("on_payment_posted", json.dumps(envelope), business_date or on)
        return receipt

    def reverse(self, receipt, cents, on):
        line = self.neighbours.line(1, cents, self.bill)
        body = self.neighbours.payment_reversed(receipt, line, day=on.isoformat())
        self.absorb("on_payment_reversed", body, on)

    def rows(self, sql, *params):
        with self.app.database.begin() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql, params)]

    def accounts(self):
        """Net cents by ledger account; what nets to nothing is left out."""
        rows = self.rows(
            "select ledger_account, sum(amount_cents)::bigint from ledger_entries group by 1"
            " having sum(amount_cents) <> 0"
        )
        return Counter(dict(rows))

    def postings(self, kind):
        """The entries of each posting of a kind, oldest first."""
        found: dict[UUID, dict[str, int]] = {}
        for posting, account, cents in self.rows(
            "select posting_id, ledger_account, sum(amount_cents)::bigint from postings"
            " join ledger_entries using (posting_id) where kind = %s group by 1, 2 order by 1, 2",
            kind,
        ):
            found.setdefault(posting, {})[account] = cents
        return list(found.values())

    def open_cents(self):
        ((cents,),) = self.rows("select open_cents from bills where bill_id = %s", self.bill)
        return cents

    def log(self):
        return self.rows(
            "select action, program, reason, base_cents, needed_cents, discount_cents,"
            " open_before_cents, open_after_cents from discount_log order by log_id"
        )

    def told(self, name):
        ending = f".{name}.v1"
        return [one["data"] for one in testing.emitted(self.app) if one["type"].endswith(ending)]


@pytest.fixture
def early() -> str:
    """AC-12's program: 5% until the end of January."""
    return EARLY


@pytest.fixture
def programs(early) -> tuple[str, ...]:
    """The programs of the county; a test may have its own."""
    return (early, SENIOR)


@pytest.fixture
def own_jurisdictions(tmp_path, programs) -> str:
    shutil.copytree(JURISDICTIONS / "us-il-cook", tmp_path / "us-il-cook")
    law = LAW + "".join(programs)
    (tmp_path / "us-il-cook" / "discounts.yaml").write_text(law, "utf-8")
    return str(tmp_path)


@pytest.fixture
def app(database_url, own_jurisdictions) -> Iterator:
    given = {"MILLAGE_JURISDICTIONS_DIR": own_jurisdictions}
    with testing.application(SPEC, database_url, **given) as built:
        testing.empty(built)
        yield built


@pytest.fixture
def clock(app) -> FixedClock:
    app.clock = app.consumer._clock = FixedClock(noon(date(2020, 1, 1)))
    return app.clock


@pytest.fixture
def county(app, clock, neighbours) -> County:
    return County(app, clock, neighbours)
