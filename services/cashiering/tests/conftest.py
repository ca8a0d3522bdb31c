"""A migrated database of this session's own, cashiering's server on it, and bills to pay."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import grpc
import psycopg
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from cashiering_service.bootstrap import SPEC, CashieringApp
from millage.cashiering.v1 import basket_payment_pb2, basket_payment_pb2_grpc
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import cashiering_pb2_grpc as stubs
from taxkit import ids, testing
from taxkit.clock import FixedClock

ROOT = Path(__file__).parents[3]
REMITTANCES = ROOT / "examples" / "remittances"
NOW = datetime(2023, 3, 31, 18, tzinfo=UTC)
DAY = "2022-12-15"
_BILLS = UUID("01937c3e-0000-7000-8000-000000000000")


def bill_id_of(parcel_number: str, tax_year: int) -> UUID:
    return uuid5(_BILLS, f"{tax_year}-{parcel_number}")


def balance_of(
    parcel_number: str, tax_year: int, open_cents: int, *, sequence: int = 2, **changes: Any
) -> str:
    """A BalanceChanged.v1 as receivables sends it."""
    bill_id = bill_id_of(parcel_number, tax_year)
    data = {
        "bill_id": str(bill_id),
        "bill_number": f"{tax_year}-{parcel_number}",
        "bill_version": 1,
        "parcel_number": parcel_number,
        "tax_year": tax_year,
        "cause": "issue",
        "receipt_id": None,
        "as_of": "2022-01-15",
        "open_cents": open_cents,
        "surplus_cents": 0,
        "paid_in_full": open_cents == 0,
        "owner": {"name": "Tamsin Kowalczyk-Reyes", "email": "tamsin@example.org"},
        "installments": [
            {
                "installment": number,
                "due_on": due_on,
                "tax_charged_cents": cents,
                "tax_open_cents": cents,
                "interest_charged_cents": 0,
                "interest_open_cents": 0,
                "paid_cents": 0,
            }
            for number, due_on, cents in [
                (1, "2022-03-01", open_cents // 2),
                (2, "2022-12-30", open_cents - open_cents // 2),
            ]
        ],
        **changes,
    }
    return testing.foreign_event(
        "org.millage.receivables.BalanceChanged.v1", f"bill/{bill_id}", data, sequence=sequence
    )


@pytest.fixture(scope="session")
def database_url(postgres_admin_url: str) -> Iterator[str]:
    with testing.fresh_database(postgres_admin_url, "cashiering") as url:
        yield url


@pytest.fixture(scope="session")
def keys() -> testing.Keys:
    return testing.make_keys()


@pytest.fixture
def make_app(database_url: str) -> Callable[..., Any]:
    """Open an application on the tables as they are, with other settings."""

    def make(**settings: str) -> Any:
        given = {"MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions"), **settings}
        return testing.application(SPEC, database_url, FixedClock(NOW), **given)

    return make


@pytest.fixture
def app(make_app: Callable[..., Any]) -> Iterator[CashieringApp]:
    """An application whose today is March 31, 2023, and which knows the 24 example bills."""
    with make_app() as built:
        testing.empty(built)
        roll = ROOT / "examples" / "roll" / "expected_bills.csv"
        with roll.open(encoding="utf-8", newline="") as rows:
            bodies = [
                balance_of(row["parcel_number"], int(row["tax_year"]), int(row["total_cents"]))
                for row in csv.DictReader(rows)
            ]
        built.consumer.absorb("on_balance_changed", bodies)
        yield built


@pytest.fixture
def channel(app: CashieringApp, keys: testing.Keys) -> Iterator[grpc.Channel]:
    with testing.server(SPEC, app, keys) as opened:
        yield opened


class Counter:
    """The public API as a cashier's window uses it."""

    bill = (bill_id_of("13264290020000", 2021), 1_260_222)
    other_bill = (bill_id_of("18032000510000", 2021), 0)

    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self.stub = stubs.CashieringServiceStub(channel)
        self.metadata = testing.bearer(keys.token("cashiering.*", user="cashier", till="T01"))

    def key(self) -> str:
        return str(ids.new_id())

    def open(self, till_code: str = "T01", **changes: Any) -> pb.Session:
        given = {"idempotency_key": self.key(), "till_code": till_code, "business_date": DAY}
        return self.stub.OpenSession(
            pb.OpenSessionRequest(**(given | changes)), metadata=self.metadata
        )

    def close(self, session_id: str, *counts: tuple[int, int], key: str = "") -> pb.Session:
        return self.stub.CloseSession(
            pb.CloseSessionRequest(
                idempotency_key=key or self.key(),
                session_id=session_id,
                counts=[pb.TenderCount(tender_type=k, counted_cents=c) for k, c in counts],
            ),
            metadata=self.metadata,
        )

    def order(
        self, session_id: str, cents: int = 10_000, /, **changes: Any
    ) -> pb.PostPaymentRequest:
        """An order to pay the example bill in cash, or with what is changed in it."""
        given: dict[str, Any] = {
            "idempotency_key": self.key(),
            "session_id": session_id,
            "payer": pb.Payer(name="Imogen Vale", email="imogen.vale@example.org"),
            "lines": [self.line(cents)],
            "tenders": [self.cash(cents)],
            "return_change": True,
        }
        asked = {name: value for name, value in (given | changes).items() if value is not None}
        return pb.PostPaymentRequest(**asked)

    def line(self, cents: int, bill_id: UUID | None = None, version: int = 1) -> pb.PaymentLine:
        return pb.PaymentLine(
            bill_id=str(bill_id or self.bill[0]), bill_version=version, amount_cents=cents
        )

    def cash(self, cents: int) -> pb.Tender:
        return pb.Tender(tender_type=pb.TENDER_TYPE_CASH, amount_cents=cents)

    def check(self, cents: int, number: str = "1044") -> pb.Tender:
        return pb.Tender(tender_type=pb.TENDER_TYPE_CHECK, amount_cents=cents, reference=number)

    def post(self, order: pb.PostPaymentRequest, metadata: Any = None) -> pb.Receipt:
        return self.stub.PostPayment(order, metadata=metadata or self.metadata, timeout=120)

    def pay(self, session_id: str, cents: int = 10_000, /, **changes: Any) -> pb.Receipt:
        return self.post(self.order(session_id, cents, **changes))

    def reverse(self, receipt: str, reason: str = "wrong parcel", key: str = "") -> pb.Receipt:
        return self.stub.ReversePayment(
            pb.ReversePaymentRequest(
                idempotency_key=key or self.key(), receipt_id=receipt, reason=reason
            ),
            metadata=self.metadata,
        )

    def send(
        self, content: bytes, layout: str, *, piece: int = 4096, **changes: Any
    ) -> list[pb.ImportProgress]:
        """Send a remittance file; gives every message of progress."""
        parts = import_parts(content, layout, piece=piece, **{"key": self.key(), **changes})
        return list(self.stub.ImportRemittance(parts, metadata=self.metadata, timeout=120))

    def imported(self, content: bytes, layout: str, **changes: Any) -> pb.ImportRun:
        return self.send(content, layout, **changes)[-1].run


