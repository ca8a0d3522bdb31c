"""Logs of many processes read as one."""

import io

from rich.console import Console

from devkit.logs import LogFollower, prefixed


def test_complete_lines_are_shown_once_and_in_order_per_process(tmp_path):
    """Half a line waits for its end; a file that begins anew is read from its beginning."""
    shown = []
    log = tmp_path / "levy.api.log"
    log.write_text("one\ntwo")
    follower = LogFollower(tmp_path, lambda name, line: shown.append((name, line)), from_end=False)
    follower.show_new()
    with log.open("a") as file:
        file.write(" halves\n")
    follower.show_new()
    log.replace(tmp_path / "levy.api.log.1")
    log.write_text("again\n")
    follower.show_new()

    assert shown == [("levy.api", "one"), ("levy.api", "two halves"), ("levy.api", "again")]


def test_following_from_the_end_leaves_out_what_was_there(tmp_path):
    """But not what a process that starts later writes."""
    shown = []
    (tmp_path / "levy.api.log").write_text("old\n")
    follower = LogFollower(tmp_path, lambda *line: shown.append(line), from_end=True)
    (tmp_path / "levy.relay.log").write_text("new\n")
    follower.start()
    follower.stop()

    assert shown == [("levy.relay", "new")]


def test_each_line_begins_with_its_process():
    """Square brackets of a message are text, not markup."""
    stream = io.StringIO()
    prefixed(Console(file=stream, width=200))("cashiering.worker", "took [bold] 3 s")

    assert stream.getvalue() == "cashiering worker    │ took [bold] 3 s\n"
