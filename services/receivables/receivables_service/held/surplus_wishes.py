"""Reads what somebody wants done with held money."""

from millage.receivables.v1 import surplus_pb2 as pb
from receivables_service.domain.held import Procedure
from receivables_service.held.commands import Wish
from taxkit import requests
from taxkit.errors import invalid
from taxkit.money import CENTS_MAX

_TEXT_MAX = 500
_NAME_MAX = 200


def read_wish(request: pb.StartCaseRequest) -> Wish:
    if request.procedure not in tuple(Procedure):
        raise invalid(
            "PROCEDURE_UNKNOWN", f"{request.procedure!r}: one of {', '.join(Procedure)}",
            "procedure",
        )  # fmt: skip
    if not 0 <= request.amount_cents <= CENTS_MAX:
        raise invalid("AMOUNT_INVALID", "zero for all, or what is asked for", "amount_cents")
    target = request.target_bill_id
    return Wish(
        item_id=requests.required_id(request.surplus_item_id, "surplus_item_id"),
        procedure=Procedure(request.procedure),
        amount_cents=request.amount_cents,
        payee=requests.plain_text(request.payee, "payee", _NAME_MAX),
        evidence=requests.plain_text(request.evidence, "evidence", _TEXT_MAX),
        target_bill_id=requests.required_id(target, "target_bill_id") if target else None,
        reason=requests.plain_text(request.reason, "reason", _TEXT_MAX),
    )
