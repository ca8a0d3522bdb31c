"""Double entry: what a change of a bill's state posts. Debits are positive, credits negative."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from receivables_service.domain.changes import StateChange, difference
from receivables_service.domain.state import BillState
from receivables_service.domain.terms import ChargeType, CollectionType, UnappliedKind


class Account(StrEnum):
    CASH_CLEARING = "cash_clearing"
    TAXES_RECEIVABLE = "taxes_receivable"
    LEVY_CONTROL = "levy_control"
    INTEREST_INCOME = "interest_income"
    PENALTY_INCOME = "penalty_income"
    FEE_INCOME = "fee_income"
    SURPLUS_LIABILITY = "surplus_liability"
    SUSPENSE_LIABILITY = "suspense_liability"
    # What counters let go (debit) or keep (credit) within their tolerance.
    TOLERANCE = "tolerance"
    # What went out of a liability that a receipt made: the receipt's own rows stay as they were.
    SURPLUS_PAID_OUT = "surplus_paid_out"
    SUSPENSE_PAID_OUT = "suspense_paid_out"
    SHORTFALL_RECEIVABLE = "shortfall_receivable"
    # What programs let off; against the revenue, in the account the program names.
    DISCOUNT = "discount"


class PostingKind(StrEnum):
    ISSUE = "issue"
    PAYMENT = "payment"
    REVERSAL = "reversal"
    REALLOCATION = "reallocation"
    CORRECTION = "correction"
    DEFAULT = "default"
    TRANSFER = "transfer"
    FEE = "fee"
    WAIVER = "waiver"
    DRAW = "draw"
    TOLERANCE = "tolerance"
    GRACE = "grace"
    # Other rates, or none for a while: what was counted by the former ones is charged.
    TERMS = "terms"
    DISCOUNT = "discount"


CHARGED_TO = {
    ChargeType.TAX: Account.LEVY_CONTROL,
    ChargeType.INTEREST: Account.INTEREST_INCOME,
    ChargeType.PENALTY: Account.PENALTY_INCOME,
    ChargeType.FEE: Account.FEE_INCOME,
}
"""The account a charge is credited to when the receivable is debited."""

HELD_IN = {
    UnappliedKind.SURPLUS: Account.SURPLUS_LIABILITY,
    UnappliedKind.SUSPENSE: Account.SUSPENSE_LIABILITY,
}


class UnbalancedEntry(ValueError):
    """Debits and credits of an entry differ."""


class JournalLine(NamedTuple):
    """One side of a posting, with the row it moves and the fact that row comes from."""

    account: Account
    amount_cents: int
    fact_id: UUID
    rule_id: str | None = None
    installment: int | None = None
    charge_type: ChargeType | None = None
    collection_type: CollectionType | None = None
    charge_code: str = ""
    subcode: str = ""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A posting. It cannot exist unbalanced, or with a line that moves nothing.

    It is undone only by another that names it.
    """

    entry_id: UUID
    kind: PostingKind
    business_date: date
    cause_fact_id: UUID
    pack_version: str
    lines: tuple[JournalLine, ...]
    compensates: UUID | None = None

    def __post_init__(self) -> None:
        moved = [line.amount_cents for line in self.lines]
        if 0 in moved:
            account = self.lines[moved.index(0)].account
            raise ValueError(f"a line on {account} moves nothing")
        off = sum(moved)
        if off or not self.lines:
            raise UnbalancedEntry(
                f"entry {self.entry_id} ({self.kind} of {self.cause_fact_id}): "
                f"{len(self.lines)} lines are off balance by {off} cents"
            )


def post_difference(before: BillState, after: BillState) -> tuple[JournalLine, ...]:
    """Give the balanced lines that bring the ledger from one state of a bill to another."""
    return journal_lines(difference(before, after))


def journal_lines(change: StateChange) -> tuple[JournalLine, ...]:
    """Turn changed rows into balanced lines: charges, discounts, the money of each payment."""
    return charge_lines(change) + money_lines(change)


def charge_lines(change: StateChange) -> tuple[JournalLine, ...]:
    """Turn what was charged and let off into balanced lines."""
    return (*_charge_lines(change), *_discount_lines(change))


def money_lines(change: StateChange) -> tuple[JournalLine, ...]:
    """Turn where each payment's money is, and how much came in, into balanced lines."""
    return tuple(_payment_lines(change))


def suspense_lines(fact_id: UUID, amount_cents: int) -> tuple[JournalLine, ...]:
    """Post money of a receipt line that names no bill; a negative amount takes it back."""
    return (
        JournalLine(Account.CASH_CLEARING, amount_cents, fact_id),
        JournalLine(Account.SUSPENSE_LIABILITY, -amount_cents, fact_id),
    )


def tolerance_lines(fact_id: UUID, cents: int) -> tuple[JournalLine, ...]:
    """Post what no drawer holds of a payment; below zero, what a drawer holds beyond it."""
    return (
        JournalLine(Account.TOLERANCE, cents, fact_id),
        JournalLine(Account.CASH_CLEARING, -cents, fact_id),
    )


def _charge_lines(change: StateChange) -> Iterator[JournalLine]:
    for row in change.charges:
        assert row.fact_id is not None, "a quote is never posted"
        for account, cents in (
            (Account.TAXES_RECEIVABLE, row.amount_cents),
            (CHARGED_TO[row.charge_type], -row.amount_cents),
        ):
            yield JournalLine(
                account,
                cents,
                row.fact_id,
                row.rule_id,
                row.installment,
                row.charge_type,
                row.collection_type,
                row.charge_code,
                row.subcode,
            )


def _discount_lines(change: StateChange) -> Iterator[JournalLine]:
    for row in change.discounts:
        for account, cents in (
            (Account.DISCOUNT, row.amount_cents),
            (Account.TAXES_RECEIVABLE, -row.amount_cents),
        ):
            yield JournalLine(
                account,
                cents,
                row.fact_id,
                row.rule_id,
                row.installment,
                row.charge_type,
                row.collection_type,
                row.charge_code,
                row.subcode,
            )


def _payment_lines(change: StateChange) -> Iterator[JournalLine]:
    money: dict[UUID, int] = {}
    for row in change.payments:
        money[row.fact_id] = money.get(row.fact_id, 0) + row.amount_cents
        yield JournalLine(
            Account.TAXES_RECEIVABLE,
            -row.amount_cents,
            row.fact_id,
            row.rule_id,
            row.installment,
            row.charge_type,
            row.collection_type,
            row.charge_code,
            row.subcode,
        )
    for held in change.unapplied:
        money[held.fact_id] = money.get(held.fact_id, 0) + held.amount_cents
        yield JournalLine(HELD_IN[held.kind], -held.amount_cents, held.fact_id, held.rule_id)
    for fact_id, cents in money.items():
        if cents:
            yield JournalLine(Account.CASH_CLEARING, cents, fact_id)
