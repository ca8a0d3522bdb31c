"""Receivables' gRPC servicer for payoffs of special assessments."""

from datetime import date
from typing import Any

import grpc
from typing_extensions import override

from millage.receivables.v1 import special_payoffs_pb2 as pb
from millage.receivables.v1 import special_payoffs_pb2_grpc as stubs
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.changes import special_payoffs
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_NUMBER_MAX = 60


class SpecialPayoffsServicer(stubs.SpecialPayoffsServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.read")
    @override
    def ListSpecialPayoffs(
        self, request: pb.ListSpecialPayoffsRequest, context: grpc.ServicerContext
    ) -> pb.ListSpecialPayoffsResponse:
        parcel = requests.plain_text(request.parcel_number, "parcel_number", _NUMBER_MAX).strip()
        if bool(parcel) == bool(request.bill_id):
            raise invalid("PAYOFFS_OF_WHAT", "name a parcel or a bill", "parcel_number")
        bill_id = requests.required_id(request.bill_id, "bill_id") if request.bill_id else None
        with self._app.database.begin() as connection:
            rows = special_payoffs.listed(
                connection, parcel, bill_id, all_states=request.all_states
            )
        today = self._app.clock.today()
        return pb.ListSpecialPayoffsResponse(payoffs=[_told(row, today) for row in rows])


def _told(row: Any, today: date) -> pb.SpecialPayoffDue:
    return pb.SpecialPayoffDue(
        payoff_id=str(row.payoff_id),
        assessment_number=row.assessment_number,
        agency_name=row.agency_name,
        parcel_number=row.parcel_number,
        payoff_on=row.payoff_on.isoformat(),
        amount_cents=row.amount_cents,
        state=row.state,
        bill_id=str(row.bill_id) if row.bill_version else "",
        bill_number=(row.bill_number or "") if row.bill_version else "",
        bill_open_cents=row.open_cents if row.bill_version else 0,
        is_past=row.state == "due" and row.payoff_on < today,
    )


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        SpecialPayoffsServicer(app),
        stubs.add_SpecialPayoffsServiceServicer_to_server,
        "millage.receivables.v1.SpecialPayoffsService",
    )
