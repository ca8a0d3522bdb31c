"""Spoiled messages before every consumer, on its real database: parked whole, with a reason."""

import copy
import json
from contextlib import ExitStack

import pytest

from taxkit import testing

REASONS_OF_NOISE = {
    b"": "BODY_NOT_JSON",
    b"\xff\xfe": "BODY_NOT_UTF8",
    b"{}": "ENVELOPE_INVALID",
    b"[1]": "ENVELOPE_INVALID",
    b"null": "ENVELOPE_INVALID",
    b'"\\ud800"': "ENVELOPE_INVALID",
    b'{"type": "\\ud800", "id": "\\u0000"}': "ENVELOPE_INVALID",
    b"[" * 50_000: "BODY_NOT_JSON",
}
INFRASTRUCTURE = {"alembic_version", "parked_messages"}


@pytest.fixture(scope="module")
def apps(postgres_admin_url, specs):
    """Every service's application on a database of its own, built when first asked for."""
    with ExitStack() as stack:
        built = {}

        def app_of(service):
            if service not in built:
                url = stack.enter_context(testing.fresh_database(postgres_admin_url, service))
                built[service] = stack.enter_context(testing.application(specs[service], url))
            return built[service]

        yield app_of


def test_noise_is_parked(apps, consumer, subscription):
    """A whole batch of noise is parked message by message, and nothing else happens."""
    app = apps(consumer)
    before, known = rows(app), len(testing.parked(app))

    app.consumer.absorb(subscription.method, list(REASONS_OF_NOISE))

    assert [reason for reason, _ in testing.parked(app)[known:]] == list(REASONS_OF_NOISE.values())
    assert rows(app) == before


def test_an_event_without_a_field_is_parked(apps, consumer, subscription, golden_of):
    """Each field the consumer needs is missed in turn; the message says which; no partial state."""
    app = apps(consumer)
    needed = [name for name, field in subscription.schema.fields.items() if field.required]
    for number, name in enumerate(needed):
        envelope = json.loads(golden_of(subscription.owner, subscription.event))
        envelope["id"] = f"01937c3e-0000-7000-8000-{number:012x}"
        del envelope["data"][name]
        before, known = rows(app), len(testing.parked(app))

        app.consumer.absorb(subscription.method, [json.dumps(envelope).encode()])

        ((reason, message),) = testing.parked(app)[known:]
        assert (reason, name in message) == ("DATA_INVALID", True)
        assert rows(app) == before


def test_a_number_beyond_its_column_is_parked(apps, consumer, subscription, golden_of):
    """A number too large for the contract is refused unread, one too large for a column at once."""
    app = apps(consumer)
    golden = json.loads(golden_of(subscription.owner, subscription.event))
    for number, path in enumerate(whole_numbers(golden["data"])):
        for size, huge in enumerate((2**63, -(2**53) - 1, 10**300, 2**53 - 1)):
            envelope = replaced(golden, path, huge)
            envelope["id"] = f"01937c3f-0000-7000-8000-{size:06x}{number:06x}"
            # Each is about another bill, so that what one leaves is not in the next's way.
            ours = f"01937c3e-{number:04x}-7000-800{size}-"
            body = json.dumps(envelope).replace("01937c3e-0000-7000-8000-", ours)
            before, known = rows(app), len(testing.parked(app))

            app.consumer.absorb(subscription.method, [body.encode()])

            reasons = {reason for reason, _ in testing.parked(app)[known:]}
            assert rows(app) == before or not reasons
            if huge != 2**53 - 1:
                assert reasons == {"NUMBER_TOO_LARGE"}


def replaced(document, path, value):
    changed = copy.deepcopy(document)
    node = changed["data"]
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return changed


def whole_numbers(node, path=()):
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(inner, dict | list):
            yield from whole_numbers(inner, (*path, key))
        elif isinstance(inner, int) and not isinstance(inner, bool):
            yield (*path, key)


def rows(app):
    """How many rows each table of the service has, the parking aside."""
    with app.database.begin() as connection:
        tables = connection.exec_driver_sql(
            "select relname from pg_class where relkind in ('r', 'p') and relnamespace ="
            " 'public'::regnamespace"
        ).scalars()
        return {
            table: connection.exec_driver_sql(f'select count(*) from "{table}"').scalar_one()
            for table in sorted(set(tables) - INFRASTRUCTURE)
        }
