"""Postings balance, say what they compensate, and go to the accounts the chart names."""

from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from receivables_service.domain.changes import allocation, difference
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillInstallment,
    BillIssued,
    PaymentReceived,
    PaymentReversed,
)
from receivables_service.domain.ledger import (
    Account,
    JournalEntry,
    JournalLine,
    PostingKind,
    UnbalancedEntry,
    post_difference,
    suspense_lines,
)
from receivables_service.domain.state import NOTHING_KNOWN
from receivables_service.rulebook import load

TERMS = load(Path(__file__).resolve().parents[4] / "jurisdictions" / "us-il-cook")
AT = datetime(2019, 1, 1, tzinfo=UTC)
ISSUE = BillIssued(
    UUID(int=1), AT.date(), AT, 2018, (BillInstallment(1, date(2019, 3, 1), 100_000),)
)
LATE = PaymentReceived(UUID(int=2), date(2019, 3, 2), AT, UUID(int=12), 110_000)
VOID = PaymentReversed(UUID(int=3), date(2019, 3, 9), AT, UUID(int=12))
ISSUED, PAID = derive([ISSUE], TERMS), derive([ISSUE, LATE], TERMS)


def brief(lines):
    return [(line.account.value, line.charge_type, line.amount_cents) for line in lines]


def test_recv_001_an_issue_debits_the_receivable_against_the_levy():
    """RECV-001: the line carries installment, charge type and collection type."""
    lines = post_difference(NOTHING_KNOWN, ISSUED)

    assert brief(lines) == [
        ("taxes_receivable", "tax", 100_000),
        ("levy_control", "tax", -100_000),
    ]
    assert (1, "S", ISSUE.fact_id) == (
        lines[0].installment,
        lines[0].collection_type,
        lines[0].fact_id,
    )


def test_a_late_overpayment_posts_interest_application_surplus_and_cash():
    """1,100 against 1,000 a day late: 15 interest is earned, 85 is owed back."""
    assert brief(post_difference(ISSUED, PAID)) == [
        ("taxes_receivable", "interest", 1_500),
        ("interest_income", "interest", -1_500),
        ("taxes_receivable", "interest", -1_500),
        ("taxes_receivable", "tax", -100_000),
        ("surplus_liability", None, -8_500),
        ("cash_clearing", None, 110_000),
    ]


def test_a_reversal_posts_the_mirror_of_its_payment():
    """What the payment moved, the reversal moves back, line by line."""
    forth = post_difference(ISSUED, PAID)
    back = post_difference(PAID, derive([ISSUE, LATE, VOID], TERMS))

    assert sorted((row[0], -row[2]) for row in brief(forth)) == sorted(
        (row[0], row[2]) for row in brief(back)
    )


def test_a_reallocation_moves_no_cash():
    """Held money that finds its bill leaves suspense for the charges; the till is not touched."""
    early = PaymentReceived(UUID(int=4), date(2019, 2, 1), AT, UUID(int=14), 40_000)
    held, placed = derive([early], TERMS), derive([early, ISSUE], TERMS)

    assert brief(post_difference(held, placed)) == [
        ("taxes_receivable", "tax", 100_000),
        ("levy_control", "tax", -100_000),
        ("taxes_receivable", "tax", -40_000),
        ("suspense_liability", None, 40_000),
    ]
    told = allocation(difference(held, placed), received_cents=0)
    assert (
        [row.amount_cents for row in told.rows],
        told.surplus_cents,
        told.suspense_cents,
    ) == ([40_000], 0, -40_000)


def test_recv_012_an_allocation_that_does_not_add_up_is_refused():
    """RECV-012: nobody is told of a posting whose parts are not its money."""
    with pytest.raises(AssertionError):
        allocation(difference(ISSUED, PAID), received_cents=109_999)


def test_money_without_a_bill_goes_to_suspense_and_back():
    """A receipt line that names no bill is owed to somebody until it is placed."""
    forth, back = suspense_lines(LATE.fact_id, 500), suspense_lines(LATE.fact_id, -500)

    assert brief(forth) == [("cash_clearing", None, 500), ("suspense_liability", None, -500)]
    assert brief(back) == [("cash_clearing", None, -500), ("suspense_liability", None, 500)]


def entry(lines, compensates=None):
    return JournalEntry(
        UUID(int=9), PostingKind.PAYMENT, AT.date(), LATE.fact_id, "v", lines, compensates
    )


def test_an_entry_keeps_its_lines_and_names_what_it_compensates():
    """A correction is another entry that points at the one it corrects."""
    lines = post_difference(ISSUED, PAID)

    assert lines == entry(lines).lines
    assert UUID(int=8) == entry(lines, UUID(int=8)).compensates


def test_an_unbalanced_entry_cannot_exist():
    """One cent off, or no lines at all, and there is no entry."""
    lines = post_difference(ISSUED, PAID)
    with pytest.raises(UnbalancedEntry, match="off balance by 1 cents"):
        entry((*lines, JournalLine(Account.CASH_CLEARING, 1, LATE.fact_id)))
    with pytest.raises(UnbalancedEntry, match="0 lines"):
        entry(())


def test_a_line_that_moves_nothing_cannot_exist():
    """Every line of the ledger has an amount, or there is no entry."""
    lines = post_difference(ISSUED, PAID)
    with pytest.raises(ValueError, match="cash_clearing moves nothing"):
        entry((*lines, JournalLine(Account.CASH_CLEARING, 0, LATE.fact_id)))


def test_a_quote_is_never_posted():
    """Interest that no fact brought up stays off the books."""
    with pytest.raises(AssertionError, match="a quote is never posted"):
        post_difference(ISSUED, derive([ISSUE], TERMS, date(2019, 6, 1)))
