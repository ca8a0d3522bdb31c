"""Whoever stops a stack is told what was stopped, also when that was nothing."""

import pytest
from typer.testing import CliRunner

from devkit.cli import app


@pytest.fixture
def state(monkeypatch, tmp_path):
    """A place for stacks with servers of its own: nobody else's databases are near."""
    monkeypatch.setenv("MILLAGE_STATE_DIR", str(tmp_path))
    for server in ("POSTGRES_ADMIN_URL", "RABBITMQ_ADMIN_URL", "RABBITMQ_MANAGEMENT_URL"):
        monkeypatch.delenv(f"MILLAGE_{server}", raising=False)
    return tmp_path


def down(*words: str) -> str:
    ran = CliRunner().invoke(app, ["down", *words])
    assert ran.exit_code == 0, ran.output
    return ran.output.strip()


def test_a_name_that_is_misspelt_is_not_stopped_silently(state):
    """And the names that there are stand beside it."""
    for name in ("kern", "dev"):
        (state / name).mkdir()
        (state / name / "stack.json").write_text("{}")

    assert down("--stack", "krn") == "there is no stack krn here; there are: dev, kern"


def test_without_any_stack_there_is_nothing_to_stop(state):
    assert down() == "there is no stack dev here; there are: none"
    assert not (state / "dev").exists()


def test_a_stack_that_does_not_run_says_so(state):
    """Its data stay where they were, and go when that is asked for."""
    (state / "kern").mkdir()
    (state / "kern" / "stack.json").write_text("{}")
    told = down("--stack", "kern")

    assert told.startswith("stack kern was not running")
    assert told.endswith("go on with: make up STACK=kern")
    assert str(state / "kern") in told
    assert down("--stack", "kern", "--destroy").endswith("its data are deleted")
    assert not (state / "kern").exists()
