"""One receipt's or bill's cents across services: who asked, which rule, and whose money it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from millage.cashiering.v1 import cashiering_pb2 as counter_pb
from millage.distribution.v1 import distribution_pb2 as distribution_pb
from millage.levy.v1 import corrections_pb2, levy_pb2
from millage.receivables.v1 import explain_pb2 as pb
from millage_cli.client import Client
from millage_cli.problems import ExitCode, Problem

_ALLOCATED = "taxes_receivable"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for a fact, as its owner knows."""

    by: str
    on: str
    service: str


@dataclass(frozen=True, slots=True)
class Explained:
    """Ledger rows with what other services know of them; `problems` names who gave no answer."""

    rows: Sequence[pb.ExplainedRow]
    asked: dict[str, Asked]
    # Of each bill: the lines levy made it of, as they stand.
    bills: dict[str, levy_pb2.Bill]
    shares: Sequence[distribution_pb.Share]
    receipt: counter_pb.Receipt | None = None
    line: int = 0
    # What came off the bills before they were charged.
    credits: Sequence[pb.ExplainedCredit] = ()
    problems: dict[str, Problem] = field(default_factory=dict)

    def shares_of(self, row: pb.ExplainedRow) -> list[distribution_pb.Share]:
        """What a row's posting gave each authority of its kind of charge and of this receipt."""
        return [
            share
            for share in self.shares
            if (share.posting_id, share.charge_type) == (row.posting_id, row.charge_type)
        ]

    def corrections_of(self, row: pb.ExplainedRow) -> list[distribution_pb.Share]:
        """What moved between authorities afterwards, for the same receipt, bill and charge."""
        return [
            share
            for share in self.shares
            if share.kind == "correction"
            and (share.bill_id, share.charge_type) == (row.bill_id, row.charge_type)
        ]


def allocated(rows: Iterable[pb.ExplainedRow]) -> list[pb.ExplainedRow]:
    """The rows that put a receipt's money on a charge, or take it off again."""
    return [row for row in rows if row.receipt_id and row.ledger_account == _ALLOCATED]


class _Inquiry:
    def __init__(self, client: Client) -> None:
        self._client = client
        self.problems: dict[str, Problem] = {}

    def bills(self, bill_ids: Iterable[str]) -> dict[str, levy_pb2.Bill]:
        found = {}
        for bill_id in dict.fromkeys(filter(None, bill_ids)):
            try:
                found[bill_id] = self._client.levy.GetBill(levy_pb2.GetBillRequest(bill_id=bill_id))
            except Problem as problem:
                self._note("levy", problem)
        return found

    def shares(self, receipt_ids: Iterable[str]) -> list[distribution_pb.Share]:
        found: list[distribution_pb.Share] = []
        for receipt_id in dict.fromkeys(filter(None, receipt_ids)):
            request = distribution_pb.GetSharesRequest(receipt_id=receipt_id)
            try:
                found += self._client.distribution.GetShares(request).shares
            except Problem as problem:
                self._note("distribution", problem)
        return found

    def asked(self, rows: Sequence[pb.ExplainedRow]) -> dict[str, Asked]:
        """By fact: who took the money, or had the bill corrected."""
        facts = {fact.fact_id: (fact, row) for row in rows for fact in (row.fact, row.cause)}
        found = {}
        for fact_id, (fact, row) in facts.items():
            if fact.asked_by:
                found[fact_id] = Asked(fact.asked_by, fact.business_date, "receivables")
            elif fact.kind in ("payment", "waiver") and fact.receipt_id:
                self._add(found, fact_id, self._cashier(fact.receipt_id))
            elif fact.kind == "correction":
                self._add(found, fact_id, self._corrector(row.bill_id, fact.effective_on))
        return found

    def _add(self, found: dict[str, Asked], fact_id: str, asked: Asked | None) -> None:
        if asked is not None:
            found[fact_id] = asked

    def _cashier(self, receipt_id: str) -> Asked | None:
        try:
            receipt = self._client.cashiering.GetReceipt(
                counter_pb.GetReceiptRequest(receipt=receipt_id)
            )
            session = self._client.cashiering.GetSession(
                counter_pb.GetSessionRequest(session_id=receipt.session_id)
            )
        except Problem as problem:
            self._note("cashiering", problem)
            return None
        return Asked(session.cashier, receipt.business_date, "cashiering")

    def _corrector(self, bill_id: str, effective_on: str) -> Asked | None:
        try:
            answer = self._client.corrections.ListCorrections(
                corrections_pb2.ListCorrectionsRequest(bill_id=bill_id)
            )
        except Problem as problem:
            self._note("levy", problem)
            return None
        for each in answer.corrections:
            if each.corrected_on == effective_on:
                return Asked(each.corrected_by, each.corrected_on, "levy")
        return None

    def _note(self, service: str, problem: Problem) -> None:
        if problem.exit_code is not ExitCode.NOT_FOUND:
            self.problems[service] = problem


def explain_receipt(client: Client, named: str, line: int) -> Explained:
    """Follow a receipt, or one line of it, from the drawer to the authorities."""
    receipt = client.cashiering.GetReceipt(counter_pb.GetReceiptRequest(receipt=named))
    asked = pb.ExplainRequest(receipt_id=receipt.receipt_id, receipt_line=line)
    return _explained(client, client.explain.Explain(asked), receipt, line)


def explain_bill(client: Client, bill_id: str) -> Explained:
    """Follow all that is on a bill."""
    told = client.explain.Explain(pb.ExplainRequest(bill_id=bill_id))
    return _explained(client, told, None, 0)


def _explained(
    client: Client, told: pb.ExplainResponse, receipt: counter_pb.Receipt | None, line: int
) -> Explained:
    rows = list(told.rows)
    inquiry = _Inquiry(client)
    return Explained(
        rows=rows,
        asked=inquiry.asked(rows),
        bills=inquiry.bills(row.bill_id for row in rows),
        shares=inquiry.shares(row.receipt_id for row in rows),
        receipt=receipt,
        line=line,
        credits=list(told.credits),
        problems=inquiry.problems,
    )
