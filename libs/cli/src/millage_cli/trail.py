"""What became of a receipt: every service's own account of it, gathered over the public APIs."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from millage.cashiering.v1 import cashiering_pb2 as counter_pb
from millage.collections.v1 import collections_pb2 as collections_pb
from millage.distribution.v1 import distribution_pb2 as distribution_pb
from millage.notifications.v1 import notifications_pb2 as notifications_pb
from millage.ops.v1 import ops_pb2
from millage.receivables.v1 import receivables_pb2 as receivables_pb
from millage.taxsale.v1 import taxsale_pb2 as taxsale_pb
from millage_cli.addresses import SERVICES
from millage_cli.client import Client
from millage_cli.everywhere import side_by_side
from millage_cli.problems import ExitCode, Problem

T = TypeVar("T")
_MINE = ("receipt", "bill")
_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Step:
    """Something durable that a service did in the receipt's trace."""

    service: str
    # consumed or emitted
    kind: str
    event_type: str
    subject: str
    at: datetime

    @property
    def event(self) -> str:
        """The event's name without its package and owner."""
        name, _, version = self.event_type.rpartition(".")
        return f"{name.rpartition('.')[2]}.{version}"


@dataclass(frozen=True, slots=True)
class BillTrail:
    """What two services made of one bill of the receipt."""

    bill_id: str
    aging: Sequence[collections_pb.AgingChange] = ()
    standings: Sequence[taxsale_pb.StandingChange] = ()


@dataclass(frozen=True, slots=True)
class Trail:
    """One receipt through all services; `problems` names those that gave no answer."""

    receipt: counter_pb.Receipt
    steps: Sequence[Step] = ()
    reversal_steps: Sequence[Step] = ()
    allocations: Sequence[receivables_pb.AllocationRow] = ()
    bills: Sequence[BillTrail] = ()
    shares: Sequence[distribution_pb.Share] = ()
    undistributed_cents: int = 0
    notices: Sequence[notifications_pb.Notice] = ()
    problems: dict[str, Problem] = field(default_factory=dict)

    @property
    def is_reversed(self) -> bool:
        return self.receipt.state == counter_pb.RECEIPT_STATE_REVERSED

    @property
    def for_ledger_cents(self) -> int:
        """What of the receipt is receivables': not what is for miscellaneous sources."""
        lines = self.receipt.lines
        return self.receipt.total_cents - sum(
            line.amount_cents for line in lines if line.source_code
        )

    def bill_number(self, bill_id: str) -> str:
        numbers = {line.bill_id: line.bill_number for line in self.receipt.lines}
        return numbers.get(bill_id, bill_id)


@dataclass(slots=True)
class _Inquiry:
    """One round of questions; a service that cannot answer spoils no other's answer."""

    client: Client
    receipt_id: str
    problems: dict[str, Problem] = field(default_factory=dict)

    def ask(self, service: str, question: Callable[[], T], nothing: T) -> T:
        try:
            return question()
        except Problem as problem:
            if problem.exit_code is not ExitCode.NOT_FOUND:  # else: it has not heard of it yet
                self.problems[service] = problem
            return nothing

    def steps(self, trace_id: str, bill_ids: Iterable[str]) -> list[Step]:
        if not trace_id:
            return []
        with side_by_side(len(SERVICES)) as pool:
            found = pool.map(lambda service: self._steps_of(service, trace_id), SERVICES)
            steps = [step for answer in found for step in answer]
        mine = {f"receipt/{self.receipt_id}", *(f"bill/{bill_id}" for bill_id in bill_ids)}
        return sorted((step for step in steps if _is_mine(step, mine)), key=lambda step: step.at)

    def _steps_of(self, service: str, trace_id: str) -> list[Step]:
        return self.ask(service, lambda: steps_of(self.client, service, trace_id), [])

    def allocations(self) -> list[receivables_pb.AllocationRow]:
        request = receivables_pb.GetAllocationsRequest(receipt_id=self.receipt_id)
        ask = self.client.receivables.GetAllocations
        return self.ask("receivables", lambda: list(ask(request).rows), [])

    def bill(self, bill_id: str) -> BillTrail:
        aging = collections_pb.GetBillAgingRequest(bill_id=bill_id)
        standing = taxsale_pb.GetSaleStandingRequest(bill_id=bill_id)
        age, stand = self.client.collections.GetBillAging, self.client.taxsale.GetSaleStanding
        return BillTrail(
            bill_id,
            aging=self.ask("collections", lambda: self._mine(age(aging).changes), []),
            standings=self.ask("taxsale", lambda: self._mine(stand(standing).changes), []),
        )

    def shares(self) -> distribution_pb.GetSharesResponse:
        request = distribution_pb.GetSharesRequest(receipt_id=self.receipt_id)
        ask = self.client.distribution.GetShares
        return self.ask("distribution", lambda: ask(request), distribution_pb.GetSharesResponse())

    def notices(self) -> list[notifications_pb.Notice]:
        request = notifications_pb.ListNoticesRequest(receipt_id=self.receipt_id)
        ask = self.client.notifications.ListNotices
        return self.ask("notifications", lambda: list(ask(request).notices), [])

    def _mine(self, changes: Iterable[T]) -> list[T]:
        return [one for one in changes if getattr(one, "receipt_id", "") == self.receipt_id]


