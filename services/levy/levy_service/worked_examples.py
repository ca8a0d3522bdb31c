"""The worked bills of a pack: what its author counted by hand, beside what the engine computes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from levy_service import rulebook
from levy_service.domain.billing import (
    AgencyRate,
    CannotBill,
    Charge,
    ComputedBill,
    compute_bill,
)
from levy_service.domain.credited_lines import PrintedKind, printed
from levy_service.domain.credits import BorneBy, CreditClaim, FromRoll
from levy_service.domain.rates import BadRate, parse_rate
from levy_service.domain.valuation import Claim, Valuation, value_parcel
from levy_service.domain.value_caps import CapClaim
from levy_service.rulebook import Rulebook
from taxkit.dated import NoTermInForce
from taxkit.packforms import misshapen
from taxkit.packproof import NO_CASE
from taxkit.packvalues import NodeReader, PackError, compose, line_of

FILE: Final = "examples_levy.yaml"
_SECTION: Final = "levy"
# An amount that is the law's, or a text of the roll's, may stand as nothing.
_FORM: Final = {
    "name": str,
    "citation": str,
    "working": str,
    "tax_year": int,
    "bill_class?": str,
    "mailed_on?": date,
    "value_dollars?": int,
    "property_class?": str,
    "exemptions?": {"*": int | None},
    # By code last year's value, and beside it what was built since.
    "value_caps?": {"*": int},
    "added_dollars?": int,
    "net_value_dollars?": int,
    "rates": {"*": str},
    "charges?": {"*": int},
    "credits?": {"*": Decimal | None},
    "prior_year_total_cents?": int,
    "expect?": {
        "steps?": {"*": int},
        "net_value_dollars?": int,
        "credits?": {"*": int},
        # As the taxpayer reads them, credits by their names; and what the state pays of them.
        "printed?": {"*": int},
        "state_pays?": {"*": int},
        "lines?": {"*": int},
        "total_cents?": int,
        "installments?": [(date, int)],
        "payable_on?": [date],
        "parcel_number?": str,
        "not_a_parcel_number?": str,
        # Codes of agencies: of the fund of an increment district, and of none.
        "fund_code?": str,
        "not_a_fund_code?": str,
    },
    "refused?": str,
}


@dataclass(frozen=True, slots=True)
class Example:
    """One worked bill, and the line of the file it begins on."""

    name: str
    line: int
    told: Mapping[str, Any]


def examples(directory: Path) -> Iterator[Example]:
    """Read a pack's worked bills; PackError says where the file is not as it has to be."""
    file = directory / FILE
    reader = NodeReader(file)
    root = compose(file)
    entries = reader.entries(root, FILE)
    if (section := entries.get(_SECTION)) is None or entries.keys() - {_SECTION, NO_CASE}:
        found = ", ".join(sorted(entries.keys() - {_SECTION, NO_CASE})) or "nothing"
        raise reader.error(root, _SECTION, found, "a list of worked bills")
    for at, node in reader.items(section, _SECTION):
        one = reader.plain(node, at)
        if not isinstance(one, dict) or not {"name", "citation", "working"} <= one.keys():
            raise reader.error(node, at, "no name, citation or working", "all three")
        if len({"expect", "refused"} & one.keys()) != 1:
            raise reader.error(node, at, "no figures", "expect or refused")
        if wrong := next(misshapen(one, _FORM, at), None):
            raise reader.error(node, *wrong)
        yield Example(one["name"], line_of(node), one)


def differences(example: Example, law: Rulebook) -> Iterator[str]:
    """Say in words what comes out otherwise than the author worked out; nothing if nothing does."""
    told = example.told
    if "refused" in told:
        yield from _not_refused(told, law)
        return
    try:
        found = figures(told, law)
    except (CannotBill, BadRate, NoTermInForce) as refusal:
        yield f"refused with {str(refusal)!r}, worked out by hand all the same"
        return
    for name, wanted in told["expect"].items():
        if found[name] != wanted:
            yield f"{name} is {found[name]}, worked out by hand {wanted}"


