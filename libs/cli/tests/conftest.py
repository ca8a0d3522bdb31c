"""A real cashiering server of this session's own, and the command as a person would run it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cashiering_service import api
from cashiering_service.bootstrap import SPEC
from millage_cli.main import app
from taxkit import auth, ops, testing
from taxkit.testing import Keys

JURISDICTIONS = Path(__file__).parents[3] / "jurisdictions"
# A bill that this cashiering knows; without receivables it is quoted from the read copy.
BILL = {
    "bill_id": "01937c3e-0000-7000-8000-000000000001",
    "bill_number": "2021-13264290020000",
    "bill_version": 1,
    "parcel_number": "13264290020000",
    "tax_year": 2021,
    "as_of": "2022-12-01",
    "open_cents": 10_000,
    "owner": {"name": "Dolores Park", "email": None},
    "installments": [
        {
            "installment": 1,
            "due_on": "2022-12-30",
            "tax_open_cents": 10_000,
            "interest_open_cents": 0,
        }
    ],
}
CASHIERING_RIGHTS = (
    "cashiering.session",
    "cashiering.till.manage",
    "cashiering.read",
    "cashiering.quote",
    "cashiering.pay",
    "cashiering.reverse",
    "cashiering.import",
    "cashiering.layouts",
)


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    exit_code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        return json.loads(self.out)

    @property
    def problem(self) -> dict[str, Any]:
        return json.loads(self.err)


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def no_stack(monkeypatch, tmp_path) -> None:
    """No stack of this machine, and no variable of this terminal, gets into a test."""
    monkeypatch.setenv("MILLAGE_STATE_DIR", str(tmp_path / "state"))
    for name in ("MILLAGE_STACK", "MILLAGE_SESSION", "MILLAGE_TOKEN", "MILLAGE_CA_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run() -> Run:
    """Run `millage` with some arguments, in this process."""

    def ran(*arguments: object) -> Ran:
        result = CliRunner().invoke(app, [str(one) for one in arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return ran


@pytest.fixture(scope="session")
def keys() -> Keys:
    return testing.make_keys()


@pytest.fixture(scope="module")
def address(postgres_admin_url: str, keys: Keys) -> Iterator[str]:
    """Cashiering's real API with a database of its own, in this process."""
    given = {"MILLAGE_JURISDICTIONS_DIR": str(JURISDICTIONS)}
    with (
        testing.fresh_database(postgres_admin_url, "cashiering") as url,
        testing.application(SPEC, url, **given) as built,
    ):
        balance = testing.foreign_event(
            "org.millage.receivables.BalanceChanged.v1", f"bill/{BILL['bill_id']}", BILL
        )
        built.consumer.absorb("on_balance_changed", [balance])
        servicers = [*api.servicers(built), ops.servicer(built, tuple(SPEC.subscriptions))]
        settings = testing.replace_setting(
            built.settings, grpc_listen="127.0.0.1:0", grpc_threads=8
        )
        verifier = auth.TokenVerifier(keys.public_pem)
        with testing.serving(settings, verifier, servicers) as port:
            yield f"127.0.0.1:{port}"


@pytest.fixture
def counter(run: Run, address: str, keys: Keys) -> Run:
    """Run a command against that cashiering, as a cashier of it."""

    def ran(*arguments: object, rights: tuple[str, ...] = CASHIERING_RIGHTS) -> Ran:
        token = keys.token(*rights, user="casey")
        return run(*arguments, "--addr", f"cashiering={address}", "--token", token)

    return ran
