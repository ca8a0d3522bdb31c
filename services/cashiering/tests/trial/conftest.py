"""Cashiering's server with every table watched, and how its states come about."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cashiering_service.bootstrap import SPEC
from millage.cashiering.v1 import basket_pb2 as baskets
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing
from taxkit import trial as trials
from taxkit.clock import FixedClock

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
NOW = datetime(2023, 3, 31, 18, tzinfo=UTC)
# File -> setting -> what it is here.
SWITCHED_ON = {
    "cashiering.yaml": {
        "create_at_capture: false": "create_at_capture: true",
        "free_form_funds: false": "free_form_funds: true",
    },
    "cashiering_baskets.yaml": {
        "interest_display: none": "interest_display: installment",
        "defaulted_together: false": "defaulted_together: true",
    },
}
DAY = "2022-12-15"
PARCEL = "13264290020000"
_COLUMNS = "bill_reference,amount,paid_on,received_on,check_number,payer_name"


class Stage:
    """Brings sessions, receipts and baskets into the state a trial needs, through the API alone."""

    def __init__(self, trial: trials.Trial, bill_id: str) -> None:
        self.do = trial.do
        self.bill_id = bill_id
        self._open = ""
        self._numbers = itertools.count(1)

    def done(self, asked: Any, user: str = "clerk") -> Any:
        """A request that was carried out already."""
        self.do(asked, user=user)
        return asked

    def name(self, start: str) -> str:
        """A name nothing else has."""
        return f"{start}{next(self._numbers)}"

    def session(self, user: str = "clerk") -> str:
        """An open session on a till of its own."""
        opened = self.do(
            pb.OpenSessionRequest(till_code=self.name("T"), business_date=DAY), user=user
        )
        return str(opened.session_id)

    @property
    def open_session(self) -> str:
        """An open session that stays open: for what leaves it as it is."""
        self._open = self._open or self.session()
        return self._open

    def closed(self, *counts: pb.TenderCount, session_id: str = "", user: str = "clerk") -> str:
        """A closed session."""
        named = session_id or self.session(user)
        self.do(pb.CloseSessionRequest(session_id=named, counts=counts), user=user)
        return named

    def line(self, cents: int = 700, version: int = 1) -> pb.PaymentLine:
        return pb.PaymentLine(bill_id=self.bill_id, bill_version=version, amount_cents=cents)

    def order(self, session_id: str, cents: int = 700, **changes: Any) -> pb.PostPaymentRequest:
        tender = pb.Tender(tender_type=pb.TENDER_TYPE_CASH, amount_cents=cents)
        given = {
            "session_id": session_id,
            "payer": pb.Payer(name="Imogen Vale", email="imogen.vale@example.org"),
            "lines": [self.line(cents)],
            "tenders": [tender],
            "return_change": True,
        }
        return pb.PostPaymentRequest(**(given | changes))

    def receipt(self, session_id: str = "", user: str = "clerk") -> pb.Receipt:
        return self.do(self.order(session_id or self.open_session), user=user)

    def receipt_of_closed(self) -> pb.Receipt:
        session_id = self.session()
        receipt = self.receipt(session_id)
        self.closed(session_id=session_id)
        return receipt

    def basket(self, session_id: str = "") -> baskets.Basket:
        """An empty basket at an open session."""
        return self.do(baskets.OpenBasketRequest(session_id=session_id or self.open_session))

    def filled(self, session_id: str = "") -> baskets.Basket:
        """A basket with a bill."""
        empty = self.basket(session_id)
        keys = baskets.LookupKeys(parcel_number=PARCEL)
        return self.do(baskets.LoadBasketRequest(basket_id=empty.basket_id, keys=keys))

    def remittance(self) -> bytes:
        """A payment file of one line that no other file has."""
        line = f"1326429002000020211,1.00,2022-12-15,2022-12-15,{self.name('9')},Imogen Vale"
        return f"{_COLUMNS}\n{line}\nTRAILER,1,1.00\n".encode()


@pytest.fixture
def make_app(database_url: str, tmp_path: Path) -> Callable[..., Any]:
    """A county that has everything switched on: what is off is refused before it is read."""
    shutil.copytree(JURISDICTIONS, tmp_path / "jurisdictions")
    for file, switches in SWITCHED_ON.items():
        law = tmp_path / "jurisdictions" / "us-il-cook" / file
        text = law.read_text("utf-8")
        for off, on in switches.items():
            assert off in text, off
            text = text.replace(off, on)
        law.write_text(text, "utf-8")
    given = {"MILLAGE_JURISDICTIONS_DIR": str(tmp_path / "jurisdictions")}
    return lambda: testing.application(SPEC, database_url, FixedClock(NOW), **given)


@pytest.fixture
def trial(app, channel, keys) -> Iterator[trials.Trial]:
    with trials.Trial.of(SPEC, app, channel, keys) as made:
        yield made


@pytest.fixture
def stage(trial, bill_of) -> Stage:
    return Stage(trial, str(bill_of(PARCEL, 2021)))
