"""RECV-032: the note says type, rate, what was verified and who authorised it."""

from receivables_service.domain.discount_checks import Check
from receivables_service.domain.discount_notes import LEDGER, note_on

CHECKS = [Check("timely", True, "in time"), Check("flags", True, "none")]


def test_one_granted_with_its_payment_is_authorised_by_its_program() -> None:
    assert note_on("early", "0.05", CHECKS, "applied", LEDGER) == (
        "early discount of 5%; verified: timely, flags; granted by the program itself"
    )


def test_an_exception_names_what_failed_who_approved_it_and_the_document() -> None:
    failed = [*CHECKS, Check("prior_years", False, "2020")]
    assert note_on("senior", "0.0125", failed, "approved", "ben", "order 7") == (
        "senior discount of 1.25%; verified: timely, flags; by exception, failed: prior_years;"
        " approved by ben; on evidence of order 7"
    )


def test_one_taken_back_says_by_whom() -> None:
    assert note_on("early", "0.1", (), "reversed", "ana").endswith("10%; taken back by ana")
