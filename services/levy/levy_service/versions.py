"""Issues the next version of bills: whatever changes a bill after its issue is written here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from levy_service import bill_credits, corrections_store, events, roll_store
from levy_service.bootstrap import LevyApp
from levy_service.domain.billing import AgencyRate, Charge, ComputedBill, ComputedLine
from levy_service.domain.correction import CorrectionTerms, StandingBill
from levy_service.domain.increment import Part
from levy_service.domain.installments import ComputedInstallment
from levy_service.queries import WholeBill
from taxkit import ids
from taxkit.contracts import OutgoingEvent
from taxkit.dated import NoTermInForce
from taxkit.errors import Refusal
from taxkit.telemetry import trace_id_of


@dataclass(frozen=True, slots=True)
class Because:
    """What further versions are issued for: from which day on, why, by whom, in which trace."""

    corrected_on: date
    reason: str
    user: str
    traceparent: str


@dataclass(frozen=True, slots=True)
class NextVersion:
    """A bill as it stands and as it is to be, by the law that says how."""

    before: WholeBill
    after: ComputedBill
    # None of a bill that no roll's law made, as a payoff's own.
    terms: CorrectionTerms | None
    # It asks no more than was paid: what is open of interest and penalty goes, too.
    to_amount_paid: bool = False
    # Payments of the day it counts from pay for it, too.
    before_payments: bool = False
    # Where bills that are issued together have each a reason of its own.
    because: Because | None = None
    # Of a supplement: its number, and the name and address of another owner.
    supplement_number: int | None = None
    owner: tuple[str, str | None] | None = None

    @property
    def bill_id(self) -> UUID:
        bill_id: UUID = self.before.bill.bill_id
        return bill_id

    @property
    def number(self) -> int:
        version: int = self.before.bill.bill_version + 1
        return version


def terms_of(app: LevyApp, before: WholeBill) -> CorrectionTerms:
    """The law a bill is corrected by."""
    try:
        terms = app.law.correction(before.bill.tax_year, before.bill.bill_class)
    except NoTermInForce as error:
        raise Refusal("NO_LAW_IN_FORCE", str(error)) from error
    if before.bill.part != Part.INCREMENT:
        return terms
    # All of it is the fund's, what rounding leaves over, too.
    (line,) = before.lines
    return replace(terms, billing=replace(terms.billing, residual_agency_code=line.agency_code))


def as_computed(bill: WholeBill) -> StandingBill:
    return StandingBill(
        bill.bill.net_value_dollars,
        tuple(
            AgencyRate(each.agency_code, each.agency_name, each.rate_thousandths, each.fund_code)
            for each in bill.lines
            if not _is_charge(each)
        ),
        tuple(
            ComputedInstallment(each.installment, each.due_on, each.amount_cents)
            for each in bill.installments
        ),
        tuple(
            Charge(each.agency_code, each.agency_name, each.amount_cents, each.fund_code)
            for each in bill.lines
            if _is_charge(each)
        ),
        bill_credits.read(bill.bill.credits),
        is_part=bill.bill.part != Part.WHOLE,
    )


def _is_charge(line: Any) -> bool:
    """What a line without a rate has beyond what rounding left is a direct charge."""
    charged: bool = not line.rate_thousandths and line.amount_cents != line.residual_cents
    return charged


def as_issued(bill: WholeBill) -> ComputedBill:
    """A bill as its newest version has it, for what changes only a part of it."""
    head = bill.bill
    return ComputedBill(
        head.net_value_dollars,
        head.composite_thousandths,
        head.total_cents,
        tuple(
            ComputedLine(
                each.agency_code, each.agency_name, each.rate_thousandths, each.amount_cents,
                each.residual_cents, each.fund_code, credited_cents=each.credited_cents,
            )
            for each in bill.lines
        ),
        as_computed(bill).installments,
        as_computed(bill).credits,
    )  # fmt: skip


def issue(
    app: LevyApp,
    connection: Connection,
    versions: Sequence[NextVersion],
    why: Because,
    beside: Sequence[OutgoingEvent] = (),
) -> None:
    """Write bills' next versions with what tells of them, and of more beside them if asked."""
    corrected = [_told(app, one, one.because or why) for one in versions]
    roll_store.write_bills(
        connection,
        app.settings.county,
        [_bill_row(one) for one in versions],
        [row for one in versions for row in _line_rows(one)],
        [
            (one.bill_id, one.number, part.installment, part.due_on, part.amount_cents)
            for one in versions
            for part in one.after.installments
        ],
        [*corrected, *beside],
    )
    corrections_store.insert(connection, [_kept(app, one, one.because or why) for one in versions])


def _told(app: LevyApp, version: NextVersion, why: Because) -> OutgoingEvent:
    told = events.bill_corrected(
        version.before, version.after, version.number, why.corrected_on, why.reason, why.user
    )
    if (last_day := _grace_ends_on(version, why)) is not None:
        told["grace_ends_on"] = last_day.isoformat()
    if version.to_amount_paid:
        told["to_amount_paid"] = True
    if version.before_payments:
        told["before_payments"] = True
    number = version.supplement_number or version.before.bill.supplement_number
    if number is not None:
        told["supplement_number"] = number
    if version.owner is not None:
        name, email = version.owner
        told["owner"] = {"name": name, "email": email}
    return OutgoingEvent(
        ids.new_id(), events.BILL_CORRECTED, f"bill/{version.bill_id}", version.number,
        app.clock.now(), told, why.traceparent,
    )  # fmt: skip


def _bill_row(version: NextVersion) -> list[object]:
    head, after = version.before.bill, version.after
    changed: dict[str, object] = {
        "bill_version": version.number,
        "net_value_dollars": after.net_value_dollars,
        "composite_thousandths": after.composite_units,
        "total_cents": after.total_cents,
        "credits": bill_credits.written(after.credits),
    }
    if version.supplement_number is not None:
        changed["supplement_number"] = version.supplement_number
    if version.owner is not None:
        name, email = version.owner
        changed |= {"owner_name": name, "owner_email": email}
    return [changed.get(name, getattr(head, name)) for name in roll_store.BILLS]


def _line_rows(version: NextVersion) -> Iterator[tuple[object, ...]]:
    for place, line in enumerate(version.after.lines, start=1):
        yield (
            version.bill_id, version.number, place, line.agency_code, line.rate_units,
            line.amount_cents, line.residual_cents, line.fund_code, line.credited_cents,
        )  # fmt: skip


def _kept(app: LevyApp, version: NextVersion, why: Because) -> tuple[object, ...]:
    return (
        version.bill_id,
        version.number,
        why.corrected_on,
        why.reason,
        why.user,
        app.law.pack_version,
        list(version.terms.rule_ids if version.terms else ()),
        trace_id_of(why.traceparent),
        app.clock.now(),
        _grace_ends_on(version, why),
    )


def _grace_ends_on(version: NextVersion, why: Because) -> date | None:
    return version.terms.grace_ends_on(why.corrected_on) if version.terms else None
