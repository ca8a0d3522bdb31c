"""Reads what the jurisdiction says of part payments, and what the office has set over it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from cashiering_service.domain import counter_settings as settings
from cashiering_service.domain.counter_settings import SettingSet
from cashiering_service.domain.part_payments import ANY_PART, Accepted, PartPayments
from taxkit.dated import Dated
from taxkit.lawpack import Section, Term, load_terms

FILE = "part_payments.yaml"
SCHEMA = {"part_payments": Section("business_date", PartPayments)}


@dataclass(frozen=True, slots=True)
class PartLaw:
    """What part payments are taken, by business date."""

    terms: Dated[date, Term[PartPayments]]
    set_here: Callable[[], Sequence[SettingSet]] = tuple

    @property
    def as_written(self) -> "PartLaw":
        """The law without what is set."""
        return replace(self, set_here=tuple)

    @property
    def may_ask(self) -> bool:
        """Whether anything is asked of part payments on any day: most counties ask nothing."""
        return any(term.value != ANY_PART for _, term in self.terms) or any(
            (one.name, one.value) == (settings.PARTIAL_ONLY_CODED, settings.ON)
            for one in self.set_here()
        )

    def at(self, business_date: date) -> PartPayments:
        """What holds on a day; an office may ask for codes, or not, where the law lets it."""
        law = self.terms.at(business_date).value
        if law.accepted is Accepted.INSTALLMENTS:
            return law
        by_law = law.accepted is Accepted.CODED_ONLY
        name = settings.PARTIAL_ONLY_CODED
        coded = settings.is_on(name, business_date, self.set_here(), by_law=by_law)
        return replace(law, accepted=Accepted.CODED_ONLY if coded else Accepted.ALWAYS)


def load(jurisdictions_dir: str, jurisdiction: str) -> PartLaw:
    law = load_terms(Path(jurisdictions_dir) / jurisdiction, FILE, SCHEMA)
    return PartLaw(law.by_date("part_payments", PartPayments))
