"""An agency's rate by fund: each with a rate of its own, or the agency's rate split by shares."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from levy_service.domain.billing import AgencyRate
from taxkit.money import split

# None, or a code that can stand behind its agency's.
FUND_CODE: Final = re.compile(r"[A-Za-z0-9._-]{0,40}")
FUNDS_MAX: Final = 40
_SHARE: Final = re.compile(r"0\.[0-9]{1,9}|1(\.0{1,9})?")
_NINE: Final = 10**9

# (fund code, its share as text: "0.25")
FundShare = tuple[str, str]


class BadFund(ValueError):
    """Funds that an agency's rate cannot be split among."""


def check_fund(code: str) -> None:
    if not FUND_CODE.fullmatch(code):
        raise BadFund(f"{code[:60]!r} is not a fund: letters, digits, dot, dash, 40 at most")


def split_rate(rate: AgencyRate, shares: Sequence[FundShare]) -> tuple[AgencyRate, ...]:
    """Split an agency's rate among its funds, whose rates add up to it to the last step."""
    if not shares:
        return (rate,)
    if rate.fund_code:
        raise BadFund(f"a rate is fund {rate.fund_code}'s, or split among funds: not both")
    codes = [code for code, _ in shares]
    if len(set(codes)) < len(codes) or not all(codes) or len(codes) > FUNDS_MAX:
        raise BadFund(f"name 1 to {FUNDS_MAX} funds, each once: {', '.join(codes)[:200]}")
    for code in codes:
        check_fund(code)
    weights = {code: _weight(text) for code, text in shares}
    if sum(weights.values()) != _NINE:
        raise BadFund(f"the funds' shares add up to {Decimal(sum(weights.values())) / _NINE}")
    parts = split(rate.rate_units, weights)
    return tuple(replace(rate, fund_code=code, rate_units=parts[code]) for code in codes)


def _weight(text: str) -> int:
    if not _SHARE.fullmatch(text):
        raise BadFund(f"{text[:60]!r} is not a share above 0 and at most 1, as 0.25")
    return int(Decimal(text) * _NINE)
