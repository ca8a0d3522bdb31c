"""Posts a file in a process of its own, told on standard output batch by batch, to be killed."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from cashiering_service.bootstrap import SPEC
from cashiering_service.commands import Asked
from cashiering_service.imports import runs as imports
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing
from taxkit.clock import FixedClock


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(database_url: str, jurisdictions: str, file: str, batch: str) -> None:
    clock = FixedClock(datetime(2023, 3, 31, 18, tzinfo=UTC))
    settings = {"MILLAGE_JURISDICTIONS_DIR": jurisdictions, "MILLAGE_IMPORT_BATCH": batch}
    header = pb.ImportHeader(
        idempotency_key="night", layout="csv", till_code="NIGHT", business_date="2022-12-30"
    )
    parts = [
        pb.ImportRemittanceRequest(header=header),
        pb.ImportRemittanceRequest(chunk=Path(file).read_bytes()),
    ]
    asked = Asked("night operator", testing.TRACEPARENT, may_register_tills=True)
    with testing.application(SPEC, database_url, clock, **settings) as app:
        _tell("ready")
        for step in imports.run(app, asked, iter(parts)):
            _tell(f"step {step.lines_posted}")


if __name__ == "__main__":
    main(*sys.argv[1:])
