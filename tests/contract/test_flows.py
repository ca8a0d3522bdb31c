"""Who has to hear of what: each flow between services has its readers, and none hangs in the air.

A reader that learns the same from another event is not listed: what a bill owes, how far it is
paid, where it is and whether it is in default are all in `BalanceChanged`, whole.
"""

from importlib import import_module
from typing import Any

import pytest

SERVICES = (
    "cashiering", "receivables", "levy", "collections", "taxsale", "distribution", "notifications",
)  # fmt: skip
FLOWS = {
    "cashiering.PaymentPosted": "receivables distribution notifications",
    "cashiering.PaymentReversed": "receivables distribution notifications",
    "cashiering.SessionClosed": "receivables distribution",
    "cashiering.DepositMade": "distribution",
    "cashiering.ImportRunStarted": "levy",
    "cashiering.ImportRunFinished": "levy notifications",
    "cashiering.ImportLineException": "receivables collections",
    "cashiering.PaymentReturnReported": "receivables",
    "receivables.BalanceChanged": "cashiering collections levy taxsale",
    "receivables.PaymentAllocated": "distribution",
    "receivables.PaymentReturned": "cashiering distribution notifications",
    "receivables.PaymentCancelled": "cashiering distribution notifications",
    "receivables.GraceExpired": "notifications",
    "receivables.DiscountApplied": "cashiering distribution notifications",
    "receivables.DiscountReversed": "cashiering distribution notifications",
    "receivables.PenaltyInterestWaived": "distribution",
    "receivables.SurplusChanged": "cashiering collections distribution notifications",
    "receivables.PlanStatusChanged": "cashiering collections notifications taxsale",
    "receivables.FlagChanged": "cashiering collections taxsale",
    "receivables.BillCodeChanged": "cashiering collections levy taxsale",
    "receivables.CodeSettingChanged": "cashiering collections levy notifications taxsale",
    "receivables.TrustTaxBillSettled": "levy",
    "levy.BillCreated": "cashiering distribution notifications receivables",
    "levy.BillCorrected": "distribution notifications receivables",
    "levy.BillModified": "receivables",
    "levy.BillMoved": "receivables",
    "levy.SpecialPayoff": "receivables taxsale",
    "levy.ParcelRetired": "cashiering taxsale",
    "levy.PartiesChanged": "cashiering collections",
    "collections.HoldPlaced": "cashiering notifications receivables taxsale",
    "collections.HoldReleased": "cashiering notifications receivables taxsale",
    "collections.NoticeRequested": "notifications",
    "distribution.GLPosted": "collections",
    "notifications.BillNoticeSent": "collections",
    "notifications.BillNoticeFailed": "collections",
}


def _spec(service: str) -> Any:
    return import_module(f"{service}_service.bootstrap").SPEC


def _readers() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for service in SERVICES:
        for one in _spec(service).subscriptions:
            name = f"{one.owner}.{one.event.removesuffix('.v1')}"
            found.setdefault(name, set()).add(service)
    return found


@pytest.mark.parametrize("flow", FLOWS)
def test_each_flow_has_its_readers(flow: str) -> None:
    """Taking a reader away is a decision, to be made here, too."""
    assert set(FLOWS[flow].split()) <= _readers().get(flow, set())
