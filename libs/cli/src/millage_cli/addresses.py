"""Where the services are: said on the command line, in the environment, or by a local stack."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millage_cli.problems import usage

SERVICES = (
    "cashiering",
    "receivables",
    "levy",
    "collections",
    "taxsale",
    "distribution",
    "notifications",
)
STATE_DIR = "MILLAGE_STATE_DIR"


@dataclass(frozen=True, slots=True)
class Addresses:
    """A gRPC address per service; of a local stack the key that signs tokens, and its pack."""

    grpc: Mapping[str, str]
    private_key_file: Path | None = None
    jurisdiction: str = ""
    stack: str = "dev"

    def of(self, service: str) -> str:
        try:
            return self.grpc[service]
        except KeyError:
            raise usage(
                "ADDRESS_UNKNOWN",
                f"nobody said where {service} is, and no stack {self.stack} was started here",
                "start one: make up STACK=NAME; or give --addr SERVICE=HOST:PORT, or set"
                " MILLAGE_<SERVICE>_ADDR",
            ) from None


def variable_of(service: str) -> str:
    return f"MILLAGE_{service.upper()}_ADDR"


def find_addresses(stack: str, given: Sequence[str], environment: Mapping[str, str]) -> Addresses:
    """Collect addresses: an option wins over a variable, and both over the stack's own file."""
    described = _read_stack(stack)
    found = {
        service: str(entry["grpc"]) for service, entry in described.get("services", {}).items()
    }
    for service in SERVICES:
        if address := environment.get(variable_of(service)):
            found[service] = address
    found |= dict(_read_option(text) for text in given)
    key = environment.get("MILLAGE_TOKEN_PRIVATE_KEY_FILE") or described.get(
        "token_private_key_file"
    )
    jurisdiction = str(described.get("jurisdiction", ""))
    return Addresses(found, Path(key) if key else None, jurisdiction, stack)


def _read_option(text: str) -> tuple[str, str]:
    service, _, address = text.partition("=")
    if service not in SERVICES or ":" not in address:
        raise usage(
            "ADDRESS_INVALID",
            f"--addr {text}: write SERVICE=HOST:PORT; services are {', '.join(SERVICES)}",
        )
    return service, address


def _read_stack(stack: str) -> dict[str, Any]:
    path = state_folder() / stack / "stack.json"
    try:
        described: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return described


def state_folder() -> Path:
    """Where local stacks keep their state: the nearest .millage above, unless told otherwise."""
    if given := os.environ.get(STATE_DIR):
        return Path(given)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / ".millage").is_dir():
            return folder / ".millage"
    # A checkout of this repository, wherever the command is called from.
    return Path(__file__).resolve().parents[4] / ".millage"
