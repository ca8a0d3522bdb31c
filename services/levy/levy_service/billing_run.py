"""Computes a staged roll's bills and writes them, a batch at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from levy_service import events, roll_store
from levy_service.bootstrap import LevyApp
from levy_service.domain.billing import BillingTerms, CannotBill, ComputedBill, compute_bill
from levy_service.domain.roll import Finding, Findings, ParcelRow, TaxCodeRates
from levy_service.intake import refusal_of
from levy_service.roll import Roll
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

    def number(self, tax_year: int) -> str:
        return f"{tax_year}-{self.parcel.parcel_number}"


def issue_bills(
    app: LevyApp,
    connection: Connection,
    roll: Roll,
    terms: BillingTerms,
    rates: Mapping[str, TaxCodeRates],
) -> pb.LoadRollResponse:
    """Bill every staged parcel; one that cannot be billed refuses the roll."""
    findings = Findings()
    answer = pb.LoadRollResponse(roll_id=str(roll.roll_id), tax_year=roll.tax_year)
    for parcels in roll_store.staged_parcels(connection, app.settings.roll_batch):
        bills = list(_compute(parcels, terms, rates, findings))
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
    parcels: Sequence[ParcelRow],
    terms: BillingTerms,
    rates: Mapping[str, TaxCodeRates],
    findings: Findings,
) -> Iterator[NewBill]:
    for parcel in parcels:
        try:
            computed = compute_bill(
                parcel.net_value_dollars,
                parcel.prior_year_total_cents,
                rates[parcel.tax_code],
                terms,
            )
        except CannotBill as problem:
            place = f"parcels[{parcel.row}]"
            findings.add([Finding(problem.reason.value, place, problem.message)])
        else:
            yield NewBill(ids.new_id(), parcel, computed)


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
        bill.bill_id, _VERSION, bill.number(roll.tax_year), roll.tax_year, parcel.parcel_number,
        parcel.tax_code, parcel.property_class, parcel.owner_name, parcel.owner_email,
        computed.net_value_dollars, computed.composite_thousandths, computed.total_cents,
        roll.roll_id,
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
            bill.number(roll.tax_year),
            roll.jurisdiction,
            roll.tax_year,
            bill.parcel,
            bill.computed,
        ),
        # One bill is one trace, named as the bill is: a roll's million do not share the call's.
        traceparent=f"00-{bill_id.hex}-{bill_id.hex[16:]}-00",
    )
