"""Write events/, the contract of the bus, from the schemas of the services that own the events.

    python -m tools.contracts                 write it
    python -m tools.contracts --check         fail when events/ is not what would be written,
                                              or breaks what was published before
    python -m tools.contracts --check --against REF

Published before is the newest release tag; without one, where this branch left main; on main
itself, the last commit. MILLAGE_CONTRACTS_AGAINST names another.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.contract_documents import documents, published_events
from tools.contract_gate import baseline, breaks, schemas_at, schemas_in
from tools.contract_structure import faults

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "events"


def write(root: Path, wanted: dict[str, str]) -> None:
    """Make events/ hold exactly the given files."""
    for path in sorted((root / FOLDER).rglob("*.*")):
        if path.relative_to(root).as_posix() not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def differences(root: Path, wanted: dict[str, str]) -> list[str]:
    """What makes events/ another than the given files."""
    there = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((root / FOLDER).rglob("*"))
        if path.is_file()
    }
    return [
        *(f"{name}: missing" for name in sorted(wanted.keys() - there.keys())),
        *(f"{name}: nothing makes it" for name in sorted(there.keys() - wanted.keys())),
        *(
            f"{name}: differs"
            for name in sorted(wanted.keys() & there.keys())
            if wanted[name] != there[name]
        ),
    ]


def check(root: Path, wanted: dict[str, str], against: str) -> list[str]:
    """Every reason not to release events/ as it is."""
    found = differences(root, wanted)
    if found:
        found.append("events/ is not what the services declare: run `make generate`, commit it")
    found += faults(wanted)
    if against:
        broken = breaks(schemas_at(root, against, FOLDER), schemas_in(wanted))
        found += [f"{each} (published in {against})" for each in broken]
        if broken:
            found.append("what subscribers read does not change: publish a new version beside it")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="change nothing, fail on a difference")
    parser.add_argument("--against", default=os.environ.get("MILLAGE_CONTRACTS_AGAINST", ""))
    given = parser.parse_args(arguments)
    wanted = documents(published_events(ROOT))
    if not given.check:
        write(ROOT, wanted)
        print(f"events/: {len(wanted)} files")
        return 0
    against = given.against or baseline(ROOT)
    found = check(ROOT, wanted, against)
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(f"events/: {len(wanted)} files current; nothing published in {against} is broken")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
