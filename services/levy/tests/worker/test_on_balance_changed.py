"""What a balance makes of a bill's payment state, through the real inbox on real PostgreSQL."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxkit import ids, testing

METHOD = "on_balance_changed"


@pytest.fixture
def kept(app):
    """(payment_state, open_cents) of a bill as the read copy has it."""

    def read(bill_id: UUID) -> tuple[str, int] | None:
        with app.database.begin() as connection:
            row = connection.exec_driver_sql(
                "select payment_state, open_cents from bill_payments where bill_id = %s", (bill_id,)
            ).one_or_none()
        return tuple(row) if row else None

    return read


@pytest.mark.parametrize(
    ("open_cents", "paid_cents", "state"),
    [(500, 0, "open"), (300, 200, "part_paid"), (0, 500, "paid"), (0, 0, "paid")],
)
def test_a_balance_says_how_far_a_bill_is_paid(
    app, balance, bill_id, kept, open_cents: int, paid_cents: int, state: str
) -> None:
    """Open, part paid, paid; a bill of nothing is paid."""
    app.consumer.absorb(METHOD, [balance(bill_id, 2, open_cents, paid_cents)])

    assert kept(bill_id) == (state, open_cents)


def test_levy_002_a_bill_shows_what_receivables_last_said(app, levy, roll, balance) -> None:
    """Through the API: part paid, paid, and open again after a reversal."""
    levy.load(roll.whole(2021))
    (bill,) = levy.bills(parcel_number="13264290020000").bills
    seen = []
    for sequence, (open_cents, paid_cents) in enumerate(
        [(763_794, 496_428), (0, 1_260_222), (1_260_222, 0)], start=1
    ):
        body = balance(UUID(bill.bill_id), 2 * sequence, open_cents, paid_cents)
        app.consumer.absorb(METHOD, [body])
        (listed,) = levy.bills(parcel_number="13264290020000").bills
        seen.append((levy.bill(bill.bill_id).payment_state, listed.open_cents))

    assert seen == [("part_paid", 763_794), ("paid", 0), ("open", 1_260_222)]


def test_interest_on_top_of_the_bill_is_part_of_what_is_open(app, balance, bill_id, kept) -> None:
    """What is open may be more than was billed."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, 10_150)])

    assert kept(bill_id) == ("open", 10_150)


def test_a_redelivered_balance_changes_nothing(app, balance, bill_id, kept) -> None:
    """Twice in a batch and again later."""
    body = balance(bill_id, 1, 500)
    app.consumer.absorb(METHOD, [body, body])
    app.consumer.absorb(METHOD, [balance(bill_id, 3, 0, 500)])
    app.consumer.absorb(METHOD, [body])

    assert kept(bill_id) == ("paid", 0)
    assert testing.parked(app) == []


def test_a_stale_balance_is_dropped(app, balance, bill_id, kept) -> None:
    """Older than what is kept is no news."""
    app.consumer.absorb(METHOD, [balance(bill_id, 5, 0, 500)])
    app.consumer.absorb(METHOD, [balance(bill_id, 3, 500)])

    assert kept(bill_id) == ("paid", 0)


@settings(max_examples=15)
@given(st.permutations(range(1, 7)), st.integers(1, 6))
def test_arrival_order_cannot_change_what_is_kept(
    app, balance, kept, order: list[int], size: int
) -> None:
    """However six balances are shuffled and cut into batches, the newest stays."""
    bill_id = ids.new_id()
    bodies = [balance(bill_id, number, 100 * number, 50) for number in order]
    for start in range(0, len(bodies), size):
        app.consumer.absorb(METHOD, bodies[start : start + size])

    assert kept(bill_id) == ("part_paid", 600)


def test_a_batch_of_many_bills_is_kept_whole(app, balance, kept) -> None:
    """Two hundred bills, one transaction."""
    bill_ids = [ids.new_id() for _ in range(200)]
    app.consumer.absorb(METHOD, [balance(each, 1, 700, 1) for each in bill_ids])

    assert {kept(each) for each in bill_ids} == {("part_paid", 700)}


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda body: body.replace("BalanceChanged.v1", "BalanceChanged.v2"),
         "UNKNOWN_EVENT_VERSION"),
        (lambda body: body.replace('"open_cents"', '"open_cent"'), "DATA_INVALID"),
        (lambda body: body[:-20], "BODY_NOT_JSON"),
        (lambda body: body.replace('"open_cents": 500', '"open_cents": 5.5'), "DATA_INVALID"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_parked_with_its_reason(
    app, balance, bill_id, kept, spoil, reason: str
) -> None:
    """The good message of the batch has its effect all the same."""
    other = ids.new_id()
    app.consumer.absorb(METHOD, [spoil(balance(bill_id, 1, 500)), balance(other, 1, 300)])

    assert [each for each, _ in testing.parked(app)] == [reason]
    assert (kept(bill_id), kept(other)) == (None, ("open", 300))
