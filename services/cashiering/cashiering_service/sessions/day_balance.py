"""A business date's drawers beside the ledger: the daily balance (CASH-010)."""

from datetime import date
from pathlib import Path
from typing import Any

import grpc
from sqlalchemy import Connection

from cashiering_service import queries
from cashiering_service.domain.deposits import deposit_number
from cashiering_service.sessions import deposits_store
from cashiering_service.sessions.deposits import tender_answers
from cashiering_service.settings import CashieringSettings
from millage.cashiering.v1 import cashiering_pb2
from millage.cashiering.v1 import reconciliation_pb2 as pb
from millage.receivables.v1 import receivables_pb2 as theirs
from millage.receivables.v1 import receivables_pb2_grpc as their_stubs
from taxkit import logs

_log = logs.get(__name__)


class Ledger:
    """Asks receivables what it has of a day; a balance without its answer says so."""

    def __init__(self, settings: CashieringSettings) -> None:
        self._timeout_s = settings.quote_timeout_ms / 1000
        self._channel = _connect(settings) if settings.receivables_addr else None

    def leg(self, business_date: date, metadata: Any) -> pb.LedgerLeg:
        if self._channel is None:
            return pb.LedgerLeg()
        request = theirs.GetTotalsRequest(business_date=business_date.isoformat())
        try:
            found = their_stubs.ReceivablesServiceStub(self._channel).GetTotals(
                request, timeout=self._timeout_s, metadata=metadata
            )
        except grpc.RpcError as error:
            _log.warning("the ledger's totals were not had", error=str(error)[:200])
            return pb.LedgerLeg()
        return pb.LedgerLeg(
            known=True,
            allocated_cents=found.allocated_cents,
            surplus_cents=found.surplus_cents,
            suspense_cents=found.suspense_cents,
        )

    def close(self) -> None:
        if self._channel is not None:
            self._channel.close()


def _connect(settings: CashieringSettings) -> grpc.Channel:
    if not settings.receivables_ca_file:
        return grpc.insecure_channel(settings.receivables_addr)
    authority = Path(settings.receivables_ca_file).read_bytes()
    return grpc.secure_channel(settings.receivables_addr, grpc.ssl_channel_credentials(authority))


def balance(connection: Connection, business_date: date, ledger: pb.LedgerLeg) -> pb.DailyBalance:
    """What the day's drawers took, and whether the ledger has it to the cent."""
    sessions = deposits_store.day_sessions(connection, business_date)
    tenders = deposits_store.day_tenders(connection, business_date)
    totals = queries.totals(connection, business_date)
    received = totals.cents - totals.reversed
    booked = totals.source_cents + sum(
        (ledger.allocated_cents, ledger.surplus_cents, ledger.suspense_cents)
    )
    return pb.DailyBalance(
        business_date=business_date.isoformat(),
        sessions=map(_session, sessions),
        tenders=tender_answers(tenders),
        received_cents=received,
        reversed_cents=totals.reversed,
        over_short_cents=sum(row.over_short_cents for row in sessions),
        deposited_cents=deposits_store.day_deposited(connection, business_date),
        escrow_cents=tenders.get("escrow", 0),
        ledger=ledger,
        source_cents=totals.source_cents,
        difference_cents=received - booked if ledger.known else 0,
        ties=ledger.known and received == booked,
    )


def _session(row: Any) -> pb.SessionBalance:
    return pb.SessionBalance(
        session_id=str(row.session_id),
        till_code=row.till_code,
        cashier=row.cashier,
        state=cashiering_pb2.SESSION_STATE_OPEN
        if row.is_open
        else cashiering_pb2.SESSION_STATE_CLOSED,
        receipt_count=row.receipts,
        total_cents=row.total_cents,
        reversed_cents=row.reversed_cents,
        over_short_cents=row.over_short_cents,
        recounted=row.is_recounted,
        deposit_number=deposit_number(row.deposited_on, row.place) if row.place else "",
    )
