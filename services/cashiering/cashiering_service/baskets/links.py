"""Jumps from a basket in the words of its contract."""

from cashiering_service.domain import jumping_off
from cashiering_service.domain.basket import Basket, Line
from cashiering_service.domain.jumping_off import Jump
from millage.cashiering.v1 import basket_pb2 as pb


def of_line(basket: Basket, line: Line) -> list[pb.Link]:
    parcel_number, bill_id = line.subject.parcel_number, str(line.subject.bill_id)
    return [
        _link(jump, fields, parcel_number, bill_id)
        for jump, fields in jumping_off.of_line(basket, line)
    ]


def of_basket(basket: Basket) -> list[pb.Link]:
    return [_link(jump, fields) for jump, fields in jumping_off.of_basket(basket)]


def _link(
    jump: Jump, fields: dict[str, str], parcel_number: str = "", bill_id: str = ""
) -> pb.Link:
    return pb.Link(
        action=jump.action,
        method=jump.path,
        parcel_number=parcel_number,
        bill_id=bill_id,
        service=jump.service,
        fields=fields,
    )
