"""Commands on what a basket's lines pay, and on who pays."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.baskets import party_projections
from cashiering_service.baskets import store as basket_store
from cashiering_service.baskets.desk import Desk
from cashiering_service.baskets.entries import entry_line
from cashiering_service.domain import basket as baskets
from cashiering_service.domain import line_changes
from cashiering_service.domain.basket import Payer
from cashiering_service.domain.line_changes import LineChange
from cashiering_service.domain.payer import owner_of, set_payer
from cashiering_service.domain.paying import Basis, Quoted
from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_pb2 as pb
from millage.cashiering.v1 import sources_pb2
from taxkit.errors import Refusal, invalid, not_found


def change_line(
    desk: Desk,
    place: tuple[UUID, int, int],
    change: LineChange,
    quoted: tuple[int, Quoted] | None,
) -> pb.Basket:
    """Change a line of (basket, version, number), with what its bill owes as of its date."""
    basket_id, version, line_number = place
    before = desk.take_open(basket_id, version)
    line = before.line(line_number)
    if quoted is not None:
        subject = replace(line.subject, bill_version=quoted[0])
        line = replace(line, subject=subject, quoted=quoted[1])
    line = line_changes.change_line(line, change, desk.terms(before), before)
    return desk.keep(baskets.change_line(before, line_number, line))


def add_entry(
    desk: Desk, basket_id: UUID, version: int | None, entry: sources_pb2.SourceEntry
) -> pb.Basket:
    """Add a line for a miscellaneous source; the same entry again is another line."""
    before = desk.take_open(basket_id, version)
    return desk.keep(baskets.add_lines(before, [entry_line(desk, before, entry)]))


def switch_basis(
    desk: Desk,
    basket_id: UUID,
    version: int,
    basis: Basis,
    quoted: Mapping[int, tuple[int, Quoted]],
) -> pb.Basket:
    """Put lines on a basis, those with what their bills owe on it."""
    before = desk.take_open(basket_id, version)
    after = line_changes.switch_basis(before, basis, desk.terms(before))
    lines = tuple(
        replace(
            line,
            subject=replace(line.subject, bill_version=quoted[line.line_number][0]),
            quoted=quoted[line.line_number][1],
        )
        if line.line_number in quoted
        else line
        for line in after.lines
    )
    return desk.keep(replace(after, lines=lines))


def name_payer(desk: Desk, basket_id: UUID, request: pay.SetPayerRequest) -> pb.Basket:
    """Fill in who pays; all of it may be typed over (CASH-033, CASH-034)."""
    before = desk.take_open(basket_id, request.version)
    given = [bool(request.name), bool(request.lender_code), bool(request.from_line)]
    if given.count(True) > 1:
        raise invalid("PAYER_AMBIGUOUS", "give a name, a lender's code or a line", "name")
    if (request.email or request.mailing_address) and not request.name:
        raise invalid("PAYER_AMBIGUOUS", "an email or an address goes with a name", "email")
    payer = before.payer
    if request.name:
        payer = Payer(request.name, request.email or None, mailing_address=request.mailing_address)
    elif request.lender_code:
        lender: Any = basket_store.lender(desk.connection, request.lender_code)
        if lender is None:
            raise not_found("LENDER_NOT_FOUND", f"no lender {request.lender_code}")
        payer = Payer(lender.name, lender.email, request.lender_code)
    elif request.from_line:
        line = before.line(request.from_line)
        number = line.subject.parcel_number
        payer = owner_of(line, party_projections.of_parcels(desk.connection, [number]))
    return desk.keep(set_payer(before, replace(payer, verified=request.verified)))


def record_lender(connection: Connection, given: pay.Lender) -> pay.Lender:
    """Keep what a lender's code stands for; the newest counts."""
    if not given.lender_code.strip() or not given.name.strip():
        raise invalid("LENDER_INVALID", "a lender has a code and a name", "lender.lender_code")
    known: Any = basket_store.lender(connection, given.lender_code)
    if known is not None and known.register_version is not None:
        raise Refusal(
            "LENDER_OF_REGISTER",
            f"lender {given.lender_code} is {known.name} in levy's register: change it there",
        )
    basket_store.put_lender(connection, given.lender_code, given.name, given.email or None)
    return given
