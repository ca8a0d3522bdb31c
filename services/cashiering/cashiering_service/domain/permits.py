"""What a till and a cashier may take: a list each, and both have to allow it (CASH-001)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from taxkit.errors import forbidden, invalid

FORFEITURE = "forfeiture"
PAYMENT_TYPES = frozenset(
    {
        "advance",
        "bankruptcy",
        "business_license",
        FORFEITURE,
        "misc",
        "motor_vehicle",
        "payment_plan",
        "state_credit",
        "tax",
        "tax_sale",
        "trust_tax",
    }
)
CODES_MAX = 200
# Service types of the counter whose payments are listed under another word; others by their own.
_LISTED_AS = {
    "": "tax",
    "bankruptcy_litigation": "bankruptcy",
    "miscellaneous": "misc",
    "pre_pay": "advance",
    "repay_reversal": "tax",
    "tax_deed_redemption": "tax_sale",
    "tax_sale_buyer": "tax_sale",
    "tax_sale_endorsement": "tax_sale",
    "tax_sale_pre_sale": "tax_sale",
    "tax_sale_purchase": "tax_sale",
}


def payment_type_of(service_type: str) -> str:
    """Under which payment type tills and cashiers list a service type."""
    return _LISTED_AS.get(service_type, service_type)


@dataclass(frozen=True, slots=True)
class Permit:
    """The lists of one till or one cashier; a list that is None limits nothing."""

    payment_types: frozenset[str] | None = None
    misc_sources: frozenset[str] | None = None

    def takes(self, payment_type: str) -> bool:
        """Whether a payment type may be taken; forfeiture only where it is listed."""
        if self.payment_types is None:
            return payment_type != FORFEITURE
        return payment_type in self.payment_types

    def takes_source(self, source_code: str) -> bool:
        return self.misc_sources is None or source_code in self.misc_sources


def permit(lists: Sequence[Iterable[str] | None]) -> Permit:
    """A stored row's two lists."""
    types, sources = (None if one is None else frozenset(one) for one in lists)
    return Permit(types, sources)


def check_taken(
    till: Permit, cashier: Permit, payment_types: Iterable[str], misc_sources: Iterable[str]
) -> None:
    """Refuse what the till or the cashier may not take, naming which of the two."""
    holders = (("till", till), ("cashier", cashier))
    for payment_type in sorted(set(payment_types)):
        for who, permit in holders:
            if not permit.takes(payment_type):
                raise forbidden(
                    "PAYMENT_TYPE_NOT_ALLOWED",
                    f"this {who} may not take payments of {payment_type}",
                )
    for source_code in sorted(set(misc_sources)):
        for who, permit in holders:
            if not permit.takes_source(source_code):
                raise forbidden(
                    "MISC_SOURCE_NOT_ALLOWED",
                    f"this {who} may not take the miscellaneous source {source_code}",
                )


def check_lists(payment_types: Iterable[str] | None, misc_sources: Iterable[str] | None) -> Permit:
    """Read the lists of a till or cashier, refusing words that mean nothing."""
    types = None if payment_types is None else frozenset(payment_types)
    sources = None if misc_sources is None else frozenset(misc_sources)
    if unknown := (types or frozenset()) - PAYMENT_TYPES:
        raise invalid(
            "PAYMENT_TYPE_UNKNOWN",
            f"{min(unknown)!r} is not one of {', '.join(sorted(PAYMENT_TYPES))}",
            "payment_types",
        )
    if sources is not None and (len(sources) > CODES_MAX or "" in sources):
        raise invalid(
            "MISC_SOURCES_INVALID", f"list 1 to {CODES_MAX} codes, none empty", "misc_sources"
        )
    return Permit(types, sources)
