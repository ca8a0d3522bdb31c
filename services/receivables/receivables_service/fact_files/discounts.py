"""Discounts in a file of facts: to which payment, under which terms, and taken back."""

from typing import Any
from uuid import UUID

from receivables_service.domain.discount_facts import (
    DiscountGranted,
    DiscountReversed,
    Offer,
    PartialPay,
)
from receivables_service.fact_files.values import (
    Head,
    Kind,
    Names,
    Row,
    cents,
    fact_id,
    flag,
    maybe_text,
    rate,
    receipt,
    said,
    text,
    texts,
    word,
)
from taxkit.money import Rounding

_TYPE, _RULE, _ACCOUNT = "early", "by-hand", "discount"


def _granted(head: Head, row: Row) -> DiscountGranted:
    offer = Offer(
        text(row, "program"),
        maybe_text(row, "discount_type", _TYPE),
        maybe_text(row, "rule_id", _RULE),
        rate(row, "rate"),
        word(row, "rounding", Rounding) if "rounding" in row else Rounding.HALF_UP,
        word(row, "partial", PartialPay) if "partial" in row else PartialPay.NONE,
        maybe_text(row, "gl_account", _ACCOUNT),
        texts(row, "fee_codes"),
        flag(row, "specials"),
        flag(row, "follows"),
    )
    return DiscountGranted(
        *head,
        fact_id(row, "payment"),
        receipt(row["receipt"]),
        offer,
        cents(row, "at_most_cents") if "at_most_cents" in row else None,
        flag(row, "exception"),
        fact_id(row, "replaces") if "replaces" in row else None,
    )


def _told_granted(fact: DiscountGranted, names: Names) -> dict[str, Any]:
    offer = fact.offer
    return {
        "receipt": names.receipts[fact.receipt_id],
        "payment": names.facts[fact.payment_id],
        "program": offer.program,
        "rate": str(offer.rate),
        "discount_type": offer.discount_type,
        "rule_id": offer.rule_id,
        "rounding": offer.rounding.value,
        "partial": offer.partial.value,
        "gl_account": offer.gl_account,
    } | said(
        fee_codes=offer.fee_codes,
        specials=offer.specials,
        follows=offer.follows,
        at_most_cents=fact.at_most_cents,
        exception=fact.exception,
        replaces=_number(fact.replaces, names),
    )


def _number(fact: UUID | None, names: Names) -> int | None:
    return None if fact is None else names.facts[fact]


DISCOUNTS = {
    "discount": Kind(DiscountGranted, _granted, _told_granted),
    "discount_reversed": Kind(
        DiscountReversed,
        lambda head, row: DiscountReversed(*head, fact_id(row, "discount")),
        lambda fact, names: {"discount": names.facts[fact.grant_id]},
    ),
}
