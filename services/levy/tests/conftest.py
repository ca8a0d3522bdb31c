"""A migrated database of this session's own, levy's server on it, and the example roll to send."""

import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import grpc
import pytest

from levy_service.bootstrap import SPEC, LevyApp
from levy_service.guard import releasing
from millage.levy.v1 import corrections_pb2, corrections_pb2_grpc
from millage.levy.v1 import levy_pb2 as pb
from millage.levy.v1 import levy_pb2_grpc as stubs
from taxkit import ids, testing
from taxkit.clock import FixedClock

ROOT = Path(__file__).parents[3]
ROLL = ROOT / "examples" / "roll"
YEARS = (2018, 2019, 2020, 2021)


def read_roll(name: str) -> list[dict[str, str]]:
    with (ROLL / name).open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


@pytest.fixture(scope="session")
def expected() -> SimpleNamespace:
    """The printed bills: totals by (year, parcel), and each agency's amount."""
    lines: dict[tuple[str, str], dict[str, int]] = {}
    for row in read_roll("expected_lines.csv"):
        key = (row["tax_year"], row["parcel_number"])
        lines.setdefault(key, {})[row["agency_code"]] = int(row["amount_cents"])
    bills = {
        (row["tax_year"], row["parcel_number"]): row for row in read_roll("expected_bills.csv")
    }
    return SimpleNamespace(bills=bills, lines=lines)


@pytest.fixture(scope="session")
def database_url(postgres_admin_url: str) -> Iterator[str]:
    with testing.fresh_database(postgres_admin_url, "levy") as url:
        yield url


@pytest.fixture(scope="session")
def keys() -> testing.Keys:
    return testing.make_keys()


@pytest.fixture
def run_by() -> str:
    """Who may run a certified roll: another person than certified it."""
    return "two_persons"


@pytest.fixture
def app(database_url: str, run_by: str) -> Iterator[LevyApp]:
    """An application on empty tables that computes five parcels at a time."""
    clock = FixedClock(datetime(2023, 3, 31, 18, tzinfo=UTC))
    settings = {
        "MILLAGE_JURISDICTIONS_DIR": str(ROOT / "jurisdictions"),
        "MILLAGE_ROLL_BATCH": "5",
        "MILLAGE_LEVY_RUN_BY": run_by,
    }
    with testing.application(SPEC, database_url, clock, **settings) as built:
        testing.empty(built)
        yield built


@pytest.fixture
def channel(app: LevyApp, keys: testing.Keys) -> Iterator[grpc.Channel]:
    with testing.server(SPEC, app, keys) as opened:
        yield opened


def _ended(messages: Iterable[pb.LoadRollRequest]) -> Iterator[pb.LoadRollRequest]:
    counted = {"rate": 0, "parcel": 0}
    for message in messages:
        kind = message.WhichOneof("part")
        if kind in counted:
            counted[kind] += 1
        yield message
    end = pb.RollEnd(rate_count=counted["rate"], parcel_count=counted["parcel"])
    yield pb.LoadRollRequest(end=end)


class Levy:
    """The public API as a county system uses it."""

    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self.stub = stubs.LevyServiceStub(channel)
        self._metadata = testing.bearer(keys.token("levy.*", user="assessor"))

    def load(self, messages: Iterable[pb.LoadRollRequest]) -> pb.LoadRollResponse:
        """A whole roll: the end is added."""
        return self.send(_ended(messages))

    def send(self, messages: Iterable[pb.LoadRollRequest]) -> pb.LoadRollResponse:
        return self.stub.LoadRoll(iter(messages), metadata=self._metadata, timeout=120)

    def refused(
        self, messages: Iterable[pb.LoadRollRequest], *, ended: bool = True
    ) -> grpc.RpcError:
        with pytest.raises(grpc.RpcError) as refusal:
            self.send(_ended(messages) if ended else messages)
        return refusal.value

    def bill(self, bill_id: str) -> pb.Bill:
        return self.stub.GetBill(pb.GetBillRequest(bill_id=bill_id), metadata=self._metadata)

    def bills(self, **asked: Any) -> pb.ListBillsResponse:
        return self.stub.ListBills(pb.ListBillsRequest(**asked), metadata=self._metadata)


class Corrections:
    """Corrections of issued bills through the public API."""

    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self._stub = corrections_pb2_grpc.CorrectionServiceStub(channel)
        self._keys = keys

    def send(self, *rights: str, **asked: Any) -> corrections_pb2.CorrectBillResponse:
        request = corrections_pb2.CorrectBillRequest(
            **{
                "idempotency_key": "correction",
                "expected_version": 1,
                "reason": "Homeowner exemption granted",
                **asked,
            }
        )
        token = self._keys.token(*(rights or ("levy.*",)), user="assessor")
        return self._stub.CorrectBill(request, metadata=testing.bearer(token), timeout=120)

    def refused(self, *rights: str, **asked: Any) -> grpc.RpcError:
        with pytest.raises(grpc.RpcError) as refusal:
            self.send(*rights, **asked)
        return refusal.value

    def of(self, bill_id: str) -> list[corrections_pb2.Correction]:
        metadata = testing.bearer(self._keys.token("levy.read"))
        asked = corrections_pb2.ListCorrectionsRequest(bill_id=bill_id)
        return list(self._stub.ListCorrections(asked, metadata=metadata).corrections)


