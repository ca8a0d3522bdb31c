"""Tills, cashiers, sessions and receipts taken back, each method asked in every wrong way."""

import pytest

from millage.cashiering.v1 import corrections_pb2 as back
from millage.cashiering.v1 import sessions_pb2 as pb
from taxkit.trial import Case, Suite

SETUP = "a setting may be said anew at any time; what was said before stays on record"


class TestSessions(Suite):
    service = "millage.cashiering.v1.SessionsService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        return {**self._setup(stage), **self._sessions(stage)}

    def _setup(self, stage) -> dict[str, Case]:
        some = pb.Codes(codes=["tax", "misc"])
        return {
            "SetTill": Case(
                lambda: pb.SetTillRequest(
                    till_code=stage.name("S"), name="Window", payment_types=some
                ),
                always_possible=SETUP,
            ),
            "ListTills": Case(pb.ListTillsRequest),
            "SetCashier": Case(
                lambda: pb.SetCashierRequest(cashier=stage.name("c"), payment_types=some),
                always_possible=SETUP,
            ),
            "GetCashier": Case(lambda: pb.GetCashierRequest(cashier="clerk")),
        }

    def _sessions(self, stage) -> dict[str, Case]:
        def resume(session_id: str) -> pb.ResumeSessionRequest:
            return pb.ResumeSessionRequest(session_id=session_id)

        def default(session_id: str) -> pb.SetDefaultSessionRequest:
            return pb.SetDefaultSessionRequest(session_id=session_id)

        def move(session_id: str) -> pb.ChangeEffectiveDateRequest:
            return pb.ChangeEffectiveDateRequest(session_id=session_id, effective_on="2022-12-01")

        session_id = stage.session()
        return {
            "ListOwnSessions": Case(pb.ListOwnSessionsRequest),
            "ResumeSession": Case(
                lambda: resume(session_id),
                refused_when={
                    "SESSION_CLOSED": lambda: resume(stage.closed()),
                    "SESSION_OF_ANOTHER": lambda: resume(stage.session("somebody else")),
                },
            ),
            "SetDefaultSession": Case(
                lambda: default(stage.session()),
                refused_when={
                    "SESSION_CLOSED": lambda: default(stage.closed()),
                    "SESSION_OF_ANOTHER": lambda: default(stage.session("somebody else")),
                },
            ),
            "GetSessionHeader": Case(lambda: pb.GetSessionHeaderRequest(session_id=session_id)),
            "ChangeEffectiveDate": Case(
                lambda: move(stage.session()),
                refused_when={"SESSION_CLOSED": lambda: move(stage.closed())},
            ),
        }


class TestCorrections(Suite):
    service = "millage.cashiering.v1.CorrectionsService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        return {**self._repaid(stage), **self._voids(stage)}

    def _repaid(self, stage) -> dict[str, Case]:
        def repay(receipt) -> back.RepayReversalRequest:
            return back.RepayReversalRequest(
                receipt_number=receipt.receipt_number, receipt_year=2022, reason="wrong parcel"
            )

        return {
            "RepayReversal": Case(
                lambda: repay(stage.receipt()),
                refused_when={
                    "RECEIPT_REVERSED": lambda: stage.done(repay(stage.receipt())),
                    "RECEIPT_OF_CLOSED_SESSION": lambda: repay(stage.receipt_of_closed()),
                },
            ),
            "ListVoids": Case(lambda: back.ListVoidsRequest(undecided=True)),
        }

    def _voids(self, stage) -> dict[str, Case]:
        def void(receipt) -> back.RequestVoidRequest:
            return back.RequestVoidRequest(receipt=receipt.receipt_id, reason="torn")

        def decide() -> back.DecideVoidRequest:
            asked = stage.do(void(stage.receipt(user="cashier")))
            return back.DecideVoidRequest(void_id=asked.void_id, agreed=True, note="seen")

        def own() -> back.DecideVoidRequest:
            asked = stage.do(void(stage.receipt(user="cashier")), user="head")
            return back.DecideVoidRequest(void_id=asked.void_id, agreed=True)

        def too_late() -> back.DecideVoidRequest:
            session_id = stage.session()
            asked = stage.do(void(stage.receipt(session_id)))
            stage.closed(session_id=session_id)
            return back.DecideVoidRequest(void_id=asked.void_id, agreed=True)

        return {
            "RequestVoid": Case(
                lambda: void(stage.receipt()),
                refused_when={
                    "VOID_ASKED": lambda: stage.done(void(stage.receipt())),
                    "RECEIPT_OF_CLOSED_SESSION": lambda: void(stage.receipt_of_closed()),
                },
            ),
            "DecideVoid": Case(
                decide,
                user="head",
                refused_when={
                    "VOID_DECIDED": lambda: stage.done(decide(), "head"),
                    "SECOND_PERSON_NEEDED": own,
                    "RECEIPT_OF_CLOSED_SESSION": too_late,
                },
            ),
        }
