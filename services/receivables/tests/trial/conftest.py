"""Receivables' server with every table watched, and how its states come about."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from millage.receivables.v1 import surplus_pb2 as surplus
from receivables_service.bootstrap import SPEC
from receivables_service.held.import_exceptions import exception_id_of
from receivables_service.plans import defaults as plan_defaults
from taxkit import testing
from taxkit import trial as trials
from taxkit.clock import FixedClock
from taxkit.ids import new_id

DAY = "2022-02-10"


class Stage:
    """Tells of bills and receipts as the neighbours do, and asks the rest through the API."""

    def __init__(self, trial: trials.Trial, app: Any, neighbours: Any, ledger: Any) -> None:
        self.do = trial.do
        self._app, self._neighbours, self._ledger = app, neighbours, ledger

    def done(self, asked: Any, user: str = "clerk") -> Any:
        """A request that was carried out already."""
        self.do(asked, user=user)
        return asked

    def _hear(self, handler: str, body: str) -> None:
        self._app.consumer.absorb(handler, [body])
        assert testing.parked(self._app) == []

    def bill(self) -> str:
        """An issued bill of 1,000.00 and 800.00, the first half of it late, on its own parcel."""
        bill_id = new_id()
        parcel = f"{bill_id.int % 10**14:014d}"
        self._hear(
            "on_bill_created",
            self._neighbours.bill_created(
                bill_id, bill_number=f"2021-{parcel}", parcel_number=parcel
            ),
        )
        return str(bill_id)

    def break_plans(self) -> None:
        """The daily job of a day by which every plan that runs has missed something."""
        plan_defaults.default_missed(self._app, self._app.clock.today() + timedelta(days=1000))

    def import_exception(self) -> str:
        """A line of a payment file that was rejected."""
        run_id = new_id()
        data = {
            "run_id": str(run_id), "line_number": 1, "outcome": "rejected", "reason": "X",
            "message": "x", "parcel_number": None, "amount_cents": 5, "receipt_id": None,
        }  # fmt: skip
        name = "org.millage.cashiering.ImportLineException.v1"
        body = testing.foreign_event(name, f"import/{run_id}", data)
        self._hear("on_import_line_exception", body)
        return str(exception_id_of(run_id, 1))

    def former_fee(self, fee_id: str) -> str:
        """The same fee as it was kept before fees on no property had bills of their own."""
        former = new_id()
        with self._app.database.begin() as connection:
            connection.exec_driver_sql(
                "insert into fees select %s, fee_type, charge_code, holder_kind, holder_id,"
                " statement_id, null, tax_year, amount_cents, due_on, batch, charged_by, reason,"
                " business_date, recorded_at, rule_id from fees where fee_id = %s",
                (former, fee_id),
            )
        return str(former)

    def next_year(self, bill_id: str) -> None:
        """The next year's bill of the same parcel."""
        parcel = f"{UUID(bill_id).int % 10**14:014d}"
        body = self._neighbours.bill_created(
            new_id(), bill_number=f"2022-{parcel}", parcel_number=parcel, tax_year=2022
        )
        self._hear("on_bill_created", body)

    def receipt(self, bill_id: str = "", cents: int = 10_000, session: UUID | None = None) -> str:
        """A receipt for a bill, of a session that is open unless one is named."""
        receipt_id = new_id()
        line = self._neighbours.line(1, cents, UUID(bill_id or self.bill()))
        body = self._neighbours.payment_posted(receipt_id, line)
        if session is not None:
            body = body.replace(str(UUID(int=5)), str(session))
        self._hear("on_payment_posted", body)
        return str(receipt_id)

    def receipt_of_closed(self) -> str:
        """A receipt whose session is closed."""
        session = new_id()
        receipt_id = self.receipt(session=session)
        told = {"session_id": str(session), "business_date": DAY}
        name = "org.millage.cashiering.SessionClosed.v1"
        self._hear("on_session_closed", testing.foreign_event(name, f"session/{session}", told))
        return receipt_id

    def item(self) -> str:
        """Surplus of 200.00, open."""
        self.receipt(cents=200_000)
        return self.newest_item()

    def advance(self, cents: int = 250_000) -> str:
        """Money in advance on no bill; gives its item."""
        line = {
            **self._neighbours.line(1, cents), "kind": "advance", "advance_type": "regular",
            "parcel_number": "elsewhere", "tax_year": None, "suspense_reason": None,
        }  # fmt: skip
        self._hear("on_payment_posted", self._neighbours.payment_posted(new_id(), line))
        return self.newest_item()

    def newest_item(self) -> str:
        rows = self._ledger.rows("select item_id from held_items order by receipt_id desc limit 1")
        return str(rows[0][0])

    def case(self) -> surplus.SurplusCase:
        """A refund that was asked for."""
        asked = surplus.StartCaseRequest(surplus_item_id=self.item(), procedure="refund")
        return self.do(asked)

    def waiting(self) -> tuple[str, str]:
        """A tender of held money that could not be drawn: its receipt, and the item named."""
        receipt_id, item = new_id(), self.item()
        tender = {"tender_type": "surplus", "amount_cents": 90_000, "reference": item}
        line = self._neighbours.line(1, 90_000, UUID(self.bill()))
        body = self._neighbours.payment_posted(receipt_id, line, tenders=[tender])
        self._hear("on_payment_posted", body)
        return str(receipt_id), item


@pytest.fixture
def trial(app, channel, keys) -> Iterator[trials.Trial]:
    app.clock = app.consumer._clock = FixedClock(datetime(2022, 3, 15, 18, tzinfo=UTC))
    with trials.Trial.of(SPEC, app, channel, keys) as made:
        yield made


@pytest.fixture
def stage(trial, app, neighbours, ledger) -> Stage:
    return Stage(trial, app, neighbours, ledger)
