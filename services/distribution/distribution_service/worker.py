"""Distribution's nameko service: wiring only."""

from typing import Any

from distribution_service import (
    allocations,
    corrections,
    discounts,
    funds,
    projections,
    returns,
    tieout,
)
from distribution_service.accounts import gl_posting, liabilities, waivers
from distribution_service.bootstrap import SPEC
from taxkit.worker import Application, consume, keep_house, park_dead_letters, pulse, tidy_inbox


def _measure(self: Any) -> None:
    tieout.measure(self.app)


def _post(self: Any) -> None:
    gl_posting.post(self.app)


class DistributionWorker:
    name = SPEC.name
    app = Application(SPEC.app)
    on_bill_created = consume(projections.BILL_CREATED)
    on_fee_account_opened = consume(projections.FEE_ACCOUNT_OPENED)
    on_bill_corrected = consume(corrections.BILL_CORRECTED)
    on_payment_posted = consume(projections.PAYMENT_POSTED)
    on_payment_reversed = consume(projections.PAYMENT_REVERSED)
    on_session_closed = consume(projections.SESSION_CLOSED)
    on_deposit_made = consume(projections.DEPOSIT_MADE)
    on_payment_allocated = consume(allocations.PAYMENT_ALLOCATED)
    on_discount_applied = consume(discounts.DISCOUNT_APPLIED)
    on_discount_reversed = consume(discounts.DISCOUNT_REVERSED)
    on_payment_returned = consume(returns.PAYMENT_RETURNED)
    on_payment_cancelled = consume(returns.PAYMENT_CANCELLED)
    on_fund_named = consume(funds.FUND_NAMED)
    on_penalty_interest_waived = consume(waivers.PENALTY_INTEREST_WAIVED)
    on_surplus_changed = consume(liabilities.SURPLUS_CHANGED)
    dead_letters = park_dead_letters()
    tidy = tidy_inbox()
    keep = keep_house()
    measure = pulse(interval=15, expected_exceptions=(Exception,))(_measure)
    post_books = pulse(interval=600, expected_exceptions=(Exception,))(_post)


WORKER = DistributionWorker
