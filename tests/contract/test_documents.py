"""events/ is current, well formed, and the same on every machine."""

import json

import pytest
import yaml
from tools import contracts
from tools.contract_documents import documents, published_events
from tools.contract_structure import faults


@pytest.fixture(scope="module")
def wanted():
    return documents(published_events(contracts.ROOT))


def test_the_committed_contract_is_current(wanted):
    """What is committed is what the services declare."""
    assert contracts.differences(contracts.ROOT, wanted) == []


def test_the_command_says_that_it_is_current(capsys):
    """`make contracts`, as the build runs it."""
    assert contracts.main(["--check"]) == 0
    assert "current" in capsys.readouterr().out


def test_writing_it_twice_gives_the_same_bytes(wanted):
    assert wanted == documents(published_events(contracts.ROOT))


def test_the_contract_is_well_formed(wanted):
    """AsyncAPI 3.0 by its own schema; every reference leads somewhere; every example fits."""
    assert faults(wanted) == []


def test_every_event_of_every_service_is_in_the_document(wanted, published):
    """A channel on its owner's exchange, with the routing key, and an operation that sends."""
    document = yaml.safe_load(wanted["events/asyncapi.yaml"])

    assert len(published) == len(document["channels"]) == len(document["operations"])
    for event in published.values():
        channel = document["channels"][f"{event.owner}.{event.routing_key}"]
        assert event.routing_key == channel["address"]
        assert f"{event.owner}.events" == channel["bindings"]["amqp"]["exchange"]["name"]


SPOILED = {
    "no exchange type": (lambda d: _amqp(d)["exchange"].update(type="fan"), "exchange"),
    "an unknown key": (lambda d: d.update(chanels={}), "chanels"),
    "no title": (lambda d: d["info"].pop("title"), "info"),
    "a lost message": (lambda d: d["components"].update(messages={}), "not in the document"),
}


@pytest.mark.parametrize(("spoil", "names"), SPOILED.values(), ids=SPOILED)
def test_a_spoiled_document_is_refused(wanted, spoil, names):
    """The structural check bites."""
    document = yaml.safe_load(wanted["events/asyncapi.yaml"])
    spoil(document)

    found = faults({**wanted, "events/asyncapi.yaml": yaml.safe_dump(document)})

    assert any(names in each for each in found), found


def test_an_example_that_does_not_fit_is_refused(wanted):
    """A golden example is held against its schema, dates and ids included."""
    name = "events/cashiering/PaymentPosted.v1.example.json"
    spoiled = json.loads(wanted[name])
    spoiled["data"]["business_date"] = "yesterday"

    found = faults({**wanted, name: json.dumps(spoiled)})

    assert any("business_date" in each for each in found), found


def _amqp(document):
    return next(iter(document["channels"].values()))["bindings"]["amqp"]
