"""AC-3 at the till, CASH-051: penalty and interest waived on a line, within limits and accrued."""

import pytest
from psycopg.types.json import Jsonb

from cashiering_service.schemas import PaymentPostedV1
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing


@pytest.fixture
def late(bill):
    """The bill of AC-3: tax 1,000, penalty 20, interest 30, all told by receivables."""
    return bill(due_on="2022-03-01", tax=100_000, penalty=2_000, interest=3_000)


def _line(counter, bill_id, cents: int = 102_000, **waived: int) -> pb.PaymentLine:
    line = counter.line(cents, bill_id)
    line.allocation_rule = "tax-first"
    line.waived.CopyFrom(pb.Waived(**waived))
    return line


def _pay(counter, session, line, **changes):
    return counter.pay(
        session.session_id, lines=[line], tenders=[counter.cash(line.amount_cents)], **changes
    )


def test_ac_3_interest_within_the_limit_is_waived(app, counter, session, authority, late) -> None:
    """Pay 1,020 with 30 of interest waived: answer, stored receipt and event say so."""
    authority.set(max_interest_waiver_cents=3_000)
    receipt = _pay(counter, session, _line(counter, late, interest_cents=3_000))

    (line,) = receipt.lines
    assert (line.amount_cents, line.waived) == (102_000, pb.Waived(interest_cents=3_000))
    assert line.rule_id == "tax-first"
    request = pb.GetReceiptRequest(receipt=receipt.receipt_id)
    assert counter.stub.GetReceipt(request, metadata=counter.metadata) == receipt
    (event,) = testing.emitted(app)
    assert PaymentPostedV1().validate(event["data"]) == {}
    told = event["data"]["lines"][0]
    assert told["waived"] == {"penalty_cents": 0, "interest_cents": 3_000}
    assert told["allocation"]["rule_id"] == "tax-first"


def test_ac_3_a_penalty_above_the_limit_is_refused(
    counter, session, authority, late, refused, unchanged
) -> None:
    """The cashier's limit for penalty is nothing."""
    authority.set(max_interest_waiver_cents=3_000)
    line = _line(counter, late, penalty_cents=2_000)
    with unchanged():
        error = refused("LIMIT_EXCEEDED", _pay, counter, session, line)
    assert error.said == {
        "action": "penalty_waiver",
        "asked_cents": "2000",
        "limit_cents": "0",
        "overridable": "false",
    }


def test_ac_3_a_second_person_waives_more(counter, session, authority, late) -> None:
    """CASH-008: the penalty too, with a grant for it."""
    authority.set(max_interest_waiver_cents=3_000, overrides_allowed=True)
    grant = authority.authorise(
        session.session_id, action="penalty_waiver", amount_cents=2_000, order_key="w"
    )
    line = _line(counter, late, 100_000, penalty_cents=2_000, interest_cents=3_000)
    receipt = _pay(counter, session, line, override_grants=[grant.grant_id], idempotency_key="w")

    assert receipt.lines[0].waived == pb.Waived(penalty_cents=2_000, interest_cents=3_000)
    assert [one.used_by_receipt_id for one in authority.overrides()] == [receipt.receipt_id]


@pytest.mark.parametrize(
    ("waived", "rule", "reason"),
    [
        ({"interest_cents": 3_001}, "tax-first", "WAIVER_ABOVE_ACCRUED"),
        ({"interest_cents": 3_000}, "statute", "WAIVED_NOT_LAST"),
        ({"interest_cents": 3_000}, "", "WAIVED_NOT_LAST"),
        ({"penalty_cents": 2_000}, "tax-first", "WAIVED_NOT_LAST"),
        ({"interest_cents": -1}, "tax-first", "AMOUNT_NEGATIVE"),
        ({}, "tax-first", "WAIVER_EMPTY"),
        ({"interest_cents": 3_000}, "mine", "ALLOCATION_RULE_UNKNOWN"),
    ],
)
def test_cash_051_a_waiver_that_cannot_be_meant_is_refused(
    counter, session, authority, late, refused, unchanged, waived, rule: str, reason: str
) -> None:
    """Limits are not the question here."""
    authority.set(max_interest_waiver_cents=10**6, max_penalty_waiver_cents=10**6)
    line = _line(counter, late, **waived)
    line.allocation_rule = rule
    with unchanged():
        refused(reason, _pay, counter, session, line)


def test_cash_009_a_waiver_needs_a_right(
    counter, session, authority, late, keys, refused, unchanged
) -> None:
    """And so does the rule that makes it possible."""
    authority.set(max_interest_waiver_cents=3_000)
    line = _line(counter, late, interest_cents=3_000)
    order = counter.order(session.session_id, lines=[line], tenders=[counter.cash(102_000)])
    with unchanged():
        for rights in (["cashiering.pay", "cashiering.allocate"], ["cashiering.waive"]):
            metadata = testing.bearer(keys.token(*rights, user="cashier"))
            refused("FORBIDDEN", counter.post, order, metadata)


def test_cash_051_interest_quoted_for_the_day_may_be_waived(
    app, counter, session, authority, bill, refused
) -> None:
    """What receivables quoted counts; the next balance told makes it void."""
    authority.set(max_interest_waiver_cents=3_000)
    bill_id = bill(due_on="2022-03-01", tax=100_000)
    line = _line(counter, bill_id, 100_000, interest_cents=3_000)
    refused("WAIVER_ABOVE_ACCRUED", _pay, counter, session, line)
    _quote(app, bill_id, "2022-12-14", interest=3_000)
    refused("WAIVER_ABOVE_ACCRUED", _pay, counter, session, line)
    _quote(app, bill_id, "2022-12-15", interest=3_000)

    assert _pay(counter, session, line).lines[0].waived.interest_cents == 3_000


def test_ac_2_j_of_a_late_bill_quoted_for_the_day_the_tolerance_is_kept(
    app, counter, session, authority, bill
) -> None:
    """The balance is certain then: 1,030 and 40 cents."""
    authority.set(tolerance_cents=100)
    bill_id = bill(due_on="2022-03-01", tax=100_000)
    _quote(app, bill_id, "2022-12-15", tax=100_000, interest=3_000)
    line = counter.line(103_040, bill_id)
    receipt = counter.pay(session.session_id, lines=[line], tenders=[counter.cash(103_040)])

    assert (receipt.lines[0].amount_cents, receipt.tolerance_cents) == (103_000, -40)


def test_a_new_balance_makes_a_quote_void(app, bill, rows) -> None:
    """What was quoted before it is no longer so."""
    bill_id = bill(due_on="2022-03-01", tax=100_000)
    _quote(app, bill_id, "2022-12-15", interest=3_000)
    assert rows("select count(*) from quoted") == [(1,)]

    bill(due_on="2022-03-01", sequence=3, tax=90_000)
    assert rows("select count(*) from quoted") == [(0,)]


def _quote(app, bill_id, as_of: str, **open_cents: int) -> None:
    """What the Quote of the counter keeps of receivables' answer."""
    part = {"installment": 1, "due_on": "2022-03-01"} | {
        f"{kind}_open_cents": cents for kind, cents in open_cents.items()
    }
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into quoted values (%s, %s, 1, %s)", (bill_id, as_of, Jsonb([part]))
        )
