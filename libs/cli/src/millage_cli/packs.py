"""Finding packs: a folder, a jurisdiction's id, or its state in a commit, as `v1.2:us-ca`."""

import functools
import importlib
import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer

from millage_cli.problems import usage
from taxkit.jurisdiction import office_named
from taxkit.packs import PackFile
from taxkit.packvalues import PackError

# In the order a bill goes: made, paid, shared, chased, sold, told.
_SERVICES: Final = (
    "levy",
    "receivables",
    "cashiering",
    "distribution",
    "collections",
    "taxsale",
    "notifications",
)

PacksRoot = Annotated[
    Path,
    typer.Option(
        "--packs", envvar="MILLAGE_JURISDICTIONS_DIR", help="The folder of jurisdictions."
    ),
]
ROOT = Path("jurisdictions")


@functools.cache
def files() -> tuple[PackFile, ...]:
    """Every file of packs that a service reads; the services are loaded when first asked for."""
    laws = (importlib.import_module(f"{service}_service.law") for service in _SERVICES)
    return tuple(file for law in laws for file in law.FILES)


def every(root: Path) -> list[Path]:
    """All packs of a folder."""
    found = sorted(file.parent for file in root.glob("*/jurisdiction.yaml"))
    if not found:
        raise usage("PACK_NOT_FOUND", f"no pack in {root}", "name the folder with --packs")
    return found


@contextmanager
def found(name: str, root: Path) -> Iterator[Path]:
    """Give a pack's folder, for a commit's state one that is gone afterwards."""
    given = Path(name)
    revision, colon, pack = name.rpartition(":")
    if (given / "jurisdiction.yaml").is_file():
        yield given.resolve()
    elif (root / name / "jurisdiction.yaml").is_file():
        yield root / name
    elif colon:
        with TemporaryDirectory() as folder:
            yield _of_commit(revision, pack, root, Path(folder))
    else:
        known = ", ".join(each.parent.name for each in sorted(root.glob("*/jurisdiction.yaml")))
        raise usage(
            "PACK_NOT_FOUND",
            f"{name} is no folder with a jurisdiction.yaml, nor a pack in {root}",
            f"one of {known or 'none there'}, a folder, or COMMIT:ID; --packs names the folder",
        )


def _of_commit(revision: str, pack: str, root: Path, into: Path) -> Path:
    """Lay down a pack as it was in a commit of the repository its folder is in; its office, too."""
    _extract(revision, pack, root, into)
    with readable():
        if office := office_named(into / pack):
            _extract(revision, office, root, into)
    return into / pack


def _extract(revision: str, pack: str, root: Path, into: Path) -> None:
    command = ["git", "-C", str(root), "archive", "--format=tar", "--end-of-options"]
    try:
        done = subprocess.run([*command, revision, pack], capture_output=True, check=False)
    except OSError as error:
        raise usage("GIT_MISSING", f"git did not start: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise usage(
            "PACK_NOT_FOUND",
            f"{pack} of commit {revision} in {root}: {said}",
            "name a commit and a pack that is in it, as HEAD~1:ID",
        )
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(into, filter="data")


@contextmanager
def readable() -> Iterator[None]:
    """Turn what is wrong in a pack into the command's refusal."""
    try:
        yield
    except PackError as error:
        place = f"{error.file}:{error.line}"
        raise usage(
            "PACK_INVALID",
            f"{place}: {error.field}: found {error.found}; expected {error.expected}",
            error.remedy,
        ) from error
