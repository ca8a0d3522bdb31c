"""A database for the session, empty for each test; the application on it; its gRPC server."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import pytest

from receivables_service.bootstrap import SPEC
from taxkit import testing
from taxkit.app import App
from taxkit.ids import new_id
from taxkit.testing import Keys, foreign_event

JURISDICTIONS = Path(__file__).parents[3] / "jurisdictions"
PARCEL = "13264290020000"
DAY = "2022-02-10"


@pytest.fixture(scope="session")
def jurisdictions() -> str:
    return str(JURISDICTIONS)


@pytest.fixture(scope="session")
def database_url(postgres_admin_url: str) -> Iterator[str]:
    with testing.fresh_database(postgres_admin_url, "receivables") as url:
        yield url


@pytest.fixture
def app(database_url: str, jurisdictions: str) -> Iterator[App]:
    given = {"MILLAGE_JURISDICTIONS_DIR": jurisdictions}
    with testing.application(SPEC, database_url, **given) as built:
        testing.empty(built)
        yield built


@pytest.fixture(scope="session")
def keys() -> Keys:
    return testing.make_keys()


@pytest.fixture
def channel(app: App, keys: Keys) -> Iterator[grpc.Channel]:
    with testing.server(SPEC, app, keys) as opened:
        yield opened


class Neighbours:
    """The neighbours' events whole, as the contract has them."""

    def bill_created(
        self,
        bill: UUID,
        first_cents: int = 100_000,
        second_cents: int = 80_000,
        **changes: Any,
    ) -> str:
        """A bill of 2021 in two installments, due 2022-03-01 and 2022-12-30."""
        data = {
            "bill_id": str(bill),
            "bill_number": f"2021-{PARCEL}",
            "bill_version": 1,
            "jurisdiction": "us-il-cook",
            "parcel_number": PARCEL,
            "tax_year": 2021,
            "tax_code": "71001",
            "property_class": "2-11",
            "owner": {"name": "Dolores Park", "email": "dolores@example.org"},
            "total_cents": first_cents + second_cents,
            "components": [
                {
                    "agency_code": "010010000",
                    "agency_name": "County of Cook",
                    "amount_cents": first_cents + second_cents,
                }
            ],
            "installments": [
                {"installment": 1, "due_on": "2022-03-01", "amount_cents": first_cents},
                {"installment": 2, "due_on": "2022-12-30", "amount_cents": second_cents},
            ],
        }
        name = "org.millage.levy.BillCreated.v1"
        return foreign_event(name, f"bill/{bill}", {**data, **changes})

    def line(self, number: int, cents: int, bill: UUID | None = None) -> dict[str, Any]:
        """One line of a receipt: for a bill, or for none."""
        return {
            "line_number": number,
            "kind": "bill" if bill else "suspense",
            "bill_id": str(bill) if bill else None,
            "bill_number": f"2021-{PARCEL}" if bill else None,
            "bill_version": 1 if bill else None,
            "parcel_number": PARCEL if bill else "99999999999999",
            "tax_year": 2021 if bill else None,
            "amount_cents": cents,
            "suspense_reason": None if bill else "UNKNOWN_PARCEL",
        }

    def payment_posted(
        self,
        receipt: UUID,
        *lines: dict[str, Any],
        day: str = DAY,
        effective_on: str = "",
        tenders: list[dict[str, Any]] | None = None,
    ) -> str:
        total = sum(line["amount_cents"] for line in lines)
        data = {
            **self._receipt(receipt, lines, day, effective_on),
            "till_code": "W1",
            "source": "counter",
            "received_on": day,
            "change_cents": 0,
            "tenders": tenders
            or [{"tender_type": "check", "amount_cents": total, "reference": "1001"}],
        }
        return foreign_event("org.millage.cashiering.PaymentPosted.v1", f"receipt/{receipt}", data)

    def payment_reversed(
        self, receipt: UUID, *lines: dict[str, Any], day: str = DAY, effective_on: str = ""
    ) -> str:
        data = {
            **self._receipt(receipt, lines, day, effective_on),
            "reversal_id": str(new_id()),
            "reason": "wrong parcel",
            "reversed_by": "ana",
        }
        name = "org.millage.cashiering.PaymentReversed.v1"
        return foreign_event(name, f"receipt/{receipt}", data, sequence=2)

    def bill_corrected(
        self, bill: UUID, version: int, installments: list[dict[str, Any]], on: date, **changes: Any
    ) -> str:
        """A later version of a bill, as levy tells it."""
        total = sum(one["amount_cents"] for one in installments)
        data = {
            "bill_id": str(bill),
            "bill_number": f"2021-{PARCEL}",
            "bill_version": version,
            "parcel_number": PARCEL,
            "tax_year": 2021,
            "owner": {"name": "Dolores Park", "email": "dolores@example.org"},
            "corrected_on": on.isoformat(),
            "corrected_by": "assessor",
            "reason": "exemption granted",
            "total_cents": total,
            "components": [
                {
                    "agency_code": "010010000",
                    "agency_name": "County of Cook",
                    "amount_cents": total,
                }
            ],
            "installments": installments,
        }
        name = "org.millage.levy.BillCorrected.v1"
        return foreign_event(name, f"bill/{bill}", {**data, **changes}, sequence=version)

    def _receipt(
        self, receipt: UUID, lines: tuple[dict[str, Any], ...], day: str, effective_on: str
    ) -> dict[str, Any]:
        return {
            "receipt_id": str(receipt),
            "receipt_number": f"2022-{receipt.int % 1_000_000:06d}",
            "session_id": str(UUID(int=5)),
            "business_date": day,
            "effective_on": effective_on or day,
            "recorded_at": f"{day}T15:04:05.678901+00:00",
            "payer": {"name": "Dolores Park", "email": None},
            "total_cents": sum(line["amount_cents"] for line in lines),
            "lines": list(lines),
        }


