"""The read copy of dues: what receivables last said, through the real inbox on real PostgreSQL."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taxkit import testing

METHOD = "on_balance_changed"
PARCEL = "11111111111111"


@pytest.fixture
def kept(rows, bill_of):
    """(version, open cents, owner) of the test's bill as the read copy has it."""

    def read(parcel_number: str = PARCEL) -> list[tuple]:
        return rows(
            "select bill_version, open_cents, owner_name from dues"
            f" where bill_id = '{bill_of(parcel_number, 2021)}'"
        )

    return read


def test_cash_025_a_balance_is_kept_with_installments_and_owner(app, balance, rows) -> None:
    """All that a quote and a receipt need when receivables is away."""
    app.consumer.absorb(METHOD, [balance(PARCEL, 2021, 1_001)])
    ((number, installments, email, as_of),) = rows(
        "select bill_number, installments, owner_email, as_of::text from dues"
        f" where parcel_number = '{PARCEL}'"
    )

    assert (number, email, as_of) == (f"2021-{PARCEL}", "tamsin@example.org", "2022-01-15")
    assert [(one["installment"], one["tax_open_cents"]) for one in installments] == [
        (1, 500), (2, 501),
    ]  # fmt: skip


def test_cash_025_what_is_called_due_is_kept_with_that_day_until_it_is_not(
    app, balance, rows
) -> None:
    """The next balance that names no such day gives the installment its own back."""

    def days() -> list[str]:
        ((found,),) = rows(f"select installments from dues where parcel_number = '{PARCEL}'")
        return [one["due_on"] for one in found]

    told = json.loads(balance(PARCEL, 2021, 1_000))
    told["data"]["installments"][1]["called_due_on"] = "2022-03-01"
    app.consumer.absorb(METHOD, [json.dumps(told)])
    assert days() == ["2022-03-01", "2022-03-01"]
    app.consumer.absorb(METHOD, [balance(PARCEL, 2021, 900, sequence=3)])
    assert days() == ["2022-03-01", "2022-12-30"]


def test_cash_025_what_will_be_called_due_is_kept_with_the_day_it_is_from(
    app, balance, rows
) -> None:
    """So that the copy knows it on that day; the next balance that names none takes it away."""
    call = {"from_on": "2022-03-02", "due_on": "2022-03-01"}
    told = json.loads(balance(PARCEL, 2021, 1_000))
    told["data"]["installments"][1]["call"] = call
    app.consumer.absorb(METHOD, [json.dumps(told)])
    ((found,),) = rows(f"select installments from dues where parcel_number = '{PARCEL}'")
    assert [(one["due_on"], one.get("call")) for one in found] == [
        ("2022-03-01", None),
        ("2022-12-30", call),
    ]
    app.consumer.absorb(METHOD, [balance(PARCEL, 2021, 900, sequence=3)])
    ((found,),) = rows(f"select installments from dues where parcel_number = '{PARCEL}'")
    assert not any("call" in one for one in found)


def test_the_newest_balance_wins(app, balance, kept) -> None:
    """Later ones replace, older ones are dropped, the same one again changes nothing."""
    old, new = balance(PARCEL, 2021, 900, sequence=2), balance(PARCEL, 2021, 400, sequence=4)
    app.consumer.absorb(METHOD, [old])
    app.consumer.absorb(METHOD, [new, new])
    app.consumer.absorb(METHOD, [balance(PARCEL, 2021, 900, sequence=3), old])

    assert [cents for _, cents, _ in kept()] == [400]
    assert testing.parked(app) == []


def test_a_new_version_is_what_the_counter_asks_for_next(
    app, counter, session, balance, bill_of, refused
) -> None:
    """A payment that quotes the old one is told."""
    app.consumer.absorb(METHOD, [balance(PARCEL, 2021, 900)])
    app.consumer.absorb(METHOD, [balance(PARCEL, 2021, 800, sequence=4, bill_version=2)])
    bill_id = bill_of(PARCEL, 2021)
    old, new = counter.line(100, bill_id, 1), counter.line(100, bill_id, 2)

    tenders = [counter.cash(100)]
    refused("BILL_VERSION_MISMATCH", counter.pay, session.session_id, lines=[old], tenders=tenders)
    assert counter.pay(session.session_id, lines=[new], tenders=tenders).lines[0].bill_version == 2


