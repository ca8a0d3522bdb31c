"""Write events/, the contract of the bus, from the schemas of the services that own the events.

    python -m tools.contracts                 write it
    python -m tools.contracts --check         fail when events/ is not what would be written,
                                              or breaks what was published before
    python -m tools.contracts --check --against REF
    python -m tools.contracts --publish       keep what events/ holds as published; `make publish`
                                              does that for the protos too

Published before is what libs/contracts/published keeps; and, where there is a history, the newest
release tag, without one where this branch left main, on main itself the last commit.
MILLAGE_CONTRACTS_AGAINST names another.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.contract_documents import documents, published_events
from tools.contract_gate import baseline, breaks, keep, kept, schemas_at, schemas_in
from tools.contract_structure import faults

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "events"
KEPT = "libs/contracts/published/events.json"


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
    broken = broken_since(root, wanted, against)
    found += broken
    if broken:
        found.append("what subscribers read does not change: publish a new version beside it")
    return found


def broken_since(root: Path, wanted: dict[str, str], against: str) -> list[str]:
    """What was published, in the file kept and at the reference if any, and holds no more."""
    published = {KEPT: kept(root / KEPT)}
    if against:
        published[against] = schemas_at(root, against, FOLDER)
    now = schemas_in(wanted)
    return [
        f"{each} (published in {where})"
        for where, before in published.items()
        for each in breaks(before, now)
    ]


def publish(root: Path, wanted: dict[str, str]) -> list[str]:
    """Keep events/ as published from now on; refused while it breaks what was before."""
    found = check(root, wanted, "")
    if not found:
        keep(root / KEPT, schemas_in(wanted))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="change nothing, fail on a difference")
    parser.add_argument("--publish", action="store_true", help="keep it as published from now on")
    parser.add_argument("--against", default=os.environ.get("MILLAGE_CONTRACTS_AGAINST", ""))
    given = parser.parse_args(arguments)
    wanted = documents(published_events(ROOT))
    if given.publish:
        return _told(publish(ROOT, wanted), f"{KEPT}: {len(schemas_in(wanted))} events")
    if not given.check:
        write(ROOT, wanted)
        print(f"events/: {len(wanted)} files")
        return 0
    against = given.against or baseline(ROOT)
    since = " and ".join(filter(None, (KEPT, against)))
    said = f"events/: {len(wanted)} files current; nothing published in {since} is broken"
    return _told(check(ROOT, wanted, against), said)


def _told(found: Sequence[str], well: str) -> int:
    for line in found:
        print(line, file=sys.stderr)
    if not found:
        print(well)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
