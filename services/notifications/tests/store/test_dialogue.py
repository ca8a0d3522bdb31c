"""NOTI-002: a letter is handed over, or refused, the same whether commands wait or not."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from notifications_service.domain.letter import Letter
from notifications_service.domain.outcome import Reply
from notifications_service.postbox import Postbox, mail_server
from taxkit.ids import new_id

LETTER = Letter(
    notice_id=new_id(),
    sender="treasurer@cook.example",
    recipient="ada@example.com",
    recipient_name="Ada",
    subject_line="Receipt",
    body=".\n..\n.signature\nA line of one dot ends no message.\n" + "long " * 400 + "\n",
    queued_at=datetime(2023, 3, 1, tzinfo=UTC),
)


@pytest.fixture(params=[False, True], ids=["step by step", "at once"])
def postbox(request, sink, smtp_url) -> Iterator[Postbox]:
    sink.pipelining = request.param
    opened = Postbox(mail_server(smtp_url), 5)
    opened.open()
    yield opened
    opened.close()


def test_noti_002_a_letter_arrives_as_it_was_written(postbox, sink):
    """Dots at the beginnings of lines, long lines and the last line's end included."""
    for _ in range(3):
        assert postbox.send(LETTER).accepted

    assert [each.get_content().splitlines() for each in sink.messages] == [
        LETTER.body.splitlines()
    ] * 3
    assert len(sink.sessions) == 1


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"rcpt_answers": ["550 5.1.1 no such mailbox"]}, Reply(550, "5.1.1 no such mailbox")),
        ({"rcpt_answers": ["451 later"]}, Reply(451, "later")),
        ({"data_answers": ["552 too much"]}, Reply(552, "too much")),
    ],
)
def test_noti_002_a_refusal_is_of_its_letter_alone(postbox, sink, answers, expected):
    """The first refusal is told, and the next letter goes through on the same connection."""
    for name, said in answers.items():
        setattr(sink, name, list(said))

    assert postbox.send(LETTER) == expected
    assert postbox.send(LETTER).accepted
    assert len(sink.messages) == 1


def test_noti_002_a_conversation_that_breaks_off_says_so(postbox, sink):
    sink.data_answers = ["hang up"]

    assert postbox.send(LETTER).code == 0
    assert not postbox.is_open


@pytest.fixture
def scripted() -> Iterator[Callable[..., str]]:
    """A server that says the same whatever it hears; gives its address, keeps what it heard."""
    heard: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve(answers: list[str]) -> None:
        connection, _ = listening.accept()
        with closing(connection), connection.makefile("rb") as lines:
            connection.sendall(b"220 here\r\n")
            for answer in answers:
                until = b"." if answer.startswith("after the letter: ") else b""
                while (line := lines.readline()) and until and line.strip() != until:
                    heard.append(line)
                heard.append(line)
                connection.sendall(answer.removeprefix("after the letter: ").encode() + b"\r\n")

    def start(*answers: str) -> str:
        threading.Thread(target=serve, args=(list(answers),), daemon=True).start()
        return f"smtp://127.0.0.1:{listening.getsockname()[1]}"

    start.heard = heard  # type: ignore[attr-defined]
    with closing(listening):
        yield start


@pytest.mark.parametrize(
    ("from_answer", "to_answer", "expected"),
    [
        ("250 OK", "550 no such mailbox", Reply(550, "no such mailbox")),
        ("553 not from you", "250 OK", Reply(553, "not from you", about_recipient=False)),
    ],
)
def test_noti_002_a_server_that_waits_for_a_letter_it_refused_gets_an_empty_one(
    scripted, from_answer, to_answer, expected
):
    """What the letter says goes to nobody, and the server's odd praise for it is not believed."""
    url = scripted(
        "250-here\r\n250 PIPELINING", from_answer, to_answer, "354 go on",
        "after the letter: 250 kept", "250 reset", "221 bye",
    )  # fmt: skip
    postbox = Postbox(mail_server(url), 5)
    postbox.open()

    assert postbox.send(LETTER) == expected
    postbox.close()
    assert b".\r\n" in scripted.heard
    assert not any(b"Subject" in line for line in scripted.heard)
