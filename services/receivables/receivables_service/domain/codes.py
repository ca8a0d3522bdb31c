"""What a bill/fee code says beside its rates, and which codes are on a bill (RECV-058)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from receivables_service.domain.facts import Fact
from receivables_service.domain.rate_facts import CodeLifted, CodeSet


class Switch(StrEnum):
    """What a code turns on for whatever bears it; each is apart from the others (Q-34)."""

    ALERT_USER = "alert_user"
    PARTIAL_PAYMENT = "partial_payment"
    NOT_ELIGIBLE_FOR_HALF_PAY = "not_eligible_for_half_pay"
    WARNING_PANEL = "warning_panel"
    MOBILE_HOME_MOVEMENT = "mobile_home_movement"
    BANKRUPTCY = "bankruptcy"
    DEFERRAL = "deferral"
    EXCLUDE_FROM_EXPORTS = "exclude_from_exports"


class Notices(StrEnum):
    """Whether delinquent notices go out for what bears the code."""

    AS_USUAL = "as_usual"
    INCLUDE = "include"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a code says, whole; a rate of none leaves the system's."""

    description: str
    monthly_rate: Decimal | None = None
    penalty_rate: Decimal | None = None
    switches: frozenset[Switch] = frozenset()
    notices: Notices = Notices.AS_USUAL

    def __post_init__(self) -> None:
        for rate in (self.monthly_rate, self.penalty_rate):
            if rate is not None and not 0 <= rate < 1:
                raise ValueError(f"a rate of {rate}, which is not in [0, 1)")


class CodeOn(NamedTuple):
    """A code on a bill, or on its fees of one charge code."""

    code: str
    charge_code: str


def codes_on(facts: Iterable[Fact], day: date) -> list[CodeOn]:
    """The codes on a bill and its fees on a day, the last one set last (Q-35)."""
    changes = sorted(
        (
            fact
            for fact in facts
            if isinstance(fact, CodeSet | CodeLifted) and fact.effective_on <= day
        ),
        key=lambda each: (each.effective_on, each.recorded_at, each.fact_id),
    )
    on: dict[CodeOn, date] = {}
    for fact in changes:
        named = CodeOn(fact.code, fact.charge_code)
        on.pop(named, None)
        if isinstance(fact, CodeSet):
            on[named] = fact.through or day + timedelta(days=1)
    return [named for named, through in on.items() if through >= day]


def last_on(on: Iterable[CodeOn], charge_code: str) -> str:
    """The code of the bill itself, or of a fee, that counts: the last one set; empty for none."""
    codes = [each.code for each in on if each.charge_code == charge_code]
    return codes[-1] if codes else ""
