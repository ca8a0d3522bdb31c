"""Where a stack keeps its state, and how private files are written."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[4]


def state_root() -> Path:
    """The folder of all stacks: MILLAGE_STATE_DIR, else .millage in the checkout."""
    return Path(os.environ.get("MILLAGE_STATE_DIR") or REPOSITORY / ".millage").absolute()


def cache_root() -> Path:
    """Where downloads are kept between checkouts; safe to delete."""
    if given := os.environ.get("MILLAGE_CACHE"):
        return Path(given).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "millage"


@dataclass(frozen=True, slots=True)
class StackPaths:
    """Every file of one stack; nothing of a stack lives anywhere else but in /var/tmp."""

    name: str
    root: Path

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def addresses(self) -> Path:
        """Read by the `millage` command and by tests; holds no password."""
        return self.root / "stack.json"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets.json"

    @property
    def processes(self) -> Path:
        return self.root / "processes.json"

    @property
    def supervisor(self) -> Path:
        return self.root / "supervisor.json"

    @property
    def token_private_key(self) -> Path:
        return self.root / "keys" / "token-private.pem"

    @property
    def token_public_key(self) -> Path:
        return self.root / "keys" / "token-public.pem"

    def make(self) -> None:
        """Create the folders: passable, so that an unprivileged PostgreSQL gets through."""
        for folder in (self.root.parent, self.root):
            folder.mkdir(parents=True, exist_ok=True)
            if folder.stat().st_uid == os.geteuid():
                folder.chmod(0o711)
        for folder in (self.logs, self.mail, self.token_private_key.parent):
            folder.mkdir(exist_ok=True, mode=0o700)


def stack_paths(name: str) -> StackPaths:
    if not name.replace("-", "").isalnum() or not name.isascii() or name != name.lower():
        raise ValueError(f"a stack is named with lower-case letters, digits and '-', not {name!r}")
    return StackPaths(name, state_root() / name)


def write_private(path: Path, content: str) -> None:
    """Replace a file in one step, readable by its owner only."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    beside.replace(path)


def write_json(path: Path, value: object) -> None:
    write_private(path, json.dumps(value, indent=2, sort_keys=True) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """The stored object; empty when there is none yet."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    assert isinstance(stored, dict), path
    return stored
