"""What collections publishes is what it declares; what it consumes it names field by field."""

import json
from uuid import UUID

import pytest

from collections_service.bootstrap import SPEC
from collections_service.projections import BALANCE_CHANGED
from taxkit import contracts
from taxkit.errors import Permanent

READ = ["bill_id", "bill_number", "parcel_number", "tax_year", "cause", "receipt_id", "as_of"]


@pytest.mark.parametrize("event", SPEC.publishes, ids=lambda event: event.name)
def test_an_events_example_is_what_its_schema_says(event) -> None:
    """The golden example loads, and dumps to itself."""
    schema = event.schema()
    loaded = schema.load(event.example)

    assert dict(event.example) == schema.dump(loaded)
    assert event.owner == "collections"
    consumed = event.name in ("HoldPlaced", "HoldReleased", "NoticeRequested")
    assert event.mandatory is consumed, "what no service consumes may reach no queue"


@pytest.mark.parametrize("event", SPEC.publishes, ids=lambda event: event.name)
def test_a_published_event_has_no_field_that_is_not_declared(event) -> None:
    """A field more is a change of contract, not an accident."""
    assert event.schema().validate({**event.example, "more": 1}) == {"more": ["Unknown field."]}


def test_a_balance_is_read_and_what_is_added_to_it_ignored(balance, bill_id: UUID) -> None:
    """The publisher may add fields without asking."""
    body = balance(bill_id, 7, [("2022-03-01", 11)], something_new={"a": 1})
    found = contracts.decode(body, BALANCE_CHANGED.type_name, BALANCE_CHANGED.schema)

    assert (bill_id, 7) == (found.data["bill_id"], found.sequence)
    assert {*READ, "installments", "fee_account", "owner"} == set(found.data)


@pytest.mark.parametrize("field", [*READ, "installments"])
def test_a_balance_without_a_field_that_is_read_is_refused(balance, bill_id: UUID, field) -> None:
    """The reason names the field."""
    envelope = json.loads(balance(bill_id, 1, [("2022-03-01", 11)]))
    del envelope["data"][field]
    with pytest.raises(Permanent, match=field) as refused:
        contracts.decode(json.dumps(envelope), BALANCE_CHANGED.type_name, BALANCE_CHANGED.schema)

    assert refused.value.reason == "DATA_INVALID"


def test_another_version_is_refused_by_name(balance, bill_id: UUID) -> None:
    """UNKNOWN_EVENT_VERSION, so that whoever looks at the parked message knows what to roll out."""
    body = balance(bill_id, 1, []).replace("BalanceChanged.v1", "BalanceChanged.v2")
    with pytest.raises(Permanent) as refused:
        contracts.decode(body, BALANCE_CHANGED.type_name, BALANCE_CHANGED.schema)

    assert refused.value.reason == "UNKNOWN_EVENT_VERSION"


def test_the_queue_is_named_as_the_broker_rights_expect() -> None:
    """evt-<owner>-<event>--<service>.<method>."""
    assert (
        BALANCE_CHANGED.owner,
        BALANCE_CHANGED.event,
        BALANCE_CHANGED.method,
    ) == ("receivables", "BalanceChanged.v1", "on_balance_changed")
