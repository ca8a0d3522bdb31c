"""The public API of baskets as a cashier's window uses it."""

import itertools
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest

from cashiering_service.bootstrap import SPEC
from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_payment_pb2_grpc as pay_stubs
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import basket_pb2_grpc as stubs
from taxkit import testing

_keys = itertools.count()
JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"


class Window:
    def __init__(self, channel: grpc.Channel, metadata: Any) -> None:
        self.channel = channel
        self.stubs = (
            stubs.BasketServiceStub(channel),
            pay_stubs.BasketPaymentServiceStub(channel),
        )
        self.metadata = metadata

    def call(self, method: str, **given: Any) -> Any:
        """Call a method under a key of its own, unless one is given."""
        contract = pb if hasattr(pb, f"{method}Request") else pay
        request = getattr(contract, f"{method}Request")
        if "idempotency_key" in request.DESCRIPTOR.fields_by_name:
            given.setdefault("idempotency_key", f"key-{next(_keys)}")
        return getattr(self.stubs[contract is pay], method)(
            request(**given), metadata=self.metadata, timeout=120
        )

    def open(self, session_id: str, **given: Any) -> pb.Basket:
        return self.call("OpenBasket", session_id=session_id, **given)

    def get(self, basket_id: str) -> pb.Basket:
        return self.call("GetBasket", basket_id=basket_id)

    def load(self, basket: pb.Basket, /, **given: Any) -> pb.Basket:
        """Load by keys, given as a dict or as what else a request to load holds."""
        keys = {name: given.pop(name) for name in list(given) if name in KEYS}
        if keys:
            given["keys"] = pb.LookupKeys(**keys)
        return self.call("LoadBasket", basket_id=basket.basket_id, **given)

    def change(self, method: str, basket: pb.Basket, /, **given: Any) -> pb.Basket:
        given.setdefault("version", basket.version)
        return self.call(method, basket_id=basket.basket_id, **given)


KEYS = set(pb.LookupKeys.DESCRIPTOR.fields_by_name)


@pytest.fixture
def make_window(channel: grpc.Channel, keys: testing.Keys) -> Callable[..., Window]:
    def make(*rights: str, at: grpc.Channel | None = None) -> Window:
        return Window(at or channel, testing.bearer(keys.token(*rights, user="cashier")))

    return make


@pytest.fixture
def window(make_window: Callable[..., Window]) -> Window:
    return make_window("cashiering.*")


@pytest.fixture
def basket(window: Window, session: Any) -> pb.Basket:
    """An empty basket at an open session."""
    return window.open(session.session_id)


@pytest.fixture
def bills(app: Any, balance: Callable[..., str]) -> Callable[..., None]:
    """Make bills known: (parcel, year, open cents)."""

    def know(*each: tuple[str, int, int], sequence: int = 2, **changes: Any) -> None:
        app.consumer.absorb(
            "on_balance_changed", [balance(*one, sequence=sequence, **changes) for one in each]
        )

    return know


@pytest.fixture
def county(app: Any, make_app: Callable[..., Any], keys: testing.Keys, tmp_path: Path) -> Any:
    """A window of a county whose law of baskets differs: {text: other text}."""
    with ExitStack() as stack:

        def at(changes: dict[str, str], *rights: str, user: str = "cashier") -> Window:
            pack = tmp_path / "us-il-cook"
            if not pack.exists():
                shutil.copytree(JURISDICTIONS / "us-il-cook", pack)
                file = pack / "cashiering_baskets.yaml"
                text = file.read_text()
                for right, wrong in changes.items():
                    assert text.count(right) == 1, right
                    text = text.replace(right, wrong)
                file.write_text(text)
            built = stack.enter_context(make_app(MILLAGE_JURISDICTIONS_DIR=str(tmp_path)))
            channel = stack.enter_context(testing.server(SPEC, built, keys))
            token = keys.token(*(rights or ("cashiering.*",)), user=user)
            return Window(channel, testing.bearer(token))

        yield at


@pytest.fixture
def installments() -> Callable[..., list[dict[str, Any]]]:
    """Installments as BalanceChanged tells them: (cents, due on, collection type)."""

    def tell(*each: tuple[int, str, str]) -> list[dict[str, Any]]:
        return [
            {
                "installment": number,
                "due_on": due_on,
                "tax_charged_cents": cents,
                "tax_open_cents": cents,
                "interest_charged_cents": 0,
                "interest_open_cents": 0,
                "paid_cents": 0,
                "collection_type": collection_type,
            }
            for number, (cents, due_on, collection_type) in enumerate(each, start=1)
        ]

    return tell


@pytest.fixture
def levied(bill_of: Callable[[str, int], Any]) -> Callable[[str, int, str], str]:
    """A BillCreated.v1 as levy sends it, as far as cashiering reads it."""

    def create(parcel_number: str, tax_year: int, property_class: str) -> str:
        bill_id = bill_of(parcel_number, tax_year)
        data = {
            "bill_id": str(bill_id),
            "tax_code": "71163",
            "property_class": property_class,
        }
        kind = "org.millage.levy.BillCreated.v1"
        return testing.foreign_event(kind, f"bill/{bill_id}", data, sequence=1)

    return create
