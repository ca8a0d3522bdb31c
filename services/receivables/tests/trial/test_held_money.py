"""Money held, escrow and pre-pay, each method asked in every wrong way."""

import pytest

from millage.receivables.v1 import escrow_pb2 as escrow
from millage.receivables.v1 import import_exceptions_pb2 as exceptions
from millage.receivables.v1 import prepay_pb2 as prepay
from millage.receivables.v1 import surplus_pb2 as pb
from taxkit.ids import new_id
from taxkit.trial import Case, Suite

DAY = "2022-02-10"


class TestSurplus(Suite):
    service = "millage.receivables.v1.SurplusService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        return {**self._questions(stage), **self._cases(stage), **self._items(stage)}

    def _questions(self, stage) -> dict[str, Case]:
        item = stage.item()
        return {
            "ListSurplus": Case(lambda: pb.ListSurplusRequest(parcel_number="13264290020000")),
            "GetSurplus": Case(lambda: pb.GetSurplusRequest(surplus_item_id=item)),
            "CheckHeldMoney": Case(pb.CheckHeldMoneyRequest),
            "ListAdvanceTypes": Case(lambda: pb.ListAdvanceTypesRequest(as_of=DAY)),
        }

    def _cases(self, stage) -> dict[str, Case]:
        def start(item: str) -> pb.StartCaseRequest:
            return pb.StartCaseRequest(
                surplus_item_id=item, procedure="refund", amount_cents=100, reason="overpaid"
            )

        def act(case: pb.SurplusCase) -> pb.ActOnCaseRequest:
            return pb.ActOnCaseRequest(case_id=case.case_id, action="approve", note="seen")

        def ended() -> pb.ActOnCaseRequest:
            asked = act(stage.case())
            stage.do(asked, user="chief")
            return asked

        def own() -> pb.ActOnCaseRequest:
            item = stage.item()
            return act(stage.do(start(item), user="chief"))

        return {
            "StartCase": Case(
                lambda: start(stage.item()),
                refused_when={
                    "SURPLUS_IN_WORKFLOW": lambda: start(stage.case().surplus_item_id),
                    "SURPLUS_RESERVED": lambda: start(self._reserved(stage)),
                },
            ),
            "ActOnCase": Case(
                lambda: act(stage.case()),
                user="chief",
                refused_when={"CASE_ENDED": ended, "SECOND_PERSON_NEEDED": own},
            ),
        }

    def _items(self, stage) -> dict[str, Case]:
        def reserve(item: str) -> pb.ReserveSurplusRequest:
            return pb.ReserveSurplusRequest(surplus_item_id=item, reserved_for="basket 9")

        def release(item: str, basket: str = "basket 9") -> pb.ReleaseSurplusRequest:
            return pb.ReleaseSurplusRequest(surplus_item_id=item, reserved_for=basket)

        def settle() -> pb.SettleHeldExceptionRequest:
            receipt_id, item = stage.waiting()
            return pb.SettleHeldExceptionRequest(
                receipt_id=receipt_id, reference=item, reason="SURPLUS_INSUFFICIENT",
                note="reversed at the till",
            )  # fmt: skip

        def settled() -> pb.SettleHeldExceptionRequest:
            asked = settle()
            stage.do(asked)
            return asked

        return {
            "ReserveSurplus": Case(
                lambda: reserve(stage.item()),
                refused_when={"SURPLUS_IN_WORKFLOW": lambda: reserve(stage.case().surplus_item_id)},
            ),
            "ReleaseSurplus": Case(
                lambda: release(self._reserved(stage)),
                refused_when={
                    "RESERVED_FOR_ANOTHER": lambda: release(self._reserved(stage), "basket 8")
                },
            ),
            "SettleHeldException": Case(settle, refused_when={"HELD_EXCEPTION_NOT_FOUND": settled}),
        }

    def _reserved(self, stage) -> str:
        item = stage.item()
        stage.do(pb.ReserveSurplusRequest(surplus_item_id=item, reserved_for="basket 9"))
        return item


class TestEscrow(Suite):
    service = "millage.receivables.v1.EscrowService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        contact = escrow.EscrowContact(name="First Bank", email="escrow@example.org")

        def name() -> str:
            return f"E-{new_id().int % 10**18}"

        def opened() -> escrow.OpenEscrowAccountRequest:
            return escrow.OpenEscrowAccountRequest(
                escrow_account=name(), kind="general", contact=contact
            )

        def account() -> str:
            return stage.done(opened()).escrow_account

        def change(account: str) -> escrow.ChangeEscrowContactRequest:
            return escrow.ChangeEscrowContactRequest(escrow_account=account, contact=contact)

        def close(account: str) -> escrow.CloseEscrowAccountRequest:
            return escrow.CloseEscrowAccountRequest(escrow_account=account)

        known = account()
        return {
            "OpenEscrowAccount": Case(
                opened, refused_when={"ESCROW_ACCOUNT_TAKEN": lambda: stage.done(opened())}
            ),
            "ChangeEscrowContact": Case(
                lambda: change(account()),
                always_possible="whoever had a closed account may still have to be written to",
            ),
            "CloseEscrowAccount": Case(
                lambda: close(account()),
                refused_when={"ESCROW_ACCOUNT_CLOSED": lambda: stage.done(close(account()))},
            ),
            "GetEscrowAccount": Case(lambda: escrow.GetEscrowAccountRequest(escrow_account=known)),
        }


class TestPrepay(Suite):
    service = "millage.receivables.v1.PrepayService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        def opened() -> prepay.OpenPrepayRequest:
            number = str(new_id().int % 10**18)
            return prepay.OpenPrepayRequest(
                prepay_number=f"P-{number}", name="Park", parcel_numbers=[number]
            )

        def taken() -> prepay.OpenPrepayRequest:
            asked = opened()
            stage.do(asked)
            return asked

        known = taken().prepay_number
        return {
            "OpenPrepay": Case(opened, refused_when={"PREPAY_TAKEN": taken}),
            "GetPrepay": Case(lambda: prepay.GetPrepayRequest(prepay_number=known)),
            "PostPrepay": Case(
                lambda: prepay.PostPrepayRequest(tax_year=2021),
                always_possible="nothing paid ahead, or nothing owed, is an answer",
            ),
        }


class TestImportExceptions(Suite):
    service = "millage.receivables.v1.ImportExceptionsService"

    @pytest.fixture
    def cases(self, stage) -> dict[str, Case]:
        def settle() -> exceptions.SettleImportExceptionRequest:
            return exceptions.SettleImportExceptionRequest(
                exception_id=stage.import_exception(), note="sent back"
            )

        return {
            "ListImportExceptions": Case(exceptions.ListImportExceptionsRequest),
            "SettleImportException": Case(
                settle, refused_when={"IMPORT_EXCEPTION_SETTLED": lambda: stage.done(settle())}
            ),
        }
