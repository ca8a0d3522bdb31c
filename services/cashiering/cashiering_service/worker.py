"""Cashiering's nameko service: wiring only."""

from typing import Any

from cashiering_service import projections
from cashiering_service.baskets import (
    code_projections,
    hold_projections,
    money_holds,
    party_projections,
    plan_projections,
    retired_parcels,
)
from cashiering_service.baskets import projections as basket_projections
from cashiering_service.bootstrap import SPEC
from cashiering_service.corrections import marks
from cashiering_service.discounts import projections as program_projections
from cashiering_service.receipts import discounts
from cashiering_service.receipts.printing import print_waiting
from cashiering_service.reports.printed import printing_desk
from cashiering_service.till import held_projections
from taxkit.worker import Application, consume, keep_house, park_dead_letters, pulse, tidy_inbox


def _print(self: Any) -> None:
    print_waiting(self.app, printing_desk(self.app))


def _end_money_holds(self: Any) -> None:
    while money_holds.end_over(self.app):
        pass


class CashieringWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_balance_changed = consume(projections.BALANCE_CHANGED)
    on_bill_created = consume(basket_projections.BILL_CREATED)
    on_surplus_changed = consume(held_projections.SURPLUS_CHANGED)
    on_escrow_changed = consume(held_projections.ESCROW_CHANGED)
    on_plan_status_changed = consume(plan_projections.PLAN_STATUS_CHANGED)
    on_flag_changed = consume(plan_projections.FLAG_CHANGED)
    on_code_setting_changed = consume(code_projections.CODE_SETTING_CHANGED)
    on_bill_code_changed = consume(code_projections.BILL_CODE_CHANGED)
    on_hold_placed = consume(hold_projections.HOLD_PLACED)
    on_hold_released = consume(hold_projections.HOLD_RELEASED)
    on_parties_changed = consume(party_projections.PARTIES_CHANGED)
    on_lender_changed = consume(party_projections.LENDER_CHANGED)
    on_parcel_retired = consume(retired_parcels.PARCEL_RETIRED)
    on_payment_returned = consume(marks.PAYMENT_RETURNED)
    on_payment_cancelled = consume(marks.PAYMENT_CANCELLED)
    on_discount_applied = consume(discounts.DISCOUNT_APPLIED)
    on_discount_reversed = consume(discounts.DISCOUNT_REVERSED)
    on_discount_not_granted = consume(discounts.DISCOUNT_NOT_GRANTED)
    on_discount_program_changed = consume(program_projections.DISCOUNT_PROGRAM_CHANGED)
    on_discount_proof_filed = consume(program_projections.DISCOUNT_PROOF_FILED)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()
    keep = keep_house()
    end_money_holds = pulse(interval=2, expected_exceptions=(Exception,))(_end_money_holds)
    print_receipts = pulse(interval=2, expected_exceptions=(Exception,))(_print)


WORKER = CashieringWorker
