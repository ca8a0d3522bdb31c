"""What an office sets for its counters, over what the law leaves open (CASH-012)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from cashiering_service.domain.basket_terms import BasketTerms, InterestDisplay
from taxkit.errors import Refusal, invalid

ON, OFF = "on", "off"
_SWITCH = (ON, OFF)
CREATE_SOURCE = "create_source_at_capture"
FREE_FORM_FUNDS = "free_form_funds"
DELINQUENCY_MESSAGE = "delinquency_message"
CUSTOM_RECEIPTS = "custom_receipts"
PARTIAL_ONLY_CODED = "partial_only_coded"
DEFAULTED_IN_FULL = "defaulted_in_full"
_INTEREST_DISPLAY = "interest_display"
# Settings that are a field of the basket's terms.
_OF_BASKETS = {
    "use_current_owner": "use_current_owner",
    "current_total_toggle": "current_due_switch",
    "require_verified_payer": "verified_payer",
    DEFAULTED_IN_FULL: "defaulted_in_full",
    _INTEREST_DISPLAY: _INTEREST_DISPLAY,
}
SETTINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "use_current_owner": _SWITCH,
        "current_total_toggle": _SWITCH,
        "require_verified_payer": _SWITCH,
        CREATE_SOURCE: _SWITCH,
        FREE_FORM_FUNDS: _SWITCH,
        CUSTOM_RECEIPTS: _SWITCH,
        DELINQUENCY_MESSAGE: _SWITCH,
        DEFAULTED_IN_FULL: _SWITCH,
        PARTIAL_ONLY_CODED: _SWITCH,
        _INTEREST_DISPLAY: tuple(each.value for each in InterestDisplay),
    }
)
"""Every setting with the values it may have."""


@dataclass(frozen=True, slots=True)
class SettingSet:
    """What was set from a day on."""

    name: str
    value: str
    effective_from: date


def value_on(name: str, on: date, given: Iterable[SettingSet]) -> str | None:
    """What is set on a day: of one day the last, in the order they were set; None: nothing is."""
    found: SettingSet | None = None
    for one in given:
        if one.name != name or one.effective_from > on:
            continue
        if found is None or one.effective_from >= found.effective_from:
            found = one
    return found.value if found else None


def is_on(name: str, on: date, given: Iterable[SettingSet], *, by_law: bool) -> bool:
    """Whether a switch is on: as it was set, else as the law has it."""
    value = value_on(name, on, given)
    return by_law if value is None else value == ON


def basket_terms(law: BasketTerms, on: date, given: Sequence[SettingSet]) -> BasketTerms:
    """The terms baskets are judged by: what is set goes before what the law does not fix."""
    changes: dict[str, Any] = {}
    for name, field in _OF_BASKETS.items():
        value = None if name in law.fixed_settings else value_on(name, on, given)
        if value is not None:
            display = name == _INTEREST_DISPLAY
            changes[field] = InterestDisplay(value) if display else value == ON
    return replace(law, **changes) if changes else law


def of_law(law: BasketTerms) -> dict[str, str]:
    """What the law says of the settings that are about baskets."""
    said = {name: getattr(law, field) for name, field in _OF_BASKETS.items()}
    return {
        name: value.value if isinstance(value, InterestDisplay) else switch(is_on=value)
        for name, value in said.items()
    }


def switch(*, is_on: bool) -> str:
    return ON if is_on else OFF


def check(name: str, value: str, fixed: Collection[str]) -> None:
    """Refuse what is no setting, no value of it, or not an office's to decide."""
    if name not in SETTINGS:
        raise invalid("SETTING_UNKNOWN", f"one of {', '.join(SETTINGS)}", "name")
    if value not in SETTINGS[name]:
        raise invalid("SETTING_VALUE_INVALID", f"{name} is {', '.join(SETTINGS[name])}", "value")
    if name in fixed:
        raise Refusal("SETTING_FIXED_BY_LAW", f"the law of this county decides {name}")
