"""Levy's rows in the words of its contract."""

from collections.abc import Iterable
from typing import Any

from levy_service.domain.rates import format_rate
from levy_service.queries import WholeBill
from millage.levy.v1 import levy_pb2 as pb


def bill(found: WholeBill) -> pb.Bill:
    head = found.bill
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
        composite_rate_percent=format_rate(head.composite_thousandths),
        total_cents=head.total_cents,
        lines=[
            pb.BillLine(
                agency_code=line.agency_code,
                agency_name=line.agency_name,
                rate_percent=format_rate(line.rate_thousandths),
                amount_cents=line.amount_cents,
                residual_cents=line.residual_cents,
            )
            for line in found.lines
        ],
        installments=installments(found.installments),
        payment_state=found.payment_state,
        open_cents=found.open_cents,
    )


def installments(rows: Iterable[Any]) -> list[pb.Installment]:
    return [
        pb.Installment(
            installment=part.installment,
            due_on=part.due_on.isoformat(),
            amount_cents=part.amount_cents,
        )
        for part in rows
    ]
