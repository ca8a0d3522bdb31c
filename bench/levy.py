"""`python -m bench.levy`: a levy run of twelve lines a bill, beside COPY of the same rows.

It asks the public API of levy alone, on a database of its own at MILLAGE_POSTGRES_ADMIN_URL or on
the servers of the test stack. The parcels are put on file by SQL; LoadRoll is measured by itself.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import psycopg

from bench.bulk_floor import Copied, copy_tables_again
from bench.report import Report, parser, say
from devkit.paths import REPOSITORY, stack_paths
from devkit.servers import Servers
from levy_service.bootstrap import SPEC
from millage.levy.v1 import levy_pb2, levy_pb2_grpc
from millage.levy.v1 import runs_pb2 as pb
from millage.levy.v1.runs_pb2_grpc import RunServiceStub
from taxkit import testing

_YEAR, _LINES, _TAX_CODES = 2021, 12, 100
_TARGET = 3
_TABLES = ("bills", "bill_lines", "installments", "outbox")
_RESIDUAL_AGENCY = "010010000"
_STAGE = """
insert into rolls (roll_id, jurisdiction, tax_year, source, pack_version, rule_ids, loaded_by,
                   trace_id, recorded_at, staged)
select id, 'us-il-cook', {year}, 'bench', '', '{{}}', 'bench', id, now(), true
from gen_random_uuid() id;
insert into agencies
select {year}, case n when 1 then '{residual}' else lpad(n::text, 9, '9') end,
       'Taxing agency of the county number ' || n from generate_series(1, {lines}) n;
insert into rates
select {year}, 'code' || code, n, case n when 1 then '{residual}' else lpad(n::text, 9, '9') end,
       37 * n + code, roll_id from rolls, generate_series(1, {lines}) n,
       generate_series(1, {codes}) code;
insert into parcels (tax_year, parcel_number, tax_code, property_class, township, value_dollars,
                     net_value_dollars, prior_year_total_cents, owner_name, roll_id)
select {year}, lpad(n::text, 14, '0'), 'code' || 1 + n / 50 % {codes}, '203', 'Bench',
       20000 + n % 30000, 20000 + n % 30000, 100000, 'Owner ' || n, roll_id
from rolls, generate_series(1, {bills}) n;
"""


@dataclass(slots=True)
class Levy:
    """Levy's server on a database of its own."""

    url: str
    channel: grpc.Channel
    metadata: Any

    def stage(self, bills: int) -> None:
        script = _STAGE.format(
            year=_YEAR, lines=_LINES, codes=_TAX_CODES, residual=_RESIDUAL_AGENCY, bills=bills
        )
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(script)
            connection.execute("vacuum analyze")
            connection.execute("checkpoint")

    def preview(self) -> pb.Preview:
        asked = pb.PreviewLevyRequest(idempotency_key="preview", tax_year=_YEAR)
        return list(self._runs.PreviewLevy(asked, metadata=self.metadata))[-1].preview

    def certify(self, preview: pb.Preview) -> None:
        asked = pb.CertifyRollRequest(
            idempotency_key="certify",
            preview_id=preview.preview_id,
            statement="bench",
            bill_count=preview.bill_count,
            total_cents=preview.total_cents,
        )
        self._runs.CertifyRoll(asked, metadata=self.metadata)

    def run(self) -> pb.Run:
        asked = pb.RunLevyRequest(idempotency_key="run", tax_year=_YEAR)
        return list(self._runs.RunLevy(asked, metadata=self.metadata))[-1].run

    def load(self, parcels: int) -> levy_pb2.LoadRollResponse:
        """A roll of the year before through LoadRoll, as a county system streams it."""
        stub = levy_pb2_grpc.LevyServiceStub(self.channel)
        return stub.LoadRoll(_roll(parcels), metadata=self.metadata)

    @property
    def _runs(self) -> RunServiceStub:
        return RunServiceStub(self.channel)


