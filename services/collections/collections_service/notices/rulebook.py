"""Reads a jurisdiction's delinquent_notices.yaml: which letters go out, and when."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from collections_service.domain.stages import STAYED_BY, NoticeTerms, Stage
from taxkit.dated import Dated
from taxkit.lawpack import LawFile, Section, Term, load_terms

FILE: Final = "delinquent_notices.yaml"
_DAYS_MAX = 3660
_WORD = re.compile(r"(?:plan|flag)/[a-z0-9_]{1,40}")


@dataclass(frozen=True, slots=True)
class StageLaw:
    code: str
    name: str
    least_days: int
    least_cents: int
    answer_days: int
    after: str | None = None
    wait_days: int = 0

    def __post_init__(self) -> None:
        for days in (self.least_days, self.answer_days, self.wait_days):
            if not 0 <= days <= _DAYS_MAX:
                raise ValueError(f"{days} days, which is not from 0 to {_DAYS_MAX}")
        if self.least_cents < 1:
            raise ValueError("a letter about nothing: least_cents is at least 1")
        if self.wait_days and self.after is None:
            raise ValueError("wait_days without the stage they are counted from")


@dataclass(frozen=True, slots=True)
class StagesLaw:
    stages: tuple[StageLaw, ...]
    stalled_days: int
    # Nobody is written to about parcels of these types, or with one of these exemptions.
    exempt_property_types: tuple[str, ...] = ()
    exempt_codes: tuple[str, ...] = ()
    # What of plans and flags stops the ladder, as source/word.
    stayed_by: tuple[str, ...] = STAYED_BY

    def __post_init__(self) -> None:
        """Refuse a stage that names no earlier one, and codes given twice."""
        known: list[str] = []
        for each in self.stages:
            if each.code in known:
                raise ValueError(f"the code {each.code} twice")
            if each.after is not None and each.after not in known:
                raise ValueError(f"{each.code} after {each.after}, which is no stage before it")
            known.append(each.code)
        for word in self.stayed_by:
            if not _WORD.fullmatch(word):
                raise ValueError(f"stayed_by {word!r}, which is not plan/... or flag/...")
        if self.stalled_days < 1:
            raise ValueError("stalled_days below 1")


SCHEMA: Final = {"delinquent_notices": Section("business_date", StagesLaw)}


def load(directory: Path) -> Dated[date, NoticeTerms]:
    """Load one jurisdiction's folder; anything unclear in it stops the start of the service."""
    return terms_of(load_terms(directory, FILE, SCHEMA))


def terms_of(law: LawFile) -> Dated[date, NoticeTerms]:
    """Turn the law as written into the stages the domain judges by."""
    found = law.by_date("delinquent_notices", StagesLaw)
    terms = tuple(_terms(term, law.pack_version) for term in found.values)
    return Dated(found.name, found.keys, terms)


def _terms(term: Term[StagesLaw], pack_version: str) -> NoticeTerms:
    stages = tuple(
        Stage(
            code=each.code,
            name=each.name,
            least_days=each.least_days,
            least_cents=each.least_cents,
            after=each.after,
            wait_days=each.wait_days,
            answer_days=each.answer_days,
        )
        for each in term.value.stages
    )
    law = term.value
    return NoticeTerms(
        term.rule_id, pack_version, stages, law.stalled_days, law.exempt_property_types,
        law.exempt_codes, law.stayed_by,
    )  # fmt: skip
