"""The gRPC servicer of second counts, checks, deposits and the day's balance."""

import grpc
from typing_extensions import override

from cashiering_service.bootstrap import CashieringApp
from cashiering_service.sessions import day_balance, deposits, reconciling
from cashiering_service.sessions.counts import read_counts
from cashiering_service.topic_api import NUMBER_MAX, TEXT_MAX, Topic, asked
from millage.cashiering.v1 import reconciliation_pb2 as pb
from millage.cashiering.v1 import reconciliation_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires


class ReconciliationServicer(Topic, stubs.ReconciliationServiceServicer):
    def __init__(self, app: CashieringApp, ledger: day_balance.Ledger) -> None:
        super().__init__(app)
        self._ledger = ledger

    @override
    @requires("cashiering.reconcile")
    def RecountSession(
        self, request: pb.RecountSessionRequest, context: grpc.ServicerContext
    ) -> pb.Reconciliation:
        session_id, who = requests.required_id(request.session_id, "session_id"), asked()
        counts = read_counts(request.counts)
        note = requests.plain_text(request.note, "note", TEXT_MAX)
        return self._once(
            "RecountSession",
            request,
            pb.Reconciliation,
            lambda connection: reconciling.recount(
                self._app, connection, who, session_id, counts, note
            ),
        )

    @override
    @requires("cashiering.read")
    def GetReconciliation(
        self, request: pb.GetReconciliationRequest, context: grpc.ServicerContext
    ) -> pb.Reconciliation:
        session_id = requests.required_id(request.session_id, "session_id")
        return self._read(lambda connection: reconciling.reconciliation(connection, session_id))

    @override
    @requires("cashiering.reconcile")
    def EnterChecks(
        self, request: pb.EnterChecksRequest, context: grpc.ServicerContext
    ) -> pb.CheckReconciliation:
        session_id, who = requests.required_id(request.session_id, "session_id"), asked()
        entries = [
            (
                requests.plain_text(one.check_number, f"checks[{place}].check_number", NUMBER_MAX),
                requests.positive_cents(one.amount_cents, f"checks[{place}].amount_cents"),
            )
            for place, one in enumerate(request.checks)
        ]
        return self._once(
            "EnterChecks",
            request,
            pb.CheckReconciliation,
            lambda connection: reconciling.enter_checks(
                self._app, connection, who, session_id, entries
            ),
        )

    @override
    @requires("cashiering.reconcile")
    def WithdrawCheck(
        self, request: pb.WithdrawCheckRequest, context: grpc.ServicerContext
    ) -> pb.CheckReconciliation:
        entry_id, who = requests.required_id(request.entry_id, "entry_id"), asked()
        reason = requests.plain_text(request.reason, "reason", TEXT_MAX)
        return self._once(
            "WithdrawCheck",
            request,
            pb.CheckReconciliation,
            lambda connection: reconciling.withdraw_check(
                self._app, connection, who, entry_id, reason
            ),
        )

    @override
    @requires("cashiering.read")
    def GetCheckReconciliation(
        self, request: pb.GetCheckReconciliationRequest, context: grpc.ServicerContext
    ) -> pb.CheckReconciliation:
        session_id = requests.required_id(request.session_id, "session_id")
        return self._read(
            lambda connection: reconciling.check_reconciliation(connection, session_id)
        )

    @override
    @requires("cashiering.deposit")
    def MakeDeposit(
        self, request: pb.MakeDepositRequest, context: grpc.ServicerContext
    ) -> pb.Deposit:
        session_ids = [requests.required_id(one, "session_ids") for one in request.session_ids]
        deposited_on, who = requests.required_date(request.deposited_on, "deposited_on"), asked()
        reference = requests.plain_text(request.bank_reference, "bank_reference", NUMBER_MAX)
        return self._once(
            "MakeDeposit",
            request,
            pb.Deposit,
            lambda connection: deposits.make_deposit(
                self._app, connection, who, session_ids, deposited_on, reference
            ),
        )

    @override
    @requires("cashiering.read")
    def GetDeposit(
        self, request: pb.GetDepositRequest, context: grpc.ServicerContext
    ) -> pb.Deposit:
        named = requests.plain_text(request.deposit, "deposit", NUMBER_MAX)
        return self._read(lambda connection: deposits.deposit(connection, named))

    @override
    @requires("cashiering.read")
    def ListDeposits(
        self, request: pb.ListDepositsRequest, context: grpc.ServicerContext
    ) -> pb.ListDepositsResponse:
        first = requests.required_date(request.from_date, "from_date")
        last = requests.optional_date(request.to_date, "to_date") or first
        return self._read(lambda connection: deposits.deposits(connection, first, last))

    @override
    @requires("cashiering.read")
    def GetDailyBalance(
        self, request: pb.GetDailyBalanceRequest, context: grpc.ServicerContext
    ) -> pb.DailyBalance:
        day = requests.required_date(request.business_date, "business_date")
        passed_on = [
            (key, value) for key, value in context.invocation_metadata() if key == "authorization"
        ]
        leg = self._ledger.leg(day, [*passed_on, ("traceparent", rpc.traceparent())])
        return self._read(lambda connection: day_balance.balance(connection, day, leg))
