"""Service types and the keys each is looked up by: one table, one function that checks it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from taxkit.errors import FieldViolation, Refusal, RefusalKind, invalid

Keys = Mapping[str, str]
_BILL = ("tax_year", "bill_number")
# The kinds of number that lead to an account.
ACCOUNT_KEYS = (
    "ain",
    "vin",
    "plate",
    "license_number",
    "case_number",
    "claim_number",
    "revenue_account",
    "account_number",
)
ADVANCE = "advance"
MISCELLANEOUS = "miscellaneous"
PRE_PAY = "pre_pay"
TAX = "tax"


@dataclass(frozen=True, slots=True)
class ServiceType:
    """A kind of business at the counter. Any one group of keys is enough, all keys of it needed."""

    code: str
    name: str
    groups: tuple[tuple[str, ...], ...]
    # Narrow a search, but are not enough by themselves.
    optional: tuple[str, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(key for group in self.groups for key in group).union(self.optional)


# The first complete group counts.
_TYPES = (
    ServiceType(TAX, "Tax", (("parcel_number",), _BILL, ("ain",))),
    ServiceType("tax_sale", "Tax sale", (("parcel_number",), _BILL, ("ain",))),
    ServiceType(
        ADVANCE,
        "Advance",
        (
            ("advance_type", "parcel_number", "amount"),
            ("advance_type", "ain", "amount"),
            ("escrow_account", "amount"),
        ),
        ("tax_year",),
    ),
    ServiceType(PRE_PAY, "Pre-pay", (("plan_number", "payer_name", "amount"),), ("parcel_number",)),
    ServiceType(
        MISCELLANEOUS,
        "Miscellaneous",
        (("misc_group", "misc_type"), ("receipt_number",), ("permit_number",)),
    ),
    ServiceType("motor_vehicle", "Motor vehicle", (_BILL, ("vin",), ("plate",))),
    ServiceType("business_license", "Business license", (_BILL, ("license_number",))),
    ServiceType(
        "bankruptcy_litigation", "Bankruptcy and litigation", (("case_number", "claim_number"),)
    ),
    ServiceType(
        "payment_plan",
        "Payment plan",
        (("plan_number",), ("parcel_number",)),
        ("parcel_number", "plan_installment"),
    ),
    ServiceType("state_credit", "State credit", (("revenue_account",),)),
    ServiceType("trust_tax", "Trust tax", (_BILL, ("account_number",))),
    ServiceType("repay_reversal", "Repay reversal", (("receipt_number", "receipt_year"),)),
    ServiceType(
        "tax_sale_buyer",
        "Tax sale: buyer",
        (("buyer_number",), ("group_buyer_number",)),
        ("sale_id", "sale_sequence"),
    ),
    ServiceType("tax_sale_endorsement", "Tax sale: endorsement", (("parcel_number",), _BILL)),
    ServiceType("tax_sale_pre_sale", "Tax sale: pre-sale", (("parcel_number",), ("ain",)), _BILL),
    ServiceType(
        "tax_sale_purchase",
        "Tax sale: purchase",
        (("certificate_year", "certificate_number", "buyer_number"),),
    ),
    ServiceType("tax_deed_redemption", "Tax deed redemption", (("tda_number",),)),
)
SERVICE_TYPES: Mapping[str, ServiceType] = {each.code: each for each in _TYPES}


@dataclass(frozen=True, slots=True)
class Lookup:
    """A lookup that may be made: every key given, and the group that made it sufficient."""

    service_type: str
    group: tuple[str, ...]
    keys: Keys

    @property
    def by_bill_number(self) -> bool:
        """Whether one bill was named, so that the payer may not know of others (CASH-018)."""
        return "bill_number" in self.group


def account_keys_of(lookup: Lookup) -> dict[str, str]:
    """The numbers an account was asked for by, which its receipt keeps (CASH-071)."""
    return {key: lookup.keys[key] for key in lookup.group if key in ACCOUNT_KEYS}


def check_lookup(service_type: str, keys: Keys, enabled: Iterable[str]) -> Lookup:
    """Check the type against what the county enables, and the keys against the type."""
    kind = SERVICE_TYPES.get(service_type)
    if kind is None:
        raise invalid(
            "SERVICE_TYPE_UNKNOWN",
            f"{service_type or 'none'} is not one of {', '.join(SERVICE_TYPES)}",
            "service_type",
        )
    check_enabled(service_type, enabled)
    if stray := sorted(keys.keys() - kind.keys):
        raise invalid(
            "KEY_NOT_OF_TYPE",
            f"{kind.name} is not looked up by {', '.join(stray)}, but by {_either(kind.groups)}",
            f"keys.{stray[0]}",
        )
    for group in kind.groups:
        if keys.keys() >= set(group):
            return Lookup(service_type, group, dict(keys))
    raise _missing(kind, keys)


def check_enabled(service_type: str, enabled: Iterable[str]) -> None:
    """Refuse a service type this county's counters do not take (CASH-013)."""
    if service_type not in enabled:
        name = SERVICE_TYPES[service_type].name
        raise Refusal("SERVICE_TYPE_DISABLED", f"{name} is not taken at this county's counters")


def _missing(kind: ServiceType, keys: Keys) -> Refusal:
    """Name what is missing of the group most was given of; of several such, the choice."""
    most = max(len(keys.keys() & set(group)) for group in kind.groups)
    nearest = [group for group in kind.groups if len(keys.keys() & set(group)) == most]
    missing = [tuple(key for key in group if key not in keys) for group in nearest]
    message = f"{kind.name} needs {_either(missing)}{', too' if most else ''}"
    names = dict.fromkeys(key for group in missing for key in group)
    return Refusal(
        "KEY_MISSING",
        message,
        kind=RefusalKind.INVALID,
        fields=[FieldViolation(f"keys.{key}", message) for key in names],
    )


def _either(groups: Sequence[tuple[str, ...]]) -> str:
    return ", or ".join(" and ".join(group) for group in groups)
