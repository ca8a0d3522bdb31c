"""CASH-055: who wants no receipt gets none, and who wants no word of surplus is not written to."""

import pytest

from notifications_service.domain.occasion import ALWAYS, Mark, Occasion
from taxkit.ids import new_id

RECEIPT = "Receipt C-2023-000017 for your property tax payment"


@pytest.mark.parametrize(
    ("told", "subjects"),
    [
        ({}, [RECEIPT]),
        # What is kept of it is told once the ledger has it.
        ({"surplus_cents": 250}, [RECEIPT]),
        ({"receipt_print_suppressed": True}, []),
        ({"receipt_print_suppressed": False}, [RECEIPT]),
    ],
)
def test_cash_055_only_the_paper_that_is_wanted_is_written(app, sink, posted, told, subjects):
    """As the payment says; a message from before the flags gets what it always did."""
    app.consumer.absorb("on_payment_posted", [posted(new_id(), **told)])
    app.sender.send_due()

    assert sorted(sink.subjects) == sorted(subjects)


def test_cash_026_a_receipt_names_a_lines_own_date_and_what_a_line_is_for(app, sink, posted):
    """A bill's day where it differs, a source by its code, money ahead of a bill as that."""
    bill = {
        "kind": "bill",
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "amount_cents": 100,
        "effective_on": "2023-02-01",
    }
    misc = {
        "kind": "misc",
        "parcel_number": "",
        "tax_year": None,
        "amount_cents": 200,
        "source_code": "DOG",
    }
    ahead = {**misc, "kind": "advance", "parcel_number": "13264290020001"}
    app.consumer.absorb("on_payment_posted", [posted(new_id(), lines=[bill, misc, ahead])])
    app.sender.send_due()
    (message,) = sink.messages
    words = message.get_content()

    assert "tax year 2021: $1.00, as of 2023-02-01" in words
    assert "DOG: $2.00" in words
    assert "Kept ahead of the next bill of parcel 13264290020001: $2.00" in words


def test_an_occasion_is_a_mark_that_is_there_and_one_that_is_not():
    """Zero and absence are no marks."""
    surplus = Occasion(only_if=Mark.SURPLUS, unless=Mark.SURPLUS_NOTICE_SUPPRESSED)

    assert ALWAYS.is_given({})
    assert not surplus.is_given({})
    assert not surplus.is_given({"surplus_cents": 0})
    assert surplus.is_given({"surplus_cents": 1, "surplus_notice_suppressed": False})
    assert not surplus.is_given({"surplus_cents": 1, "surplus_notice_suppressed": True})
