"""Reads a jurisdiction's notifications.yaml: who is told what, in which words."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from notifications_service.domain.occasion import Mark, Occasion
from notifications_service.domain.plaintext import address_trouble
from notifications_service.domain.wording import Wording, wording
from taxkit.dated import Dated, NoTermInForce
from taxkit.errors import Permanent
from taxkit.lawpack import Section, Term, load_terms
from taxkit.packvalues import PackText


class Recipient(StrEnum):
    """Whom a notice is for: the word is also the event's field that names the person."""

    PAYER = "payer"
    OWNER = "owner"
    # Of each who asked to be told; the code of the notice is the topic.
    SUBSCRIBER = "subscriber"


@dataclass(frozen=True, slots=True)
class NoticeLaw:
    code: str
    # The event that causes it, as "cashiering.PaymentPosted.v1".
    event: str
    recipient: Recipient
    subject: str
    template: PackText
    # Written only for events that have the one, and for none that has the other.
    only_if: Mark | None = None
    unless: Mark | None = None
    # Not written while collections holds the parcel.
    not_while_held: bool = False
    # Of events that have stages, only of this one.
    stage: str | None = None
    # A letter that goes by post even where an address for mail is known.
    on_paper: bool = False

    def __post_init__(self) -> None:
        self.wording()

    def wording(self) -> Wording:
        return wording(self.code, self.subject, self.template.text)


@dataclass(frozen=True, slots=True)
class NoticesLaw:
    sender: str
    types: tuple[NoticeLaw, ...]

    def __post_init__(self) -> None:
        trouble = address_trouble(self.sender)
        if trouble:
            raise ValueError(f"the sender {self.sender}: {trouble}")
        codes = [each.code for each in self.types]
        if len(set(codes)) != len(codes):
            raise ValueError(f"the codes {', '.join(codes)}, one of them twice")
        staged = {each.event for each in self.types if each.stage is not None}
        stages = [(each.event, each.stage) for each in self.types if each.event in staged]
        if len(set(stages)) != len(stages) or None in {stage for _, stage in stages}:
            raise ValueError(
                "an event with stages, of which each has to have one notice of its own"
            )


SCHEMA = {"notices": Section("business_date", NoticesLaw)}


@dataclass(frozen=True, slots=True)
class NoticeTerms:
    """The notices in force on a business date."""

    rule_id: str
    sender: str
    # Templates by the event that calls for them.
    by_event: dict[str, tuple[Wording, ...]]
    # Whom each template is for, by its code.
    recipients: dict[str, Recipient]
    # When each is written, by its code.
    occasions: dict[str, Occasion]
    # Those that are not written while a parcel is held.
    not_while_held: frozenset[str] = frozenset()
    # Those that go by post whatever address is known.
    on_paper: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rulebook:
    notices: Dated[date, NoticeTerms]

    def at(self, business_date: date) -> NoticeTerms:
        try:
            return self.notices.at(business_date)
        except NoTermInForce as error:
            raise Permanent("NO_LAW_FOR_DATE", str(error)) from error


def load(directory: Path) -> Rulebook:
    """Load one jurisdiction's folder; anything unclear in it stops the start of the service."""
    notices = load_terms(directory, "notifications.yaml", SCHEMA).by_date("notices", NoticesLaw)
    return Rulebook(Dated(notices.name, notices.keys, tuple(map(_terms, notices.values))))


def _terms(term: Term[NoticesLaw]) -> NoticeTerms:
    by_event: dict[str, tuple[Wording, ...]] = {}
    for each in term.value.types:
        by_event[each.event] = (*by_event.get(each.event, ()), each.wording())
    recipients = {each.code: each.recipient for each in term.value.types}
    occasions = {
        each.code: Occasion(each.only_if, each.unless, each.stage) for each in term.value.types
    }
    held = frozenset(each.code for each in term.value.types if each.not_while_held)
    paper = frozenset(each.code for each in term.value.types if each.on_paper)
    sender = term.value.sender
    return NoticeTerms(term.rule_id, sender, by_event, recipients, occasions, held, paper)
