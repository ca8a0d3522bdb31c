"""What supplements may be, and which bills they make, by the day of the event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from levy_service.domain.installments import Due
from levy_service.domain.supplement_refunds import RefundTerms
from levy_service.domain.supplements import SupplementDue, SupplementTerms
from taxkit.calendar import BusinessCalendar, Roll
from taxkit.dated import Dated, NoTermInForce
from taxkit.lawpack import Section, Term, load_jurisdiction, load_terms

FILE: Final = "supplements.yaml"


@dataclass(frozen=True, slots=True)
class DueLaw:
    """Due dates by the day of mailing, and where they move from weekends and holidays."""

    due: SupplementDue
    weekend: Roll


SCHEMA: Final[Mapping[str, Section]] = {
    "supplements": Section("effective_on", SupplementTerms),
    # Without it, the usual dates of the bill's year.
    "supplement_due": Section("effective_on", DueLaw, optional=True),
    # Without it, nothing that lowers a value makes a bill of its own smaller: it is refused.
    "supplement_refunds": Section("effective_on", RefundTerms, optional=True),
}


@dataclass(frozen=True, slots=True)
class Supplements:
    """A pack's law of supplements; a pack without the file has none."""

    terms: Dated[date, Term[SupplementTerms]]
    due_law: Dated[date, Term[DueLaw]] | None
    days: BusinessCalendar
    refund_law: Dated[date, Term[RefundTerms]] | None = None

    def at(self, event_on: date) -> Term[SupplementTerms]:
        """The law of an event's day; NoTermInForce where there is none."""
        return self.terms.at(event_on)

    def due(self, mailed_on: date) -> tuple[Due, ...] | None:
        """When bills of their own are due that are mailed on a day; None: on the usual dates."""
        if self.due_law is None:
            return None
        law = self.due_law.at(mailed_on).value
        return law.due.of(mailed_on, lambda day: self.days.roll(day, law.weekend))

    def refund(self, event_on: date) -> Term[RefundTerms] | None:
        """How an event that lowers a value is refunded; None where no law says so."""
        try:
            return None if self.refund_law is None else self.refund_law.at(event_on)
        except NoTermInForce:
            return None


def load(directory: Path) -> Supplements:
    """Load a jurisdiction's file, which may be missing."""
    days = load_jurisdiction(directory).business_calendar()
    if not (directory / FILE).is_file():
        return Supplements(Dated(f"{directory.name}/supplements", (), ()), None, days)
    law = load_terms(directory, FILE, SCHEMA)
    due = law.by_date("supplement_due", DueLaw) if "supplement_due" in law.sections else None
    refunds = None
    if "supplement_refunds" in law.sections:
        refunds = law.by_date("supplement_refunds", RefundTerms)
    return Supplements(law.by_date("supplements", SupplementTerms), due, days, refunds)