def check(directory: Path) -> Iterator[PackError]:
    """Run all worked bills of a pack; each difference as an error at the bill's line."""
    law = rulebook.load(directory)
    for example in examples(directory):
        for difference in differences(example, law):
            where = (directory / FILE, example.line)
            yield PackError(where, example.name, difference, "the same to the cent")


def figures(told: Mapping[str, Any], law: Rulebook) -> dict[str, object]:
    """What the engine makes of an example, in the words of its `expect`."""
    year = law.year(told["tax_year"], told.get("mailed_on"), told.get("bill_class", ""))
    forms = {
        "parcel_number": year.parcel_number.pattern,
        "fund_code": year.increment.agency_code or "(?!)",
    }
    valued = _valued(told, year)
    bill = _bill(told, valued, year)
    return {
        "steps": {each.name: each.value_dollars for each in valued.steps},
        "net_value_dollars": valued.net_dollars,
        "credits": {each.code: each.amount_cents for each in bill.credits},
        "printed": {
            each.code if each.kind is PrintedKind.AGENCY else each.name: each.amount_cents
            for each in printed(bill.lines, bill.credits)
        },
        "state_pays": {
            each.code: each.amount_cents for each in bill.credits if each.borne_by is BorneBy.STATE
        },
        "lines": {line.agency_code: line.amount_cents for line in bill.lines},
        "total_cents": bill.total_cents,
        "installments": [[each.due_on, each.amount_cents] for each in bill.installments],
        "payable_on": [each.payable_on for each in bill.installments],
        **_fitting(told.get("expect", {}), forms),
    }


def _fitting(expected: Mapping[str, Any], forms: Mapping[str, str]) -> dict[str, object]:
    """The numbers and codes that fit a form, and those that do not, of what is expected of each."""
    found: dict[str, object] = {}
    for name, form in forms.items():
        for field, fits in ((name, True), (f"not_a_{name}", False)):
            text = expected.get(field)
            is_so = text is not None and bool(re.fullmatch(form, text)) is fits
            found[field] = text if is_so else None
    return found


def _valued(told: Mapping[str, Any], year: rulebook.YearLaw) -> Valuation:
    if "value_dollars" not in told:
        return value_parcel(told.get("net_value_dollars", 0), "", (), rulebook.AS_ON_THE_ROLL)
    claims = [Claim(code, dollars) for code, dollars in told.get("exemptions", {}).items()]
    added = told.get("added_dollars", 0)
    caps = [CapClaim(code, base, added) for code, base in told.get("value_caps", {}).items()]
    property_class = told.get("property_class", "")
    return value_parcel(told["value_dollars"], property_class, claims, year.value, caps)


def _bill(told: Mapping[str, Any], valued: Valuation, year: rulebook.YearLaw) -> ComputedBill:
    unit = year.billing.rate_unit
    return compute_bill(
        valued.net_dollars,
        told.get("prior_year_total_cents", 0),
        [AgencyRate(code, code, parse_rate(text, unit)) for code, text in told["rates"].items()],
        year.billing,
        [Charge(code, code, cents) for code, cents in told.get("charges", {}).items()],
        [_claim(code, amount, year) for code, amount in told.get("credits", {}).items()],
    )


def _claim(code: str, amount: Any, year: rulebook.YearLaw) -> CreditClaim:
    """A claim as the law has it: a share, whole cents, or nothing but its code."""
    law = year.billing.credits.credits.get(code)
    if law is not None and law.by_roll is FromRoll.CENTS and amount is not None:
        return CreditClaim(code, cents=int(amount))
    return CreditClaim(code, None if amount is None else Decimal(amount))


def _not_refused(told: Mapping[str, Any], law: Rulebook) -> Iterator[str]:
    why = told["refused"]
    try:
        figures(told, law)
    except (CannotBill, BadRate, NoTermInForce) as refusal:
        if why not in str(refusal):
            yield f"refused with {str(refusal)!r}, expected {why!r}"
    else:
        yield f"billed, though it has to be refused with {why!r}"
