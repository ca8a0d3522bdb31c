"""Who has to hear of what: each flow between services has its readers, and none hangs in the air.

A reader that learns the same from another event is not listed: what a bill owes, how far it is
paid, where it is and whether it is in default are all in `BalanceChanged`, whole. What no service
reads at all is named with where its readers learn it.
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

UNREAD = {
    "cashiering.AllocationOverridden": "receivables has by whom and when of the posting's line",
    "collections.AgingBucketChanged": "for other systems: an age is asked for",
    "distribution.DistributionPosted": "GLPosted has the sums; a reader would cost every payment",
    "levy.DueDateChanged": "BillModified has the dates for the ledger, BalanceChanged for others",
    "notifications.NoticeFailed": "of a receipt's mail: its state is asked for",
    "notifications.NoticeSent": "of a receipt's mail: its state is asked for",
    "receivables.CollectionTypeTransferred": "BalanceChanged says how each part is carried",
    "taxsale.SaleStandingChanged": "for other systems: a standing is asked for",
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


def test_what_nobody_reads_is_named_with_why() -> None:
    """An event that is new, or that lost its last reader, is somebody's decision."""
    told = {f"{service}.{event.name}" for service in SERVICES for event in _spec(service).publishes}
    assert sorted(told - set(_readers())) == sorted(UNREAD)
