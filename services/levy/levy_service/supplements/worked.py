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
    "added_dollars": int,
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
        yield line_of(node), one


def bills(told: Mapping[str, Any], law: Rulebook, supplements: Supplements) -> list[list[object]]:
    """Of each bill its tax year, its total, and when which part of it is due."""
    found: list[list[object]] = []
    for year, bill in _taxes(told, law, supplements):
        parts = [[each.due_on, each.amount_cents] for each in bill.installments]
        found.append([year, bill.total_cents, parts])
    return found if told["added_dollars"] >= 0 else []


def refunds(told: Mapping[str, Any], law: Rulebook, supplements: Supplements) -> list[list[object]]:
    """Of each year that is lowered what it is owed, by when, and since when with interest."""
    refund = supplements.refund(told["event_on"])
    if told["added_dollars"] >= 0 or refund is None:
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
        added = abs(told["added_dollars"])
        yield year, own_bill(added, factor, rates, billing, terms.rounding)
