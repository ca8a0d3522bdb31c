"""What cashiering publishes is what it declares; what it consumes it names field by field."""

import json

import pytest

from cashiering_service.bootstrap import SPEC
from cashiering_service.events import PAYMENT_POSTED, PAYMENT_REVERSED
from cashiering_service.projections import BALANCE_CHANGED
from taxkit import contracts
from taxkit.errors import Permanent

READ = (
    "bill_id", "bill_number", "bill_version", "parcel_number", "tax_year", "owner", "open_cents",
    "as_of", "installments",
)  # fmt: skip
# Read where they are told: balances from before do not name them.
READ_IF_THERE = ("fees", "discounting")
# Told since a later release: messages from before still wait in queues and archives.
ADDED = {
    ("PaymentPosted", "surplus_cents"),
    ("ImportRunStarted", "bills"),
    ("ImportRunStarted", "names_its_bills"),
}
FIELDS = [
    (event, field)
    for event in SPEC.publishes
    for field in sorted(event.example)
    if (event.name, field) not in ADDED
]


@pytest.mark.parametrize("event", SPEC.publishes, ids=lambda event: event.name)
def test_an_events_example_is_what_its_schema_says(event) -> None:
    """The golden example loads, dumps to itself, and is cashiering's."""
    schema = event.schema()
    dumped = schema.dump(schema.load(event.example))

    assert dumped == dict(event.example)
    assert event.owner == "cashiering"


@pytest.mark.parametrize("event", SPEC.publishes, ids=lambda event: event.name)
def test_a_published_event_has_no_field_that_is_not_declared(event) -> None:
    """A field more is a change of contract, not an accident."""
    assert event.schema().validate({**event.example, "more": 1}) == {"more": ["Unknown field."]}


@pytest.mark.parametrize(("event", "field"), FIELDS, ids=lambda one: getattr(one, "name", one))
def test_every_field_is_promised(event, field: str) -> None:
    """Whoever subscribes may rely on each of them."""
    told = {name: value for name, value in event.example.items() if name != field}

    assert event.schema().validate(told) == {field: ["Missing data for required field."]}


@pytest.mark.parametrize(("name", "field"), sorted(ADDED))
def test_a_field_told_later_may_be_missing(name: str, field: str) -> None:
    """A message of an earlier release is still one of this version."""
    (event,) = [one for one in SPEC.publishes if one.name == name]
    told = {key: value for key, value in event.example.items() if key != field}

    assert event.schema().validate(told) == {}


@pytest.mark.parametrize("event", [PAYMENT_POSTED, PAYMENT_REVERSED], ids=lambda event: event.name)
def test_an_examples_money_adds_up(event) -> None:
    """total = lines = tenders less change."""
    told = event.example

    assert told["total_cents"] == sum(line["amount_cents"] for line in told["lines"])
    if "tenders" in told:
        tendered = sum(tender["amount_cents"] for tender in told["tenders"])
        assert told["total_cents"] == tendered - told["change_cents"]


def test_events_that_no_service_waits_for_need_no_queue() -> None:
    """Hands that allocated are told of for others; money, its exceptions and files are not."""
    assert {event.name for event in SPEC.publishes if event.mandatory} == {
        "PaymentPosted", "PaymentReversed", "SessionClosed", "DepositMade",
        "PaymentReturnReported", "ImportRunStarted", "ImportRunFinished", "ImportLineException",
        "MoneyHoldChanged",
    }  # fmt: skip


def test_of_a_balance_exactly_what_is_needed_is_read(balance) -> None:
    """What else there is may change without asking."""
    body = json.loads(balance("11111111111111", 2021, 500))
    body["data"]["something_new"] = 1
    found = contracts.decode(json.dumps(body), BALANCE_CHANGED.type_name, BALANCE_CHANGED.schema)

    assert {*READ, *READ_IF_THERE} == set(found.data)


@pytest.mark.parametrize("field", READ)
def test_a_balance_without_a_field_that_is_read_is_refused(balance, field: str) -> None:
    """The reason names the field."""
    body = json.loads(balance("11111111111111", 2021, 500))
    del body["data"][field]
    with pytest.raises(Permanent, match=field) as refused:
        contracts.decode(json.dumps(body), BALANCE_CHANGED.type_name, BALANCE_CHANGED.schema)

    assert refused.value.reason == "DATA_INVALID"


def test_the_queue_is_named_as_the_broker_rights_expect() -> None:
    """evt-<owner>-<event>--<service>.<method>."""
    assert (
        BALANCE_CHANGED.owner,
        BALANCE_CHANGED.event,
        BALANCE_CHANGED.method,
    ) == ("receivables", "BalanceChanged.v1", "on_balance_changed")
