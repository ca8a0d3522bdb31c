"""What callers ask of modifications, read and checked field by field."""

from datetime import date
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from levy_service.domain.billing import BillingProblem
from levy_service.domain.modification import Edit, Option, Purpose, Standing
from levy_service.modifications.drafted import BILLS_MAX
from levy_service.modifications.drafts import Opening
from millage.levy.v1 import modifications_pb2 as pb
from taxkit import requests
from taxkit.errors import invalid
from taxkit.money import CENTS_MAX

_NAME_MAX, _REASON_MAX, _CODE_MAX = 200, 200, 40
_STATUSES = ("", "open", "finished", "dropped")
E = TypeVar("E", bound=StrEnum)


def bills(asked: pb.ModifiableBills) -> tuple[dict[str, Any], Standing]:
    """Which bills, as columns to look for, and how they stand."""
    wanted = {
        name: requests.plain_text(getattr(asked, name), f"bills.{name}", longest).strip()
        for name, longest in (
            ("taxpayer", _NAME_MAX),
            ("parcel_number", _CODE_MAX),
            ("tax_code", _CODE_MAX),
            ("agency_code", _CODE_MAX),
        )
    }
    if not wanted["taxpayer"] and not wanted["parcel_number"]:
        raise invalid("WHOSE_BILLS", "name a taxpayer or a parcel", "bills.taxpayer")
    requests.tax_year_or_all(asked.tax_year, "bills.tax_year")
    standing = _word(Standing, asked.standing or "all", "STANDING_UNKNOWN", "bills.standing")
    return {**wanted, "tax_year": asked.tax_year}, standing


def opening(request: pb.OpenModificationRequest, today: date) -> Opening:
    wanted, standing = bills(request.bills)
    if len(request.bill_ids) > BILLS_MAX:
        raise invalid("TOO_MANY_BILLS", f"at most {BILLS_MAX} bills in a draft", "bill_ids")
    reason = requests.plain_text(request.reason, "reason", _REASON_MAX).strip()
    if not reason:
        raise invalid("REASON_MISSING", "say why the bills are modified", "reason")
    return Opening(
        wanted=wanted,
        standing=standing,
        bill_ids=tuple(requests.required_id(each, "bill_ids") for each in request.bill_ids),
        fees=_fees(request),
        option=_word(Option, request.option, "OPTION_UNKNOWN", "option"),
        purpose=_word(Purpose, request.purpose, "PURPOSE_UNKNOWN", "purpose"),
        batch=_code(request.batch, "batch"),
        modified_on=requests.optional_date(request.modified_on, "modified_on") or today,
        code=_code(request.code, "code"),
        reason=reason,
        adjustment_code=_code(request.adjustment_code, "adjustment_code"),
    )


def _fees(request: pb.OpenModificationRequest) -> tuple[tuple[UUID, str], ...]:
    if len(request.fees) > BILLS_MAX:
        raise invalid("TOO_MANY_FEES", f"at most {BILLS_MAX} fees in a draft", "fees")
    found = {
        (requests.required_id(each.bill_id, "fees.bill_id"), _code(each.charge_code, "fees"))
        for each in request.fees
    }
    return tuple(sorted(found))


def edits(request: pb.EditModificationRequest) -> list[tuple[UUID, Edit]]:
    if not 0 < len(request.edits) <= BILLS_MAX:
        raise invalid("EDITS_MISSING", f"send 1 to {BILLS_MAX} edits", "edits")
    found = [
        (requests.required_id(each.bill_id, "edits.bill_id"), _edit(each)) for each in request.edits
    ]
    if len({bill_id for bill_id, _ in found}) < len(found):
        raise invalid("EDITED_TWICE", "a bill is in the edits twice", "edits")
    return found


def status(asked: str) -> str:
    if asked not in _STATUSES:
        raise invalid(
            "STATUS_UNKNOWN", f"{asked[:40]!r} is none of {', '.join(_STATUSES[1:])}", "status"
        )
    return asked


def _edit(asked: pb.ModificationEdit) -> Edit:
    net_value = asked.net_value_dollars if asked.HasField("net_value_dollars") else None
    total = asked.total_cents if asked.HasField("total_cents") else None
    if net_value is not None and not 0 <= net_value <= CENTS_MAX:
        raise invalid(
            BillingProblem.BAD_VALUE.value, "a taxable amount is zero or more", "net_value_dollars"
        )
    if total is not None and not 0 <= total <= CENTS_MAX:
        raise invalid(
            BillingProblem.BILL_OUT_OF_RANGE.value, f"a bill has 0 to {CENTS_MAX} cents",
            "total_cents",
        )  # fmt: skip
    return Edit(
        net_value,
        total,
        requests.optional_date(asked.due_on, "edits.due_on"),
        _code(asked.bill_code, "edits.bill_code") if asked.HasField("bill_code") else None,
    )


def _code(text: str, field: str) -> str:
    return requests.plain_text(text, field, _CODE_MAX).strip()


def _word(words: type[E], text: str, reason: str, field: str) -> E:
    try:
        return words(text)
    except ValueError:
        known = ", ".join(each.value for each in words)
        raise invalid(reason, f"{field} is {text[:40]!r}: one of {known}", field) from None
