"""Takes a roll's rows in: staged by COPY, judged one by one and then in sets."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from levy_service import roll_store
from levy_service.domain.roll import (
    FINDINGS_MAX,
    Finding,
    Findings,
    ParcelRow,
    RateBook,
    RateRow,
    TaxCodeRates,
    check_parcel,
)
from levy_service.roll import Roll
from levy_service.rulebook import YearLaw
from millage.levy.v1 import levy_pb2 as pb
from taxkit.errors import FieldViolation, Refusal, RefusalKind, invalid

_STAGED_AT_ONCE = 5000
_BILL_EXISTS = "BILL_EXISTS"
_ORDER = "after the header come rates and parcels, then one end"


def take_in(
    connection: Connection, roll: Roll, law: YearLaw, messages: Iterator[pb.LoadRollRequest]
) -> Mapping[str, TaxCodeRates]:
    """Register a roll's rates and parcels, or refuse it with every finding against it.

    Gives the year's rates by tax code.
    """
    on_file = roll_store.rates_on_file(connection, roll.tax_year)
    book, findings = RateBook(on_file, law.billing.rate_unit), Findings()
    parcels = _stage(connection, _parcels(messages, book, findings, law))
    if not parcels and not findings.count:
        raise invalid("ROLL_EMPTY", "the roll has no parcels", "parcels")
    roll_store.settle_staging(connection)
    findings.add(book.review(law.billing.residual_agency_code))
    _judge_staged(connection, roll.tax_year, book, findings)
    if findings.count:
        raise refusal_of(findings)
    roll_store.insert_rates(connection, roll.roll_id, roll.tax_year, book.new())
    roll_store.register_parcels(connection, roll.roll_id, roll.tax_year)
    return book.all()


def _stage(connection: Connection, parcels: Iterator[ParcelRow]) -> int:
    """Copy parcels in by thousands: one COPY a roll would stand still with a slow sender."""
    count, waiting = 0, list[ParcelRow]()
    for count, parcel in enumerate(parcels, start=1):  # noqa: B007 - the count is the answer
        waiting.append(parcel)
        if len(waiting) == _STAGED_AT_ONCE:
            roll_store.stage(connection, waiting)
            waiting.clear()
    roll_store.stage(connection, waiting)
    return count


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
            findings.add(book.add(_rate_row(counted[kind], message.rate)))
        else:
            parcel = _parcel_row(counted[kind], message.parcel)
            found = check_parcel(parcel, law.parcel_number)
            findings.add(found)
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


def _rate_row(row: int, given: pb.AgencyRate) -> RateRow:
    return RateRow(row, given.tax_code, given.agency_code, given.agency_name, given.rate_percent)


def _parcel_row(row: int, given: pb.Parcel) -> ParcelRow:
    return ParcelRow(
        row=row,
        parcel_number=given.parcel_number,
        tax_code=given.tax_code,
        property_class=given.property_class,
        township=given.township,
        value_dollars=given.value_dollars,
        net_value_dollars=given.net_value_dollars,
        prior_year_total_cents=given.prior_year_total_cents,
        owner_name=given.owner_name,
        owner_email=given.owner_email or None,
        frozen_value_dollars=(
            given.frozen_value_dollars if given.HasField("frozen_value_dollars") else None
        ),
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
            _BILL_EXISTS, f"parcels[{row.row_number}].parcel_number",
            f"bill {row.bill_number} was issued already: a correction is not a roll",
        )
        for row in billed
    ])  # fmt: skip


def _add(findings: Findings, rows: Sequence[Any], found: list[Finding]) -> None:
    """Each row says how many there are in all, beyond those that were fetched."""
    findings.add(found, rows[0].found if rows else 0)


def refusal_of(findings: Findings) -> Refusal:
    """The refusal that tells every finding kept; its reason is theirs when they share one."""
    reasons = {each.reason for each in findings.kept}
    reason = reasons.pop() if len(reasons) == 1 else "ROLL_INVALID"
    first = findings.kept[0]
    more = f" (and {findings.count - 1} more)" if findings.count > 1 else ""
    return Refusal(
        reason,
        f"{first.place}: {first.message}{more}; nothing of the roll was taken",
        kind=RefusalKind.CONFLICT if reason == _BILL_EXISTS else RefusalKind.INVALID,
        fields=[
            FieldViolation(each.place, f"{each.reason}: {each.message}") for each in findings.kept
        ],
        metadata={"finding_count": str(findings.count)},
    )
