"""What a terminal may send and no service may get; and what is not to be taken for an answer."""

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from millage_cli.addresses import SERVICES
from millage_cli.invocation import Invocation, command
from millage_cli.problems import ExitCode


@pytest.fixture
def broken():
    """A command with a fault of its own."""
    app = typer.Typer()

    @command(app)
    def fail(run: Invocation) -> None:
        raise ZeroDivisionError("cents by none")

    return app


@pytest.mark.parametrize("words", [["quote"], ["pay", "--bill"], ["trace"]])
def test_bytes_that_are_no_text_are_refused_before_anything_is_sent(run, words):
    """A shell hands them on as they are: millage quote $'\\xff'."""
    ran = run(*words, "2021-\udcff", "--json")

    assert ran.exit_code == ExitCode.USAGE
    assert ran.problem["reason"] == "TEXT_NOT_UTF8"


def test_a_fault_of_the_command_is_no_answer(broken):
    """1 says that the question was answered, and the answer is no: a fault ends otherwise."""
    ended = CliRunner().invoke(broken, [])

    assert ended.exit_code == ExitCode.BUG
    assert "ZeroDivisionError: cents by none" in ended.output
    assert "COMMAND_FAILED" in ended.output


def test_a_file_that_cannot_be_used_is_named(run):
    """No stack trace for a path that is not there."""
    ran = run("lag", "--ca-file", "/nowhere/ca.pem", "--addr", "levy=127.0.0.1:1", "--json")

    assert ran.exit_code == ExitCode.USAGE
    assert ran.problem["reason"] == "FILE_UNUSABLE"
    assert ran.problem["message"] == "/nowhere/ca.pem: No such file or directory"


@pytest.mark.parametrize("words", [["lag"], ["parked", "list"]])
def test_who_gets_no_answer_is_not_told_that_nothing_is_there(run, words):
    """Seven services nobody knows the place of: each is named, what to do next is said once."""
    ran = run(*words, "--stack", "nowhere")

    assert ran.exit_code == ExitCode.USAGE
    assert ran.out == ""
    assert ran.err.count("no stack nowhere was started here") == len(SERVICES)
    assert ran.err.count("  next ") == 1


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_reader_that_leaves_early_changes_nothing(more):
    """`millage … | head`: what was asked is done, and it ends as done."""
    words = [sys.executable, "-c", "from millage_cli.main import main; main()", "pack", "show"]
    asked = [*words, "us-il-cook", "--on", "2022-12-15", *more]
    with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as shown:
        assert shown.stdout
        assert shown.stderr
        shown.stdout.close()
        said = shown.stderr.read()
        assert (shown.wait(60), said) == (ExitCode.DONE, b"")


def test_help_and_wrong_use_are_no_faults(broken):
    assert CliRunner().invoke(broken, ["--help"]).exit_code == ExitCode.DONE
    assert CliRunner().invoke(broken, ["--nothing"]).exit_code == ExitCode.USAGE


def test_a_fault_of_the_command_is_json_when_asked(broken):
    ended = CliRunner().invoke(broken, ["--json"])

    assert ended.exit_code == ExitCode.BUG
    assert '"reason": "COMMAND_FAILED"' in ended.output
    assert "Traceback" not in ended.output
