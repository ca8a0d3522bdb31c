"""A database for the session, empty for each test; the application on it; its gRPC server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import grpc
import pytest

from distribution_service.bootstrap import SPEC
from taxkit import testing
from taxkit.app import App
from taxkit.ids import new_id
from taxkit.testing import Keys, foreign_event

JURISDICTIONS = Path(__file__).parents[3] / "jurisdictions"


@pytest.fixture(scope="session")
def database_url(postgres_admin_url: str) -> Iterator[str]:
    with testing.fresh_database(postgres_admin_url, "distribution") as url:
        yield url


@pytest.fixture
def app(database_url: str) -> Iterator[App]:
    given = {"MILLAGE_JURISDICTIONS_DIR": str(JURISDICTIONS)}
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
    """The neighbours' events whole, as the contract has them, and a look at what they caused."""

    LINES: ClassVar = {"010010000": 10_411, "020120000": 3_333, "030250000": 71_205, "040010000": 7}
    DAY = "2023-03-01"

    def absorb(self, app: App, method: str, *bodies: str) -> None:
        app.consumer.absorb(method, list(bodies))

    def bill_created(
        self, bill_id: UUID, lines: dict[str, int] | None = None, **changes: Any
    ) -> str:
        given = self.LINES if lines is None else lines
        data = {
            "bill_id": str(bill_id),
            "bill_number": "2021-13264290020000",
            "bill_version": 1,
            "jurisdiction": "us-il-cook",
            "parcel_number": "13264290020000",
            "tax_year": 2021,
            "tax_code": "70001",
            "property_class": "2-05",
            "owner": {"name": "Ada Moore", "email": "ada@example.com"},
            "total_cents": sum(given.values()),
            "components": [
                {"agency_code": code, "agency_name": f"Agency {code}", "amount_cents": cents}
                for code, cents in given.items()
            ],
            "installments": [],
        }
        return foreign_event("org.millage.levy.BillCreated.v1", f"bill/{bill_id}", data | changes)

    def bill_corrected(
        self, bill_id: UUID, version: int, lines: dict[str, int], **changes: Any
    ) -> str:
        data = {
            "bill_id": str(bill_id),
            "bill_number": "2021-13264290020000",
            "bill_version": version,
            "tax_year": 2021,
            "corrected_on": self.DAY,
            "reason": "exemption granted",
            "total_cents": sum(lines.values()),
            "components": [
                {"agency_code": code, "agency_name": f"Agency {code}", "amount_cents": cents}
                for code, cents in lines.items()
            ],
            "installments": [],
        }
        name = "org.millage.levy.BillCorrected.v1"
        return foreign_event(name, f"bill/{bill_id}", data | changes, sequence=version)

    def payment_posted(
        self, receipt_id: UUID, cents: int, *, session_id: UUID, **changes: Any
    ) -> str:
        data = {
            "receipt_id": str(receipt_id),
            "receipt_number": "R-1",
            "session_id": str(session_id),
            "till_code": "T1",
            "source": "counter",
            "business_date": self.DAY,
            "effective_on": self.DAY,
            "received_on": self.DAY,
            "total_cents": cents,
            "lines": [],
        }
        return foreign_event(
            "org.millage.cashiering.PaymentPosted.v1", f"receipt/{receipt_id}", data | changes
        )

    def payment_reversed(
        self, receipt_id: UUID, cents: int, *, day: str = "2023-03-01", **changes: Any
    ) -> str:
        data = {
            "reversal_id": str(new_id()),
            "receipt_id": str(receipt_id),
            "session_id": str(new_id()),
            "business_date": day,
            "total_cents": cents,
            "reason": "wrong bill",
        }
        return foreign_event(
            "org.millage.cashiering.PaymentReversed.v1",
            f"receipt/{receipt_id}",
            data | changes,
            sequence=2,
        )

    def session_closed(self, session_id: UUID, cents: int = 0, day: str = "") -> str:
        data = {
            "session_id": str(session_id),
            "business_date": day or self.DAY,
            "receipt_count": 1,
            "total_cents": cents,
        }
        return foreign_event(
            "org.millage.cashiering.SessionClosed.v1", f"session/{session_id}", data
        )

    def deposit_made(self, *session_ids: UUID) -> str:
        deposit_id = new_id()
        data = {
            "deposit_id": str(deposit_id),
            "deposited_on": self.DAY,
            "sessions": [
                {"session_id": str(one), "business_date": self.DAY, "total_cents": 1}
                for one in session_ids
            ],
        }
        return foreign_event("org.millage.cashiering.DepositMade.v1", f"deposit/{deposit_id}", data)

    def allocated(
        self,
        bill: UUID,
        sequence: int,
        *rows: tuple[UUID, str, int],
        kind: str = "payment",
        day: str = "2023-03-01",
        **changes: Any,
    ) -> str:
        data = {
            "posting_id": str(new_id()),
            "kind": kind,
            "receipt_id": str(rows[0][0]),
            "bill_id": str(bill),
            "bill_number": "2021-13264290020000",
            "parcel_number": "13264290020000",
            "tax_year": 2021,
            "business_date": day,
            "rows": [
                {
                    "receipt_id": str(receipt_id),
                    "installment": 1,
                    "charge_type": charge_type,
                    "collection_type": "S",
                    "amount_cents": cents,
                    "rule_id": "us-il-cook/receivables/allocation/2010-01-01",
                }
                for receipt_id, charge_type, cents in rows
            ],
            "surplus_cents": 0,
            "suspense_cents": 0,
        }
        return foreign_event(
            "org.millage.receivables.PaymentAllocated.v1",
            f"bill/{bill}",
            data | changes,
            sequence=sequence,
        )

    def shares(self, app: App, **where: UUID) -> dict[str, int]:
        """Net shares per agency, of one bill or one receipt."""
        ((column, value),) = where.items()
        with app.database.begin() as connection:
            rows = connection.exec_driver_sql(
                f"select agency_code, sum(amount_cents)::bigint as cents from share_entries"
                f" where {column} = %s group by 1 having sum(amount_cents) <> 0 order by 1",
                (value,),
            )
            return {row.agency_code: row.cents for row in rows}


@pytest.fixture
def neighbours() -> Neighbours:
    return Neighbours()


@pytest.fixture
def jurisdiction() -> Path:
    """Cook County's law."""
    return JURISDICTIONS / "us-il-cook"
