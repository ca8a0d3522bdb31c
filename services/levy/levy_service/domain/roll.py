"""A tax year's roll as it is sent: what a row must be, and every finding against it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from levy_service.domain.billing import AgencyRate, Charge, LineKey
from levy_service.domain.credits import CreditClaim
from levy_service.domain.fund_names import FundNames
from levy_service.domain.funds import BadFund, FundShare, check_fund, split_rate
from levy_service.domain.rates import (
    THOUSANDTHS_OF_PERCENT,
    BadRate,
    RatePer,
    RateUnit,
    parse_rate,
)
from levy_service.domain.register import Party, slips, text_slips
from levy_service.domain.valuation import Claim, Reached
from levy_service.domain.value_caps import CapClaim
from taxkit.money import CENTS_MAX

FINDINGS_MAX: Final = 100
# An event tells all of a bill's lines and has to stay well below what a consumer reads.
RATES_MAX: Final = 500
_TEXT_MAX: Final = 200
_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a roll: `place` names row and field, as "parcels[3].tax_code"."""

    reason: str
    place: str
    message: str


@dataclass(slots=True)
class Findings:
    """All findings are counted; the first hundred are kept to be told."""

    kept: list[Finding] = field(default_factory=list)
    count: int = 0

    def add(self, found: Sequence[Finding], count: int | None = None) -> None:
        """Add findings; `count` says how many there are when not all of them are given."""
        self.kept += found[: max(FINDINGS_MAX - len(self.kept), 0)]
        self.count += len(found) if count is None else count


@dataclass(frozen=True, slots=True)
class RateRow:
    row: int
    tax_code: str
    agency_code: str
    agency_name: str
    rate_percent: str
    # In the unit the year's law writes rates in; where that is percent, either may be given.
    rate: str = ""
    # Of an agency that is billed by fund: this row's fund, or the funds its rate is split among.
    fund_code: str = ""
    funds: tuple[FundShare, ...] = ()
    # What its funds are called, by code, where the roll says it.
    fund_names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ParcelRow:
    row: int
    parcel_number: str
    tax_code: str
    property_class: str
    township: str
    value_dollars: int
    net_value_dollars: int
    prior_year_total_cents: int
    owner_name: str
    owner_email: str | None
    # Of a parcel in a tax-increment district: its value when the district was made.
    frozen_value_dollars: int | None = None
    # Instead of it, the fund's share of the tax as text: "0.6883"; empty for none.
    increment_share: str = ""
    # Whether the row brings its net value; else it follows from the value and the claims.
    is_valued: bool = True
    claims: tuple[Claim, ...] = ()
    value_caps: tuple[CapClaim, ...] = ()
    charges: tuple[Charge, ...] = ()
    credits: tuple[CreditClaim, ...] = ()
    # How the net value came about, once it is computed.
    value_steps: tuple[Reached, ...] = ()
    # What the register keeps of it beside: texts by name, and who is what, by role.
    facts: Mapping[str, str] = field(default_factory=dict)
    parties: Mapping[str, tuple[Party, ...]] = field(default_factory=dict)


TaxCodeRates = tuple[AgencyRate, ...]