def follow(client: Client, receipt: str) -> Trail:
    """Ask every service what it made of a receipt, all at the same time."""
    found = client.cashiering.GetReceipt(counter_pb.GetReceiptRequest(receipt=receipt))
    bill_ids = [line.bill_id for line in found.lines if line.bill_id]
    inquiry = _Inquiry(client, found.receipt_id)
    with side_by_side(8) as pool:
        steps = pool.submit(inquiry.steps, found.trace_id, bill_ids)
        reversal_steps = pool.submit(inquiry.steps, found.reversal_trace_id, bill_ids)
        allocations = pool.submit(inquiry.allocations)
        bills = [pool.submit(inquiry.bill, bill_id) for bill_id in bill_ids]
        shares = pool.submit(inquiry.shares)
        notices = pool.submit(inquiry.notices)
    return Trail(
        receipt=found,
        steps=steps.result(),
        reversal_steps=reversal_steps.result(),
        allocations=allocations.result(),
        bills=[bill.result() for bill in bills],
        shares=list(shares.result().shares),
        undistributed_cents=shares.result().undistributed_cents,
        notices=notices.result(),
        problems=inquiry.problems,
    )


def follow_until_done(client: Client, receipt: str, seconds: float) -> Trail:
    """Follow a receipt, again and again until all services have done their part."""
    deadline = time.monotonic() + seconds
    while True:
        trail = follow(client, receipt)
        if not outstanding(trail) or time.monotonic() > deadline:
            return trail
        time.sleep(_POLL_SECONDS)


def committed_at(trail: Trail, *, reversal: bool = False) -> datetime | None:
    """When cashiering told of the receipt, or of its reversal: the zero of all times."""
    steps = trail.reversal_steps if reversal else trail.steps
    told = [step.at for step in steps if step.service == "cashiering" and step.kind == "emitted"]
    if told:
        return min(told)
    return None if reversal else _moment(trail.receipt.recorded_at)


def done_after(trail: Trail, service: str, *, reversal: bool = False) -> timedelta | None:
    """How long after the receipt's commit a service's last step in its trace was durable."""
    steps = trail.reversal_steps if reversal else trail.steps
    zero = committed_at(trail, reversal=reversal)
    mine = [step.at for step in steps if step.service == service and step.kind == "consumed"]
    if service == "notifications":
        # A notice is done when the mail server has taken it, not when it was queued.
        mine = [step.at for step in steps if step.service == service] or mine
    return max(mine) - zero if mine and zero else None


def outstanding(trail: Trail) -> list[str]:
    """The services that have not done their part yet."""
    late = dict.fromkeys(name for name in trail.problems if name != "cashiering")
    applied = sum(row.amount_cents for row in trail.allocations)
    unapplied = sum(row.amount_cents for row in trail.allocations if row.state != "allocation")
    received = 0 if trail.is_reversed else trail.for_ledger_cents
    caused = {row.kind for row in trail.allocations}
    expected = _causes(trail) if trail.for_ledger_cents else set()
    if applied != received or not caused >= expected:
        late["receivables"] = None
    shared = sum(share.amount_cents for share in trail.shares)
    if shared + trail.undistributed_cents != received or trail.undistributed_cents != unapplied:
        late["distribution"] = None
    for bill in trail.bills:
        if not {change.cause for change in bill.aging} >= _causes(trail):
            late["collections"] = None
        if not {change.cause for change in bill.standings} >= _causes(trail):
            late["taxsale"] = None
    if not _notices_done(trail):
        late["notifications"] = None
    return [name for name in SERVICES if name in late]


def _causes(trail: Trail) -> set[str]:
    return {"payment", "reversal"} if trail.is_reversed else {"payment"}


def _notices_done(trail: Trail) -> bool:
    wanted = len(_causes(trail))
    pending = notifications_pb.NOTICE_STATE_PENDING
    return len(trail.notices) >= wanted and all(one.state != pending for one in trail.notices)


def steps_of(client: Client, service: str, trace_id: str) -> list[Step]:
    """What one service did within a trace."""
    answer = client.ops(service).GetTrace(ops_pb2.GetTraceRequest(trace_id=trace_id))
    return [
        Step(one.service, one.kind, one.event_type, one.subject, moment)
        for one in answer.steps
        if (moment := _moment(one.committed_at))
    ]


def _is_mine(step: Step, mine: set[str]) -> bool:
    """Whether a step is about this receipt: an import's receipts may share a trace."""
    return step.subject.partition("/")[0] not in _MINE or step.subject in mine


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
