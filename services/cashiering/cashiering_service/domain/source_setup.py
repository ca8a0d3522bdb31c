"""What a source has to be before it is kept: nothing that could not be sold (CASH-077)."""

import re

from cashiering_service.domain.sources import (
    AMOUNTS_MAX,
    BASE,
    INPUTS_MAX,
    TYPES,
    AmountMode,
    InputType,
    Source,
)
from taxkit.errors import invalid
from taxkit.money import CENTS_MAX

_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,31}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PERCENT = "percent"
_PERCENT_MAX = 100


def check_source(source: Source) -> None:
    """Refuse a source that could not be sold as it is set."""
    if not _CODE.fullmatch(source.source_code):
        raise invalid(
            "SOURCE_CODE_INVALID", "1 to 32 of A-Z, 0-9, _ and -, beginning plainly", "source_code"
        )
    if not source.name.strip():
        raise invalid("SOURCE_NAME_MISSING", "name the source", "name")
    if source.source_type not in TYPES:
        raise invalid("SOURCE_TYPE_UNKNOWN", f"types are {', '.join(TYPES)}", "source_type")
    if not source.credit_fund.strip() or not source.credit_account.strip():
        raise invalid("FUND_MISSING", "say which fund and account it is for", "credit_fund")
    _check_amounts(source)
    _check_inputs(source)


def _check_amounts(source: Source) -> None:
    _check_percent(source)
    priced = source.amount_mode in {AmountMode.FLAT, AmountMode.PER_UNIT}
    least = source.amount_mode is AmountMode.PERCENT and source.amount_cents >= 0
    if (priced != (source.amount_cents > 0) and not least) or source.amount_cents > CENTS_MAX:
        raise invalid(
            "SOURCE_AMOUNT_INVALID",
            "a flat source and one by unit have an amount above zero, others have none",
            "amount_cents",
        )
    names = source.amount_names
    several = source.amount_mode is AmountMode.SEVERAL
    if (
        several != (len(names) > 1)
        or len(names) > AMOUNTS_MAX
        or len(set(names)) < len(names)
        or not all(map(_NAME.fullmatch, names))
    ):
        raise invalid(
            "AMOUNT_NAMES_INVALID",
            f"a source of several amounts names 2 to {AMOUNTS_MAX} of them, others none",
            "amount_names",
        )


def _check_percent(source: Source) -> None:
    by_percent = source.amount_mode is AmountMode.PERCENT
    if by_percent != (source.percent is not None):
        raise invalid(
            "SOURCE_PERCENT_INVALID", "a source by percent has one, others none", _PERCENT
        )
    if source.percent is not None and not 0 < source.percent <= _PERCENT_MAX:
        raise invalid("SOURCE_PERCENT_INVALID", f"above 0, to {_PERCENT_MAX} percent", _PERCENT)


def _check_inputs(source: Source) -> None:
    inputs = source.all_inputs
    names = [one.name for one in inputs]
    taken = [*names, *source.amount_names, "units", BASE]
    if len(inputs) > INPUTS_MAX or len(set(taken)) < len(taken):
        raise invalid("INPUTS_INVALID", f"at most {INPUTS_MAX}, each name once", "inputs")
    for place, one in enumerate(source.inputs):
        if not _NAME.fullmatch(one.name):
            raise invalid("INPUTS_INVALID", "a name is a-z, 0-9 and _", f"inputs[{place}].name")
        if (one.input_type is InputType.CHOICE) != bool(one.choices) or "" in one.choices:
            raise invalid(
                "INPUTS_INVALID", "a choice has choices, nothing else", f"inputs[{place}].choices"
            )
