"""Levy's gRPC servicer for trust taxes: reads requests, words answers, decides nothing."""

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

import grpc
from google.protobuf.message import Message
from sqlalchemy import Connection
from typing_extensions import override

from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain.true_up import Posting
from levy_service.trust_taxes import commands, store
from levy_service.trust_taxes.commands import Return
from millage.levy.v1 import trust_taxes_pb2 as pb
from millage.levy.v1 import trust_taxes_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_NUMBER_MAX, _NAME_MAX, _CODE_MAX = 40, 200, 60
_YEARS = range(1900, 2200)
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
M = TypeVar("M", bound=Message)


class TrustTaxServicer(stubs.TrustTaxServiceServicer):
    def __init__(self, app: LevyApp) -> None:
        self._app = app

    @requires("levy.trust_tax")
    @override
    def OpenTrustTaxAccount(
        self, request: pb.OpenTrustTaxAccountRequest, context: grpc.ServicerContext
    ) -> pb.TrustTaxAccount:
        opened_on = _not_after(request.opened_on, "opened_on", self._app.clock.today())
        number = _number(request.account_number)
        row = {
            "account_number": number,
            "tax_type": requests.plain_text(request.tax_type, "tax_type", _CODE_MAX),
            "owner_name": requests.plain_text(request.owner_name, "owner_name", _NAME_MAX),
            "owner_email": requests.plain_text(request.owner_email, "owner_email", _NAME_MAX)
            or None,
            "opened_on": opened_on,
            "opened_by": rpc.caller().user,
            "recorded_at": self._app.clock.now(),
        }

        def do(connection: Connection) -> pb.TrustTaxAccount:
            commands.open_account(self._app, connection, row)
            return self._told(connection, number, opened_on.year)

        return self._once("OpenTrustTaxAccount", request, pb.TrustTaxAccount, do)

    @requires("levy.trust_tax")
    @override
    def CloseTrustTaxAccount(
        self, request: pb.CloseTrustTaxAccountRequest, context: grpc.ServicerContext
    ) -> pb.TrustTaxAccount:
        number, user = _number(request.account_number), rpc.caller().user
        on = requests.required_date(request.closed_on, "closed_on")
        if on > self._app.clock.today():
            raise invalid("DATE_IN_FUTURE", f"{on} is after today", "closed_on")

        def do(connection: Connection) -> pb.TrustTaxAccount:
            commands.close_account(self._app, connection, number, on, user)
            return self._told(connection, number, on.year)

        return self._once("CloseTrustTaxAccount", request, pb.TrustTaxAccount, do)

    @requires("levy.trust_tax")
    @override
    def PostTrustTaxReturn(
        self, request: pb.PostTrustTaxReturnRequest, context: grpc.ServicerContext
    ) -> pb.PostedReturn:
        number = requests.plain_text(request.return_number, "return_number", _CODE_MAX).strip()
        if not number:
            raise invalid("RETURN_NUMBER_MISSING", "name the return", "return_number")
        given = Return(
            _number(request.account_number),
            number,
            _year(request.tax_year),
            Posting(request.period, request.tax_cents, request.is_recap),
        )
        asked = Asked(rpc.caller().user, rpc.traceparent())

        def do(connection: Connection) -> pb.PostedReturn:
            posted = commands.post(self._app, connection, asked, given)
            return pb.PostedReturn(
                bill_id=str(posted.bill_id),
                bill_number=posted.bill_number,
                return_number=number,
                period=request.period,
                billed_cents=posted.billed_cents,
                due_on=posted.due_on.isoformat(),
                taken_off_cents=posted.taken_off_cents,
            )

        return self._once("PostTrustTaxReturn", request, pb.PostedReturn, do)

    @requires("levy.read")
    @override
    def GetTrustTaxAccount(
        self, request: pb.GetTrustTaxAccountRequest, context: grpc.ServicerContext
    ) -> pb.TrustTaxAccount:
        number, year = _number(request.account_number), _year(request.tax_year)
        with self._app.database.begin() as connection:
            return self._told(connection, number, year)

    def _once(
        self, method: str, request: Message, answer: type[M], do: Callable[[Connection], M]
    ) -> M:
        return idempotency.in_transaction(self._app.database, method, request, answer, do)

    def _told(self, connection: Connection, number: str, tax_year: int) -> pb.TrustTaxAccount:
        account = store.account(connection, number)
        kind, year = commands.year_of(self._app, account, tax_year)
        return pb.TrustTaxAccount(
            account_number=account.account_number,
            tax_type=account.tax_type,
            tax_name=kind.name,
            owner_name=account.owner_name,
            owner_email=account.owner_email or "",
            opened_on=account.opened_on.isoformat(),
            closed_on=account.closed_on.isoformat() if account.closed_on else "",
            last_period_is_recap=kind.last_period_recap,
            periods=kind.periods,
            last_period=year.last_period,
            returns=[
                pb.PeriodReturn(
                    period=each.period,
                    return_number=each.return_number,
                    bill_id=str(each.bill_id),
                    tax_cents=each.tax_cents,
                    is_recap=each.is_recap,
                    billed_cents=each.billed_cents,
                    status=each.status,
                )
                for each in store.filed(connection, account.account_number, tax_year)
            ],
        )


def _number(text: str) -> str:
    number = requests.plain_text(text, "account_number", _NUMBER_MAX).strip()
    if not _NUMBER.fullmatch(number):
        raise invalid(
            "ACCOUNT_NUMBER_INVALID", "letters, digits and - make an account's number",
            "account_number",
        )  # fmt: skip
    return number


def _year(year: int) -> int:
    if year not in _YEARS:
        raise invalid("TAX_YEAR_INVALID", f"{year} is no tax year", "tax_year")
    return year


def _not_after(text: str, field: str, today: date) -> date:
    day = requests.optional_date(text, field) or today
    if day > today:
        raise invalid("DATE_IN_FUTURE", f"{day} is after today, {today}", field)
    return day


def servicer(app: LevyApp) -> rpc.Servicer:
    return rpc.Servicer(
        TrustTaxServicer(app),
        stubs.add_TrustTaxServiceServicer_to_server,
        "millage.levy.v1.TrustTaxService",
    )
