"""A little ledger of its own in PostgreSQL, a desk with reports on it, and its gRPC server."""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

import grpc
import psycopg
import pytest

from millage.reports.v1 import reports_pb2 as pb
from millage.reports.v1 import reports_pb2_grpc as stubs
from reportkit import Column, Kind, Parameter, Report, ReportDesk, stream, visible
from reportkit.api import reports_servicer
from reportkit.migrate import create_report_runs, stamp_rows
from taxkit import auth, config, testing
from taxkit.app import App
from taxkit.clock import FixedClock
from taxkit.db import Database
from taxkit.migrate import create_infrastructure, run_script

_TABLE = """
create table entries (entry_id bigint generated always as identity, till text not null,
    posted_on date not null, payer text not null, paid_cents bigint not null)
"""
_ROWS = f"""
select till, posted_on, payer, paid_cents from entries e
where {visible("e")} and posted_on <= %(until)s order by till, posted_on, entry_id
"""


def rows(connection, parameters, watermark):
    return stream(connection, _ROWS, {**parameters, "watermark": watermark})


PAYMENTS = Report(
    name="payments",
    title="Payments by till",
    parameters=(
        Parameter("until", "Until", Kind.DATE),
        Parameter("office", "Office", required=False),
    ),
    columns=(
        Column("till", "Till", width=8),
        Column("posted_on", "Business date", Kind.DATE, 10),
        Column("payer", "Payer", width=30),
        Column("paid_cents", "Paid", Kind.MONEY, 14, total=True),
    ),
    rows=rows,
    group_by="till",
)


@pytest.fixture(scope="session")
def payments() -> Report:
    return PAYMENTS


@pytest.fixture(scope="session")
def database_url(postgres_admin_url: str) -> Iterator[str]:
    name = f"test_reports_{secrets.token_hex(4)}"
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        admin.execute(f'create database "{name}"')
    url = urlunsplit(urlsplit(postgres_admin_url)._replace(path=f"/{name}"))
    database = Database(url)
    with database.begin() as connection:
        create_infrastructure(connection)
        run_script(connection, _TABLE)
        stamp_rows(connection, "entries")
        create_report_runs(connection)
    database.close()
    yield url
    with psycopg.connect(postgres_admin_url, autocommit=True) as admin:
        admin.execute(f'drop database "{name}" with (force)')


@pytest.fixture
def app(database_url: str) -> Iterator[App]:
    database = Database(database_url)
    with database.begin() as connection:
        connection.exec_driver_sql("truncate entries, idempotency_keys")
        connection.exec_driver_sql("set session_replication_role = replica")
        connection.exec_driver_sql("truncate report_runs")
        connection.exec_driver_sql("set session_replication_role = origin")
    clock = FixedClock(datetime(2023, 3, 31, 18, tzinfo=UTC))
    yield App(config.load(config.Settings, {"MILLAGE_DATABASE_URL": database_url}), database,
              clock, "sample")  # fmt: skip
    database.close()


@pytest.fixture
def desk(app: App) -> ReportDesk:
    return ReportDesk(app, [PAYMENTS], "County Treasurer")


class Ledger:
    def __init__(self, app: App) -> None:
        self._app = app

    def add(self, till: str, posted_on: str, payer: str, paid_cents: int, many: int = 1) -> None:
        with self._app.database.begin() as connection:
            connection.exec_driver_sql(
                "insert into entries (till, posted_on, payer, paid_cents)"
                " select %s, %s, %s, %s from generate_series(1, %s)",
                (till, posted_on, payer, paid_cents, many),
            )


@pytest.fixture
def ledger(app: App) -> Ledger:
    return Ledger(app)


class Reports:
    """Reports through gRPC, as other programs get them."""

    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self.stub = stubs.ReportsServiceStub(channel)
        self._keys = keys

    def metadata(self, *rights: str) -> tuple[tuple[str, str], ...]:
        return testing.bearer(self._keys.token(*(rights or ("sample.report",)), user="clerk"))

    def run(self, key: str = "run", report: str = "payments", **parameters: str) -> pb.ReportRun:
        request = pb.RunReportRequest(
            idempotency_key=key, report=report, parameters=parameters or {"until": "2023-03-31"}
        )
        return self.stub.RunReport(request, metadata=self.metadata())

    def read(self, run_id: str, form: str) -> bytes:
        asked = pb.ReadReportRequest(run_id=run_id, format=form)
        first, *parts = self.stub.ReadReport(asked, metadata=self.metadata())
        assert first.run.run_id == run_id
        return b"".join(part.content for part in parts)


@pytest.fixture
def reports(app: App, desk: ReportDesk) -> Iterator[Reports]:
    keys = testing.make_keys()
    settings = testing.replace_setting(app.settings, grpc_listen="127.0.0.1:0", grpc_threads=4)
    served = [reports_servicer(app, desk, "sample.report")]
    verifier = auth.TokenVerifier(keys.public_pem)
    with (
        testing.serving(settings, verifier, served) as port,
        grpc.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        yield Reports(channel, keys)
