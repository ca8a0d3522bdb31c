"""A service that subscribes to what its namesake does and does nothing with it.

What remains is the pipeline: outbox, relay, queues, inbox, order, and events of the real size.
"""

import json
import os
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from taxkit.app import App, ServiceSpec
from taxkit.contracts import EventSchema, EventType, IncomingEvent, ReaderSchema
from taxkit.inbox import Ordering, Subscription, Work

_PAYMENT = ("cashiering", "PaymentPosted.v1", "on_payment_posted")
_REVERSAL = ("cashiering", "PaymentReversed.v1", "on_payment_reversed")
_BILL = ("levy", "BillCreated.v1", "on_bill_created")
_BALANCE = ("receivables", "BalanceChanged.v1", "on_balance_changed")
_HEARD = {
    "cashiering": (_BALANCE,),
    "receivables": (_BILL, _PAYMENT, _REVERSAL),
    "levy": (_BALANCE,),
    "collections": (_BALANCE,),
    "taxsale": (_BALANCE,),
    "distribution": (
        _BILL,
        _PAYMENT,
        _REVERSAL,
        ("cashiering", "SessionClosed.v1", "on_session_closed"),
        ("receivables", "PaymentAllocated.v1", "on_payment_allocated"),
    ),
    "notifications": (_PAYMENT, _REVERSAL),
}
_ORDERING = {"on_balance_changed": Ordering.NEWEST}
# The handler whose namesake tells others what it did.
_TELLING = {
    "receivables": "on_payment_posted",
    "collections": "on_balance_changed",
    "taxsale": "on_balance_changed",
    "distribution": "on_payment_allocated",
    "notifications": "on_payment_posted",
}


class NothingSeen(ReaderSchema):
    """Reads no field."""


class Teller:
    """Tells as many events for each it takes as the real service did, each of a real one's size."""

    def __init__(self, events: Sequence[dict[str, Any]]) -> None:
        self._events = [(_event_type(one), one["data"], one["per_payment"]) for one in events]
        self._taken = count()

    def __call__(self, _app: Any, work: Work, events: Sequence[IncomingEvent]) -> None:
        for event in events:
            taken = next(self._taken)
            about = "bill/" + event.subject.rpartition("/")[2]
            for place, (event_type, data, per_payment) in enumerate(self._events, 1):
                for _ in range(int((taken + 1) * per_payment) - int(taken * per_payment)):
                    work.emit(event_type, about, place, data, cause=event)


def spec_of(service: str) -> ServiceSpec:
    """The empty service's spec, under the real one's name."""
    return ServiceSpec(
        name=service,
        build=lambda settings, database, clock: App(settings, database, clock, service),
        subscriptions=tuple(
            Subscription(
                owner=owner,
                event=event,
                method=method,
                schema=NothingSeen(),
                handle=_handler(service, method),
                ordering=_ordering(service, method),
            )
            for owner, event, method in _HEARD[service]
        ),
        publishes=(),
    )


def _handler(service: str, method: str) -> Callable[..., None]:
    if _TELLING.get(service) != method:
        return _nothing
    canned = json.loads(Path(os.environ["MILLAGE_BENCH_CANNED"]).read_text(encoding="utf-8"))
    return Teller(canned[service])


def _ordering(service: str, method: str) -> Ordering:
    if service == "notifications":
        return Ordering.IN_SEQUENCE
    return _ORDERING.get(method, Ordering.ANY)


def _nothing(_app: Any, _work: Work, _events: Sequence[IncomingEvent]) -> None:
    """Take no notice."""


def _event_type(canned: dict[str, Any]) -> EventType:
    name, _, version = canned["routing_key"].rpartition(".v")
    return EventType(
        owner=canned["owner"],
        name=name,
        schema=EventSchema,
        doc="",
        example={},
        version=int(version),
        mandatory=canned["mandatory"],
    )
