"""Calls to the services: a token, a deadline, a trace and retries are added to every one."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

import grpc
from typing_extensions import override

from millage.cashiering.v1.authority_pb2_grpc import AuthorityServiceStub
from millage.cashiering.v1.basket_payment_pb2_grpc import BasketPaymentServiceStub
from millage.cashiering.v1.basket_pb2_grpc import BasketServiceStub
from millage.cashiering.v1.cashiering_pb2_grpc import CashieringServiceStub
from millage.cashiering.v1.held_money_pb2_grpc import HeldMoneyServiceStub
from millage.cashiering.v1.imports_pb2_grpc import ImportsServiceStub
from millage.cashiering.v1.return_files_pb2_grpc import ReturnFilesServiceStub
from millage.collections.v1.collections_pb2_grpc import CollectionsServiceStub
from millage.distribution.v1.accounts_pb2_grpc import AccountServiceStub
from millage.distribution.v1.credits_pb2_grpc import CreditServiceStub
from millage.distribution.v1.distribution_pb2_grpc import DistributionServiceStub
from millage.levy.v1.corrections_pb2_grpc import CorrectionServiceStub
from millage.levy.v1.levy_pb2_grpc import LevyServiceStub
from millage.notifications.v1.notifications_pb2_grpc import NotificationsServiceStub
from millage.ops.v1.ops_pb2_grpc import OpsServiceStub
from millage.receivables.v1.explain_pb2_grpc import ExplainServiceStub
from millage.receivables.v1.receivables_pb2_grpc import ReceivablesServiceStub
from millage.reports.v1.reports_pb2_grpc import ReportsServiceStub
from millage.taxsale.v1.taxsale_pb2_grpc import TaxsaleServiceStub
from millage_cli.addresses import Addresses
from millage_cli.problems import About, Problem, problem_of
from taxkit.ids import new_id

CALL_SECONDS = 10.0
STREAM_SECONDS = 600.0
_TRIES = 5
_FIRST_WAIT_SECONDS = 0.1
T = TypeVar("T")

_trace: ContextVar[str] = ContextVar("trace", default="")


class Details(NamedTuple):
    """A call's particulars with what the courier added."""

    method: str
    timeout: float | None
    metadata: Any
    credentials: Any = None
    wait_for_ready: Any = None
    compression: Any = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """A token, made when it is first needed; and who signed the servers' certificates."""

    token: Callable[[], str]
    root_certificate: bytes | None = None