@settings(max_examples=15)
@given(st.permutations(range(1, 7)), st.integers(1, 6), st.integers(0, 10**13))
def test_arrival_order_cannot_change_what_is_kept(
    app, balance, kept, order: list[int], size: int, parcel: int
) -> None:
    """However six balances are shuffled and cut into batches, the newest stays."""
    number = f"2{parcel:013d}"
    bodies = [balance(number, 2021, 100 * each, sequence=each) for each in order]
    for start in range(0, len(bodies), size):
        app.consumer.absorb(METHOD, bodies[start : start + size])

    assert [cents for _, cents, _ in kept(number)] == [600]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda body: body.replace("BalanceChanged.v1", "BalanceChanged.v2"),
         "UNKNOWN_EVENT_VERSION"),
        (lambda body: body.replace("BalanceChanged.v1", "BillForgotten.v1"),
         "UNEXPECTED_EVENT_TYPE"),
        (lambda body: body.replace('"open_cents"', '"open_cent"'), "DATA_INVALID"),
        (lambda body: body.replace('"bill_version": 1', '"bill_version": "1"'), "DATA_INVALID"),
        (lambda body: body.replace('"open_cents": 500', '"open_cents": -1'), "DATA_INVALID"),
        (lambda body: body.replace('"open_cents": 500', f'"open_cents": {2**53}'), "DATA_INVALID"),
        (lambda body: body.replace('"open_cents": 500', f'"open_cents": {2**63}'),
         "NUMBER_TOO_LARGE"),
        (lambda body: body.replace('"bill_version": 1', f'"bill_version": {2**31}'),
         "DATA_INVALID"),
        (lambda body: body.replace('"tax_open_cents": 250', '"tax_open_cents": 2.5'),
         "DATA_INVALID"),
        (lambda body: body[: len(body) // 2], "BODY_NOT_JSON"),
        (lambda body: body.encode("utf-16"), "BODY_NOT_UTF8"),
        (lambda body: "[" + body + "]", "ENVELOPE_INVALID"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_parked_with_its_reason(
    app, balance, kept, spoil, reason: str
) -> None:
    """The good message of the batch has its effect all the same."""
    other = "22222222222222"
    bad = spoil(balance(PARCEL, 2021, 500))
    app.consumer.absorb(METHOD, [bad, balance(other, 2021, 300)])

    assert [each for each, _ in testing.parked(app)] == [reason]
    assert kept() == []
    assert [cents for _, cents, _ in kept(other)] == [300]


def test_a_balance_with_something_new_in_it_is_read(app, balance, kept) -> None:
    """Receivables may add fields without asking."""
    body = json.loads(balance(PARCEL, 2021, 500))
    body["data"]["penalty_cents"] = 7
    body["data"]["installments"][0]["fee_open_cents"] = 1
    app.consumer.absorb(METHOD, [json.dumps(body)])

    assert [cents for _, cents, _ in kept()] == [500]


def test_an_installment_with_something_new_in_it_can_be_quoted(app, balance, counter) -> None:
    """The read copy keeps what it knows and no more."""
    from millage.cashiering.v1 import cashiering_pb2 as pb

    body = json.loads(balance(PARCEL, 2021, 500))
    body["data"]["installments"][0]["fee_open_cents"] = 1
    app.consumer.absorb(METHOD, [json.dumps(body)])
    request = pb.QuoteRequest(parcel_number=PARCEL)

    assert counter.stub.Quote(request, metadata=counter.metadata).open_cents == 500


def test_recv_008_penalty_fees_and_default_are_shown_at_the_counter(app, balance, counter) -> None:
    """RECV-008: a widened balance is kept; an installment that lacks the new fields has none."""
    from millage.cashiering.v1 import cashiering_pb2 as pb

    body = json.loads(balance(PARCEL, 2021, 500))
    body["data"]["installments"][0] |= {
        "penalty_open_cents": 25,
        "fee_open_cents": 5,
        "defaulted_open_cents": 250,
        "collection_type": "DS",
    }
    app.consumer.absorb(METHOD, [json.dumps(body)])
    request = pb.QuoteRequest(parcel_number=PARCEL)
    (one,) = counter.stub.Quote(request, metadata=counter.metadata).bills
    assert [
        (each.penalty_open_cents, each.fee_open_cents, each.defaulted_open_cents)
        for each in one.installments
    ] == [(25, 5, 250), (0, 0, 0)]
    assert [each.collection_type for each in one.installments] == ["DS", "S"]
