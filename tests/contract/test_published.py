"""What an owner publishes is what events/ says."""

import pytest
from jsonschema import Draft202012Validator
from marshmallow import ValidationError


def test_an_example_is_what_the_owner_declares(event, files):
    """The golden example loads with the owner's own schema, unchanged."""
    event.schema().load(files.example["data"])

    assert event.example == files.example["data"]


def test_an_example_fits_its_json_schema(event, files):
    """A subscriber who validates accepts what the owner sends."""
    schema = Draft202012Validator(files.schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    assert [fault.message for fault in schema.iter_errors(files.example)] == []


def test_a_subscriber_s_schema_takes_fields_added_later(event, files):
    """Nothing in the published schema forbids a field it does not name, at any depth."""
    added = {**files.example, "added": 1, "data": {**files.example["data"], "added": {}}}

    assert Draft202012Validator(files.schema).is_valid(added)
    assert "additionalProperties" not in str(files.schema)


def test_the_owner_sends_nothing_undeclared(event, files):
    """A field somebody forgot to declare is refused on the owner's side."""
    with pytest.raises(ValidationError):
        event.schema().load({**files.example["data"], "undeclared": 1})


def test_the_two_schemas_agree_on_what_is_required(event, files):
    """A message without a required field fits neither the owner's schema nor the published one."""
    required = {name for name, field in event.schema().fields.items() if field.required}

    assert required == set(files.schema["properties"]["data"].get("required", ()))
    for name in sorted(required):
        data = {key: value for key, value in files.example["data"].items() if key != name}
        assert name in event.schema().validate(data)
        assert not Draft202012Validator(files.schema).is_valid({**files.example, "data": data})


def test_no_amount_is_a_fraction(event, files):
    """Money is whole cents: a `_cents` field is an integer in the contract, at any depth."""
    wrong = [
        path for path, kind in _cents(files.schema) if kind not in ("integer", ["integer", "null"])
    ]

    assert wrong == []


def test_every_published_event_is_in_its_module(specs):
    """The contract is written from `events.PUBLISHED`, so a service publishes from there."""
    for name, spec in specs.items():
        assert all(event.owner == name for event in spec.publishes), name
        assert len({event.type_name for event in spec.publishes}) == len(spec.publishes), name


def _cents(schema, path=""):
    for name, inner in schema.get("properties", {}).items():
        if name.endswith("_cents"):
            yield f"{path}.{name}", inner.get("type")
        yield from _cents(inner, f"{path}.{name}")
    if "items" in schema:
        yield from _cents(schema["items"], f"{path}[]")
