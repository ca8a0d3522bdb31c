"""The worked cases of a pack: what its author counted by hand, beside what `derive` answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import Fact
from receivables_service.domain.state import BillState, ChargeRow, PaymentRow
from receivables_service.domain.terms import ChargeType, InterestBasis, Terms
from receivables_service.worked_facts import facts_of
from taxkit.dated import NoTermInForce
from taxkit.packforms import misshapen
from taxkit.packproof import NO_CASE
from taxkit.packvalues import NodeReader, PackError, compose, line_of

FILE: Final = "examples.yaml"
_SECTION: Final = "receivables"
_PART: Final = (date, int)
_FIGURES: Final = {
    "interest_cents?": [int], "interest_open_cents?": [int], "penalty_cents?": [int],
    "penalty_open_cents?": [int], "tax_open_cents?": [int], "fee_cents?": {"*": int},
    "fee_open_cents?": [int], "fee_left_cents?": {"*": int}, "surplus_cents?": int,
    "suspense_cents?": int, "basis?": str, "working?": str,
}  # fmt: skip
_FORM: Final = {
    "name": str,
    "citation": str,
    "bill?": {
        "tax_year": int, "installments": [_PART], "district?": str, "bill_class?": str,
        "property_class?": str,
    },
    "payments?": [
        {"receipt": str, "effective_on": date, "amount_cents": int, "rule?": str, "service?": str}
    ],
    "fees?": [{"effective_on": date, "charge_code": str, "amount_cents": int}],
    "reversed?": [str],
    "returned?": [str],
    "defaulted?": [date],
    "corrected?": [{"effective_on": date, "amounts_cents": [int], "due_on?": [date]}],
    "ledger?": _FIGURES,
    "quotes?": [{"as_of": date, **_FIGURES}],
    "refused?": str,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """One worked case, and the line of the file it begins on."""

    name: str
    line: int
    told: Mapping[str, Any]

    @property
    def tax_year(self) -> int | None:
        """The tax year of its bill; none where it has no bill."""
        return self.told["bill"]["tax_year"] if "bill" in self.told else None


def examples(directory: Path) -> Iterator[Example]:
    """Read a pack's worked cases; PackError says where the file is not as it has to be."""
    file = directory / FILE
    reader = NodeReader(file)
    root = compose(file)
    entries = reader.entries(root, FILE)
    if (section := entries.get(_SECTION)) is None or entries.keys() - {_SECTION, NO_CASE}:
        found = ", ".join(sorted(entries.keys() - {_SECTION, NO_CASE})) or "nothing"
        raise reader.error(root, _SECTION, found, "a list of worked cases")
    for at, node in reader.items(section, _SECTION):
        one = reader.plain(node, at)
        if not isinstance(one, dict) or not one.get("name") or not one.get("citation"):
            raise reader.error(node, at, "no name or no citation", "both, and figures")
        if not {"ledger", "quotes", "refused"} & one.keys():
            raise reader.error(node, at, "no figures", "ledger, quotes or refused")
        if wrong := next(misshapen(one, _FORM, at), None):
            raise reader.error(node, *wrong)
        try:
            facts_of(one)
        except ValueError as error:
            raise reader.error(node, at, str(error), "a bill and what happened to it") from error
        yield Example(one["name"], line_of(node), one)


def differences(example: Example, terms: Terms) -> Iterator[str]:
    """Say in words what comes out otherwise than the author worked out; nothing if nothing does."""
    told = example.told
    if "refused" in told:
        yield from _not_refused(facts_of(told), terms, told["refused"])
        return
    try:
        facts = facts_of(told, terms)
        yield from _not_the_day(example, terms)
        yield from _unlike(told, facts, terms)
    except (NoTermInForce, ValueError) as refusal:
        said = getattr(refusal, "message", str(refusal))
        yield f"refused with {said!r}, worked out by hand all the same"


def _unlike(told: Mapping[str, Any], facts: list[Fact], terms: Terms) -> Iterator[str]:
    cases: list[tuple[date | None, Mapping[str, Any]]] = []
    if "ledger" in told:
        cases.append((None, told["ledger"]))
    cases += [(quote["as_of"], quote) for quote in told.get("quotes", ())]
    for as_of, figures in cases:
        where = f"as of {as_of}" if as_of else "in the ledger"
        if not figures.get("working"):
            yield f"{where}: figures without their working"
        try:
            wished = InterestBasis(figures["basis"]) if "basis" in figures else None
        except ValueError as error:
            yield f"{where}: {error}; there are {', '.join(InterestBasis)}"
            continue
        found = _figures(derive(facts, terms, as_of, wished))
        for name, wanted in figures.items():
            if name in ("as_of", "basis", "working"):
                continue
            if name not in found:
                yield f"{where}: {name} is no figure; there are {', '.join(sorted(found))}"
            elif found[name] != wanted:
                yield f"{where}: {name} is {found[name]}, worked out by hand {wanted}"


def _not_the_day(example: Example, terms: Terms) -> Iterator[str]:
    """A default is declared as of the law's day of the bill's tax year."""
    days = example.told.get("defaulted", ())
    term = terms.default.at(example.tax_year) if days and example.tax_year else None
    for on in days:
        if term is not None and on != term.defaulted_on(example.tax_year or 0):
            yield f"defaulted on {on}: not the law's day, which is another"


def check(directory: Path, terms: Terms) -> Iterator[PackError]:
    """Run all worked cases of a pack; each difference as an error at the case's line."""
    file = directory / FILE
    for example in examples(directory):
        for difference in differences(example, terms):
            yield PackError((file, example.line), example.name, difference, "the same to the cent")


def shifted(example: Example, place: int, days: int) -> Example:
    """Let one installment of a case's bill be due some days later, all else as it was."""
    bill = example.told["bill"]
    due = [list(each) for each in bill["installments"]]
    due[place][0] += timedelta(days=days)
    return replace(example, told={**example.told, "bill": {**bill, "installments": due}})


def _not_refused(facts: list[Fact], terms: Terms, why: str) -> Iterator[str]:
    try:
        derive(facts, terms)
    except NoTermInForce as refusal:
        if why not in refusal.message:
            yield f"refused with {refusal.message!r}, expected {why!r}"
    else:
        yield f"derived, though it has to be refused with {why!r}"


def _figures(state: BillState) -> dict[str, object]:
    """What a case may name: figures per installment, first one first, and of the whole bill."""
    return {
        "interest_cents": [each.interest_charged_cents for each in state.installments],
        "interest_open_cents": [each.interest_open_cents for each in state.installments],
        "penalty_cents": [each.penalty_charged_cents for each in state.installments],
        "penalty_open_cents": [each.penalty_open_cents for each in state.installments],
        "tax_open_cents": [each.tax_open_cents for each in state.installments],
        "fee_cents": _fees(state),
        "fee_left_cents": _fees(state, paid=True),
        "fee_open_cents": [each.fee_open_cents for each in state.installments],
        "surplus_cents": state.surplus_cents,
        "suspense_cents": state.suspense_cents,
    }


def _fees(state: BillState, *, paid: bool = False) -> dict[str, int]:
    """What was charged of each fee, by its code; less what was paid of it."""
    found: dict[str, int] = {}
    rows: list[tuple[ChargeRow | PaymentRow, int]]
    rows = [(row, row.amount_cents) for row in state.charges]
    if paid:
        rows += [(row, -row.amount_cents) for row in state.payments]
    for row, cents in rows:
        if row.charge_type is ChargeType.FEE:
            found[row.charge_code] = found.get(row.charge_code, 0) + cents
    return found
