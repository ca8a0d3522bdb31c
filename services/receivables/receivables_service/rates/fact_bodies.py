"""What facts about rates say, as the ledger keeps it."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from receivables_service.domain.rate_facts import (
    AccrualDeferred,
    AgencyHolding,
    CodeLifted,
    CodeSet,
    DeferralEnded,
    DeferralResumed,
    RateChange,
)

KIND_OF: dict[type[Any], str] = {
    CodeSet: "code_set",
    CodeLifted: "code_lifted",
    AgencyHolding: "agency_holding",
    AccrualDeferred: "deferral",
    DeferralEnded: "deferral_ended",
    DeferralResumed: "deferral_resumed",
}


def body_of(fact: RateChange) -> dict[str, Any]:
    """Write what a fact says beside its head."""
    if isinstance(fact, CodeSet):
        return {
            "code": fact.code,
            "monthly_rate": _text(fact.monthly_rate),
            "penalty_rate": _text(fact.penalty_rate),
            "through": fact.through.isoformat() if fact.through else None,
            "charge_code": fact.charge_code,
        }
    if isinstance(fact, CodeLifted):
        return {"code": fact.code, "charge_code": fact.charge_code}
    if isinstance(fact, AgencyHolding):
        return {"held": fact.held}
    if isinstance(fact, DeferralEnded):
        return {"plan_number": fact.plan_number, "comes_back": fact.comes_back}
    if isinstance(fact, DeferralResumed):
        return {"plan_number": fact.plan_number, "ended_by": str(fact.ended_by)}
    return {"plan_number": fact.plan_number}


def fact_of(kind: str, head: tuple[UUID, Any, Any], body: Any) -> RateChange:
    """Read a fact of a kind of KIND_OF."""
    match kind:
        case "code_set":
            through = date.fromisoformat(body["through"]) if body["through"] else None
            rates = (_rate(body["monthly_rate"]), _rate(body["penalty_rate"]))
            return CodeSet(*head, body["code"], *rates, through, body["charge_code"])
        case "code_lifted":
            return CodeLifted(*head, body["code"], body["charge_code"])
        case "agency_holding":
            return AgencyHolding(*head, body["held"])
        case "deferral":
            return AccrualDeferred(*head, body["plan_number"])
        case "deferral_resumed":
            return DeferralResumed(*head, body["plan_number"], UUID(body["ended_by"]))
    return DeferralEnded(*head, body["plan_number"], body["comes_back"])


def _text(rate: Decimal | None) -> str | None:
    return None if rate is None else str(rate)


def _rate(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
