"""Payments at the counter, as fast as they are answered or at a steady pace."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import grpc

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1.cashiering_pb2_grpc import CashieringServiceStub
from taxkit import ids

BUSINESS_DATE = "2022-12-15"
_CALL_SECONDS = 30
# A mail is an SMTP conversation; the other payers gave no address, and their notices are printed.
MAIL_EVERY = 10


@dataclass(frozen=True, slots=True)
class Bill:
    bill_id: str
    amount_cents: int


@dataclass(slots=True)
class Outcome:
    """What came of a run: how long each answer took, and how long all took."""

    seconds: float
    latencies: list[float]
    errors: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds


class Counter:
    """Tills with open sessions on one channel; bills are paid in turn, one a payment."""

    def __init__(self, address: str, token: str, bills: Sequence[Bill], tills: int) -> None:
        self._channel = grpc.insecure_channel(address, [("grpc.enable_http_proxy", 0)])
        grpc.channel_ready_future(self._channel).result(60)
        self._stub = CashieringServiceStub(self._channel)
        self._metadata = (("authorization", f"Bearer {token}"),)
        self._bills = bills
        self._numbers = count()
        self.sessions = [self._open(f"BENCH-{number}") for number in range(tills)]

    def _open(self, till_code: str) -> str:
        request = pb.OpenSessionRequest(
            idempotency_key=str(ids.new_id()), till_code=till_code, business_date=BUSINESS_DATE
        )
        session: pb.Session = self._stub.OpenSession(request, metadata=self._metadata)
        return session.session_id

    def close(self) -> None:
        self._channel.close()

    def _begin(self, session_id: str) -> Any:
        number = next(self._numbers)
        bill = self._bills[number % len(self._bills)]
        cash = bill.amount_cents // 2
        email = f"payer{number}@example.org" if number % MAIL_EVERY == 0 else ""
        request = pb.PostPaymentRequest(
            idempotency_key=str(ids.new_id()),
            session_id=session_id,
            payer=pb.Payer(name="Ottoline Dragomir", email=email),
            lines=[
                pb.PaymentLine(bill_id=bill.bill_id, bill_version=1, amount_cents=bill.amount_cents)
            ],
            tenders=[
                pb.Tender(tender_type=pb.TENDER_TYPE_CASH, amount_cents=cash),
                pb.Tender(
                    tender_type=pb.TENDER_TYPE_CHECK,
                    amount_cents=bill.amount_cents - cash,
                    reference="1842",
                ),
            ],
        )
        return self._stub.PostPayment.future(
            request, metadata=self._metadata, timeout=_CALL_SECONDS
        )

    def one(self) -> None:
        """Post one payment and wait for its receipt."""
        self._begin(self.sessions[0]).result()

    def keep_busy(self, clients: int, *, seconds: float = 0, payments: int = 0) -> Outcome:
        """Keep a number of payments outstanding, for a time or until so many were begun."""
        run = _Run()
        left = iter(range(payments)) if payments else count()
        stop_at = time.perf_counter() + (seconds or 3600)

        def fire(session_id: str) -> None:
            if time.perf_counter() >= stop_at or next(left, None) is None:
                run.client_done.release()
                return
            began = time.perf_counter()
            call = self._begin(session_id)

            def done(call: Any) -> None:
                run.note(call, began)
                fire(session_id)

            call.add_done_callback(done)

        for session_id in self.sessions[:clients]:
            fire(session_id)
        for _ in range(clients):
            run.client_done.acquire()
        return run.outcome()

    def keep_pace(self, per_second: float, payments: int) -> Outcome:
        """Begin payments at a steady pace, whether or not earlier ones are answered."""
        run = _Run()
        for number, due in zip(range(payments), _beats(per_second), strict=False):
            began = time.perf_counter()
            assert due <= began + 1
            call = self._begin(self.sessions[number % len(self.sessions)])
            call.add_done_callback(lambda call, began=began: run.finish(call, began))
        for _ in range(payments):
            run.client_done.acquire()
        return run.outcome()


class _Run:
    """Collects answers from grpc's threads."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._latencies: list[float] = []
        self._errors: list[str] = []
        self.client_done = threading.Semaphore(0)

    def note(self, call: Any, began: float) -> None:
        if error := call.exception():
            self._errors.append(str(error))
        else:
            self._latencies.append(time.perf_counter() - began)

    def finish(self, call: Any, began: float) -> None:
        self.note(call, began)
        self.client_done.release()

    def outcome(self) -> Outcome:
        seconds = time.perf_counter() - self._started
        if self._errors:
            raise RuntimeError(f"{len(self._errors)} payments failed, first: {self._errors[0]}")
        return Outcome(seconds, self._latencies)


def _beats(per_second: float) -> Iterator[float]:
    """Wait for each beat of an even pace; a late one does not move those after it."""
    started = time.perf_counter()
    for number in count():
        due = started + number / per_second
        if (wait := due - time.perf_counter()) > 0:
            time.sleep(wait)
        yield due
