"""LEVY-003: a corrected bill's money is shared by its newest lines, whatever came first."""

import json
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distribution_service.domain.sharing import exact_shares, unpaid
from taxkit import testing
from taxkit.ids import new_id

OLD = {"010010000": 6_000, "020120000": 3_000, "030250000": 1_000}
NEW = {"010010000": 2_000, "020120000": 3_000, "040010000": 1_001}
METHODS = {"BillCreated": "on_bill_created", "BillCorrected": "on_bill_corrected",
           "PaymentAllocated": "on_payment_allocated"}  # fmt: skip


def absorb(app, body: str) -> None:
    method = next(method for name, method in METHODS.items() if f"{name}.v1" in body)
    app.consumer.absorb(method, [body])


def by(lines: dict[str, int], cents: int) -> dict[str, int]:
    parts = exact_shares(cents, unpaid(lines))
    return {agency: part for agency, part in zip(sorted(lines), parts, strict=True) if part}


def test_levy_003_what_was_shared_moves_to_the_new_lines(app, neighbours) -> None:
    """4,000 shared by the old lines, then the correction: each has its part by the new ones."""
    bill, receipt = new_id(), new_id()
    absorb(app, neighbours.bill_created(bill, OLD))
    absorb(app, neighbours.allocated(bill, 2, (receipt, "tax", 4_000)))
    assert neighbours.shares(app, bill_id=bill) == by(OLD, 4_000)
    absorb(app, neighbours.bill_corrected(bill, 2, NEW))

    assert neighbours.shares(app, bill_id=bill) == by(NEW, 4_000)
    assert sum(neighbours.shares(app, receipt_id=receipt).values()) == 4_000
    absorb(app, neighbours.allocated(bill, 4, (new_id(), "tax", 2_001)))
    assert neighbours.shares(app, bill_id=bill) == NEW
    assert testing.parked(app) == []


def test_levy_003_versions_bill_and_money_in_any_order_end_the_same(app, neighbours) -> None:
    """All 120 orders of issue, two corrections and two payments."""
    outcomes = set()
    for order in permutations(range(5)):
        bill, first, second = new_id(), new_id(), new_id()
        events = [
            neighbours.bill_created(bill, OLD),
            neighbours.bill_corrected(bill, 2, {"010010000": 9_999, "050000000": 1}),
            neighbours.bill_corrected(bill, 3, NEW),
            neighbours.allocated(bill, 2, (first, "tax", 1_234), (first, "penalty", 55)),
            neighbours.allocated(bill, 4, (second, "tax", 777), (second, "interest", 5)),
        ]
        for place in order:
            absorb(app, events[place])
        outcomes.add(
            tuple(
                tuple(sorted(neighbours.shares(app, receipt_id=each).items()))
                for each in (first, second)
            )
        )

    assert len(outcomes) == 1
    assert testing.parked(app) == []


@pytest.mark.parametrize("late", [False, True])
def test_levy_003_a_bill_corrected_to_nothing_gives_its_money_back(app, neighbours, late) -> None:
    """The paid tax becomes surplus: no agency keeps a cent, whichever event comes first."""
    bill, receipt = new_id(), new_id()
    absorb(app, neighbours.bill_created(bill, OLD))
    absorb(app, neighbours.allocated(bill, 2, (receipt, "tax", 4_000)))
    last = [
        neighbours.bill_corrected(bill, 2, dict.fromkeys(OLD, 0)),
        neighbours.allocated(bill, 4, (receipt, "tax", -4_000), kind="correction"),
    ]
    for body in reversed(last) if late else last:
        absorb(app, body)

    assert neighbours.shares(app, bill_id=bill) == {}
    absorb(app, neighbours.bill_corrected(bill, 3, NEW))
    absorb(app, neighbours.allocated(bill, 6, (receipt, "tax", 6_001), kind="reallocation"))
    assert neighbours.shares(app, bill_id=bill) == NEW


def test_levy_003_an_older_version_that_comes_late_changes_nothing(app, neighbours) -> None:
    """Version 3 stands; version 2 and the bill itself come after it."""
    bill, receipt = new_id(), new_id()
    absorb(app, neighbours.allocated(bill, 2, (receipt, "tax", 6_001)))
    absorb(app, neighbours.bill_corrected(bill, 3, NEW))
    assert neighbours.shares(app, bill_id=bill) == NEW
    absorb(app, neighbours.bill_corrected(bill, 2, OLD))
    absorb(app, neighbours.bill_created(bill, OLD))

    assert neighbours.shares(app, bill_id=bill) == NEW
    assert testing.parked(app) == []


def test_levy_003_moves_between_agencies_are_not_told_as_shares(app, neighbours) -> None:
    """DistributionPosted says what money was shared; nothing was, it only moved."""
    bill = new_id()
    absorb(app, neighbours.bill_created(bill, OLD))
    absorb(app, neighbours.allocated(bill, 2, (new_id(), "tax", 4_000)))
    before = len(testing.emitted(app))
    absorb(app, neighbours.bill_corrected(bill, 2, NEW))

    assert len(testing.emitted(app)) == before


def test_levy_003_a_correction_that_does_not_add_up_is_parked(app, neighbours) -> None:
    """Its lines are not its total: nobody's shares move."""
    bill = new_id()
    absorb(app, neighbours.bill_created(bill, OLD))
    absorb(app, neighbours.allocated(bill, 2, (new_id(), "tax", 4_000)))
    body = neighbours.bill_corrected(bill, 2, NEW)
    spoiled = json.loads(body)
    spoiled["data"]["total_cents"] += 1
    absorb(app, json.dumps(spoiled))

    assert [reason for reason, _ in testing.parked(app)] == ["COMPONENTS_DIFFER"]
    assert neighbours.shares(app, bill_id=bill) == by(OLD, 4_000)


@settings(max_examples=25)
@given(
    versions=st.lists(
        st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.integers(0, 500), min_size=1),
        min_size=1,
        max_size=3,
    ),
    paid=st.lists(st.integers(1, 300), min_size=1, max_size=3),
    data=st.data(),
)
def test_levy_003_shared_is_what_was_paid_after_every_event(
    app, neighbours, versions, paid, data
) -> None:
    """Any corrections, any payments, any order: per receipt the shares are its money."""
    bill = new_id()
    receipts = {new_id(): cents for cents in paid}
    events = [neighbours.bill_created(bill, {"a": 300, "b": 1})]
    events += [neighbours.bill_corrected(bill, n, each) for n, each in enumerate(versions, start=2)]
    events += [
        neighbours.allocated(bill, 2 * n, (receipt, "tax", cents))
        for n, (receipt, cents) in enumerate(receipts.items(), start=1)
    ]
    for body in data.draw(st.permutations(events)):
        absorb(app, body)

    standing = next((each for each in reversed(versions) if sum(each.values())), {"a": 300, "b": 1})
    assert neighbours.shares(app, bill_id=bill) == by(standing, sum(paid))
    for receipt, cents in receipts.items():
        assert sum(neighbours.shares(app, receipt_id=receipt).values()) == cents
