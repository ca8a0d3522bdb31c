"""What levy publishes is what it declares; what it consumes it names field by field."""

import json
from uuid import UUID

import pytest

from levy_service.bootstrap import SPEC
from levy_service.projections import BALANCE_CHANGED
from taxkit import contracts
from taxkit.errors import Permanent

READ = ["bill_id", "bill_version", "as_of", "open_cents", "installments"]


@pytest.mark.parametrize("event", SPEC.publishes, ids=lambda event: event.name)
def test_an_events_example_is_what_its_schema_says(event) -> None:
    """The golden example loads, dumps to itself, and adds up."""
    schema = event.schema()

    assert schema.dump(schema.load(event.example)) == dict(event.example)
    assert event.owner == "levy"
    if "total_cents" not in event.example:
        return
    assert event.mandatory, "receivables and distribution wait for it"
    for parts in ("components", "installments"):
        assert event.example["total_cents"] == sum(
            part["amount_cents"] for part in event.example[parts]
        )


def test_a_published_event_has_no_field_that_is_not_declared() -> None:
    """A field more is a change of contract, not an accident."""
    for event in SPEC.publishes:
        refused = event.schema().validate({**event.example, "more": 1})

        assert refused == {"more": ["Unknown field."]}


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (event, field)
        for event in SPEC.publishes
        for field in event.example
        # Those added later are not in events told before.
        if event.schema().fields[field].required
    ],
)
def test_every_field_of_a_bill_is_promised(event, field: str) -> None:
    """Whoever subscribes may rely on each of them."""
    told = {name: value for name, value in event.example.items() if name != field}

    assert event.schema().validate(told) == {field: ["Missing data for required field."]}


def test_a_balance_is_read_and_what_is_added_to_it_ignored(balance, bill_id: UUID) -> None:
    """The publisher may add fields without asking."""
    body = balance(bill_id, 7, 11, something_new={"a": 1})
    found = contracts.decode(body, BALANCE_CHANGED.type_name, BALANCE_CHANGED.schema)

    assert (found.data["bill_id"], found.sequence) == (bill_id, 7)
    assert {*READ, "fees"} == set(found.data)


@pytest.mark.parametrize("field", READ)
def test_a_balance_without_a_field_that_is_read_is_refused(balance, bill_id, field: str) -> None:
    """The reason names the field."""
    envelope = json.loads(balance(bill_id, 1, 11))
    del envelope["data"][field]
    with pytest.raises(Permanent, match=field) as refused:
        contracts.decode(json.dumps(envelope), BALANCE_CHANGED.type_name, BALANCE_CHANGED.schema)

    assert refused.value.reason == "DATA_INVALID"


def test_the_queue_is_named_as_the_broker_rights_expect() -> None:
    """evt-<owner>-<event>--<service>.<method>."""
    assert (
        BALANCE_CHANGED.owner,
        BALANCE_CHANGED.event,
        BALANCE_CHANGED.method,
    ) == ("receivables", "BalanceChanged.v1", "on_balance_changed")