@pytest.fixture
def corrections(channel: grpc.Channel, keys: testing.Keys) -> Corrections:
    return Corrections(channel, keys)


@pytest.fixture
def levy(channel: grpc.Channel, keys: testing.Keys) -> Levy:
    return Levy(channel, keys)


def header(tax_year: int = 2021, key: str = "", **changes: Any) -> pb.LoadRollRequest:
    return pb.LoadRollRequest(
        header=pb.RollHeader(
            **{
                "idempotency_key": key or f"roll-{tax_year}",
                "jurisdiction": "us-il-cook",
                "tax_year": tax_year,
                "source": "examples/roll",
                **changes,
            }
        )
    )


def rate_messages(tax_year: int) -> list[pb.LoadRollRequest]:
    return [
        pb.LoadRollRequest(
            rate=pb.AgencyRate(**{name: row[name] for name in row if name != "tax_year"})
        )
        for row in read_roll("rates.csv")
        if row["tax_year"] == str(tax_year)
    ]


def parcel_messages(tax_year: int) -> list[pb.LoadRollRequest]:
    numbers = ("value_dollars", "net_value_dollars", "prior_year_total_cents")
    return [
        pb.LoadRollRequest(
            parcel=pb.Parcel(
                **{
                    name: int(row[name]) if name in numbers else row[name]
                    for name in row
                    if name != "tax_year"
                }
            )
        )
        for row in read_roll("parcels.csv")
        if row["tax_year"] == str(tax_year)
    ]


def roll_messages(tax_year: int = 2021, key: str = "") -> list[pb.LoadRollRequest]:
    """The example roll of a year, whole."""
    return [header(tax_year, key), *rate_messages(tax_year), *parcel_messages(tax_year)]


@pytest.fixture(scope="session")
def roll() -> SimpleNamespace:
    """What rolls are made of: `roll.whole(year)`, or header, rates and parcels by themselves."""
    return SimpleNamespace(
        years=YEARS,
        whole=roll_messages,
        header=header,
        rates=rate_messages,
        parcels=parcel_messages,
    )


@pytest.fixture
def count(app: LevyApp):
    """How many rows each table of a roll has."""

    def rows() -> dict[str, int]:
        with app.database.begin() as connection:
            return {
                table: connection.exec_driver_sql(f"select count(*) from {table}").scalar_one()
                for table in (
                    "rolls", "agencies", "rates", "parcels", "bills", "bill_lines",
                    "installments", "outbox", "idempotency_keys",
                )
            }  # fmt: skip

    return rows


@pytest.fixture
def balance():
    """Make a BalanceChanged.v1 as it comes off the bus: (bill, sequence, open, paid)."""

    def make(
        bill_id: UUID, sequence: int, open_cents: int, paid_cents: int = 0, **changes: Any
    ) -> str:
        data = {
            "bill_id": str(bill_id),
            "bill_number": "2021-13264290020000",
            "bill_version": 1,
            "parcel_number": "13264290020000",
            "tax_year": 2021,
            "cause": "payment",
            "receipt_id": None,
            "as_of": "2023-03-31",
            "open_cents": open_cents,
            "surplus_cents": 0,
            "paid_in_full": open_cents == 0,
            "owner": {"name": "A. Owner", "email": None},
            "installments": [
                {
                    "installment": 1,
                    "due_on": "2022-03-01",
                    "tax_charged_cents": open_cents + paid_cents,
                    "tax_open_cents": open_cents,
                    "interest_charged_cents": 0,
                    "interest_open_cents": 0,
                    "paid_cents": paid_cents,
                }
            ],
            **changes,
        }
        return testing.foreign_event(
            "org.millage.receivables.BalanceChanged.v1",
            f"bill/{bill_id}",
            data,
            sequence=sequence,
        )

    return make


@pytest.fixture
def bill_id() -> UUID:
    return ids.new_id()


@pytest.fixture
def payment_file(app):
    """Let cashiering tell of a file that may pay a bill; gives what tells its end."""

    def begin(bill_id: str) -> Callable[[], None]:
        run_id = ids.new_id()

        def tell(which: str, sequence: int, **more: Any) -> None:
            data = {
                "run_id": str(run_id), "layout": "csv", "file_name": "night.csv",
                "file_sha256": "00", "business_date": "2023-03-31", "line_count": 1, **more,
            }  # fmt: skip
            name = f"org.millage.cashiering.ImportRun{which}.v1"
            body = testing.foreign_event(name, f"import/{run_id}", data, sequence=sequence)
            app.consumer.absorb(f"on_import_run_{which.lower()}", [body])

        def end() -> None:
            tell("Finished", 2, state="committed")
            releasing.run_ready(app)

        quoted = {"bill_id": bill_id, "bill_version": 1}
        tell("Started", 1, names_its_bills=True, bills=[quoted])
        return end

    return begin