def _roll(parcels: int) -> Iterator[levy_pb2.LoadRollRequest]:
    message = levy_pb2.LoadRollRequest
    yield message(
        header=levy_pb2.RollHeader(
            idempotency_key="load", jurisdiction="us-il-cook", tax_year=_YEAR - 1, source="bench"
        )
    )
    for number in range(1, _LINES + 1):
        code = _RESIDUAL_AGENCY if number == 1 else f"{number:9>9}"
        rate = levy_pb2.AgencyRate(
            tax_code="code1",
            agency_code=code,
            agency_name=f"Taxing agency of the county number {number}",
            rate_percent=f"0.{37 * number:03d}",
        )
        yield message(rate=rate)
    for number in range(1, parcels + 1):
        value = 20_000 + number % 30_000
        parcel = levy_pb2.Parcel(
            parcel_number=f"{number:014d}",
            tax_code="code1",
            property_class="203",
            township="Bench",
            value_dollars=value,
            net_value_dollars=value,
            owner_name=f"Owner {number}",
            prior_year_total_cents=100_000,
        )
        yield message(parcel=parcel)
    yield message(end=levy_pb2.RollEnd(rate_count=_LINES, parcel_count=parcels))


def measure(levy: Levy, bills: int, loaded: int) -> Report:
    report = Report("levy", f"A levy run of {bills} bills with {_LINES} lines each")
    levy.stage(bills)
    say(f"{bills} parcels on file")
    preview_seconds, preview = _timed(levy.preview)
    say(f"previewed in {preview_seconds:.1f} s")
    levy.certify(preview)
    seconds, done = _timed(levy.run)
    say(f"issued in {seconds:.1f} s")
    assert (done.bill_count, done.line_count) == (bills, bills * _LINES), done
    floor = _floor(levy.url)
    ratio = seconds / floor.seconds
    what = "run, times COPY of its bills, lines, installments and events"
    report.verdict(what, ratio, "times", f"≤ {_TARGET}", met=ratio <= _TARGET)
    report.rate("bills issued", bills / seconds, bills / floor.seconds)
    report.figure("preview", preview_seconds, "s")
    load_seconds, _ = _timed(lambda: levy.load(loaded))
    report.figure(f"LoadRoll of {loaded} parcels, streamed", load_seconds, "s")
    report.notes += [
        f"floor: {floor.rows} rows, {floor.megabytes:.0f} MB of text, in {floor.seconds:.1f} s",
        "floor's tables: the same indexes and checks, without foreign keys and triggers",
        f"{done.batch_count} batches, each a transaction",
    ]
    report.details["floor_rows_by_table"] = floor.rows_by_table
    return report


def _floor(url: str) -> Copied:
    with (
        tempfile.TemporaryDirectory(prefix="millage-bench-") as folder,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        connection.execute("checkpoint")
        return copy_tables_again(connection, Path(folder), _TABLES)


def _timed(do: Any) -> tuple[float, Any]:
    started = time.perf_counter()
    answer = do()
    return time.perf_counter() - started, answer


@contextmanager
def _levy() -> Iterator[Levy]:
    admin = os.environ.get("MILLAGE_POSTGRES_ADMIN_URL")
    if not admin:
        paths = stack_paths(os.environ.get("MILLAGE_TEST_STACK", "test"))
        paths.make()
        admin = Servers.choose(paths).start().postgres.admin_url
    keys = testing.make_keys()
    law = {
        "MILLAGE_JURISDICTIONS_DIR": str(REPOSITORY / "jurisdictions"),
        "MILLAGE_LEVY_RUN_BY": "anyone",
    }
    with (
        testing.fresh_database(admin, "levy") as url,
        testing.application(SPEC, url, **law) as app,
        testing.server(SPEC, app, keys) as channel,
    ):
        yield Levy(url, channel, testing.bearer(keys.token("levy.*", user="bench")))


def main() -> int:
    made = parser(__doc__ or "")
    asked = int(os.environ.get("MILLAGE_BENCH_BILLS", "100000"))
    made.add_argument("--bills", type=int, default=asked, help="1000000 for a county's year")
    made.add_argument("--load", type=int, default=20_000, help="parcels of the LoadRoll figure")
    given = made.parse_args()
    with _levy() as levy:
        report = measure(levy, given.bills, given.load)
    return report.finish(require=given.require)


if __name__ == "__main__":
    sys.exit(main())