def import_parts(
    content: bytes,
    layout: str,
    *,
    key: str,
    piece: int = 4096,
    till_code: str = "LOCKBOX",
    business_date: str = "2022-12-30",
    file_name: str = "remittance",
    effective_on: str = "",
) -> Iterator[pb.ImportRemittanceRequest]:
    yield pb.ImportRemittanceRequest(
        header=pb.ImportHeader(
            idempotency_key=key,
            layout=layout,
            file_name=file_name,
            till_code=till_code,
            business_date=business_date,
            effective_on=effective_on,
        )
    )
    for start in range(0, len(content), piece):
        yield pb.ImportRemittanceRequest(chunk=content[start : start + piece])


@pytest.fixture
def parts() -> Callable[..., Iterator[pb.ImportRemittanceRequest]]:
    return import_parts


@pytest.fixture
def counter(channel: grpc.Channel, keys: testing.Keys) -> Counter:
    return Counter(channel, keys)


@pytest.fixture
def session(counter: Counter) -> pb.Session:
    return counter.open()


@pytest.fixture
def lenders(app: CashieringApp, channel: grpc.Channel, counter: Counter) -> Callable[..., None]:
    """Put lenders on file by their codes."""
    stub = basket_payment_pb2_grpc.BasketPaymentServiceStub(channel)

    def know(*codes: str) -> None:
        for code in codes:
            lender = basket_payment_pb2.Lender(lender_code=code, name=f"Lender {code}")
            request = basket_payment_pb2.RecordLenderRequest(
                idempotency_key=counter.key(), lender=lender
            )
            stub.RecordLender(request, metadata=counter.metadata)

    return know


@pytest.fixture
def balance() -> Callable[..., str]:
    return balance_of


@pytest.fixture
def bill_of() -> Callable[[str, int], UUID]:
    return bill_id_of


@pytest.fixture
def example() -> Callable[[str], bytes]:
    """The bytes of a file under examples/remittances."""
    return lambda name: (REMITTANCES / name).read_bytes()


@pytest.fixture
def rows(app: CashieringApp) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    """Ask the database directly, past the service: what a test cuts is not what it asks."""
    with psycopg.connect(app.settings.database_url, autocommit=True) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


@pytest.fixture
def unchanged(
    app: CashieringApp, rows: Callable[[str], list[tuple[Any, ...]]]
) -> Callable[..., Any]:
    """Hold that nothing is written meanwhile: no row more or less, no session changed."""

    def state() -> dict[str, Any]:
        tables = testing.tables(app)
        found: dict[str, Any] = {t: rows(f"select count(*) from {t}")[0][0] for t in tables}
        found["drawers"] = rows(
            "select session_id, is_open, receipt_count from sessions order by session_id"
        )
        return found

    @contextmanager
    def hold(**expected: int) -> Iterator[None]:
        before = state()
        yield
        assert {**before, **{t: before[t] + more for t, more in expected.items()}} == state()

    return hold


@pytest.fixture
def outcome() -> Callable[..., Any]:
    """Make a call; gives its answer, or the reason it was refused for."""

    def attempt(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except grpc.RpcError as error:
            return testing.reason_of(error)

    return attempt


@pytest.fixture
def refused() -> Callable[..., grpc.RpcError]:
    """Expect a call to be refused for a reason; gives the error with `.fields` and `.said`."""

    def expect(reason: str, call: Callable[..., Any], *args: Any, **kwargs: Any) -> grpc.RpcError:
        with pytest.raises(grpc.RpcError) as refusal:
            call(*args, **kwargs)
        error: Any = refusal.value
        assert testing.reason_of(error) == reason, error.details()
        error.fields, error.said = [], {}
        for detail in rpc_status.from_call(error).details:
            if detail.Unpack(found := error_details_pb2.BadRequest()):
                error.fields = [each.field for each in found.field_violations]
            if detail.Unpack(info := error_details_pb2.ErrorInfo()):
                error.said = dict(info.metadata)
        return error

    return expect
