"""A bill's credits as its row keeps them: each as it was claimed, and what it came to."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from levy_service.domain.credits import CreditClaim, GivenCredit


def read(kept: Iterable[Mapping[str, Any]] | None) -> tuple[GivenCredit, ...]:
    return tuple(
        GivenCredit(each["code"], each["amount_cents"], _claim(each)) for each in kept or ()
    )


def written(given: Iterable[GivenCredit]) -> list[dict[str, Any]]:
    return [
        {"code": each.code, "amount_cents": each.amount_cents} | _said(each.claim) for each in given
    ]


def _claim(each: Mapping[str, Any]) -> CreditClaim:
    ratio = each.get("ratio")
    return CreditClaim(each["code"], None if ratio is None else Decimal(ratio), each.get("cents"))


def _said(claim: CreditClaim | None) -> dict[str, Any]:
    if claim is None:
        return {}
    ratio = {} if claim.ratio is None else {"ratio": f"{claim.ratio:f}"}
    return ratio if claim.cents is None else {**ratio, "cents": claim.cents}