class Ledger:
    """What the database holds, in forms that two orders of arrival can be compared by."""

    def __init__(self, app: App) -> None:
        self._app = app

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self._app.database.begin() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def accounts(self) -> Counter[tuple[Any, ...]]:
        """Net cents by bill, account, charge, fact and rule; what nets to nothing is left out."""
        rows = self.rows(
            "select p.bill_id, ledger_account, installment, charge_type, fact_id, e.receipt_id,"
            " rule_id, sum(amount_cents)::bigint from ledger_entries e join postings p"
            " using (posting_id) group by 1, 2, 3, 4, 5, 6, 7 having sum(amount_cents) <> 0"
        )
        return Counter({row[:-1]: row[-1] for row in rows})

    def balance(self, account: str) -> int:
        ((cents,),) = self.rows(
            "select coalesce(sum(amount_cents), 0)::bigint from ledger_entries"
            f" where ledger_account = '{account}'"
        )
        return int(cents)

    def received(self) -> dict[str, int]:
        """Applied, surplus and suspense together, per business date; empty days left out."""
        return {
            day.isoformat(): cents
            for day, cents in self.rows(
                "select business_date, sum(allocated_cents + surplus_cents"
                " + suspense_cents)::bigint"
                " from postings group by 1 having"
                " sum(allocated_cents + surplus_cents + suspense_cents) <> 0"
            )
        }

    def postings(self) -> list[tuple[str, int, int, int]]:
        """(kind, allocated, surplus, suspense) of every posting, oldest first."""
        return self.rows(
            "select kind, allocated_cents, surplus_cents, suspense_cents from postings"
            " order by posting_id"
        )

    def told(self, name: str) -> list[dict[str, Any]]:
        """The envelopes of one event emitted, oldest first."""
        ending = f".{name}.v1"
        return [one for one in testing.emitted(self._app) if one["type"].endswith(ending)]


@pytest.fixture
def neighbours() -> Neighbours:
    return Neighbours()


@pytest.fixture
def ledger(app: App) -> Ledger:
    return Ledger(app)


@pytest.fixture
def bill(app: App, neighbours: Neighbours) -> UUID:
    """An issued bill of 1,000.00 and 800.00."""
    bill_id = new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill_id)])
    return bill_id
