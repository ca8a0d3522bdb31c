"""CASH-058, CASH-059: copies are marked, papers go with a receipt, credit is vouched for."""

import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb


def _closed(counter, session, cents):
    cash = pb.TENDER_TYPE_CASH
    return counter.close(session.session_id, (cash, cents))


def test_cash_059_a_reprint_is_marked_as_the_copy_it_is(receipts, counter, session) -> None:
    """The first print is the original; read again, each is what it was."""
    number = counter.pay(session.session_id, note="for Rex").receipt_number
    first, second, third = (receipts.run("receipt", receipt_number=number) for _ in range(3))
    marks = [
        [row["what"] for row in receipts.read_rows(run.run_id) if row["part"] == "Copy"]
        for run in (first, second, third)
    ]

    assert marks == [[], ["no. 2"], ["no. 3"]]
    assert receipts.read_rows(first.run_id) == receipts.read_rows(second.run_id)[1:]
    assert receipts.read(second.run_id, "pdf") == receipts.read(second.run_id, "pdf")


def test_cash_059_nobody_numbers_a_copy_himself(receipts, counter, session) -> None:
    """What is asked for is not believed."""
    number = counter.pay(session.session_id).receipt_number
    run = receipts.run("receipt", receipt_number=number, copy_number="7")

    assert [row["part"] for row in receipts.read_rows(run.run_id)] == ["Paid for", "Paid with"]


def test_cash_058_papers_chosen_at_the_payment_are_printed_with_it(
    receipts, counter, session
) -> None:
    """In the order they were chosen, in the county's words."""
    chosen = ["proof-of-payment", "bill-of-sale"]
    receipt = counter.pay(session.session_id, note="a trailer", custom_receipts=chosen)
    rows = receipts.rows("receipt", receipt_number=receipt.receipt_number)
    words = [(row["part"], row["detail"]) for row in rows if row["part"] != "Paid for"]

    assert list(receipt.custom_receipts) == chosen
    assert [part for part, _ in words[2:]] == ["Proof of payment"] + ["Bill of sale"] * 3
    assert words[2][1] == (
        "To whom it may concern: Imogen Vale paid $100.00 on parcel 13264290020000, effective"
        f" 2022-12-15, by receipt {receipt.receipt_number} of 2022-12-15."
    )
    assert words[4][1].endswith("as it stands: a trailer")


def test_cash_058_a_paper_may_be_printed_later(receipts, counter, session, refused) -> None:
    """Though nobody chose it then; not of a receipt that was taken back."""
    receipt = counter.pay(session.session_id)
    asked = {"receipt_number": receipt.receipt_number, "custom_receipt": "proof-of-payment"}

    (row,) = receipts.rows("custom-receipt", **asked)
    assert row["words"].startswith("To whom it may concern: Imogen Vale paid $100.00")
    refused(
        "CUSTOM_RECEIPT_UNKNOWN",
        receipts.run,
        "custom-receipt",
        **asked | {"custom_receipt": "deed"},
    )
    counter.reverse(receipt.receipt_id)
    refused("RECEIPT_REVERSED", receipts.run, "custom-receipt", **asked)


@pytest.mark.parametrize(
    ("chosen", "reason", "field"),
    [
        (["deed"], "CUSTOM_RECEIPT_UNKNOWN", "custom_receipts[0]"),
        (["bill-of-sale"] * 2, "CUSTOM_RECEIPTS_INVALID", "custom_receipts"),
        (["\x00"], "TEXT_INVALID", "custom_receipts"),
    ],
    ids=["unknown", "twice", "hostile"],
)
def test_cash_058_a_paper_there_is_not_is_refused(
    counter, session, refused, unchanged, chosen, reason, field
) -> None:
    """Before any money is taken."""
    with unchanged():
        error = refused(reason, counter.pay, session.session_id, custom_receipts=chosen)
    assert error.fields == [field]


def test_cash_059_a_credit_voucher_says_what_is_kept(receipts, counter, session) -> None:
    """Surplus of the tender, and money ahead of a bill."""
    ahead = pb.AdvanceLine(advance_type="regular", parcel_number="13264290020000", amount_cents=700)
    receipt = counter.pay(
        session.session_id,
        lines=[counter.line(10_000)],
        advances=[ahead],
        tenders=[counter.cash(10_950)],
        return_change=False,
    )
    rows = receipts.rows("credit-voucher", receipt_number=receipt.receipt_number)

    assert [(row["what"], row["for_what"], row["amount_cents"]) for row in rows] == [
        ("Surplus", "2021-13264290020000", 250), ("Advance", "regular", 700),
    ]  # fmt: skip


def test_cash_059_without_credit_there_is_no_voucher(receipts, counter, session, refused) -> None:
    """Nor for money that was taken back, nor for a receipt there is not."""
    plain = counter.pay(session.session_id)
    asked = {"receipt_number": plain.receipt_number}

    refused("NOTHING_CREDITED", receipts.run, "credit-voucher", **asked)
    counter.reverse(plain.receipt_id)
    refused("RECEIPT_REVERSED", receipts.run, "credit-voucher", **asked)
    refused("RECEIPT_NOT_FOUND", receipts.run, "credit-voucher", receipt_number="T09-1")


def test_cash_055_a_suppressed_receipt_is_left_out_of_a_sessions_print(
    receipts, counter, session
) -> None:
    """It can still be printed by itself."""
    kept = counter.pay(session.session_id)
    silent = counter.pay(session.session_id, suppress_receipt_print=True)
    _closed(counter, session, 20_000)
    rows = receipts.rows("receipts", session_id=session.session_id)

    assert {row["receipt_number"] for row in rows} == {kept.receipt_number}
    assert receipts.rows("receipt", receipt_number=silent.receipt_number)
