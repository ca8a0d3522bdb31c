"""Who would pay what difference: a roll billed, and left unpaid to a date, under two laws."""

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import total_ordering
from heapq import heappush, heapreplace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from levy_service import rulebook as levy_rulebook
from levy_service.domain.rates import RatePer
from levy_service.what_if import ParcelBill, bills_of
from millage.levy.v1 import levy_pb2 as pb
from millage_cli.problems import usage
from millage_cli.roll import Roll
from receivables_service import rulebook as receivables_rulebook
from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import BillInstallment, BillIssued
from receivables_service.domain.terms import Terms

_ANY: Final = UUID(int=1)
_AT: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Law:
    """A version of a pack, as far as it makes bills and lets them grow."""

    levy: levy_rulebook.Rulebook
    ledger: Terms

    @classmethod
    def of(cls, directory: Path) -> "Law":
        return cls(levy_rulebook.load(directory), receivables_rulebook.load(directory))


@dataclass(frozen=True, slots=True)
class Owed:
    """What a parcel is billed, and what has grown on it by the date if nothing is paid."""

    tax_cents: int
    grown_cents: int

    @property
    def total_cents(self) -> int:
        return self.tax_cents + self.grown_cents

    def plus(self, other: "Owed") -> "Owed":
        return Owed(self.tax_cents + other.tax_cents, self.grown_cents + other.grown_cents)


@dataclass(frozen=True, slots=True)
class Difference:
    """One parcel of a tax year under both laws."""

    tax_year: int
    parcel_number: str
    tax_code: str
    property_class: str
    owner_name: str
    old: Owed
    new: Owed

    @property
    def cents(self) -> int:
        return self.new.total_cents - self.old.total_cents


@dataclass(frozen=True, slots=True)
class Sum:
    """A district's parcels together."""

    tax_code: str
    parcels: int
    more: int
    less: int
    old: Owed
    new: Owed

    @classmethod
    def none(cls, tax_code: str) -> "Sum":
        return cls(tax_code, 0, 0, 0, Owed(0, 0), Owed(0, 0))

    @classmethod
    def of(cls, each: Difference) -> "Sum":
        return cls(each.tax_code, 1, each.cents > 0, each.cents < 0, each.old, each.new)

    def plus(self, other: "Sum") -> "Sum":
        """Both together, under this one's name."""
        return Sum(
            self.tax_code,
            self.parcels + other.parcels,
            self.more + other.more,
            self.less + other.less,
            self.old.plus(other.old),
            self.new.plus(other.new),
        )

    @property
    def cents(self) -> int:
        return self.new.total_cents - self.old.total_cents


@total_ordering
@dataclass(frozen=True, slots=True)
class _Backwards:
    """Of equal differences the earlier parcel is kept."""

    text: str

    def __lt__(self, other: "_Backwards") -> bool:
        return self.text > other.text


def simulate(
    roll: Roll, old: Law, new: Law, as_of: date | None, advance: Callable[[int], None]
) -> Iterator[Difference]:
    """Bill every parcel of a year under both laws; NoTermInForce where one knows no such year."""
    for law in (old, new):
        _check_unit(roll, law.levy)
    before = bills_of(roll.rates, roll.parcels, old.levy.year(roll.tax_year))
    after = bills_of(roll.rates, roll.parcels, new.levy.year(roll.tax_year))
    for done, (parcel, one, other) in enumerate(zip(roll.parcels, before, after, strict=True), 1):
        yield _difference(
            roll.tax_year,
            parcel,
            _owed(roll.tax_year, parcel, one, old.ledger, as_of),
            _owed(roll.tax_year, parcel, other, new.ledger, as_of),
        )
        advance(done)


def _check_unit(roll: Roll, law: levy_rulebook.Rulebook) -> None:
    """A roll in percent is no roll of mills: its rates would all be missing."""
    per = law.year(roll.tax_year).billing.rate_unit.per
    percent = sum(bool(each.rate_percent) and not each.rate for each in roll.rates)
    if percent and per is not RatePer.PERCENT:
        raise usage(
            "RATE_UNIT_DIFFERS",
            f"{percent} rates of {roll.tax_year} are in the column rate_percent;"
            f" {law.jurisdiction_id} bills in {per.value}",
            "compare laws of one unit, or give the rates in the column rate, in that unit",
        )


