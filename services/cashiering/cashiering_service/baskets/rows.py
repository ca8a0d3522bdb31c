"""A basket's lines as the database keeps them."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from cashiering_service.domain.basket import Line, LineKind, Payer, Subject
from cashiering_service.domain.paying import Basis, Charge, Due, Quoted, Wish
from cashiering_service.domain.proration import Share
from taxkit.rows import Columns

LINES = Columns(
    {
        "basket_id": "uuid",
        "line_number": "integer",
        "kind": "text",
        "service_type": "text",
        "bill_id": "uuid",
        "paying_cents": "bigint",
        "content": "jsonb",
    }
)


def line_row(basket_id: UUID, line: Line) -> tuple[object, ...]:
    subject = line.subject
    content = {
        "subject": {
            "parcel_number": subject.parcel_number,
            "bill_number": subject.bill_number,
            "bill_version": subject.bill_version,
            "tax_year": subject.tax_year,
            "owner_name": subject.owner_name,
            "owner_email": subject.owner_email,
        },
        "wish": _wish(line.wish),
        "quoted": line.quoted and _quoted(line.quoted),
        "by_bill_number": line.by_bill_number,
        "details": dict(line.details),
    }
    return (
        basket_id,
        line.line_number,
        line.kind.value,
        line.service_type,
        subject.bill_id,
        line.paying_cents,
        Jsonb(content),
    )


def line_of(row: Any) -> Line:
    content = row.content
    return Line(
        row.line_number,
        LineKind(row.kind),
        row.service_type,
        Subject(bill_id=row.bill_id, **content["subject"]),
        _wish_of(content["wish"]),
        _quoted_of(content["quoted"]) if content["quoted"] else None,
        content["by_bill_number"],
        content["details"],
    )


def payer_json(payer: Payer) -> Jsonb:
    return Jsonb(
        {
            "name": payer.name,
            "email": payer.email,
            "lender_code": payer.lender_code,
            "verified": payer.verified,
        }
        # What the release before cannot read is there only where it is needed.
        | ({"mailing_address": payer.mailing_address} if payer.mailing_address else {})
    )


def payer_of(content: Mapping[str, Any]) -> Payer:
    return Payer(**content)


def _wish(wish: Wish) -> dict[str, Any]:
    share = wish.share
    return {
        "effective_on": wish.effective_on.isoformat(),
        "amount_cents": wish.amount_cents,
        "basis": wish.basis.value,
        "due": wish.due.value,
        "share": share and [share.numerator, share.denominator, share.is_rest],
        "rule_id": wish.rule_id,
    }


def _wish_of(content: Mapping[str, Any]) -> Wish:
    share = content.get("share")
    return Wish(
        date.fromisoformat(content["effective_on"]),
        content["amount_cents"],
        # Absent in lines written before they could be chosen.
        Basis(content.get("basis", Basis.FULL)),
        Due(content.get("due", Due.TOTAL)),
        Share(*share) if share else None,
        content.get("rule_id", ""),
    )


def _quoted(quoted: Quoted) -> dict[str, Any]:
    return {
        "as_of": quoted.as_of.isoformat(),
        "provisional": quoted.provisional,
        "open_cents": quoted.open_cents,
        "basis": quoted.basis and quoted.basis.value,
        "basis_is_fixed": quoted.basis_is_fixed,
        "discount_cents": quoted.discount_cents,
        "discount_until": quoted.discount_until and quoted.discount_until.isoformat(),
        "charges": [
            [
                one.installment,
                one.due_on.isoformat(),
                one.tax_cents,
                one.interest_cents,
                one.penalty_cents,
                one.fee_cents,
                one.paid_cents,
                one.collection_type,
            ]
            for one in quoted.charges
        ],
    }


def _quoted_of(content: Mapping[str, Any]) -> Quoted:
    charges = tuple(
        Charge(number, date.fromisoformat(due_on), *rest)
        for number, due_on, *rest in content["charges"]
    )
    return Quoted(
        date.fromisoformat(content["as_of"]),
        content["provisional"],
        charges,
        content["open_cents"],
        # Absent in lines written before receivables said it.
        Basis(content["basis"]) if content.get("basis") else None,
        content.get("basis_is_fixed", False),
        content.get("discount_cents", 0),
        date.fromisoformat(until) if (until := content.get("discount_until")) else None,
    )
