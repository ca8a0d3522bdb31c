"""LEVY-017 in the ledger: what of a bill's debt is a payoff, until when, and whether it is paid."""

import pytest

from millage.receivables.v1 import special_payoffs_pb2 as pb
from millage.receivables.v1 import special_payoffs_pb2_grpc as stubs
from receivables_service.bootstrap import SPEC
from taxkit import testing
from taxkit.ids import new_id

PARCEL = "13264290020000"
PAYOFF = new_id()


def payoff(sequence: int, state: str, bill_id=None, **changes) -> str:
    data = {
        "payoff_id": str(PAYOFF), "assessment_number": "SSA-1", "agency_name": "Area 12",
        "parcel_number": PARCEL, "payoff_on": "2023-03-31", "amount_cents": 204_110,
        "state": state, "bill_id": str(bill_id) if bill_id else None,
        "bill_number": "2021-1" if bill_id else None, "bill_version": 2 if bill_id else None,
        "tax_year": 2021 if bill_id else None, "changed_by": "ada", "reason": "sold", **changes,
    }  # fmt: skip
    name = "org.millage.levy.SpecialPayoff.v1"
    return testing.foreign_event(name, f"special-payoff/{PAYOFF}", data, sequence=sequence)


@pytest.fixture
def ask(app):
    """The payoffs of the parcel, or of a bill."""
    keys = testing.make_keys()
    with testing.server(SPEC, app, keys) as channel:
        stub = stubs.SpecialPayoffsServiceStub(channel)
        metadata = testing.bearer(keys.token("receivables.read"))

        def call(**wanted) -> list[pb.SpecialPayoffDue]:
            asked = pb.ListSpecialPayoffsRequest(**(wanted or {"parcel_number": PARCEL}))
            return list(stub.ListSpecialPayoffs(asked, metadata=metadata).payoffs)

        yield call


def test_levy_017_a_payoff_is_due_on_its_bill_until_it_is_paid(
    app, ledger, neighbours, ask
) -> None:
    """It moves nothing by itself: the correction has; and each news leaves a line."""
    bill = new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    before = ledger.rows("select count(*) from postings")
    due = payoff(1, "due", bill)
    app.consumer.absorb("on_special_payoff", [due, due])
    (found,) = ask(bill_id=str(bill))
    assert (found.state, found.amount_cents, found.bill_id) == ("due", 204_110, str(bill))
    assert found.bill_open_cents == ledger.rows("select open_cents from bills")[0][0]
    app.consumer.absorb("on_special_payoff", [payoff(2, "paid", bill)])

    assert ask() == []
    assert [each.state for each in ask(parcel_number=PARCEL, all_states=True)] == ["paid"]
    assert ledger.rows("select count(*) from postings") == before
    lines = ledger.rows("select action, comment from adjustment_lines order by comment")
    assert [action for action, _ in lines] == ["Special Payoff"] * 2
    assert lines[0][1] == "SSA-1 of Area 12: due, $2,041.10 on 2023-03-31; sold"


def test_levy_017_a_withdrawn_payoff_is_due_no_more_and_its_line_says_why(
    app, ledger, neighbours, ask
) -> None:
    """The bill is lowered by its own correction."""
    bill = new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    app.consumer.absorb("on_special_payoff", [payoff(1, "due", bill)])
    withdrawn = payoff(2, "withdrawn", bill, reason="the sale fell through")
    app.consumer.absorb("on_special_payoff", [withdrawn])

    assert ask(bill_id=str(bill)) == []
    assert [each.state for each in ask(bill_id=str(bill), all_states=True)] == ["withdrawn"]
    lines = ledger.rows("select comment from adjustment_lines order by comment desc")
    assert lines[0][0].endswith("withdrawn, $2,041.10 on 2023-03-31; the sale fell through")


def test_old_news_of_a_payoff_changes_nothing(app, ask) -> None:
    """Out of order, and before its bill is known."""
    bill = new_id()
    app.consumer.absorb("on_special_payoff", [payoff(2, "paid", bill)])
    app.consumer.absorb("on_special_payoff", [payoff(1, "due", bill)])

    assert ask() == []
    assert testing.parked(app) == []


def test_levy_018_a_payoff_that_no_bill_asks_for_is_listed_without_one(app, ask) -> None:
    """The loaded bill is named by levy, but it owes what it owed."""
    told = payoff(1, "unbilled", new_id(), bill_version=None)
    app.consumer.absorb("on_special_payoff", [told])

    assert [(each.state, each.bill_id) for each in ask()] == [("unbilled", "")]


def test_a_payoff_whose_year_is_not_told_leaves_no_line(app, ledger, ask) -> None:
    """Told before the field was there."""
    app.consumer.absorb("on_special_payoff", [payoff(1, "due", new_id(), tax_year=None)])

    assert [each.state for each in ask()] == ["due"]
    assert ledger.rows("select * from adjustment_lines") == []
