"""The servicers of drawers: tills, sessions and what becomes of them."""

from collections.abc import Callable
from typing import Any

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.corrections.api import CorrectionsServicer
from cashiering_service.receipts.api import ReceiptsServicer
from cashiering_service.reports import reports
from cashiering_service.sessions.api import SessionsServicer
from cashiering_service.sessions.day_balance import Ledger
from cashiering_service.sessions.reconciliation_api import ReconciliationServicer
from cashiering_service.sessions.settings_api import SettingsServicer
from cashiering_service.sources.api import SourcesServicer
from cashiering_service.till.authority_api import AuthorityServicer
from cashiering_service.till.held_api import HeldMoneyServicer
from millage.cashiering.v1 import (
    authority_pb2_grpc,
    corrections_pb2_grpc,
    held_money_pb2_grpc,
    receipts_pb2_grpc,
    reconciliation_pb2_grpc,
    sessions_pb2_grpc,
    settings_pb2_grpc,
    sources_pb2_grpc,
)
from taxkit import rpc


def drawer_servicers(app: CashieringApp) -> list[rpc.Servicer]:
    ledger = Ledger(app.settings)
    app.closers.append(ledger.close)
    return [
        *(_topic(app, *one) for one in _TOPICS),
        rpc.Servicer(
            ReconciliationServicer(app, ledger),
            reconciliation_pb2_grpc.add_ReconciliationServiceServicer_to_server,
            "millage.cashiering.v1.ReconciliationService",
        ),
        reports.servicer(app),
    ]


_TOPICS: tuple[tuple[str, Callable[[CashieringApp], Any], Callable[..., None]], ...] = (
    ("Sessions", SessionsServicer, sessions_pb2_grpc.add_SessionsServiceServicer_to_server),
    ("Settings", SettingsServicer, settings_pb2_grpc.add_SettingsServiceServicer_to_server),
    (
        "Corrections",
        CorrectionsServicer,
        corrections_pb2_grpc.add_CorrectionsServiceServicer_to_server,
    ),
    ("Authority", AuthorityServicer, authority_pb2_grpc.add_AuthorityServiceServicer_to_server),
    ("Sources", SourcesServicer, sources_pb2_grpc.add_SourcesServiceServicer_to_server),
    ("HeldMoney", HeldMoneyServicer, held_money_pb2_grpc.add_HeldMoneyServiceServicer_to_server),
    ("Receipts", ReceiptsServicer, receipts_pb2_grpc.add_ReceiptsServiceServicer_to_server),
)


def _topic(
    app: CashieringApp,
    name: str,
    servicer: Callable[[CashieringApp], Any],
    add: Callable[..., None],
) -> rpc.Servicer:
    return rpc.Servicer(servicer(app), add, f"millage.cashiering.v1.{name}Service")
