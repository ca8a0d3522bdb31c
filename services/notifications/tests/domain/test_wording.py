"""Words, headers and addresses from what people typed."""

import email
import email.policy
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications_service.domain.letter import Letter
from notifications_service.domain.outcome import NoticeState, Reply, RetryPolicy, outcome_of
from notifications_service.domain.plaintext import address_trouble, one_line
from notifications_service.domain.wording import WordingFailed, word, wording
from taxkit.ids import new_id

NOON = datetime(2023, 3, 1, 18, tzinfo=UTC)
RETRY = RetryPolicy(attempts_max=3, first_rest=timedelta(seconds=30))
any_text = st.text(st.characters(codec=None), max_size=80)


@given(any_text)
def test_one_line_is_one_line(text):
    """Whatever is put in, neither a header nor a line of text ends early."""
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    assert "\x00" not in line
    line.encode("utf-8")


@given(any_text, any_text, any_text)
def test_a_letter_has_the_headers_we_gave_it_and_no_others(name, subject, body):
    """No name, subject or text adds a header or a recipient."""
    letter = Letter(
        new_id(),
        "treasurer@cook.example",
        "ada@example.com",
        one_line(name),
        one_line(subject)[:200],
        body.encode("utf-8", "replace").decode(),
        NOON,
    )
    read = email.message_from_bytes(letter.content(), policy=email.policy.SMTP)
    assert {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    } == set(read.keys())
    assert [one.addr_spec for one in read["To"].addresses] == ["ada@example.com"]


@given(st.emails())
def test_ordinary_addresses_are_fine(address):
    """What hypothesis calls an address is one, unless its local part is too long for SMTP."""
    assert not address_trouble(address) or len(address.split("@")[0]) > 64


@given(any_text)
def test_an_address_with_a_space_a_comma_or_a_break_is_none(text):
    """Nothing that could end an address or a line gets through."""
    if any(each.isspace() or each in ',;<>"\x00' or not each.isascii() for each in text):
        assert address_trouble(f"a{text}@example.com")


def test_a_template_cannot_reach_beyond_its_data():
    """The sandbox refuses Python's insides."""
    with pytest.raises(WordingFailed):
        word(wording("x", "s", "{{ ().__class__.__mro__ }}{{ [].append(1) }}"), {})


@pytest.mark.parametrize("body", ["{{ nothing }}", "{{ 'x' | money }}", "{{ 1 / 0 }}"])
def test_a_template_that_does_not_fit_the_data_says_so(body):
    """A missing name is an error, not an empty place in a letter."""
    with pytest.raises(WordingFailed, match="template x"):
        word(wording("x", "s", body), {})


def test_a_template_that_cannot_be_compiled_stops_the_start():
    """An unclosed tag is found when the pack is loaded."""
    with pytest.raises(ValueError, match="the template x"):
        wording("x", "s", "{% if %}")


def test_a_version_names_subject_and_body():
    """A changed word anywhere is another version; the same texts are the same."""
    versions = [wording("x", *texts).version for texts in (("a", "b"), ("ab", ""), ("a", "c"))]
    assert len(set(versions)) == 3
    assert wording("y", "a", "b").version == versions[0]


@pytest.mark.parametrize(
    ("reply", "attempts", "state", "rest"),
    [
        (Reply(250, "ok"), 0, NoticeState.SENT, 0),
        (Reply(550, "no"), 0, NoticeState.FAILED, 0),
        (Reply(451, "later"), 0, NoticeState.PENDING, 30),
        (Reply(451, "later"), 1, NoticeState.PENDING, 60),
        (Reply(451, "later"), 2, NoticeState.FAILED, 0),
        (Reply(550, "sender", about_recipient=False), 0, NoticeState.PENDING, 30),
        (Reply(0, "broke off", about_recipient=False), 2, NoticeState.FAILED, 0),
    ],
)
def test_what_an_answer_means(reply, attempts, state, rest):
    """Taken, refused for good, or to be tried again after a rest that doubles."""
    outcome = outcome_of(reply, attempts, NOON, RETRY)
    assert (state, attempts + 1, NOON + timedelta(seconds=rest)) == (
        outcome.state,
        outcome.attempts,
        outcome.due_at,
    )
