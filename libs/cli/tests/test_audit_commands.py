"""`millage audit verify`: chains are checked by themselves, and against ends kept elsewhere."""

import json

import pytest

from millage_cli.problems import ExitCode

RIGHTS = ("ops.read",)


@pytest.fixture
def verify(counter):
    return lambda *words: counter(
        "audit", "verify", "--service", "cashiering", *words, rights=RIGHTS
    )


def test_every_append_only_table_has_its_chain(verify):
    """All of them hold; the end of each is told for whoever keeps it."""
    ran = verify("--json")

    assert ran.exit_code == 0
    assert {"receipts", "override_uses", "void_decisions"} <= {
        one["head"]["table_name"] for one in ran.answer
    }
    assert all(not one.get("breaks") for one in ran.answer)


def test_an_end_that_is_in_no_chain_is_a_difference(verify, tmp_path):
    """The exit code says so, and the table which chain."""
    kept = tmp_path / "heads.json"
    head = {"table_name": "receipts", "number": "12", "chain_hash": "ab" * 32}
    kept.write_text(json.dumps([{"service": "cashiering", "head": head}]), "utf-8")
    ran = verify("--heads", kept)

    assert ran.exit_code == ExitCode.DIFFERENCE
    assert "head_differs at 12" in ran.out


@pytest.mark.parametrize("text", ["", "{}x", '[{"head": {}}]', "[1]"])
def test_a_file_that_is_none_of_ours_is_refused(verify, tmp_path, text):
    """With its name, before anybody is asked."""
    kept = tmp_path / "heads.json"
    kept.write_text(text, "utf-8")
    ran = verify("--heads", kept, "--json")

    assert (ran.exit_code, ran.problem["reason"]) == (ExitCode.USAGE, "HEADS_INVALID")


def test_an_end_that_is_no_hash_and_a_stranger_are_refused(counter, verify, tmp_path):
    """CHAIN_HASH_INVALID by the service; and whoever may not see operations."""
    kept = tmp_path / "heads.json"
    head = {"table_name": "receipts", "number": 1, "chain_hash": "zz"}
    kept.write_text(json.dumps([{"service": "cashiering", "head": head}]), "utf-8")

    assert "CHAIN_HASH_INVALID" in verify("--heads", kept).err
    words = ("audit", "verify", "--service", "cashiering")
    assert counter(*words, rights=("cashiering.read",)).exit_code == ExitCode.NOT_ALLOWED
    assert counter("audit", "verify", "--service", "mint").exit_code == ExitCode.USAGE
