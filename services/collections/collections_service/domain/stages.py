"""When a bill's owner is written to: the stages of delinquent notices (COLL-014, COLL-015)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from collections_service.domain.coded import (
    CodeOnBill,
    Purpose,
    is_listed,
    kept_out,
)

HELD = "hold"
EXEMPT = "exempt"
# What plans and flags say of a bill, as source/word.
STAYED_BY = ("plan/active", "flag/bankruptcy", "flag/dnap", "flag/foreclosure", "flag/protest")
"""What stops the ladder where a pack does not say (COLL-011)."""
UNPOSTED = "unposted_payment"


class Fate(StrEnum):
    """What becomes of a bill in a run of notices."""

    SELECTED = "selected"
    LEFT_OUT = "left_out"


@dataclass(frozen=True, slots=True)
class Stage:
    """One letter of the ladder and when it is due."""

    code: str
    name: str
    # Days past the oldest unpaid due date, and what must be overdue at least.
    least_days: int
    least_cents: int
    # Only so many days after the letter of another stage went out.
    after: str | None = None
    wait_days: int = 0
    # How long its reader has to answer.
    answer_days: int = 0


@dataclass(frozen=True, slots=True)
class NoticeTerms:
    """The stages in force on a date, in their order."""

    rule_id: str
    pack_version: str
    stages: tuple[Stage, ...]
    # A letter that nobody reports on for so long is somebody's to look at.
    stalled_days: int
    # Nobody is written to about parcels of these types, or with one of these exemptions.
    exempt_property_types: tuple[str, ...] = ()
    exempt_codes: tuple[str, ...] = ()
    # Nobody is written to while one of these is said of a bill.
    stayed_by: tuple[str, ...] = STAYED_BY

    def exempts(self, property_type: str, exemptions: Iterable[str]) -> str | None:
        """The type or the exemption for which nobody is written to; none where somebody may be."""
        if property_type in self.exempt_property_types:
            return property_type
        return next((each for each in exemptions if each in self.exempt_codes), None)

    def stays(self, words: Iterable[str]) -> str | None:
        """What of the words of plans and flags stops the ladder; none where nothing does."""
        return next((each for each in words if each in self.stayed_by), None)

    def stage(self, code: str) -> Stage | None:
        return next((each for each in self.stages if each.code == code), None)


@dataclass(frozen=True, slots=True)
class Debt:
    """What of a bill decides whether its owner is written to."""

    overdue_cents: int
    days: int
    codes: Sequence[CodeOnBill] = ()
    # What its parcel is held for, and why a payment that names it went to no bill.
    hold: str | None = None
    unposted: str | None = None
    # What exempts its parcel.
    exempt: str | None = None
    # What a plan or a flag says that stops the ladder.
    stay: str | None = None
    # By stage: the day its letter about the same installment went out; none while nobody told.
    sent: Mapping[str, date | None] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    fate: Fate
    # Of what is left out: a code, a kind of hold or a reason, and what kind of thing that is.
    code: str = ""
    because: str = ""


def judged(debt: Debt, stage: Stage, least_cents: int, today: date) -> Verdict | None:
    """Whether a letter of a stage goes out; none where the bill is not due for it."""
    if not _is_due(debt, stage, today):
        return None
    if not is_listed(debt.codes, Purpose.NOTICE, debt.overdue_cents, least_cents):
        return None
    reason = stayed(debt.codes, Purpose.NOTICE, debt.hold, debt.unposted, debt.stay)
    if reason is None and debt.exempt is not None:
        reason = debt.exempt, EXEMPT
    return Verdict(Fate.LEFT_OUT, *reason) if reason else Verdict(Fate.SELECTED)


def stayed(
    codes: Sequence[CodeOnBill],
    purpose: Purpose,
    hold: str | None,
    unposted: str | None,
    stay: str | None = None,
) -> tuple[str, str] | None:
    """What keeps a bill out of a purpose: a code, a hold, a plan, a flag, or unplaced money."""
    if (reason := kept_out(codes, purpose)) is not None:
        return reason
    if hold and purpose is not Purpose.VIEW:
        return hold, HELD
    if stay and purpose is Purpose.NOTICE:
        source, _, word = stay.partition("/")
        return word, source
    if unposted and purpose is Purpose.NOTICE:
        return unposted, UNPOSTED
    return None


def _is_due(debt: Debt, stage: Stage, today: date) -> bool:
    sent = debt.sent or {}
    if debt.overdue_cents <= 0 or debt.days < stage.least_days or stage.code in sent:
        return False
    if stage.after is None:
        return True
    before = sent.get(stage.after)
    return before is not None and before + timedelta(days=stage.wait_days) <= today