class Courier(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Surrounds every call with what all calls need, and turns failures into problems."""

    def __init__(
        self, service: str, address: str, token: Callable[[], str], seconds: float
    ) -> None:
        self._service = service
        self._address = address
        self._token = token
        self._seconds = seconds

    @override
    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        sent = self._addressed(details, self._seconds)
        key = str(getattr(request, "idempotency_key", ""))

        def once() -> Any:
            call = continuation(sent, request)
            # Asking for the answer raises inside a call object; its error carries the details.
            if (error := call.exception()) is not None:
                raise self._problem(sent, error, key)
            return call

        return retried(once)

    @override
    def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:
        sent = self._addressed(details, STREAM_SECONDS)
        return self._received(continuation(sent, request), sent)

    @override
    def intercept_stream_unary(self, continuation: Any, details: Any, requests: Any) -> Any:
        sent = self._addressed(details, STREAM_SECONDS)
        call = continuation(sent, requests)
        if (error := call.exception()) is not None:
            raise self._problem(sent, error)
        return call

    @override
    def intercept_stream_stream(self, continuation: Any, details: Any, requests: Any) -> Any:
        sent = self._addressed(details, STREAM_SECONDS)
        call = continuation(sent, requests)
        return self._received(call, sent)

    def _received(self, call: Any, sent: Details) -> Iterator[Any]:
        try:
            yield from call
        except grpc.RpcError as error:
            raise self._problem(sent, error) from error
        finally:
            call.cancel()

    def _addressed(self, details: Any, seconds: float) -> Details:
        metadata = [
            *(details.metadata or ()),
            ("authorization", f"Bearer {self._token()}"),
            ("traceparent", _next_traceparent()),
        ]
        return Details(details.method, details.timeout or seconds, metadata)

    def _problem(self, sent: Details, error: Any, key: str = "") -> Problem:
        traceparent = dict(sent.metadata)["traceparent"]
        method = sent.method.rpartition("/")[2]
        trace_id = traceparent.split("-")[1]
        return problem_of(error, About(f"{self._service}.{method}", self._address, trace_id, key))


def retried(do: Callable[[], T]) -> T:
    """Do it again while the service is away: commands carry a key, so none is done twice."""
    for attempt in range(_TRIES):
        try:
            return do()
        except Problem as problem:
            if not _is_away(problem) or attempt == _TRIES - 1:
                raise
            time.sleep(_FIRST_WAIT_SECONDS * 2**attempt)
    raise AssertionError("unreachable: the last attempt answers or raises")


def _is_away(problem: Problem) -> bool:
    # A deadline is not one of them: who waited ten seconds is asked before waiting again.
    return problem.exit_code.name == "AWAY" and problem.reason != "DEADLINE_EXCEEDED"


@dataclass(slots=True)
class Client:
    """All services of one county, as typed stubs. Safe to use from several threads."""

    addresses: Addresses
    credentials: Credentials
    seconds: float = CALL_SECONDS
    _channels: dict[str, grpc.Channel] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        for channel in self._channels.values():
            channel.close()
        self._channels.clear()

    @property
    def cashiering(self) -> CashieringServiceStub:
        return CashieringServiceStub(self.channel("cashiering"))

    @property
    def baskets(self) -> BasketServiceStub:
        return BasketServiceStub(self.channel("cashiering"))

    @property
    def basket_payments(self) -> BasketPaymentServiceStub:
        return BasketPaymentServiceStub(self.channel("cashiering"))

    @property
    def authority(self) -> AuthorityServiceStub:
        return AuthorityServiceStub(self.channel("cashiering"))

    @property
    def held_money(self) -> HeldMoneyServiceStub:
        return HeldMoneyServiceStub(self.channel("cashiering"))

    @property
    def imports(self) -> ImportsServiceStub:
        return ImportsServiceStub(self.channel("cashiering"))

    @property
    def return_files(self) -> ReturnFilesServiceStub:
        return ReturnFilesServiceStub(self.channel("cashiering"))

    @property
    def receivables(self) -> ReceivablesServiceStub:
        return ReceivablesServiceStub(self.channel("receivables"))

    @property
    def explain(self) -> ExplainServiceStub:
        return ExplainServiceStub(self.channel("receivables"))

    def reports(self, service: str) -> ReportsServiceStub:
        return ReportsServiceStub(self.channel(service))

    @property
    def levy(self) -> LevyServiceStub:
        return LevyServiceStub(self.channel("levy"))

    @property
    def corrections(self) -> CorrectionServiceStub:
        return CorrectionServiceStub(self.channel("levy"))

    @property
    def collections(self) -> CollectionsServiceStub:
        return CollectionsServiceStub(self.channel("collections"))

    @property
    def taxsale(self) -> TaxsaleServiceStub:
        return TaxsaleServiceStub(self.channel("taxsale"))

    @property
    def distribution(self) -> DistributionServiceStub:
        return DistributionServiceStub(self.channel("distribution"))

    @property
    def state_credits(self) -> CreditServiceStub:
        return CreditServiceStub(self.channel("distribution"))

    @property
    def accounts(self) -> AccountServiceStub:
        return AccountServiceStub(self.channel("distribution"))

    @property
    def notifications(self) -> NotificationsServiceStub:
        return NotificationsServiceStub(self.channel("notifications"))

    def ops(self, service: str) -> OpsServiceStub:
        return OpsServiceStub(self.channel(service))

    def channel(self, service: str) -> grpc.Channel:
        with self._lock:
            known = self._channels.get(service)
            if known is None:
                known = self._channels[service] = self._connect(service)
            return known

    def _connect(self, service: str) -> grpc.Channel:
        address, root = self.addresses.of(service), self.credentials.root_certificate
        options = [("grpc.enable_http_proxy", 0)]
        channel = (
            grpc.secure_channel(address, grpc.ssl_channel_credentials(root), options)
            if root
            else grpc.insecure_channel(address, options)
        )
        return grpc.intercept_channel(
            channel, Courier(service, address, self.credentials.token, self.seconds)
        )


@contextmanager
def one_trace() -> Iterator[str]:
    """Let all calls inside belong to one trace; gives its id, 32 hexadecimal digits."""
    trace_id = new_trace_id()
    before = _trace.set(trace_id)
    try:
        yield trace_id
    finally:
        _trace.reset(before)


def new_trace_id() -> str:
    return secrets.token_hex(16)


def new_key() -> str:
    """An idempotency key for one command."""
    return f"cli-{new_id()}"


def _next_traceparent() -> str:
    return f"00-{_trace.get() or new_trace_id()}-{secrets.token_hex(8)}-01"
