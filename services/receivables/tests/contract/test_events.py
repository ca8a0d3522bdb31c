"""The bus contract: what is emitted is what is declared; what neighbours publish is read."""

import json
from datetime import date
from pathlib import Path

import pytest

from receivables_service import events
from receivables_service.bootstrap import SPEC
from receivables_service.held import events as held_events
from taxkit import contracts
from taxkit.errors import Permanent
from taxkit.ids import new_id
from taxkit.testing import emitted, foreign_event, parked

EVENTS = Path(__file__).parents[4] / "events"
SESSION_CLOSED = foreign_event(
    "org.millage.cashiering.SessionClosed.v1",
    "session/5",
    {"session_id": str(new_id()), "business_date": "2022-02-10", "receipt_count": 1},
)
RETURN_REPORTED = foreign_event(
    "org.millage.cashiering.PaymentReturnReported.v1",
    "return/5",
    {
        "receipt_id": str(new_id()),
        "reason_code": "R01",
        "returned_on": "2022-12-19",
        "source": "nacha",
    },
)
PARTS = [
    {"installment": 1, "due_on": "2022-03-01", "amount_cents": 100_000},
    {"installment": 2, "due_on": "2022-12-30", "amount_cents": 70_000},
]


@pytest.mark.parametrize("event_type", events.PUBLISHED, ids=lambda one: one.name)
def test_the_example_is_what_the_schema_says(event_type):
    """The golden example loads, dumps to itself, and allows no field that is not declared."""
    schema = event_type.schema()
    assert schema.dump(schema.load(event_type.example)) == dict(event_type.example)
    assert schema.validate({**event_type.example, "more": 1}) == {"more": ["Unknown field."]}


def test_every_event_of_a_long_story_is_valid_and_adds_up(app, bill, neighbours):
    """Issue, payment, surplus, suspense, early money and reversal: each by its own schema."""
    late_bill, receipt = new_id(), new_id()
    lines = (
        neighbours.line(1, 103_000, bill),
        neighbours.line(2, 90_000, bill),
        neighbours.line(3, 70),
        neighbours.line(4, 5_000, late_bill),
    )
    posted = neighbours.payment_posted(receipt, *lines, day="2022-04-20")
    app.consumer.absorb("on_payment_posted", [posted])
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(late_bill)])
    undone = neighbours.payment_reversed(receipt, *lines, day="2022-04-21")
    app.consumer.absorb("on_payment_reversed", [undone])
    schemas = {one.type_name: one.schema() for one in events.PUBLISHED}
    told = emitted(app)
    wanted = (events.PAYMENT_ALLOCATED, events.BALANCE_CHANGED, held_events.SURPLUS_CHANGED)
    assert {one["type"] for one in told} == {one.type_name for one in wanted}
    added = {"payment": 0, "reversal": 0, "reallocation": 0}
    for one in told:
        assert schemas[one["type"]].validate(one["data"]) == {}
        if one["type"].endswith("PaymentAllocated.v1"):
            data = one["data"]
            rows = sum(row["amount_cents"] for row in data["rows"])
            added[data["kind"]] += rows + data["surplus_cents"] + data["suspense_cents"]
    assert added == {"payment": 198_070, "reversal": -198_070, "reallocation": 0}


def test_a_balance_says_what_its_installments_say(app, bill, neighbours, ledger):
    """Open = the installments' open tax and interest = the receivable in the ledger."""
    paid = neighbours.payment_posted(new_id(), neighbours.line(1, 50_000, bill), day="2022-04-20")
    app.consumer.absorb("on_payment_posted", [paid])
    data = ledger.told("BalanceChanged")[-1]["data"]
    parts = data["installments"]
    opened = sum(part["tax_open_cents"] + part["interest_open_cents"] for part in parts)
    assert data["open_cents"] == opened == ledger.balance("taxes_receivable") == 133_000
    for part in parts:
        charged = part["tax_charged_cents"] + part["interest_charged_cents"]
        assert charged == part["paid_cents"] + part["tax_open_cents"] + part["interest_open_cents"]


