"""What a second person allows once: a cashier goes past a limit, for one order (CASH-008)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from cashiering_service.domain.limits import Limits
from taxkit.errors import Refusal, RefusalKind, forbidden, invalid
from taxkit.money import CENTS_MAX, format_cents
from taxkit.persons import is_among


class Action(StrEnum):
    """What has a limit that can be overridden."""

    TOLERANCE = "tolerance"
    INTEREST_WAIVER = "interest_waiver"
    PENALTY_WAIVER = "penalty_waiver"


@dataclass(frozen=True, slots=True)
class Grant:
    grant_id: UUID
    # What it is for: the key under which the order is sent, or its basket.
    order_key: str
    action: Action
    cashier: str
    amount_cents: int
    is_used: bool


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose order asks to go past a limit, and the grants it names."""

    cashier: str
    order_keys: frozenset[str]
    grants: Sequence[Grant]


def limit_of(action: Action, limits: Limits) -> int:
    return {
        Action.TOLERANCE: limits.tolerance_short_cents,
        Action.INTEREST_WAIVER: limits.max_interest_waiver_cents,
        Action.PENALTY_WAIVER: limits.max_penalty_waiver_cents,
    }[action]


def permit(action: Action, cents: int, limits: Limits, asker: Asker) -> UUID | None:
    """Give the grant that lets an amount pass the limit; None when it is within the limit."""
    limit = limit_of(action, limits)
    if cents <= limit:
        return None
    for grant in asker.grants:
        if grant.action is action:
            _check(grant, cents, asker)
            return grant.grant_id
    raise Refusal(
        "LIMIT_EXCEEDED",
        f"{action.replace('_', ' ')} of {format_cents(cents)}: {asker.cashier} may go up to"
        f" {format_cents(limit)}; have somebody with the right authorise it",
        metadata={
            "action": action,
            "asked_cents": str(cents),
            "limit_cents": str(limit),
            "overridable": str(limits.overrides_allowed).lower(),
        },
    )


def _check(grant: Grant, cents: int, asker: Asker) -> None:
    if grant.order_key not in asker.order_keys or grant.cashier != asker.cashier:
        raise Refusal(
            "OVERRIDE_OF_ANOTHER", f"grant {grant.grant_id} is for another order or cashier"
        )
    if grant.is_used:
        raise Refusal("OVERRIDE_USED", f"grant {grant.grant_id} was used: ask for another")
    if grant.amount_cents < cents:
        raise Refusal(
            "OVERRIDE_TOO_SMALL",
            f"grant {grant.grant_id} is for {format_cents(grant.amount_cents)},"
            f" {format_cents(cents)} is asked",
        )


def check_named(named: Iterable[UUID], grants: Sequence[Grant]) -> None:
    """Refuse a grant nobody gave."""
    known = {grant.grant_id for grant in grants}
    for grant_id in named:
        if grant_id not in known:
            raise Refusal("OVERRIDE_NOT_FOUND", f"no grant {grant_id}", kind=RefusalKind.NOT_FOUND)


def check_authorisation(
    cashier: str, approver: str, action: Action, cents: int, limits: Limits
) -> None:
    """Hold an authorisation to two persons, to a setup that has overrides, and to a need."""
    if is_among(approver, (cashier,)):
        raise forbidden("APPROVER_IS_CASHIER", f"{cashier} cannot approve for {approver}")
    if not limits.overrides_allowed:
        raise Refusal(
            "OVERRIDES_NOT_ALLOWED", f"the setup lets nobody override a limit of {cashier}"
        )
    if not 0 < cents <= CENTS_MAX:
        raise invalid("AMOUNT_NOT_POSITIVE", "say up to which amount", "amount_cents")
    if cents <= (limit := limit_of(action, limits)):
        raise Refusal(
            "OVERRIDE_NOT_NEEDED", f"{cashier} may go up to {format_cents(limit)} without one"
        )
