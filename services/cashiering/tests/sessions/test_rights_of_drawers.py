"""CASH-009: every call on tills and sessions needs a right of its own."""

import pytest

from cashiering_service.corrections.api import CorrectionsServicer
from cashiering_service.sessions.api import SessionsServicer
from cashiering_service.sessions.reconciliation_api import ReconciliationServicer
from cashiering_service.sources.api import SourcesServicer
from millage.cashiering.v1 import (
    corrections_pb2,
    corrections_pb2_grpc,
    reconciliation_pb2,
    reconciliation_pb2_grpc,
    sessions_pb2,
    sessions_pb2_grpc,
    sources_pb2,
    sources_pb2_grpc,
)
from taxkit import testing
from taxkit.auth import right_of

TOPICS = {
    "sessions": (sessions_pb2, sessions_pb2_grpc.SessionsServiceStub, SessionsServicer),
    "corrections": (
        corrections_pb2, corrections_pb2_grpc.CorrectionsServiceStub, CorrectionsServicer,
    ),
    "reconciliation": (
        reconciliation_pb2, reconciliation_pb2_grpc.ReconciliationServiceStub,
        ReconciliationServicer,
    ),
    "sources": (sources_pb2, sources_pb2_grpc.SourcesServiceStub, SourcesServicer),
}  # fmt: skip
RIGHTS = {
    ("sessions", "SetTill"): "cashiering.till.manage",
    ("sessions", "ListTills"): "cashiering.read",
    ("sessions", "SetCashier"): "cashiering.till.manage",
    ("sessions", "GetCashier"): "cashiering.read",
    ("sessions", "ListOwnSessions"): "cashiering.session",
    ("sessions", "ResumeSession"): "cashiering.session",
    ("sessions", "SetDefaultSession"): "cashiering.session",
    ("sessions", "GetSessionHeader"): "cashiering.read",
    ("sessions", "ChangeEffectiveDate"): "cashiering.effective_date",
    ("corrections", "RepayReversal"): "cashiering.reverse",
    ("corrections", "RequestVoid"): "cashiering.void",
    ("corrections", "DecideVoid"): "cashiering.void.approve",
    ("corrections", "ListVoids"): "cashiering.read",
    ("reconciliation", "RecountSession"): "cashiering.reconcile",
    ("reconciliation", "GetReconciliation"): "cashiering.read",
    ("reconciliation", "EnterChecks"): "cashiering.reconcile",
    ("reconciliation", "WithdrawCheck"): "cashiering.reconcile",
    ("reconciliation", "GetCheckReconciliation"): "cashiering.read",
    ("reconciliation", "MakeDeposit"): "cashiering.deposit",
    ("reconciliation", "GetDeposit"): "cashiering.read",
    ("reconciliation", "ListDeposits"): "cashiering.read",
    ("reconciliation", "GetDailyBalance"): "cashiering.read",
    ("sources", "SetSource"): "cashiering.source.manage",
    ("sources", "AddSourceAtCapture"): "cashiering.source.create",
    ("sources", "GetSource"): "cashiering.read",
    ("sources", "ListSources"): "cashiering.read",
    ("sources", "PriceEntry"): "cashiering.read",
}


def test_cash_009_the_drawers_rights_are_these() -> None:
    """A new method has to be added here."""
    found = {
        (topic, method.name): right_of(getattr(servicer, method.name))
        for topic, (messages, _, servicer) in TOPICS.items()
        for service in messages.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }

    assert found == RIGHTS


@pytest.mark.parametrize(("topic", "method"), RIGHTS)
def test_cash_009_every_other_right_is_not_enough(
    channel, keys, refused, unchanged, topic: str, method: str
) -> None:
    """FORBIDDEN before anything is read of the request."""
    messages, stub, _ = TOPICS[topic]
    others = sorted({*RIGHTS.values(), "levy.*"} - {RIGHTS[topic, method]})
    request = getattr(messages, f"{method}Request")()
    with unchanged():
        refused(
            "FORBIDDEN",
            getattr(stub(channel), method),
            request,
            metadata=testing.bearer(keys.token(*others)),
        )
