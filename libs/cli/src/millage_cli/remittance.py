"""Sending a remittance file: bytes in, progress out, the run's result at the end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage_cli.client import Client, new_key, retried
from millage_cli.problems import ExitCode, Problem, usage

CHUNK_BYTES = 64 * 1024
LAYOUTS = ("bai-lockbox", "bai2", "csv")
POLICIES = {
    "park": pb.IMPORT_POLICY_UNSPECIFIED,
    "all-or-nothing": pb.IMPORT_POLICY_ALL_OR_NOTHING,
    "dry-run": pb.IMPORT_POLICY_DRY_RUN,
}
OnProgress = Callable[[pb.ImportProgress], None]


@dataclass(frozen=True, slots=True)
class Remittance:
    """A file, and the drawer its money goes to."""

    path: Path
    layout: str
    till_code: str
    business_date: str
    effective_on: str = ""
    policy: str = "park"
    # The layout's own when empty.
    source: str = ""
    lender_code: str = ""
    control_count: int | None = None
    control_total_cents: int | None = None


def import_file(
    client: Client,
    remittance: Remittance,
    key: str = "",
    on_progress: OnProgress = lambda _: None,
) -> pb.ImportRun:
    """Stream a file in; gives the finished run with its exceptions."""
    header = pb.ImportHeader(
        idempotency_key=key or new_key(),
        layout=remittance.layout,
        file_name=remittance.path.name,
        till_code=remittance.till_code,
        business_date=remittance.business_date,
        effective_on=remittance.effective_on,
        policy=POLICIES[remittance.policy],
        source=remittance.source,
        lender_code=remittance.lender_code,
        control_count=remittance.control_count,
        control_total_cents=remittance.control_total_cents,
    )

    def send() -> pb.ImportRun:
        with _opened(remittance.path) as file:
            # The same file again goes on with the run that has it: resending is safe.
            for progress in client.cashiering.ImportRemittance(_parts(header, file)):
                on_progress(progress)
                if progress.HasField("run"):
                    return progress.run
        raise Problem(
            "RUN_UNFINISHED",
            f"the server ended before it told what became of {remittance.path.name}",
            "send the same file again: what was posted is not posted twice",
            exit_code=ExitCode.AWAY,
        )

    return retried(send)


def receipt_ids(run: pb.ImportRun) -> list[str]:
    """The receipts a run wrote, in the order of the file."""
    return list(dict.fromkeys(line.receipt_id for line in run.lines if line.receipt_id))


def _parts(header: pb.ImportHeader, file: BinaryIO) -> Iterator[pb.ImportRemittanceRequest]:
    yield pb.ImportRemittanceRequest(header=header)
    while chunk := file.read(CHUNK_BYTES):
        yield pb.ImportRemittanceRequest(chunk=chunk)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise usage("FILE_UNREADABLE", f"{path}: {error.strerror}") from error
