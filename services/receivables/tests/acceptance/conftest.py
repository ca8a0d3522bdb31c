"""A county that acts only through events and gRPC, under California's law or a quiet copy of it."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from millage.receivables.v1 import (
    bill_changes_pb2,
    bill_changes_pb2_grpc,
    codes_pb2_grpc,
    due_pb2,
    due_pb2_grpc,
    fees_pb2_grpc,
    half_pay_pb2_grpc,
    rates_pb2_grpc,
    receivables_pb2,
    receivables_pb2_grpc,
    returns_pb2,
    returns_pb2_grpc,
)
from receivables_service.bootstrap import SPEC
from taxkit import testing
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import bearer, emitted

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
_MAY = (
    *("read", "default", "transfer", "reallocate"),
    *("waive", "unlock", "cancel", "return", "code", "agency", "code.edit"),
    *("half_pay", "fee"),
)
RIGHTS = tuple(f"receivables.{right}" for right in _MAY)


def noon(day: date) -> datetime:
    """Midday where the county is, on a day."""
    return datetime.combine(day, time(18), UTC)


class County:
    """Tells receivables what happens in dollars, day by day, and reads its ledger back."""

    def __init__(self, app, channel, keys, clock, neighbours, jurisdiction="us-ca"):
        self.jurisdiction = jurisdiction
        self.app, self.clock, self.neighbours = app, clock, neighbours
        self.channel, self.keys = channel, keys
        self.books = receivables_pb2_grpc.ReceivablesServiceStub(channel)
        self.due = due_pb2_grpc.DueServiceStub(channel)
        self.doing = bill_changes_pb2_grpc.BillChangesServiceStub(channel)
        self.undoing = returns_pb2_grpc.ReturnsServiceStub(channel)
        self.rates = rates_pb2_grpc.RatesServiceStub(channel)
        self.halves = half_pay_pb2_grpc.HalfPayServiceStub(channel)
        self.fees = fees_pb2_grpc.FeesServiceStub(channel)
        self.codes = codes_pb2_grpc.CodesServiceStub(channel)
        self.bill = new_id()
        self.versions = 1
        self.installments = []
        self.calls = 0

    def caller(self, *rights, user="ana"):
        return bearer(self.keys.token(*(rights or RIGHTS), user=user))

    def key(self):
        self.calls += 1
        return f"{self.bill}-{self.calls}"

    def absorb(self, method, body, day):
        """Hand over one event as of midday of a day."""
        self.clock.moment = max(self.clock.moment, noon(day))
        envelope = json.loads(body) | {"time": noon(day).isoformat()}
        self.app.consumer.absorb(method, [json.dumps(envelope)])
        assert testing.parked(self.app) == []

    def issue(
        self,
        *dollars,
        due=(date(2019, 12, 10), date(2020, 4, 10)),
        tax_year=2019,
        bill=None,
        **changes,
    ):
        self.installments = [
            {"installment": number, "due_on": day.isoformat(), "amount_cents": each * 100}
            for number, (day, each) in enumerate(zip(due, dollars, strict=True), 1)
        ]
        body = self.neighbours.bill_created(
            bill or self.bill,
            installments=self.installments,
            tax_year=tax_year,
            total_cents=sum(dollars) * 100,
            jurisdiction=self.jurisdiction,
            **changes,
        )
        self.absorb("on_bill_created", body, date(tax_year, 7, 1))

    def pay(self, dollars, on, *, receipt=None, bill=None, cents=0, **changes):
        receipt = receipt or new_id()
        line = self.neighbours.line(1, cents or dollars * 100, bill or self.bill) | changes
        body = self.neighbours.payment_posted(receipt, line, day=on.isoformat())
        self.absorb("on_payment_posted", body, on)
        return receipt

    def void(self, receipt, dollars, on):
        line = self.neighbours.line(1, dollars * 100, self.bill)
        body = self.neighbours.payment_reversed(receipt, line, day=on.isoformat())
        self.absorb("on_payment_reversed", body, on)

    def default(self, on=date(2020, 6, 30)):
        """Run the default process for a day, on the day after it."""
        self.clock.moment = max(self.clock.moment, noon(on + timedelta(days=1)))
        request = due_pb2.RunDefaultProcessRequest(idempotency_key=self.key(), until=on.isoformat())
        return self.due.RunDefaultProcess(request, metadata=self.caller())

    def correct(self, *dollars, on, due=(), **changes):
        self.versions += 1
        parts = [
            one | {"amount_cents": each * 100}
            for one, each in zip(self.installments, dollars, strict=True)
        ]
        for one, day in zip(parts, due, strict=False):
            one["due_on"] = day.isoformat()
        body = self.neighbours.bill_corrected(self.bill, self.versions, parts, on, **changes)
        self.absorb("on_bill_corrected", body, on)

    def end_graces(self, on):
        self.clock.moment = max(self.clock.moment, noon(on))
        request = due_pb2.EndGracePeriodsRequest(idempotency_key=self.key(), on=on.isoformat())
        return self.due.EndGracePeriods(request, metadata=self.caller())

    def day(self, on):
        self.clock.moment = max(self.clock.moment, noon(on))

    def reallocate(self, on, **changes):
        self.day(on)
        given = {"idempotency_key": self.key(), "bill_id": str(self.bill), "reason": "asked"}
        request = bill_changes_pb2.ReallocateRequest(**given | changes)
        return self.doing.Reallocate(request, metadata=self.caller())

    def transfer(self, to, on, **changes):
        self.day(on)
        given = {"idempotency_key": self.key(), "bill_id": str(self.bill), "reason": "sold"}
        request = bill_changes_pb2.TransferCollectionTypeRequest(to=to, **given | changes)
        return self.doing.TransferCollectionType(request, metadata=self.caller())

    def waive(self, *waived, on, **changes):
        """Each of (installment, charge type, dollars)."""
        self.day(on)
        given = {"idempotency_key": self.key(), "bill_id": str(self.bill), "reason": "hardship"}
        request = bill_changes_pb2.WaivePenaltyInterestRequest(
            waived=[
                bill_changes_pb2.Waived(installment=n, charge_type=of, amount_cents=dollars * 100)
                for n, of, dollars in waived
            ],
            **given | changes,
        )
        return self.doing.WaivePenaltyInterest(request, metadata=self.caller())

    def unlock(self, on, **changes):
        self.day(on)
        given = {"idempotency_key": self.key(), "bill_id": str(self.bill), "reason": "expired"}
        request = bill_changes_pb2.UnlockPenaltyInterestRequest(**given | changes)
        return self.doing.UnlockPenaltyInterest(request, metadata=self.caller())

    def changes(self):
        request = bill_changes_pb2.ListBillChangesRequest(bill_id=str(self.bill))
        return list(self.doing.ListBillChanges(request, metadata=self.caller()).changes)

    def pay_bills(self, amounts, on, receipt=None):
        """One receipt for several bills: dollars by bill."""
        receipt = receipt or new_id()
        lines = [
            self.neighbours.line(number, dollars * 100, bill)
            for number, (bill, dollars) in enumerate(amounts.items(), 1)
        ]
        body = self.neighbours.payment_posted(receipt, *lines, day=on.isoformat())
        self.absorb("on_payment_posted", body, on)
        return receipt

    def close_session(self, on):
        """The session every receipt of these stories was taken in."""
        body = testing.foreign_event(
            "org.millage.cashiering.SessionClosed.v1",
            f"session/{UUID(int=5)}",
            {"session_id": str(UUID(int=5)), "business_date": on.isoformat()},
        )
        self.absorb("on_session_closed", body, on)

    def bounce(self, receipt, on, **changes):
        self.day(on)
        given = {
            "idempotency_key": self.key(),
            "receipt_id": str(receipt),
            "reason_code": "R01",
            "returned_on": on.isoformat(),
        }
        request = returns_pb2.ReturnPaymentRequest(**given | changes)
        return self.undoing.ReturnPayment(request, metadata=self.caller())

    def cancel(self, receipt, on, **changes):
        self.day(on)
        given = {
            "idempotency_key": self.key(),
            "receipt_id": str(receipt),
            "reason": "wrong parcel",
        }
        request = returns_pb2.CancelPaymentRequest(**given | changes)
        return self.undoing.CancelPayment(request, metadata=self.caller())

    def quote(self, as_of, bill=None, basis=""):
        request = receivables_pb2.QuoteRequest(
            bill_ids=[str(bill or self.bill)], as_of=as_of.isoformat(), interest_basis=basis
        )
        (found,) = self.books.Quote(request, metadata=self.caller()).bills
        return found

    def entries(self, bill=None):
        request = receivables_pb2.GetBillRequest(bill_id=str(bill or self.bill))
        return self.books.GetBill(request, metadata=self.caller()).entries

    def cells(self, bill=None):
        """The bill's ledger in dollars, by the names the tables of the sequences use."""
        found = Counter()
        for one in self.entries(bill):
            if one.ledger_account == "taxes_receivable":
                pay = "pay " if one.receipt_id else ""
                found[f"{pay}{one.collection_type} {one.charge_type} {one.installment}"] += (
                    one.amount_cents
                )
                found["open"] += one.amount_cents
            elif one.ledger_account == "surplus_liability":
                found["surplus"] -= one.amount_cents
        assert all(cents % 100 == 0 for cents in found.values()), found
        return {name: cents // 100 for name, cents in found.items() if cents}

    def told(self, name):
        return [one["data"] for one in emitted(self.app) if one["type"].endswith(f".{name}.v1")]

    def balance_of_receipts(self):
        """Per receipt what came in and what became of it: equal, or money was lost."""
        found = {}
        for one in self.told("PaymentAllocated"):
            for row in one["rows"]:
                found.setdefault(row["receipt_id"], 0)
                found[row["receipt_id"]] += row["amount_cents"]
            found.setdefault(one["receipt_id"], 0)
            found[one["receipt_id"]] += one["surplus_cents"] + one["suspense_cents"]
        return found


_DISTRICTS = {
    "district": "districts: [{district: '71001', begin_on: 2008-04-30, h2_begin_on: 2008-10-31}]",
    "whole": "districts: [{district: '71001', begin_on: 2008-04-30, h2_begin_on: 2008-10-31,"
    " whole_bill_when_first_missed: true}]",
    "blank": "districts: [{district: '71001'}]",
}


_ONE_PERCENT = (
    ('monthly_rate: "0"\n      start: default', 'monthly_rate: "0.01"\n      start: due'),
)
_IN_FULL = """offered: true
      standard: installment
      full: {monthly_rate: "0.005", start: due, months: calendar, base: unpaid_tax,
             rounding: half_up}
"""
_HELD = """groups:
        - code: all
          rules:
            - code: agency-held
              held_by_agency: true
              interest: {monthly_rate: "0.02", start: due, months: calendar, base: unpaid_tax,
                         rounding: half_up}
        - code: unsecured
"""
# No state's law: one percent a calendar month from the due day, and what the case is about.
_EDITS = {
    "basis": (*_ONE_PERCENT, ("offered: false\n", _IN_FULL)),
    "agency": (*_ONE_PERCENT, ("groups:\n        - code: unsecured\n", _HELD)),
}


@pytest.fixture
def law_folder(tmp_path, request) -> Path:
    """A copy of California's law without interest, and without penalty where the case has none."""
    folder = tmp_path / "us-ca"
    shutil.copytree(JURISDICTIONS / "us-ca", folder)
    shutil.copytree(JURISDICTIONS / "us-office", tmp_path / "us-office")
    law = folder / "receivables.yaml"
    text = law.read_text("utf-8").replace('monthly_rate: "0.015"', 'monthly_rate: "0"')
    # Months end on their last day here, whichever weekday that is.
    text = text.replace("month_end_roll: following", "month_end_roll: none")
    if getattr(request, "param", "quiet") == "waiver":
        # Two percent, and three a month from the due day: tax first, then penalty, then interest.
        text = text.replace('monthly_rate: "0"', 'monthly_rate: "0.03"')
        text = text.replace("start: default", "start: due").replace("calendar\n", "begun\n")
        text = text.replace('rate: "0.1"', 'rate: "0.02"')
        text = text.replace("[fee, penalty, interest, tax]", "[tax, penalty, interest, fee]")
        text = text.replace("[installment, charge_type,", "[charge_type, installment,")
    if getattr(request, "param", "quiet") in _DISTRICTS:
        # One percent a calendar month from the due day, and a district's dates or none.
        text = text.replace('monthly_rate: "0"', 'monthly_rate: "0.01"')
        text = text.replace("start: default", "start: due")
        text = text.replace("districts: []", _DISTRICTS[request.param])
    if getattr(request, "param", "quiet") in ("quiet", *_DISTRICTS, *_EDITS):
        text = text.replace(
            'levied: true\n      rate: "0.1"\n      rounding: half_up', "levied: false"
        )
        assert "levied: false" in text
    for before, after in _EDITS.get(getattr(request, "param", ""), ()):
        assert before in text, before
        text = text.replace(before, after)
    law.write_text(text, "utf-8")
    return tmp_path


def _county(folder, database_url, keys, neighbours, law="us-ca") -> Iterator[County]:
    clock = FixedClock(noon(date(2019, 7, 1)))
    given = {"MILLAGE_JURISDICTIONS_DIR": str(folder), "MILLAGE_JURISDICTION": law}
    with testing.application(SPEC, database_url, clock, **given) as app:
        testing.empty(app)
        with testing.server(SPEC, app, keys) as channel:
            yield County(app, channel, keys, clock, neighbours, law)


@pytest.fixture
def quiet(law_folder, database_url, keys, neighbours) -> Iterator[County]:
    """No interest; with the parameter `penalised` the penalty of the law, else none."""
    yield from _county(law_folder, database_url, keys, neighbours)


@pytest.fixture
def washington(tmp_path, database_url, keys, neighbours) -> Iterator[County]:
    """Washington's law in a county that exempts an agency and knows homes by the roll's class."""
    folder = tmp_path / "us-wa"
    shutil.copytree(JURISDICTIONS / "us-wa", folder)
    shutil.copytree(JURISDICTIONS / "us-office", tmp_path / "us-office")
    law = folder / "receivables.yaml"
    text = law.read_text("utf-8")
    text = text.replace("rounds_steps: true", "rounds_steps: true\n      exempt_agencies: [STORM]")
    own = "bill_classes: [residential]\n          property_classes: [2-11]"
    law.write_text(text.replace("bill_classes: [residential]", own), "utf-8")
    yield from _county(tmp_path, database_url, keys, neighbours, "us-wa")


@pytest.fixture
def california(database_url, keys, neighbours) -> Iterator[County]:
    """The law as it is."""
    yield from _county(JURISDICTIONS, database_url, keys, neighbours)


@pytest.fixture
def elsewhere(request, database_url, keys, neighbours) -> Iterator[County]:
    """The law of the place that the parameter names."""
    yield from _county(JURISDICTIONS, database_url, keys, neighbours, request.param)


@pytest.fixture
def bill_ids() -> list[UUID]:
    return [new_id() for _ in range(5)]