def _golden(subscription) -> str:
    """The owner's own example of an event."""
    path = EVENTS / subscription.owner / f"{subscription.event}.example.json"
    return path.read_text("utf-8")


@pytest.mark.parametrize("subscription", SPEC.subscriptions, ids=lambda one: one.event)
def test_the_neighbours_golden_example_is_absorbed(app, subscription):
    """What the owner publishes as its example has its effect here."""
    folder = EVENTS / subscription.owner
    example = json.loads((folder / f"{subscription.event}.example.json").read_text("utf-8"))
    data = example.get("data", example)
    if subscription.event in {"PaymentReturnReported.v1", "MoneyHoldChanged.v1"}:
        posted = json.loads((folder / "PaymentPosted.v1.example.json").read_text("utf-8"))
        app.consumer.absorb("on_payment_posted", [json.dumps(posted)])
    body = foreign_event(subscription.type_name, "golden/1", data)
    app.consumer.absorb(subscription.method, [body])
    assert parked(app) == []
    with app.database.begin() as connection:
        facts = connection.exec_driver_sql(
            "select (select count(*) from facts) + (select count(*) from closed_sessions)"
            " + (select count(*) from bill_moves) + (select count(*) from adjustment_lines)"
            " + (select count(*) from import_exceptions) + (select count(*) from holds)"
            " + (select count(*) from fund_names)"
        ).scalar_one()
    assert facts > 0


@pytest.mark.parametrize("subscription", SPEC.subscriptions, ids=lambda one: one.event)
def test_fields_a_neighbour_adds_are_ignored_and_other_versions_refused(neighbours, subscription):
    """An owner may add fields without asking; a new version is named when it is parked."""
    line = neighbours.line(1, 100, new_id())
    bodies = {
        "on_bill_created": neighbours.bill_created(new_id()),
        "on_payment_posted": neighbours.payment_posted(new_id(), line),
        "on_payment_reversed": neighbours.payment_reversed(new_id(), line),
        "on_bill_corrected": neighbours.bill_corrected(new_id(), 2, PARTS, date(2022, 11, 14)),
        "on_session_closed": SESSION_CLOSED,
        "on_payment_return_reported": RETURN_REPORTED,
    }
    envelope = json.loads(bodies.get(subscription.method) or _golden(subscription))
    envelope["data"]["something_new"] = {"a": 1}
    found = contracts.decode(json.dumps(envelope), subscription.type_name, subscription.schema)
    assert "something_new" not in found.data
    envelope["type"] = envelope["type"].replace(".v1", ".v2")
    with pytest.raises(Permanent) as refused:
        contracts.decode(json.dumps(envelope), subscription.type_name, subscription.schema)
    assert refused.value.reason == "UNKNOWN_EVENT_VERSION"


@pytest.mark.parametrize("subscription", SPEC.subscriptions, ids=lambda one: one.event)
def test_a_field_that_is_read_and_missing_is_refused_by_name(neighbours, subscription):
    """The parked message says which field it lacks."""
    line = neighbours.line(1, 100, new_id())
    bodies = {
        "on_bill_created": neighbours.bill_created(new_id()),
        "on_payment_posted": neighbours.payment_posted(new_id(), line),
        "on_payment_reversed": neighbours.payment_reversed(new_id(), line),
        "on_bill_corrected": neighbours.bill_corrected(new_id(), 2, PARTS, date(2022, 11, 14)),
        "on_session_closed": SESSION_CLOSED,
        "on_payment_return_reported": RETURN_REPORTED,
    }
    for field, reads in subscription.schema.fields.items():
        if not reads.required:
            continue
        envelope = json.loads(bodies.get(subscription.method) or _golden(subscription))
        del envelope["data"][field]
        with pytest.raises(Permanent, match=field) as refused:
            contracts.decode(json.dumps(envelope), subscription.type_name, subscription.schema)
        assert refused.value.reason == "DATA_INVALID"
