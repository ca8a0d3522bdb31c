"""Levy's corrections as they come off the bus: late, early, twice, and wrong."""

import itertools
from datetime import date

import pytest

from taxkit.ids import new_id
from taxkit.testing import parked

CORRECTED = date(2022, 11, 14)


def parts(first, second):
    return [
        {"installment": 1, "due_on": "2022-03-01", "amount_cents": first},
        {"installment": 2, "due_on": "2022-12-30", "amount_cents": second},
    ]


def test_recv_004_a_correction_a_bill_and_its_money_in_any_order(app, ledger, neighbours):
    """RECV-004, RECV-006: whichever comes first, the same accounts, version and surplus."""
    outcomes = []
    for order in itertools.permutations(range(4)):
        bill = new_id()
        facts = [
            ("on_bill_created", neighbours.bill_created(bill)),
            (
                "on_payment_posted",
                neighbours.payment_posted(new_id(), neighbours.line(1, 180_000, bill)),
            ),
            (
                "on_bill_corrected",
                neighbours.bill_corrected(bill, 2, parts(100_000, 70_000), CORRECTED),
            ),
            (
                "on_bill_corrected",
                neighbours.bill_corrected(bill, 3, parts(100_000, 50_000), CORRECTED),
            ),
        ]
        for place in order:
            app.consumer.absorb(facts[place][0], [facts[place][1]])
        told = [one for one in ledger.told("BalanceChanged") if one["subject"] == f"bill/{bill}"]
        last = told[-1]["data"]
        outcomes.append(
            (
                last["bill_version"],
                last["open_cents"],
                last["surplus_cents"],
                [one["tax_charged_cents"] for one in last["installments"]],
            )
        )
    assert outcomes == [(3, 0, 30_000, [100_000, 50_000])] * 24
    assert ledger.balance("taxes_receivable") == 0
    assert parked(app) == []


def test_recv_004_a_correction_sent_again_changes_nothing_and_another_of_its_version_is_parked(
    app, bill, ledger, neighbours
):
    """RECV-004: a version says one thing; who says another is asked."""
    first = neighbours.bill_corrected(bill, 2, parts(100_000, 70_000), CORRECTED)
    app.consumer.absorb("on_bill_corrected", [first])
    postings = ledger.postings()
    app.consumer.absorb("on_bill_corrected", [first])
    other = neighbours.bill_corrected(bill, 2, parts(100_000, 60_000), CORRECTED)
    app.consumer.absorb("on_bill_corrected", [other])
    assert postings == ledger.postings()
    assert [reason for reason, _ in parked(app)] == ["FACT_TOLD_OTHERWISE"]


@pytest.mark.parametrize("last_day", ["2022-01-01", "9999-12-31"])
def test_recv_007_a_grace_of_no_possible_length_is_parked(app, bill, neighbours, last_day):
    """RECV-007: one that ended before it began, or lasts for ever, is a person's business."""
    body = neighbours.bill_corrected(
        bill, 2, parts(100_000, 70_000), CORRECTED, grace_ends_on=last_day
    )
    app.consumer.absorb("on_bill_corrected", [body])
    assert [reason for reason, _ in parked(app)] == ["DATA_INVALID"]


def test_recv_004_other_installments_than_the_bill_has_are_parked(app, bill, ledger, neighbours):
    """RECV-004: a target for an installment nobody demanded is a person's business."""
    wrong = parts(100_000, 70_000)[:1]
    body = neighbours.bill_corrected(bill, 2, wrong, CORRECTED)
    app.consumer.absorb("on_bill_corrected", [body])
    assert [reason for reason, _ in parked(app)] == ["INSTALLMENTS_DIFFER"]
    assert ledger.postings() == [("issue", 0, 0, 0)]


def test_recv_004_the_new_owner_and_version_are_told_even_when_no_amount_changes(
    app, bill, ledger, neighbours
):
    """RECV-004: the counter asks for the newest version."""
    owner = {"name": "Imogen Vale", "email": None}
    body = neighbours.bill_corrected(bill, 2, parts(100_000, 80_000), CORRECTED, owner=owner)
    app.consumer.absorb("on_bill_corrected", [body])
    last = ledger.told("BalanceChanged")[-1]["data"]
    assert (2, owner) == (last["bill_version"], last["owner"])
    # Nine months begun on the first half by the day of the correction.
    assert last["open_cents"] == 180_000 + 13_500
