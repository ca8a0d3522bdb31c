"""Computes a staged roll's bills and writes them, a batch at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from levy_service import events, roll_store
from levy_service.bootstrap import LevyApp
from levy_service.domain.billing import CannotBill, ComputedBill, compute_bill
from levy_service.domain.increment import Part, Value, compute_parts
from levy_service.domain.roll import Finding, Findings, ParcelRow, TaxCodeRates
from levy_service.intake import refusal_of
from levy_service.roll import Roll
from levy_service.rulebook import YearLaw
from millage.levy.v1 import levy_pb2 as pb
from taxkit import ids
from taxkit.contracts import OutgoingEvent

BILL_IDS_MAX = 1000
_VERSION = 1


@dataclass(frozen=True, slots=True)
class NewBill:
    bill_id: UUID
    parcel: ParcelRow
    computed: ComputedBill
    bill_number: str
    part: Part


def issue_bills(
    app: LevyApp,
    connection: Connection,
    roll: Roll,
    law: YearLaw,
    rates: Mapping[str, TaxCodeRates],
) -> pb.LoadRollResponse:
    """Bill every staged parcel; one that cannot be billed refuses the roll."""
    findings = Findings()
    answer = pb.LoadRollResponse(roll_id=str(roll.roll_id), tax_year=roll.tax_year)
    for parcels in roll_store.staged_parcels(connection, app.settings.roll_batch):
        bills = list(_compute(roll, parcels, law, rates, findings))
        if findings.count:
            continue
        _write(app, connection, roll, bills)
        answer.bill_count += len(bills)
        answer.line_count += sum(len(each.computed.lines) for each in bills)
        answer.total_cents += sum(each.computed.total_cents for each in bills)
        room = BILL_IDS_MAX - len(answer.bill_ids)
        answer.bill_ids.extend(str(each.bill_id) for each in bills[:room])
    if findings.count:
        raise refusal_of(findings)
    roll_store.finish_roll(
        connection, roll.roll_id, answer.bill_count, answer.line_count, answer.total_cents
    )
    return answer


def _compute(
    roll: Roll,
    parcels: Sequence[ParcelRow],
    law: YearLaw,
    rates: Mapping[str, TaxCodeRates],
    findings: Findings,
) -> Iterator[NewBill]:
    for parcel in parcels:
        try:
            parts = _parts(parcel, rates[parcel.tax_code], law)
        except CannotBill as problem:
            place = f"parcels[{parcel.row}]"
            findings.add([Finding(problem.reason.value, place, problem.message)])
        else:
            number = f"{roll.tax_year}-{parcel.parcel_number}"
            for part, computed in parts.items():
                of_fund = f"-{law.increment.bill_suffix}" if part is Part.INCREMENT else ""
                yield NewBill(ids.new_id(), parcel, computed, number + of_fund, part)


def _parts(parcel: ParcelRow, rates: TaxCodeRates, law: YearLaw) -> dict[Part, ComputedBill]:
    """One bill, or two where the parcel's value is frozen."""
    net, prior = parcel.net_value_dollars, parcel.prior_year_total_cents
    if parcel.frozen_value_dollars is None:
        return {Part.WHOLE: compute_bill(net, prior, rates, law.billing)}
    value = Value(net, parcel.frozen_value_dollars)
    return compute_parts(value, prior, rates, law.billing, law.increment)


def _write(app: LevyApp, connection: Connection, roll: Roll, bills: Sequence[NewBill]) -> None:
    roll_store.write_bills(
        connection,
        app.settings.county,
        [_bill_row(roll, each) for each in bills],
        (row for each in bills for row in _line_rows(each)),
        (row for each in bills for row in _installment_rows(each)),
        [_event(roll, each) for each in bills],
    )


def _bill_row(roll: Roll, bill: NewBill) -> tuple[object, ...]:
    parcel, computed = bill.parcel, bill.computed
    return (
        bill.bill_id, _VERSION, bill.bill_number, roll.tax_year, parcel.parcel_number,
        parcel.tax_code, parcel.property_class, parcel.owner_name, parcel.owner_email,
        computed.net_value_dollars, computed.composite_thousandths, computed.total_cents,
        roll.roll_id, bill.part.value,
    )  # fmt: skip


def _line_rows(bill: NewBill) -> Iterator[tuple[object, ...]]:
    for place, line in enumerate(bill.computed.lines, start=1):
        yield (
            bill.bill_id, _VERSION, place, line.agency_code, line.rate_thousandths,
            line.amount_cents, line.residual_cents,
        )  # fmt: skip


def _installment_rows(bill: NewBill) -> Iterator[tuple[object, ...]]:
    for part in bill.computed.installments:
        yield bill.bill_id, _VERSION, part.installment, part.due_on, part.amount_cents


def _event(roll: Roll, bill: NewBill) -> OutgoingEvent:
    bill_id = bill.bill_id
    return OutgoingEvent(
        event_id=ids.new_id(),
        type=events.BILL_CREATED,
        subject=f"bill/{bill_id}",
        sequence=_VERSION,
        time=roll.recorded_at,
        data=events.bill_created(
            str(bill_id),
            bill.bill_number,
            roll.jurisdiction,
            roll.tax_year,
            bill.parcel,
            bill.computed,
            bill.part.value,
            roll.bill_class,
        ),
        # One bill is one trace, named as the bill is: a roll's million do not share the call's.
        traceparent=f"00-{bill_id.hex}-{bill_id.hex[16:]}-00",
    )
