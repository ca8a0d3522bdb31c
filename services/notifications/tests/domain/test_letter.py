"""A notice as a mail: what is read out of it is what was put in, in seven bits."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications_service.domain.letter import Letter
from notifications_service.domain.plaintext import one_line

_AT = datetime(2022, 12, 15, 17, 30, tzinfo=UTC)
_LINES = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\r\0"))
_NAMES = st.text(st.characters(blacklist_categories=("Cs",)), max_size=120).map(one_line)


def letter(**given_: str) -> Letter:
    words = {"recipient_name": "Ada Payer", "subject_line": "Your receipt", "body": "Thanks.\n"}
    return Letter(
        notice_id=UUID(int=7),
        sender="treasurer@county.example",
        recipient="ada@mail.example",
        queued_at=_AT,
        **(words | given_),
    )


@given(name=_NAMES, subject=_NAMES, body=_LINES)
@example(name='O"Hara, "Zoë" <x@y>', subject=" ".join(["Quittance n° 7"] * 9), body="é" * 2000)
@example(name="", subject="", body="")
@example(name="a" * 120, subject=" ".join("b" * 60), body="line\n" * 400 + "c" * 5000)
def test_noti_001_a_mail_says_what_the_notice_says(name: str, subject: str, body: str):
    """NOTI-001: whatever the language of the names, through any server."""
    content = letter(recipient_name=name, subject_line=subject, body=body).content()

    read = message_from_bytes(content, policy=policy.default)
    assert read["To"].addresses[0].addr_spec == "ada@mail.example"
    assert " ".join(read["To"].addresses[0].display_name.split()) == name
    assert " ".join(read["Subject"].split()) == subject
    assert read.get_content().replace("\r\n", "\n").rstrip("\n") == body.rstrip("\n")
    assert read["Message-ID"] == f"<{UUID(int=7)}@county.example>"
    assert read["Date"].datetime == _AT
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("field", ["subject_line", "recipient_name"])
def test_a_line_break_never_makes_a_header_of_its_own(field: str):
    with pytest.raises(ValueError, match="line break"):
        letter(**{field: "Hello\r\nBcc: everybody@mail.example"}).content()


def test_the_same_notice_is_the_same_bytes():
    """A server that gets it twice can tell."""
    assert letter().content() == letter().content()