def _difference(tax_year: int, parcel: pb.Parcel, old: Owed, new: Owed) -> Difference:
    return Difference(
        tax_year,
        parcel.parcel_number,
        parcel.tax_code,
        parcel.property_class,
        parcel.owner_name,
        old,
        new,
    )


def _owed(
    tax_year: int, parcel: pb.Parcel, bills: ParcelBill, ledger: Terms, as_of: date | None
) -> Owed:
    tax_cents = sum(bill.total_cents for bill in bills)
    if as_of is None:
        return Owed(tax_cents, 0)
    grown_cents = 0
    for bill in bills:
        installments = tuple(
            BillInstallment(each.installment, each.due_on, each.amount_cents)
            for each in bill.installments
        )
        first_due_on = installments[0].due_on
        issued = BillIssued(
            _ANY,
            first_due_on,
            _AT,
            tax_year,
            installments,
            district=parcel.tax_code,
            property_class=parcel.property_class,
        )
        state = derive([issued], ledger, as_of)
        grown_cents += sum(
            each.interest_open_cents + each.penalty_open_cents for each in state.installments
        )
    return Owed(tax_cents, grown_cents)


@dataclass(slots=True)
class Tally:
    """Adds differences up as they come; of the parcels only the most moved are kept."""

    top: int
    _sums: dict[str, Sum] = field(default_factory=dict)
    _most: list[tuple[tuple[int, _Backwards], Difference]] = field(default_factory=list)

    def add(self, each: Difference) -> None:
        known = self._sums.get(each.tax_code, Sum.none(each.tax_code))
        self._sums[each.tax_code] = known.plus(Sum.of(each))
        if each.cents and self.top:
            entry = ((abs(each.cents), _Backwards(each.parcel_number)), each)
            if len(self._most) < self.top:
                heappush(self._most, entry)
            elif self._most[0][0] < entry[0]:
                heapreplace(self._most, entry)

    def districts(self) -> list[Sum]:
        """By tax code, in their order."""
        return [self._sums[tax_code] for tax_code in sorted(self._sums)]

    def whole(self) -> Sum:
        together = Sum.none("all")
        for each in self._sums.values():
            together = together.plus(each)
        return together

    def largest(self) -> list[Difference]:
        """Those whose payers would notice most, up or down."""
        found = [each for _, each in self._most]
        return sorted(found, key=lambda each: (-abs(each.cents), each.parcel_number))


COLUMNS: Final = (
    "tax_year", "parcel_number", "tax_code", "property_class", "owner_name", "old_tax_cents",
    "new_tax_cents", "old_grown_cents", "new_grown_cents", "difference_cents",
)  # fmt: skip


def as_row(each: Difference) -> Mapping[str, Any]:
    """One parcel as a row of a file."""
    return {
        "tax_year": each.tax_year,
        "parcel_number": each.parcel_number,
        "tax_code": each.tax_code,
        "property_class": each.property_class,
        "owner_name": each.owner_name,
        "old_tax_cents": each.old.tax_cents,
        "new_tax_cents": each.new.tax_cents,
        "old_grown_cents": each.old.grown_cents,
        "new_grown_cents": each.new.grown_cents,
        "difference_cents": each.cents,
    }


@contextmanager
def written(file: Path | None) -> Iterator[Callable[[Difference], object]]:
    """Give what writes a parcel as it comes; the file is there once all are in it."""
    if file is None:
        yield lambda _: None
        return
    unfinished = file.with_name(f".{file.name}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, COLUMNS)
            writer.writeheader()
            yield lambda each: writer.writerow(as_row(each))
        unfinished.replace(file)
    except OSError as error:
        raise usage("FILE_UNWRITABLE", f"{file}: {error.strerror}") from error
    finally:
        if unfinished.exists():
            unfinished.unlink()
