"""Credits that the state bears, over gRPC."""

from datetime import date

import grpc
from typing_extensions import override

from distribution_service.bootstrap import DistributionApp
from distribution_service.credits import claims, paying
from millage.distribution.v1 import credits_pb2 as pb
from millage.distribution.v1 import credits_pb2_grpc as stubs
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.money import CENTS_MAX

_CODE_MAX, _REFERENCE_MAX = 200, 200
_FIRST_YEAR, _LAST_YEAR = 1800, 9999


class CreditServicer(stubs.CreditServiceServicer):
    def __init__(self, app: DistributionApp) -> None:
        self._app = app

    @requires("distribution.read")
    @override
    def ListCreditClaims(
        self, request: pb.ListCreditClaimsRequest, context: grpc.ServicerContext
    ) -> pb.ListCreditClaimsResponse:
        year = _year(request.tax_year)
        code = requests.plain_text(request.credit_code, "credit_code", _CODE_MAX)
        with self._app.database.begin() as connection:
            rows = claims.of_year(connection, year, code)
        return pb.ListCreditClaimsResponse(
            claims=[
                pb.CreditClaim(
                    credit_code=row.credit_code,
                    credit_name=row.credit_name or row.credit_code,
                    bill_count=row.bill_count,
                    agency_code=row.agency.partition("/")[0],
                    fund_code=row.agency.partition("/")[2],
                    agency_name=row.agency_name,
                    claimed_cents=row.claimed_cents,
                    paid_cents=row.paid_cents,
                )
                for row in rows
            ]
        )

    @requires("distribution.credits")
    @override
    def PostCreditPayment(
        self, request: pb.PostCreditPaymentRequest, context: grpc.ServicerContext
    ) -> pb.CreditPayment:
        given = _payment(request, self._app.clock.today())
        return idempotency.in_transaction(
            self._app.database,
            "PostCreditPayment",
            request,
            pb.CreditPayment,
            lambda connection: _answer(given, *paying.pay(self._app, connection, given)),
        )


def servicer(app: DistributionApp) -> rpc.Servicer:
    return rpc.Servicer(
        CreditServicer(app),
        stubs.add_CreditServiceServicer_to_server,
        "millage.distribution.v1.CreditService",
    )


def _payment(request: pb.PostCreditPaymentRequest, today: date) -> paying.Payment:
    if not 0 < request.amount_cents <= CENTS_MAX:
        message = f"{request.amount_cents} cents: from 1 to {CENTS_MAX}"
        raise invalid("AMOUNT_INVALID", message, "amount_cents")
    code = requests.plain_text(request.credit_code, "credit_code", _CODE_MAX)
    if not code:
        raise invalid("CREDIT_MISSING", "say for which credit the state paid", "credit_code")
    received_on = requests.required_date(request.received_on, "received_on")
    if received_on > today:
        raise invalid("RECEIVED_IN_FUTURE", f"{received_on} is after today, {today}", "received_on")
    return paying.Payment(
        _year(request.tax_year),
        code,
        request.amount_cents,
        received_on,
        requests.plain_text(request.reference, "reference", _REFERENCE_MAX),
        rpc.caller().user,
    )


def _year(tax_year: int) -> int:
    if not _FIRST_YEAR <= tax_year <= _LAST_YEAR:
        raise invalid("TAX_YEAR_INVALID", f"{tax_year} is no tax year", "tax_year")
    return tax_year


def _answer(given: paying.Payment, payment_id: object, shares: dict[str, int]) -> pb.CreditPayment:
    return pb.CreditPayment(
        payment_id=str(payment_id),
        amount_cents=given.amount_cents,
        shares=[
            pb.CreditPaymentShare(
                agency_code=line.partition("/")[0],
                fund_code=line.partition("/")[2],
                amount_cents=cents,
            )
            for line, cents in sorted(shares.items())
        ],
    )
