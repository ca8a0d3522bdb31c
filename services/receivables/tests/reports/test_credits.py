"""RECV-001, LEVY-002: credits that came off a bill are on its statement and in Explain."""

import json
from datetime import date
from typing import Any

import pytest

from millage.receivables.v1 import explain_pb2 as pb
from millage.receivables.v1.explain_pb2_grpc import ExplainServiceStub
from taxkit import testing
from taxkit.ids import new_id

PARCEL = "13264290020000"
FACTOR = {"code": "factor", "name": "Tax reduction", "amount_cents": 5_000, "as_line": True}
OWNER = {**FACTOR, "code": "owner", "name": "2.5% rollback", "borne_by": "state"}
INSTALLMENTS = [
    {"installment": 1, "due_on": "2022-03-01", "amount_cents": 100_000},
    {"installment": 2, "due_on": "2022-12-30", "amount_cents": 79_000},
]


def _told_on(body: str, day: str) -> str:
    return json.dumps({**json.loads(body), "time": f"{day}T18:00:00+00:00"})


def _entries(told: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(row["entry"], row["charge"], row["charged_cents"]) for row in told["rows"]]


@pytest.fixture
def credited(app, neighbours) -> Any:
    """A bill of 1,800.00 less two credits of 50.00 each; corrected, one of them is 60.00."""
    bill = new_id()
    made = _told_on(neighbours.bill_created(bill, credits=[FACTOR, OWNER]), "2022-01-20")
    app.consumer.absorb("on_bill_created", [made])
    return bill


def test_recv_001_a_statement_shows_credits_and_owes_what_is_left(
    app, neighbours, reports, credited
) -> None:
    """Two lines more than the charges, which come to nothing together; a correction's changes."""
    told = reports.json("account-statement", parcel_number=PARCEL, as_of="2022-02-20")
    assert [each for each in _entries(told) if "redit" in each[0]] == [
        ("Before credits", "", 10_000),
        ("Credit", "Tax reduction", -5_000),
        ("Credit", "2.5% rollback", -5_000),
    ]
    assert told["totals"]["charged_cents"] == 180_000 == told["totals"]["balance_cents"]

    more = {**OWNER, "amount_cents": 6_000}
    corrected = neighbours.bill_corrected(
        credited, 2, INSTALLMENTS, date(2022, 2, 1), credits=[FACTOR, more]
    )
    again = _told_on(corrected, "2022-02-01")
    app.consumer.absorb("on_bill_corrected", [again, again])
    told = reports.json("account-statement", parcel_number=PARCEL, as_of="2022-02-20")
    assert [each for each in _entries(told) if "redit" in each[0]][3:] == [
        ("Before credits", "", 1_000),
        ("Credit", "2.5% rollback", -1_000),
    ]
    assert told["totals"]["balance_cents"] == 179_000


def test_recv_001_a_correction_that_overtakes_its_bill_shows_the_same(
    app, neighbours, reports
) -> None:
    """Whichever version comes first."""
    bill = new_id()
    more = {**OWNER, "amount_cents": 6_000}
    later = neighbours.bill_corrected(bill, 2, INSTALLMENTS, date(2022, 2, 1), credits=[more])
    first = neighbours.bill_created(bill, credits=[OWNER])
    app.consumer.absorb("on_bill_corrected", [_told_on(later, "2022-02-01")])
    app.consumer.absorb("on_bill_created", [_told_on(first, "2022-01-20")])
    told = reports.json("account-statement", parcel_number=PARCEL, as_of="2022-02-20")
    credits_ = [cents for entry, _, cents in _entries(told) if entry == "Credit"]
    assert sorted(credits_) == [-5_000, -1_000]
    assert told["totals"]["balance_cents"] == 179_000


def test_recv_001_explain_tells_what_came_off_and_who_bears_it(channel, keys, credited) -> None:
    """Of a bill, beside its ledger rows."""
    stub = ExplainServiceStub(channel)
    metadata = testing.bearer(keys.token("receivables.read"))
    told = stub.Explain(pb.ExplainRequest(bill_id=str(credited)), metadata=metadata)
    assert [(each.name, each.amount_cents, each.borne_by) for each in told.credits] == [
        ("Tax reduction", 5_000, "authorities"),
        ("2.5% rollback", 5_000, "state"),
    ]


def test_a_credit_that_is_no_line_is_not_on_the_statement(app, neighbours, reports) -> None:
    """As before the law could say so."""
    plain = {"code": "factor", "amount_cents": 5_000}
    made = _told_on(neighbours.bill_created(new_id(), credits=[plain]), "2022-01-20")
    app.consumer.absorb("on_bill_created", [made])
    told = reports.json("account-statement", parcel_number=PARCEL, as_of="2022-02-20")
    assert {entry for entry, _, _ in _entries(told)} == {"Bill issued"}
