"""Cashiers who never stop: a paced stream of payments, each sent until it is answered."""

import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from county import County, cash, line

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.levy.v1 import levy_pb2
from millage_cli.problems import ExitCode, Problem

_CASHIERS = 8
_REVERSED_SHARE = 0.06
# Answers that ask to be asked again; all others are mistakes of the service.
_AGAIN = {ExitCode.AWAY}


@dataclass
class Stream:
    """Payments of a few dollars on random bills, at a steady rate, some of them taken back."""

    county: County
    session: pb.Session
    bills: Sequence[levy_pb2.Bill]
    per_second: float
    seed: int
    paid: dict[str, pb.Receipt] = field(default_factory=dict)
    reversed_ids: set[str] = field(default_factory=set)
    mistakes: list[str] = field(default_factory=list)
    sent_again: int = 0
    longest_wait_seconds: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        for number in range(_CASHIERS):
            thread = threading.Thread(target=self._work, args=(number,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, patience: float = 300) -> None:
        """No new payment; what was sent is sent until it is answered."""
        self._stop.set()
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))
        assert not any(thread.is_alive() for thread in self._threads), "a payment had no answer"

    @property
    def kept_cents(self) -> int:
        """What the county has: payments less those taken back."""
        return sum(
            one.total_cents for one in self.paid.values() if one.receipt_id not in self.reversed_ids
        )

    def _work(self, number: int) -> None:
        chance = random.Random(f"{self.seed}-{number}")
        due, count = time.monotonic(), 0
        while not self._stop.is_set():
            due += _CASHIERS / self.per_second
            count += 1
            receipt = self._pay(f"chaos-{number}-{count}", chance)
            if receipt is not None and chance.random() < _REVERSED_SHARE:
                self._reverse(f"chaos-{number}-{count}-back", receipt)
            late = time.monotonic() - due
            # After an outage the queue at the window is served, but not all at once.
            due = max(due, time.monotonic() - 1)
            self._stop.wait(max(-late, 0))

    def _pay(self, key: str, chance: random.Random) -> pb.Receipt | None:
        bills = chance.sample(list(self.bills), k=chance.choice((1, 1, 1, 2)))
        amounts = [chance.randint(1_00, 90_00) for _ in bills]
        request = pb.PostPaymentRequest(
            idempotency_key=key,
            session_id=self.session.session_id,
            payer=pb.Payer(name="Ottoline Dragomir", email="ottoline@example.org"),
            lines=[line(bill, cents) for bill, cents in zip(bills, amounts, strict=True)],
            tenders=[cash(sum(amounts))],
        )
        receipt = self._until_answered(lambda: self.county.clerk.cashiering.PostPayment(request))
        if receipt is not None:
            with self._lock:
                self.paid[key] = receipt
        return receipt

    def _reverse(self, key: str, receipt: pb.Receipt) -> None:
        request = pb.ReversePaymentRequest(
            idempotency_key=key, receipt_id=receipt.receipt_id, reason="keyed twice"
        )
        call = self.county.clerk.cashiering.ReversePayment
        if self._until_answered(lambda: call(request)) is not None:
            with self._lock:
                self.reversed_ids.add(receipt.receipt_id)

    def _until_answered(self, call) -> pb.Receipt | None:
        began = time.monotonic()
        while True:
            try:
                answer = call()
            except Problem as problem:
                if problem.exit_code not in _AGAIN:
                    self.mistakes.append(f"{problem.about}: {problem}")
                    return None
                self.sent_again += 1
                time.sleep(0.1)
            else:
                waited = time.monotonic() - began
                self.longest_wait_seconds = max(self.longest_wait_seconds, waited)
                return answer