@dataclass(slots=True)
class RateBook:
    """The rates of a tax year: those on file from earlier rolls, and those this roll brings."""

    on_file: Mapping[str, TaxCodeRates]
    unit: RateUnit = THOUSANDTHS_OF_PERCENT
    # Of a tax code, the rate of each agency, or fund of one, in the order of the rows.
    sent: dict[str, dict[LineKey, AgencyRate]] = field(default_factory=dict)
    # Agencies of direct charges.
    chargers: dict[str, str] = field(default_factory=dict)
    fund_names: FundNames = field(default_factory=FundNames)
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rates in self.on_file.values():
            self._names |= {rate.agency_code: rate.agency_name for rate in rates}

    def add(self, given: RateRow) -> list[Finding]:
        """Take a rate in, or say everything that is wrong with its row."""
        at = f"rates[{given.row}]"
        no_code = list(_text(f"{at}.tax_code", given.tax_code, required=True))
        found = [
            *no_code,
            *_text(f"{at}.agency_code", given.agency_code, required=True),
            *_text(f"{at}.agency_name", given.agency_name, required=True),
        ]
        rates = self._by_fund(self._rate(given, at, found), given, at, found)
        if no_code:
            return found  # nothing can be compared with what may not even be stored
        code = self.sent.setdefault(given.tax_code, {})
        if twice := [rate.key for rate in rates if rate.key in code]:
            found.append(Finding(
                "DUPLICATE_RATE", f"{at}.agency_code",
                f"agency {'/'.join(filter(None, twice[0]))} has a rate in tax code"
                f" {given.tax_code} already",
            ))  # fmt: skip
        found += self._named(given.agency_code, given.agency_name, at)
        for fund, name in given.fund_names:
            slips = self.fund_names.add((given.agency_code, fund), name)
            found += [Finding(reason, f"{at}.fund_name", message) for reason, message in slips]
        for rate in rates:
            code.setdefault(rate.key, rate)
        return found

    def charged(self, row: int, charges: Sequence[Charge]) -> list[Finding]:
        """Take the agencies of a parcel's charges in."""
        found: list[Finding] = []
        for number, each in enumerate(charges, start=1):
            at = f"parcels[{row}].charges[{number}]"
            found += self._named(each.agency_code, each.agency_name, at)
            self.chargers.setdefault(each.agency_code, each.agency_name)
        return found

    def _named(self, code: str, name: str, at: str) -> Iterator[Finding]:
        """An agency has one name in a year."""
        known = self._names.setdefault(code, name)
        if known != name:
            yield Finding(
                "AGENCY_NAME_CONFLICT", f"{at}.agency_name",
                f"agency {code} is {known!r} elsewhere, {name!r} here",
            )  # fmt: skip

    def _rate(self, given: RateRow, at: str, found: list[Finding]) -> AgencyRate:
        own = given.rate or self.unit.per is not RatePer.PERCENT
        field_name, text = ("rate", given.rate) if own else ("rate_percent", given.rate_percent)
        try:
            units = parse_rate(text, self.unit)
        except BadRate as problem:
            found.append(Finding("BAD_RATE", f"{at}.{field_name}", str(problem)[:300]))
            # The agency is named all the same: its tax code lacks a good rate, not the agency.
            units = 0
        return AgencyRate(given.agency_code, given.agency_name, units, given.fund_code)

    def _by_fund(
        self, rate: AgencyRate, given: RateRow, at: str, found: list[Finding]
    ) -> TaxCodeRates:
        try:
            check_fund(given.fund_code)
            return split_rate(rate, given.funds)
        except BadFund as problem:
            found.append(Finding("FUND_INVALID", f"{at}.funds", str(problem)[:300]))
            return (rate,)

    def review(self, residual_agency_code: str) -> list[Finding]:
        """Judge the tax codes this roll brings as wholes; no code: no agency need be there."""
        found = []
        for tax_code, rates in self.sent.items():
            place = f"rates of tax code {tax_code}"
            filed = self.on_file.get(tax_code)
            if filed is not None and set(filed) != set(rates.values()):
                found.append(Finding(
                    "RATE_CONFLICT", place,
                    "an earlier roll of the year has other rates: send those, or none",
                ))  # fmt: skip
            if len(rates) > RATES_MAX:
                found.append(Finding(
                    "TOO_MANY_RATES", place, f"{len(rates)} agencies, at most {RATES_MAX}",
                ))  # fmt: skip
            agencies = {agency_code for agency_code, _ in rates}
            if residual_agency_code and residual_agency_code not in agencies:
                found.append(Finding(
                    "RESIDUAL_AGENCY_MISSING", place,
                    f"agency {residual_agency_code}, which takes what rounding leaves over,"
                    " has no rate",
                ))  # fmt: skip
        return found

    def new(self) -> dict[str, TaxCodeRates]:
        """Rates by tax code that no earlier roll brought."""
        return {
            tax_code: tuple(rates.values())
            for tax_code, rates in self.sent.items()
            if tax_code not in self.on_file
        }

    def all(self) -> dict[str, TaxCodeRates]:
        return {**self.on_file, **self.new()}


def check_parcel(given: ParcelRow, number_form: re.Pattern[str]) -> list[Finding]:
    """Say everything that is wrong with a parcel's row by itself."""
    at = f"parcels[{given.row}]"
    found: list[Finding] = []
    if not number_form.fullmatch(given.parcel_number):
        found.append(Finding(
            "PARCEL_NUMBER_INVALID", f"{at}.parcel_number",
            f"{given.parcel_number[:60]!r} is not a parcel number: {number_form.pattern}",
        ))  # fmt: skip
    found += _text(f"{at}.tax_code", given.tax_code, required=True)
    for name in ("property_class", "township", "owner_name"):
        found += _text(f"{at}.{name}", getattr(given, name))
    found += _text(f"{at}.owner_email", given.owner_email or "")
    found += _values(given, at)
    found += _registered(given, at)
    return found


def _registered(given: ParcelRow, at: str) -> Iterator[Finding]:
    for name, text in given.facts.items():
        for slip in text_slips(text, name):
            yield Finding(slip.reason, f"{at}.{slip.place}", slip.message)
    for role, parties in given.parties.items():
        for slip in slips(role, parties):
            yield Finding(slip.reason, f"{at}.parties.{slip.place}", slip.message)


def _values(given: ParcelRow, at: str) -> Iterator[Finding]:
    for name in ("value_dollars", "net_value_dollars", "prior_year_total_cents"):
        value: int = getattr(given, name)
        if not 0 <= value <= CENTS_MAX:
            yield Finding("BAD_VALUE", f"{at}.{name}", f"{value} is not from 0 to {CENTS_MAX}")
    frozen = given.frozen_value_dollars
    if frozen is not None and not 0 <= frozen <= CENTS_MAX:
        yield Finding(
            "BAD_VALUE", f"{at}.frozen_value_dollars", f"{frozen} is not from 0 to {CENTS_MAX}"
        )
    if given.net_value_dollars > given.value_dollars:
        yield Finding(
            "BAD_VALUE", f"{at}.net_value_dollars",
            f"net value {given.net_value_dollars} is more than the value {given.value_dollars}:"
            " exemptions only lower it",
        )  # fmt: skip


def _text(place: str, text: str, *, required: bool = False) -> Iterator[Finding]:
    if required and not text.strip():
        yield Finding("TEXT_MISSING", place, "it is empty")
    if len(text) > _TEXT_MAX or _CONTROL_CHARACTER.search(text):
        yield Finding(
            "TEXT_INVALID", place, f"at most {_TEXT_MAX} characters, none of them a control one"
        )
