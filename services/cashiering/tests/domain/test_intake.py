"""CASH-063, RECV-023: how money came, and from which day it counts for that."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.intake import AT_COUNTER, CountsFrom, Intake, Timeliness, counts_on
from cashiering_service.domain.payment_source import Capture, PaymentSource, Unmatched
from taxkit.errors import Refusal

DAY = date(2022, 12, 15)
BEFORE = date(2022, 12, 10)
SOURCES = {
    code: PaymentSource(code, code, capture, Unmatched.SUSPENSE)
    for code, capture in [
        ("counter", Capture.STANDARD),
        ("web", Capture.STANDARD),
        ("mail", Capture.MAIL),
        ("lender", Capture.LENDER),
    ]
}
BY_POSTMARK = Timeliness(CountsFrom.POSTMARK, CountsFrom.RECEIPT)
BY_RECEIPT = Timeliness(CountsFrom.RECEIPT, CountsFrom.RECEIPT)


def test_cash_063_what_plainly_comes_over_the_counter_counts_from_the_sessions_day() -> None:
    """The law is not even asked."""
    assert counts_on(AT_COUNTER, {}, BY_POSTMARK, DAY) is None


@given(
    postmarked=st.dates(date(2020, 1, 1), DAY),
    received=st.none() | st.dates(date(2020, 1, 1), DAY),
)
def test_recv_023_mail_counts_from_its_postmark_or_its_receipt_as_the_law_has_it(
    postmarked: date, received: date | None
) -> None:
    """Never from the day it is keyed in, and never before it was sent."""
    mail = Intake("mail", postmarked, received)
    if postmarked > (received or DAY):
        with pytest.raises(Refusal, match="postmarked") as refused:
            counts_on(mail, SOURCES, BY_POSTMARK, DAY)
        assert refused.value.reason == "POSTMARK_AFTER_RECEIPT"
    else:
        assert counts_on(mail, SOURCES, BY_POSTMARK, DAY) == postmarked
        assert counts_on(mail, SOURCES, BY_RECEIPT, DAY) == received


@pytest.mark.parametrize("source", ["counter", "web"])
def test_recv_023_other_money_counts_from_the_day_it_was_here(source: str) -> None:
    """Under either law."""
    for law in (BY_POSTMARK, BY_RECEIPT):
        assert counts_on(Intake(source, received_on=BEFORE), SOURCES, law, DAY) == BEFORE


@pytest.mark.parametrize(
    ("intake", "reason"),
    [
        (Intake("pigeon"), "SOURCE_UNKNOWN"),
        (Intake("mail"), "POSTMARK_MISSING"),
        (Intake("web", postmarked_on=BEFORE), "POSTMARK_NOT_WANTED"),
        (Intake(received_on=date(2022, 12, 16)), "RECEIVED_IN_FUTURE"),
        (Intake("mail", date(2022, 12, 16)), "POSTMARK_AFTER_RECEIPT"),
        (Intake("mail", DAY, BEFORE), "POSTMARK_AFTER_RECEIPT"),
        (Intake("lender"), "LENDER_MISSING"),
    ],
)
def test_cash_063_what_does_not_fit_its_way_is_refused(intake: Intake, reason: str) -> None:
    """Each way is captured as it has to be."""
    with pytest.raises(Refusal) as refused:
        counts_on(intake, SOURCES, BY_POSTMARK, DAY)

    assert refused.value.reason == reason


def test_recv_023_only_mail_has_a_postmark() -> None:
    """A law file that says otherwise is not read."""
    with pytest.raises(ValueError, match="postmark"):
        Timeliness(CountsFrom.POSTMARK, CountsFrom.POSTMARK)
