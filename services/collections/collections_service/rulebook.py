"""Reads a jurisdiction's collections.yaml into the buckets the domain ages by."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from collections_service.domain.aging import AgingTerms
from taxkit.dated import Dated
from taxkit.lawpack import LawFile, Section, Term, load_terms


@dataclass(frozen=True, slots=True)
class BucketLaw:
    code: str
    name: str
    from_days: int
    # The last day of the bucket; none for the oldest, which has no end.
    to_days: int | None


@dataclass(frozen=True, slots=True)
class AgingLaw:
    not_due_code: str
    settled_code: str
    buckets: tuple[BucketLaw, ...]

    def __post_init__(self) -> None:
        """Refuse buckets that leave a day without a bucket, or give it two."""
        codes = [self.not_due_code, self.settled_code, *(each.code for each in self.buckets)]
        if len(set(codes)) != len(codes):
            raise ValueError(f"the codes {', '.join(codes)}, of which one is given twice")
        begins = [each.from_days for each in self.buckets]
        ends = [each.to_days for each in self.buckets]
        expected: list[int | None] = [begin - 1 for begin in begins[1:]]
        if begins[:1] != [0] or sorted(set(begins)) != begins or ends != [*expected, None]:
            raise ValueError(
                "buckets that do not begin at 0 days, follow on one another and leave the last open"
            )


SCHEMA = {"aging": Section("as_of_on", AgingLaw)}


def load(directory: Path) -> Dated[date, AgingTerms]:
    """Load one jurisdiction's folder; anything unclear in it stops the start of the service."""
    return terms_of(load_terms(directory, "collections.yaml", SCHEMA))


def terms_of(law: LawFile) -> Dated[date, AgingTerms]:
    """Turn the law as written into the values the domain ages by."""
    aging = law.by_date("aging", AgingLaw)
    terms = tuple(_terms(term, law.pack_version) for term in aging.values)
    return Dated(aging.name, aging.keys, terms)


def _terms(term: Term[AgingLaw], pack_version: str) -> AgingTerms:
    return AgingTerms(
        rule_id=term.rule_id,
        pack_version=pack_version,
        settled_code=term.value.settled_code,
        not_due_code=term.value.not_due_code,
        bucket_codes=tuple(each.code for each in term.value.buckets),
        begin_days=tuple(each.from_days for each in term.value.buckets),
    )
