"""Levy's gRPC servicer for refunds of supplements: reads requests, words answers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

import grpc
from typing_extensions import override

from levy_service.bootstrap import LevyApp
from levy_service.runs import reserving
from levy_service.supplements import refund_store
from millage.levy.v1 import supplement_refunds_pb2 as pb
from millage.levy.v1 import supplement_refunds_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_STATES: Final = ("", "waiting", "refunded")
_TEXT_MAX: Final = 200
_START: Final = (date.min, UUID(int=0), 0, 0)


class SupplementRefundServicer(stubs.SupplementRefundServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.read")
    @override
    def ListSupplementRefunds(
        self, request: pb.ListSupplementRefundsRequest, context: grpc.ServicerContext
    ) -> pb.ListSupplementRefundsResponse:
        if request.state not in _STATES:
            raise invalid("STATE_UNKNOWN", f"one of {', '.join(_STATES[1:])}", "state")
        size, after = requests.page_size(request.page_size), _place(request.page_token)
        wanted = {
            "year": reserving.checked_year(request.tax_year) if request.tax_year else 0,
            "parcel": requests.plain_text(request.parcel_number, "parcel_number", _TEXT_MAX),
            "state": request.state,
            "after_on": after[0],
            "after_id": after[1],
            "after_place": after[2],
            "after_year": after[3],
            "size": size + 1,
        }
        with self._app.database.begin() as connection:
            rows = refund_store.page(connection, wanted)
            page = rows[:size]
            given = refund_store.bills_given(connection, [row.supplement_id for row in page])
        bills = _by_refund(given)
        return pb.ListSupplementRefundsResponse(
            refunds=[_refund(row, bills) for row in page],
            next_page_token=_token(page[-1]) if len(rows) > size else "",
        )


def _key(row: Any) -> refund_store.Key:
    return row.supplement_id, row.place, row.tax_year


def _by_refund(rows: Sequence[Any]) -> Mapping[refund_store.Key, list[pb.RefundedBill]]:
    found = defaultdict[refund_store.Key, list[pb.RefundedBill]](list)
    for row in rows:
        bill = pb.RefundedBill(
            bill_id=str(row.bill_id),
            bill_number=row.bill_number,
            bill_version=row.bill_version,
            amount_cents=row.amount_cents,
        )
        found[_key(row)].append(bill)
    return found


def _refund(
    row: Any, bills: Mapping[refund_store.Key, list[pb.RefundedBill]]
) -> pb.SupplementRefund:
    return pb.SupplementRefund(
        supplement_id=str(row.supplement_id),
        place=row.place,
        supplement_number=row.supplement_number,
        supplement_year=row.supplement_year,
        tax_year=row.tax_year,
        parcel_number=row.parcel_number,
        amount_cents=row.amount_cents,
        state="refunded" if row.is_refunded else "waiting",
        enrolled_on=row.enrolled_on.isoformat(),
        refund_by=row.refund_by.isoformat(),
        interest_from=row.interest_from.isoformat() if row.interest_from else "",
        refunded_cents=row.refunded_cents or 0,
        refunded_on=row.refunded_on.isoformat() if row.refunded_on else "",
        bills=bills.get(_key(row), ()),
        rule_id=row.rule_id,
    )


def _token(row: Any) -> str:
    return f"{row.enrolled_on}/{row.supplement_id}/{row.place}/{row.tax_year}"


def _place(token: str) -> tuple[date, UUID, int, int]:
    if not token:
        return _START
    try:
        on, supplement_id, place, year = token.split("/")
        return date.fromisoformat(on), UUID(supplement_id), int(place[:9]), int(year[:4])
    except ValueError as error:
        raise invalid(
            "PAGE_TOKEN_INVALID", "send the next_page_token of the page before", "page_token"
        ) from error


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        SupplementRefundServicer(app),
        stubs.add_SupplementRefundServiceServicer_to_server,
        "millage.levy.v1.SupplementRefundService",
    )
