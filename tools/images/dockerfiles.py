#!/usr/bin/env python3
"""Write services/<name>/Dockerfile from service.Dockerfile; with --check, only compare."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SERVICES = HERE.parents[1] / "services"
NAMES = (
    "cashiering",
    "receivables",
    "levy",
    "collections",
    "taxsale",
    "distribution",
    "notifications",
)


def dockerfile(name: str) -> str:
    """One service's Dockerfile: the shared text with its name in it."""
    origin = "# Written by tools/images/dockerfiles.py from service.Dockerfile; change that file.\n"
    return origin + (HERE / "service.Dockerfile").read_text("utf-8").replace("@NAME@", name)


def stale(name: str) -> bool:
    path = SERVICES / name / "Dockerfile"
    return not path.exists() or path.read_text("utf-8") != dockerfile(name)


def main(arguments: list[str]) -> int:
    """Exit 1 when --check finds a file that is not what the shared text says."""
    if arguments not in ([], ["--check"]):
        print("usage: tools/images/dockerfiles.py [--check]", file=sys.stderr)
        return 2
    behind = [name for name in NAMES if stale(name)]
    if arguments and behind:
        print(f"Dockerfiles not current: {', '.join(behind)}; run tools/images/dockerfiles.py")
        return 1
    for name in behind:
        path = SERVICES / name / "Dockerfile"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dockerfile(name), "utf-8")
        print(f"wrote services/{name}/Dockerfile")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
