"""Reading what callers of baskets send."""

from collections.abc import Sequence
from typing import Any

import grpc

from cashiering_service.baskets.plan_desk import Picked
from cashiering_service.domain.line_changes import LineChange
from cashiering_service.domain.paying import Basis, Due
from cashiering_service.domain.proration import Share, by_days, by_percent
from cashiering_service.domain.receipt import LINES_MAX
from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_pb2 as pb
from taxkit import requests, rpc
from taxkit.errors import invalid

KEY_MAX = 60
# As the key table words it; the contract names the unit.
_KEY_NAMES = {"amount_cents": "amount"}
_BASES: dict[Any, Basis] = {
    pay.BASIS_FULL: Basis.FULL,
    pay.BASIS_INSTALLMENT: Basis.INSTALLMENT,
}
_DUES: dict[Any, Due] = {pay.DUE_TOTAL: Due.TOTAL, pay.DUE_CURRENT: Due.CURRENT}


def keys(given: pb.LookupKeys) -> dict[str, str]:
    """The keys that were given, as text under the key table's names."""
    found: dict[str, str] = {}
    for field, value in given.ListFields():
        if isinstance(value, int) and value < 0:
            raise invalid("KEY_INVALID", f"{field.name} is below zero", f"keys.{field.name}")
        text = str(value) if isinstance(value, int) else value.strip()
        requests.plain_text(text, f"keys.{field.name}", KEY_MAX)
        if text:
            found[_KEY_NAMES.get(field.name, field.name)] = text
    return found


def picked_plan(request: pb.LoadBasketRequest) -> Picked:
    """What of a payment plan is to be paid."""
    given = request.keys
    return Picked(
        given.plan_number.strip(),
        given.parcel_number.strip(),
        given.plan_installment if given.HasField("plan_installment") else None,
        request.changes_confirmed,
    )


def texts(given: Sequence[str], field: str) -> list[str]:
    if len(given) > LINES_MAX:
        raise invalid("TOO_MANY_BILLS", f"at most {LINES_MAX} at once", field)
    return [
        requests.plain_text(text, f"{field}[{place}]", KEY_MAX) for place, text in enumerate(given)
    ]


def prefix(text: str, field: str) -> str | None:
    """A LIKE pattern for what begins with a text."""
    plain = requests.plain_text(text.strip(), field, KEY_MAX)
    for sign in "\\%_":
        plain = plain.replace(sign, "\\" + sign)
    return f"{plain}%" if plain else None


def passed_on(context: grpc.ServicerContext) -> list[tuple[str, Any]]:
    """Whose call this is, for the service that is asked in its course."""
    kept = [(key, value) for key, value in context.invocation_metadata() if key == "authorization"]
    return [*kept, ("traceparent", rpc.traceparent())]


def line_change(request: pay.ChangeLineRequest, tax_year: int | None, year_days: int) -> LineChange:
    """What a request wants different about a line; days are counted in the bill's tax year."""
    return LineChange(
        effective_on=requests.optional_date(request.effective_on, "effective_on"),
        amount_cents=request.amount_cents if request.HasField("amount_cents") else None,
        as_quoted=request.as_quoted,
        basis=required_basis(request.basis) if request.basis else None,
        due=_due(request.due) if request.due else None,
        decal_number=requests.plain_text(request.decal_number.strip(), "decal_number", KEY_MAX),
        rule_id=requests.plain_text(request.allocation_rule, "allocation_rule", KEY_MAX),
        share=_share(request.prorate, tax_year, year_days) if request.HasField("prorate") else None,
    )


def required_basis(number: Any) -> Basis:
    if number not in _BASES:
        raise invalid("BASIS_UNKNOWN", "full or installment", "basis")
    return _BASES[number]


def _due(number: Any) -> Due:
    if number not in _DUES:
        raise invalid("DUE_UNKNOWN", "total or current", "due")
    return _DUES[number]


def _share(given: pay.Prorate, tax_year: int | None, year_days: int) -> Share:
    if bool(given.days) == bool(given.percent):
        raise invalid("SHARE_INVALID", "prorate by days or by percent", "prorate")
    if given.percent:
        return by_percent(given.percent, is_rest=given.rest)
    if tax_year is None:
        raise invalid("SHARE_INVALID", "days are of a bill's tax year", "prorate.days")
    return by_days(given.days, tax_year, is_rest=given.rest, year_days=year_days)
