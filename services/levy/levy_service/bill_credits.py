"""A bill's credits as its row keeps them: each as it was claimed, and what it came to."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from levy_service.domain.credits import BorneBy, Credit, CreditClaim, CreditTerms, GivenCredit


def read(kept: Iterable[Mapping[str, Any]] | None) -> tuple[GivenCredit, ...]:
    return tuple(
        GivenCredit(
            each["code"],
            each["amount_cents"],
            _claim(each),
            each.get("name", ""),
            BorneBy(each.get("borne_by", BorneBy.AUTHORITIES)),
            each.get("as_line", False),
        )
        for each in kept or ()
    )


def written(given: Iterable[GivenCredit]) -> list[dict[str, Any]]:
    return [told_of(each) | _claimed(each.claim) for each in given]


def told_of(given: GivenCredit) -> dict[str, Any]:
    """A credit as events tell it, too: what it came to, and who bears it."""
    said = _said(given.name, given.borne_by, as_line=given.as_line)
    return {"code": given.code, "amount_cents": given.amount_cents} | said


def said_by_law(terms: CreditTerms) -> dict[str, dict[str, Any]]:
    """By a credit's code what the law says of each alike."""

    def said(law: Credit) -> dict[str, Any]:
        return _said(law.name, law.borne_by, as_line=terms.as_lines)

    return {code: said(law) for code, law in terms.credits.items()}


def _said(name: str, borne_by: BorneBy, *, as_line: bool) -> dict[str, Any]:
    """Only what is not so of every credit there was before the law could say it."""
    told: dict[str, Any] = {"name": name} if name else {}
    told |= {"borne_by": borne_by.value} if borne_by is not BorneBy.AUTHORITIES else {}
    return told | ({"as_line": True} if as_line else {})


def _claim(each: Mapping[str, Any]) -> CreditClaim:
    ratio = each.get("ratio")
    return CreditClaim(each["code"], None if ratio is None else Decimal(ratio), each.get("cents"))


def _claimed(claim: CreditClaim | None) -> dict[str, Any]:
    if claim is None:
        return {}
    ratio = {} if claim.ratio is None else {"ratio": f"{claim.ratio:f}"}
    return ratio if claim.cents is None else {**ratio, "cents": claim.cents}
