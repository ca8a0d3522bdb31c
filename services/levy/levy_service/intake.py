"""Takes a roll's rows in: staged by COPY, judged one by one and then in sets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from levy_service import roll_store
from levy_service.domain.billing import LineKey
from levy_service.domain.fund_names import FundNames
from levy_service.domain.parcel_extras import completed
from levy_service.domain.roll import (
    FINDINGS_MAX,
    Finding,
    Findings,
    ParcelRow,
    RateBook,
    TaxCodeRates,
    check_parcel,
)
from levy_service.funds import store as fund_names
from levy_service.levies import of_rolls
from levy_service.register import rolls as register_rolls
from levy_service.roll import Roll
from levy_service.rulebook import YearLaw
from levy_service.sent_rows import BILL_EXISTS, parcel_row, rate_row, refusal_of
from millage.levy.v1 import levy_pb2 as pb
from taxkit.errors import invalid

_STAGED_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Taken:
    """What a roll has put on file: the year's rates by tax code, and funds' names that are new."""

    rates: Mapping[str, TaxCodeRates]
    fund_names: Mapping[LineKey, str]


_ORDER = "after the header come rates and parcels, then one end"


def take_in(
    connection: Connection, roll: Roll, law: YearLaw, messages: Iterator[pb.LoadRollRequest]
) -> Taken:
    """Register a roll's rates and parcels, or refuse it with every finding against it."""
    on_file = roll_store.rates_on_file(connection, roll.tax_year)
    names = FundNames(fund_names.of_year(connection, roll.tax_year))
    book, findings = RateBook(on_file, law.billing.rate_unit, fund_names=names), Findings()
    if roll.levy_version:
        certified = (roll.tax_year, roll.levy_version, law.billing.rate_unit)
        for row in of_rolls.rate_rows(connection, *certified):
            findings.add(book.add(row))
    parcels = _stage(connection, _parcels(messages, book, findings, law))
    if not parcels and not findings.count:
        raise invalid("ROLL_EMPTY", "the roll has no parcels", "parcels")
    roll_store.settle_staging(connection)
    findings.add(book.review(law.billing.residual_agency_code))
    _judge_staged(connection, roll.tax_year, book, findings)
    register_rolls.judge(connection, findings)
    if findings.count:
        raise refusal_of(findings)
    roll_store.insert_rates(connection, roll.roll_id, roll.tax_year, book.new(), book.chargers)
    _judge_charges(connection, roll.tax_year, findings)
    if findings.count:
        raise refusal_of(findings)
    roll_store.register_parcels(connection, roll.roll_id, roll.tax_year)
    return Taken(book.all(), names.new)


def _stage(connection: Connection, parcels: Iterator[ParcelRow]) -> int:
    """Copy parcels in by thousands: one COPY a roll would stand still with a slow sender."""
    register_rolls.make_room(connection)
    count, waiting = 0, list[ParcelRow]()
    for count, parcel in enumerate(parcels, start=1):  # noqa: B007 - the count is the answer
        waiting.append(parcel)
        if len(waiting) == _STAGED_AT_ONCE:
            _keep(connection, waiting)
            waiting.clear()
    _keep(connection, waiting)
    return count


def _keep(connection: Connection, parcels: Sequence[ParcelRow]) -> None:
    roll_store.stage(connection, parcels)
    register_rolls.stage(connection, parcels)


def _parcels(
    messages: Iterator[pb.LoadRollRequest], book: RateBook, findings: Findings, law: YearLaw
) -> Iterator[ParcelRow]:
    """Take rates into the book and give the parcels that are right by themselves."""
    counted = {"rate": 0, "parcel": 0}
    end: pb.RollEnd | None = None
    for message in messages:
        kind = message.WhichOneof("part")
        if kind == "end" and end is None:
            end = message.end
            continue
        if kind not in counted or end is not None:
            raise invalid("PART_UNEXPECTED", _ORDER, "part")
        counted[kind] += 1
        if kind == "rate":
            findings.add(book.add(rate_row(counted[kind], message.rate)))
        else:
            row = parcel_row(counted[kind], message.parcel)
            parcel, found = completed(row, law.value, law.billing.credits)
            found = [*check_parcel(parcel, law.parcel_number), *found]
            findings.add(found)
            findings.add(book.charged(parcel.row, parcel.charges))
            if not found:
                yield parcel
    _check_whole(end, counted["rate"], counted["parcel"])


def _check_whole(end: pb.RollEnd | None, rates: int, parcels: int) -> None:
    """A stream that broke off ends like a whole one: only its last part tells them apart."""
    if end is None:
        raise invalid("ROLL_TRUNCATED", f"the roll broke off after {parcels} parcels", "end")
    if (end.rate_count, end.parcel_count) != (rates, parcels):
        raise invalid(
            "ROLL_TRUNCATED",
            f"{rates} rates and {parcels} parcels came; the end says {end.rate_count} and"
            f" {end.parcel_count}",
            "end",
        )


def _judge_staged(
    connection: Connection, tax_year: int, book: RateBook, findings: Findings
) -> None:
    twice = roll_store.duplicates(connection, FINDINGS_MAX)
    _add(findings, twice, [
        Finding(
            "DUPLICATE_PARCEL", f"parcels[{row.row_number}].parcel_number",
            f"parcel {row.parcel_number} is on row {row.first} already",
        )
        for row in twice
    ])  # fmt: skip
    without = roll_store.without_rates(connection, {*book.on_file, *book.sent}, FINDINGS_MAX)
    _add(findings, without, [
        Finding(
            "UNKNOWN_TAX_CODE", f"parcels[{row.row_number}].tax_code",
            f"tax code {row.tax_code} has no rates in {tax_year}",
        )
        for row in without
    ])  # fmt: skip
    billed = roll_store.billed_already(connection, tax_year, FINDINGS_MAX)
    _add(findings, billed, [
        Finding(
            BILL_EXISTS, f"parcels[{row.row_number}].parcel_number",
            f"bill {row.bill_number} was issued already: a correction is not a roll",
        )
        for row in billed
    ])  # fmt: skip


def _judge_charges(connection: Connection, tax_year: int, findings: Findings) -> None:
    """An event tells a bill's agencies: none of them twice."""
    rated = roll_store.charged_and_rated(connection, tax_year, FINDINGS_MAX)
    _add(findings, rated, [
        Finding(
            "CHARGE_AGENCY_RATED", f"parcels[{row.row_number}].charges",
            f"agency {row.agency_code} has a rate in tax code {row.tax_code}: charge it under a"
            " code of its own",
        )
        for row in rated
    ])  # fmt: skip


def _add(findings: Findings, rows: Sequence[Any], found: list[Finding]) -> None:
    """Each row says how many there are in all, beyond those that were fetched."""
    findings.add(found, rows[0].found if rows else 0)
