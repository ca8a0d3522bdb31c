"""A pack's worked supplements: what its author counted by hand, beside what the engine computes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from levy_service import rulebook
from levy_service.domain.billing import AgencyRate, ComputedBill
from levy_service.domain.rates import parse_rate
from levy_service.domain.supplements import own_bill, shares_of_years
from levy_service.domain.valuation import value_parcel
from levy_service.domain.value_caps import CapClaim
from levy_service.rulebook import Rulebook
from levy_service.supplements import rulebook as supplements_rulebook
from levy_service.supplements.rulebook import Supplements
from taxkit.errors import Refusal
from taxkit.packforms import misshapen
from taxkit.packproof import NO_CASE
from taxkit.packvalues import NodeReader, PackError, compose, line_of

FILE: Final = "examples_supplements.yaml"
_SECTION: Final = "supplements"
_FORM: Final = {
    "name": str,
    "citation": str,
    "working": str,
    "event_on": date,
    "mailed_on": date,
    # What is added; or by its kind, its value before and after, and last year's value under each
    # cap with what was built since.
    "added_dollars?": int,
    "kind?": str,
    "value_dollars?": (int, int),
    "value_caps?": {"*": (int, int)},
    "rates": {"*": str},
    # Of each its tax year, its total, and its installments.
    "bills": [(int, int, [(date, int)])],
    # Where less is added than nothing: of each year what it is owed, by when, and interest since.
    "refunds?": [(int, int, date, date)],
}


def check(directory: Path) -> Iterator[PackError]:
    """Work out all examples of a pack; each difference as an error at the example's line."""
    supplements = supplements_rulebook.load(directory)
    file = directory / FILE
    if not file.is_file():
        return
    law = rulebook.load(directory)
    for line, one in cases(directory):
        try:
            found = bills(one, law, supplements)
            owed = refunds(one, law, supplements)
        except (ValueError, Refusal) as error:
            wanted = "as many due dates as a bill of the year has installments"
            raise PackError(
                (directory / supplements_rulebook.FILE, 1), "supplement_due", str(error), wanted
            ) from error
        if found != one["bills"]:
            yield PackError((file, line), one["name"], str(found), f"{one['bills']}, as by hand")
        if owed != (by_hand := one.get("refunds", [])):
            yield PackError((file, line), one["name"], str(owed), f"{by_hand}, as by hand")


def cases(directory: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Read a pack's worked supplements, each with its line; none where it has no file of them."""
    file = directory / FILE
    if not file.is_file():
        return
    reader, root = NodeReader(file), compose(file)
    entries = reader.entries(root, FILE)
    if (section := entries.get(_SECTION)) is None or entries.keys() - {_SECTION, NO_CASE}:
        raise reader.error(root, _SECTION, ", ".join(entries), "a list of worked supplements")
    for at, node in reader.items(section, _SECTION):
        one = reader.plain(node, at)
        if wrong := next(misshapen(one, _FORM, at), None):
            raise reader.error(node, *wrong)
        if ("added_dollars" in one) is ("value_dollars" in one) or (
            ("value_dollars" in one) is not ("kind" in one)
        ):
            wanted = "added_dollars; or kind and value_dollars, before and after"
            raise reader.error(node, at, ", ".join(one), wanted)
        yield line_of(node), one


def bills(told: Mapping[str, Any], law: Rulebook, supplements: Supplements) -> list[list[object]]:
    """Of each bill its tax year, its total, and when which part of it is due."""
    if _added(told, law, supplements) < 0:
        return []
    found: list[list[object]] = []
    for year, bill in _taxes(told, law, supplements):
        parts = [[each.due_on, each.amount_cents] for each in bill.installments]
        found.append([year, bill.total_cents, parts])
    return found


def _added(told: Mapping[str, Any], law: Rulebook, supplements: Supplements) -> int:
    """What an event adds to the net value, within the caps its parcel has by then."""
    if "value_dollars" not in told:
        added: int = told["added_dollars"]
        return added
    terms = supplements.at(told["event_on"]).value
    kind = terms.find(told["kind"])
    if kind is None:
        raise ValueError(f"the kind {told['kind']} is none of this law")
    year, _ = shares_of_years(told["event_on"], terms)[0]
    before, after = told["value_dollars"]
    caps = [CapClaim(code, *said) for code, said in told.get("value_caps", {}).items()]
    values = law.year(year).value
    stood = value_parcel(before, "", (), values, caps)
    now = value_parcel(after, "", (), values, kind.caps_after(caps, after - before))
    return now.net_dollars - stood.net_dollars


def refunds(told: Mapping[str, Any], law: Rulebook, supplements: Supplements) -> list[list[object]]:
    """Of each year that is lowered what it is owed, by when, and since when with interest."""
    refund = supplements.refund(told["event_on"])
    if _added(told, law, supplements) >= 0 or refund is None:
        return []
    mailed, terms = told["mailed_on"], refund.value
    days = [terms.refund_by(mailed), terms.interest_from(mailed)]
    found: list[list[object]] = []
    for year, bill in _taxes(told, law, supplements):
        if terms.credit not in law.terms(year).credits.credits:
            raise ValueError(f"levy.yaml has no credit {terms.credit} in {year}")
        found.append([year, bill.total_cents, *days])
    return found


def _taxes(
    told: Mapping[str, Any], law: Rulebook, supplements: Supplements
) -> Iterator[tuple[int, ComputedBill]]:
    """The tax of what is added, or taken off, for each year that bears it."""
    terms = supplements.at(told["event_on"]).value
    for year, factor in shares_of_years(told["event_on"], terms):
        billing = law.terms(year, told["mailed_on"], terms.bill_class)
        due = supplements.due(told["mailed_on"]) or billing.plan.due
        billing = replace(billing, plan=replace(billing.plan, due=due))
        unit = billing.rate_unit
        rates = [
            AgencyRate(code, code, parse_rate(text, unit)) for code, text in told["rates"].items()
        ]
        added = abs(_added(told, law, supplements))
        yield year, own_bill(added, factor, rates, billing, terms.rounding)
