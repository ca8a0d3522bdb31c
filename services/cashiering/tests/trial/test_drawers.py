"""Second counts, checks, deposits and the day's balance, asked in every wrong way."""

import pytest

from millage.cashiering.v1 import cashiering_pb2 as counter
from millage.cashiering.v1 import reconciliation_pb2 as pb
from taxkit.trial import Case, Suite

DAY = "2022-12-15"
CASH = counter.TENDER_TYPE_CASH


class TestReconciliation(Suite):
    service = "millage.cashiering.v1.ReconciliationService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        return {**self._counts(stage), **self._checks(stage), **self._deposits(stage)}

    def _counts(self, stage) -> dict[str, Case]:
        def recount(session_id: str) -> pb.RecountSessionRequest:
            return pb.RecountSessionRequest(
                session_id=session_id,
                counts=[counter.TenderCount(tender_type=CASH, counted_cents=0)],
                note="counted twice",
            )

        session_id = stage.closed()
        return {
            "RecountSession": Case(
                lambda: recount(stage.closed()),
                user="head",
                refused_when={
                    "SESSION_OPEN": lambda: recount(stage.session()),
                    "SESSION_RECOUNTED": lambda: stage.done(recount(stage.closed()), "head"),
                },
            ),
            "GetReconciliation": Case(lambda: pb.GetReconciliationRequest(session_id=session_id)),
        }

    def _checks(self, stage) -> dict[str, Case]:
        def enter(session_id: str) -> pb.EnterChecksRequest:
            check = pb.EnteredCheck(check_number="1044", amount_cents=500)
            return pb.EnterChecksRequest(session_id=session_id, checks=[check])

        def entry() -> pb.WithdrawCheckRequest:
            found = stage.do(enter(stage.closed()))
            return pb.WithdrawCheckRequest(
                entry_id=found.only_entered[0].entry_id, reason="typed wrongly"
            )

        session_id = stage.closed()
        return {
            "EnterChecks": Case(
                lambda: enter(stage.closed()),
                refused_when={"SESSION_DEPOSITED": lambda: enter(self._banked(stage))},
            ),
            "WithdrawCheck": Case(
                entry, refused_when={"CHECK_WITHDRAWN": lambda: stage.done(entry())}
            ),
            "GetCheckReconciliation": Case(
                lambda: pb.GetCheckReconciliationRequest(session_id=session_id)
            ),
        }

    def _deposits(self, stage) -> dict[str, Case]:
        name = stage.do(self._deposit(stage.closed())).deposit_number
        return {
            "MakeDeposit": Case(
                lambda: self._deposit(stage.closed()),
                refused_when={
                    "SESSION_OPEN": lambda: self._deposit(stage.session()),
                    "SESSION_DEPOSITED": lambda: self._deposit(self._banked(stage)),
                },
            ),
            "GetDeposit": Case(lambda: pb.GetDepositRequest(deposit=name)),
            "ListDeposits": Case(lambda: pb.ListDepositsRequest(from_date=DAY, to_date=DAY)),
            "GetDailyBalance": Case(lambda: pb.GetDailyBalanceRequest(business_date=DAY)),
        }

    def _deposit(self, session_id: str) -> pb.MakeDepositRequest:
        return pb.MakeDepositRequest(
            session_ids=[session_id], deposited_on=DAY, bank_reference="bag 7"
        )

    def _banked(self, stage) -> str:
        session_id = stage.closed()
        stage.do(self._deposit(session_id))
        return session_id
