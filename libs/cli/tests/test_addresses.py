"""Where services are found, and in which order ways of saying so win."""

import json

import pytest

from millage_cli.addresses import find_addresses
from millage_cli.problems import ExitCode, Problem


@pytest.fixture
def stack(tmp_path):
    """A local stack named `dev` with two services."""
    folder = tmp_path / "state" / "dev"
    folder.mkdir(parents=True)
    services = {"levy": {"grpc": "127.0.0.1:1"}, "taxsale": {"grpc": "127.0.0.1:2"}}
    described = {"services": services, "token_private_key_file": "/somewhere/key.pem"}
    (folder / "stack.json").write_text(json.dumps(described))


def test_an_option_wins_over_a_variable_and_both_over_the_stack(stack):
    """The nearest word counts."""
    variables = {"MILLAGE_LEVY_ADDR": "levy:50051", "MILLAGE_CASHIERING_ADDR": "counter:50051"}

    found = find_addresses("dev", ["cashiering=here:7"], variables)

    assert found.of("cashiering") == "here:7"
    assert found.of("levy") == "levy:50051"
    assert found.of("taxsale") == "127.0.0.1:2"
    assert str(found.private_key_file) == "/somewhere/key.pem"


def test_an_address_nobody_gave_is_asked_for_by_name():
    """The message says who, and the option and the variable that would do."""
    with pytest.raises(Problem) as refused:
        find_addresses("dev", [], {}).of("levy")

    assert refused.value.reason == "ADDRESS_UNKNOWN"
    assert "--addr SERVICE=HOST:PORT" in refused.value.next_step
    assert "MILLAGE_<SERVICE>_ADDR" in refused.value.next_step
    assert refused.value.message.startswith("nobody said where levy is, and no stack dev")


@pytest.mark.parametrize("text", ["levy", "levy=somewhere", "mint=here:1"])
def test_an_address_of_nothing_known_is_refused(text):
    """A misspelt service is noticed at once."""
    with pytest.raises(Problem) as refused:
        find_addresses("dev", [text], {})

    assert refused.value.exit_code == ExitCode.USAGE
