"""CASH-077: money for miscellaneous sources is booked to the fund and account of each."""

import pytest
from sqlalchemy.exc import DBAPIError

from millage.distribution.v1 import distribution_pb2 as pb
from millage.distribution.v1 import distribution_pb2_grpc as stubs
from taxkit.ids import new_id
from taxkit.testing import bearer, foreign_event


def _line(number: int, cents: int, account: str = "4711", kind: str = "misc"):
    return {
        "line_number": number,
        "kind": kind,
        "amount_cents": cents,
        "source_code": "DOGS",
        "credit_fund": "100",
        "credit_account": account,
    }


@pytest.fixture
def told(app, keys, channel, neighbours):
    """What distribution says of the day, and of one receipt."""
    stub, reader = stubs.DistributionServiceStub(channel), bearer(keys.token("distribution.read"))

    def ask(receipt):
        day = stub.GetTotals(pb.GetTotalsRequest(business_date=neighbours.DAY), metadata=reader)
        one = stub.GetShares(pb.GetSharesRequest(receipt_id=str(receipt)), metadata=reader)
        funds = stub.ListFundTotals(
            pb.ListFundTotalsRequest(from_date=neighbours.DAY, to_date=neighbours.DAY),
            metadata=reader,
        ).funds
        return (
            (day.received_cents, day.fund_cents, day.undistributed_cents, day.releasable_cents),
            (one.fund_cents, one.undistributed_cents),
            [(row.fund, row.account, row.source_code, row.booked_cents) for row in funds],
        )

    return ask


def test_cash_077_sources_are_booked_to_their_funds_and_released_like_shares(app, told, neighbours):
    """Only what is for bills stays undistributed; the same event twice books once."""
    receipt, session = new_id(), new_id()
    lines = [_line(1, 1_500), _line(2, 700, "9"), _line(3, 5_000, kind="bill")]
    body = neighbours.payment_posted(receipt, 7_200, session_id=session, lines=lines)
    neighbours.absorb(app, "on_payment_posted", body)
    neighbours.absorb(app, "on_payment_posted", body)

    booked = [("100", "4711", "DOGS", 1_500), ("100", "9", "DOGS", 700)]
    assert told(receipt) == ((7_200, 2_200, 5_000, 0), (2_200, 5_000), booked)
    neighbours.absorb(app, "on_session_closed", neighbours.session_closed(session))
    neighbours.absorb(app, "on_deposit_made", neighbours.deposit_made(session))
    assert told(receipt)[0] == (7_200, 2_200, 5_000, 2_200)


@pytest.mark.parametrize("reversal_first", [False, True])
def test_cash_062_a_reversal_takes_the_funds_money_back(
    app, told, neighbours, *, reversal_first: bool
):
    """By entries of its own, whichever is heard of first."""
    receipt = new_id()
    lines = [_line(1, 1_500)]
    news = [
        (
            "on_payment_posted",
            neighbours.payment_posted(receipt, 1_500, session_id=new_id(), lines=lines),
        ),
        ("on_payment_reversed", neighbours.payment_reversed(receipt, 1_500)),
    ]
    for method, body in reversed(news) if reversal_first else news:
        neighbours.absorb(app, method, body)

    assert told(receipt) == ((0, 0, 0, 0), (0, 0), [("100", "4711", "DOGS", 0)])
    with app.database.begin() as connection:
        entries = connection.exec_driver_sql(
            "select kind, amount_cents from fund_entries order by kind"
        ).all()
    assert [tuple(row) for row in entries] == [("payment", 1_500), ("reversal", -1_500)]


def test_cash_062_a_returned_receipts_funds_are_taken_back_on_that_day(app, told, neighbours):
    """The whole receipt: what was for bills and what was for sources."""
    receipt = new_id()
    body = neighbours.payment_posted(receipt, 1_500, session_id=new_id(), lines=[_line(1, 1_500)])
    neighbours.absorb(app, "on_payment_posted", body)
    returned = foreign_event(
        "org.millage.receivables.PaymentReturned.v1",
        f"return/{receipt}",
        {
            "receipt_id": str(receipt),
            "business_date": "2023-03-09",
            "total_cents": 1_500,
            "reason_code": "R01",
        },
    )
    neighbours.absorb(app, "on_payment_returned", returned)
    neighbours.absorb(app, "on_payment_returned", returned)

    assert told(receipt)[0] == (1_500, 1_500, 0, 0)
    assert told(receipt)[1] == (0, 0)
    with app.database.begin() as connection:
        entries = connection.exec_driver_sql(
            "select business_date::text, amount_cents from fund_entries order by business_date"
        ).all()
    assert [tuple(row) for row in entries] == [("2023-03-01", 1_500), ("2023-03-09", -1_500)]


@pytest.mark.parametrize(
    "statement", ["update fund_entries set fund = ''", "delete from fund_entries"]
)
def test_cash_077_what_is_booked_stays(app, neighbours, statement: str):
    """The database refuses to change it."""
    body = neighbours.payment_posted(new_id(), 5, session_id=new_id(), lines=[_line(1, 5)])
    neighbours.absorb(app, "on_payment_posted", body)
    with pytest.raises(DBAPIError, match="append-only"), app.database.begin() as connection:
        connection.exec_driver_sql(statement)
