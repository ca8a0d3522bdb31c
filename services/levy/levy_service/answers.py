"""Levy's rows in the words of its contract."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from levy_service import bill_credits
from levy_service.domain.credited_lines import PrintedLine, printed
from levy_service.domain.credits import GivenCredit
from levy_service.domain.rates import as_percent, format_rate, unit_named
from levy_service.queries import WholeBill
from millage.levy.v1 import levy_pb2 as pb


def bill(found: WholeBill) -> pb.Bill:
    head = found.bill
    unit = unit_named(head.rate_unit)
    given = bill_credits.read(head.credits)
    return pb.Bill(
        bill_id=str(head.bill_id),
        bill_number=head.bill_number,
        bill_version=head.bill_version,
        parcel_number=head.parcel_number,
        tax_year=head.tax_year,
        tax_code=head.tax_code,
        owner_name=head.owner_name,
        net_value_dollars=head.net_value_dollars,
        part=head.part,
        composite_rate_percent=as_percent(head.composite_thousandths, unit),
        total_cents=head.total_cents,
        lines=[
            pb.BillLine(
                agency_code=line.agency_code,
                agency_name=line.agency_name,
                rate_percent=as_percent(line.rate_thousandths, unit),
                amount_cents=line.amount_cents,
                residual_cents=line.residual_cents,
                rate=format_rate(line.rate_thousandths, unit),
                fund_code=line.fund_code,
                fund_name=line.fund_name,
                credited_cents=line.credited_cents,
            )
            for line in found.lines
        ],
        installments=installments(found.installments),
        payment_state=found.payment_state,
        open_cents=found.open_cents,
        rate_unit=unit.per,
        value_steps=_value_steps(head),
        credits=[_credit(each) for each in given],
        printed_lines=[_printed(each) for each in printed(found.lines, given)],
    )


def _printed(line: PrintedLine) -> pb.PrintedLine:
    return pb.PrintedLine(
        kind=line.kind,
        code=line.code,
        name=line.name,
        amount_cents=line.amount_cents,
        fund_code=line.fund_code,
    )


def _credit(given: GivenCredit) -> pb.BillCredit:
    return pb.BillCredit(
        code=given.code,
        amount_cents=given.amount_cents,
        name=given.name,
        as_line=given.as_line,
        borne_by=given.borne_by,
    )


def _value_steps(head: Any) -> list[pb.ValueStep]:
    """How the bill's value came about; a value that was corrected since came about otherwise."""
    steps = head.value_steps or []
    if not steps or steps[-1][1] != head.net_value_dollars:
        return []
    return [pb.ValueStep(name=name, value_dollars=dollars) for name, dollars in steps]


def installments(rows: Iterable[Any]) -> list[pb.Installment]:
    return [
        pb.Installment(
            installment=part.installment,
            due_on=part.due_on.isoformat(),
            amount_cents=part.amount_cents,
            payable_on=_day(getattr(part, "payable_on", None)),
        )
        for part in rows
    ]


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
