"""The counter's floor: the rows of a payment in six plain statements of one transaction."""

import re
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Self

import psycopg

from devkit.servers.postgres import wheel_binaries

_SIZES = """
select length(o.body), octet_length(k.response), length(k.key), length(r.receipt_number)
from receipts r join outbox o on o.subject = 'receipt/' || r.receipt_id,
     (select * from idempotency_keys where method = 'PostPayment' limit 1) k
order by r.receipt_id desc limit 1
"""
_SESSION = "('00000000-0000-4000-8000-' || lpad((:client_id)::text, 12, '0'))::uuid"
# Ascending ids, as the service's own are: the clock of the run, then the client's count.
_RECEIPT = "(lpad(to_hex((:high)::bigint), 16, '0') || lpad(to_hex((:low)::bigint), 16, '0'))::uuid"


@dataclass(slots=True)
class Floor:
    """pgbench on the service's own database and tables, with rows of a real payment's size."""

    database_url: str
    script: str
    about: str
    pgbench: Path | None
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="millage-bench-")))

    @classmethod
    def like_latest_receipt(cls, database_url: str, clients: int) -> Self:
        """Take the sizes from a receipt the service wrote, and open sessions to write under."""
        with psycopg.connect(database_url) as connection:
            sizes = connection.execute(_SIZES).fetchone()
            assert sizes is not None, "no receipt to take the sizes from"
            for client in range(clients):
                session_id = f"00000000-0000-4000-8000-{client:012d}"
                connection.execute("insert into tills values (%s)", (f"FLOOR-{client}",))
                connection.execute(
                    "insert into sessions (session_id, till_code, session_number, cashier,"
                    " business_date, effective_on)"
                    " values (%s, %s, 1, 'floor', '2022-12-15', '2022-12-15')",
                    (session_id, f"FLOOR-{client}"),
                )
        binaries = wheel_binaries()
        pgbench = binaries / "pgbench" if binaries and (binaries / "pgbench").exists() else None
        by = "pgbench" if pgbench else "psycopg, a thread a client"
        about = f"{by}, six statements, the same rows ({sizes[0]} characters of event)"
        return cls(database_url, _script(*sizes), about, pgbench)

    def rate(
        self, clients: int, seconds: float, *, protocol: str = "simple", waking: bool = False
    ) -> float:
        """Payments per second with so many clients; `waking` the relay at each commit or not.

        `simple` is pgbench as it comes, each statement sent as text; `prepared` spares the parsing.
        """
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            if not waking:
                connection.execute("alter table outbox disable trigger outbox_wake")
            try:
                if self.pgbench is None:
                    return self._loop(clients, seconds)
                return self._pgbench(self.pgbench, clients, seconds, protocol)
            finally:
                connection.execute("alter table outbox enable trigger outbox_wake")

    def _pgbench(self, program: Path, clients: int, seconds: float, protocol: str) -> float:
        file = self.folder / "payment.sql"
        file.write_text(self.script, encoding="utf-8")
        command = [
            str(program), "-n", "-M", protocol, "-c", str(clients), "-j", "2",
            "-T", str(max(int(seconds), 2)), "-D", "seq=0", "-D", f"run={time.time_ns() // 1000}",
            "-f", str(file), self.database_url,
        ]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        if done.returncode or not found:
            raise RuntimeError(f"pgbench: {done.stderr[-1000:]}")
        return float(found.group(1))

    def _loop(self, clients: int, seconds: float) -> float:
        """Without pgbench: the same statements from threads of this process."""
        stop_at = time.perf_counter() + seconds
        counts = [0] * clients
        run = time.time_ns() // 1000

        def work(client: int) -> None:
            with psycopg.connect(self.database_url, autocommit=True) as connection:
                while time.perf_counter() < stop_at:
                    counts[client] += 1
                    for statement in _statements(self.script, client, run, counts[client]):
                        connection.execute(statement)

        threads = [threading.Thread(target=work, args=(client,)) for client in range(clients)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts) / (time.perf_counter() - started)


def _script(body: int, response: int, key: int, number: int) -> str:
    # Text, not repeat(): the client sends as many bytes as the service does.
    text_key = f"rpad(({_RECEIPT})::text, {key}, '0')"
    text_number = f"rpad(replace(({_RECEIPT})::text, '-', ''), {max(number, 32)}, '0')"
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    return dedent(f"""\
        \\set seq :seq + 1
        \\set high :run + :seq
        \\set low (:client_id + 1) * 1000000000 + :seq
        begin;
        insert into receipts values ({_RECEIPT}, {text_number}, {_SESSION}, '2022-12-15', '2022-12-15', '2022-12-15', 'counter', 'Ottoline Dragomir', null, 5000, 0, 'clerk', '', {_RECEIPT}, now());
        insert into receipt_lines values ({_RECEIPT}, 1, {_RECEIPT}, '2021-00000000000001', 1, '00000000000001', 2021, 5000, null);
        insert into tenders values ({_RECEIPT}, 1, 'cash', 2500, null), ({_RECEIPT}, 2, 'check', 2500, '1842');
        insert into idempotency_keys values ({text_key}, 'PostPayment', decode('{"00" * 32}', 'hex'), '{"x" * response}', now());
        insert into outbox (event_id, exchange, routing_key, mandatory, subject, traceparent, trace_id, body) values ({_RECEIPT}, 'cashiering.events', 'PaymentPosted.v1', true, 'receipt/' || ({_RECEIPT})::text, '{traceparent}', {_RECEIPT}, '{"x" * body}');
        update sessions set receipt_count = receipt_count + 1 where session_id = {_SESSION};
        commit;
        """)  # noqa: E501 - a statement a line is what pgbench reads


def _statements(script: str, client: int, run: int, sequence: int) -> list[str]:
    values = {
        ":client_id": client,
        ":high": run + sequence,
        ":low": (client + 1) * 1_000_000_000 + sequence,
    }
    for name, value in values.items():
        script = script.replace(f"({name})", f"({value})")
    return [line for line in script.splitlines() if line and not line.startswith("\\")]
