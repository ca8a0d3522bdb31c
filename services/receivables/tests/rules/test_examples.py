"""The worked cases of every jurisdiction come out to the cent."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import pytest
import yaml

from receivables_service.domain.derivation import derive
from receivables_service.domain.facts import (
    BillCorrected,
    BillInstallment,
    BillIssued,
    DefaultDeclared,
    InstallmentTarget,
    PaymentReceived,
    PaymentReversed,
)
from receivables_service.rulebook import SCHEMA, load
from taxkit.dated import NoTermInForce
from taxkit.lawpack import load_terms

JURISDICTIONS = Path(__file__).resolve().parents[4] / "jurisdictions"
NAMES = UUID("6f2a4e0e-3f0e-4f4e-9f43-6a6f6d1f6a11")
START = datetime(2018, 1, 1, tzinfo=UTC)


def scenarios():
    for file in sorted(JURISDICTIONS.glob("*/examples.yaml")):
        for scenario in yaml.safe_load(file.read_text(encoding="utf-8"))["receivables"]:
            yield pytest.param(file.parent, scenario, id=f"{file.parent.name}: {scenario['name']}")


def facts_of(scenario):
    """Facts in the order the scenario lists them, which is the order they were recorded in."""
    facts = []
    if bill := scenario.get("bill"):
        installments = tuple(
            BillInstallment(place + 1, due_on, cents)
            for place, (due_on, cents) in enumerate(bill["installments"])
        )
        due_on = installments[0].due_on
        facts.append(BillIssued(NAMES, due_on, START, bill["tax_year"], installments))
    for payment in scenario.get("payments", ()):
        receipt_id = uuid5(NAMES, payment["receipt"])
        facts.append(
            PaymentReceived(
                fact_id=uuid5(receipt_id, "line 1"),
                effective_on=payment["effective_on"],
                recorded_at=START + timedelta(seconds=len(facts)),
                receipt_id=receipt_id,
                amount_cents=payment["amount_cents"],
            )
        )
    for receipt in scenario.get("reversed", ()):
        at = START + timedelta(seconds=len(facts))
        receipt_id = uuid5(NAMES, receipt)
        facts.append(PaymentReversed(uuid5(receipt_id, "void"), at.date(), at, receipt_id))
    return [*facts, *changes_of(scenario)]


def changes_of(scenario):
    """Defaults and corrections, which take effect on the day they name."""
    for on in scenario.get("defaulted", ()):
        yield DefaultDeclared(uuid5(NAMES, f"default {on}"), on, START)
    for correction in scenario.get("corrected", ()):
        on = correction["effective_on"]
        targets = tuple(
            InstallmentTarget(place, cents)
            for place, cents in enumerate(correction["amounts_cents"], 1)
        )
        yield BillCorrected(uuid5(NAMES, f"correction {on}"), on, START, targets)


def figures(state, wanted):
    """The figures a scenario names, from a state."""
    by_installment = {
        "interest_cents": [each.interest_charged_cents for each in state.installments],
        "interest_open_cents": [each.interest_open_cents for each in state.installments],
        "penalty_cents": [each.penalty_charged_cents for each in state.installments],
        "penalty_open_cents": [each.penalty_open_cents for each in state.installments],
        "tax_open_cents": [each.tax_open_cents for each in state.installments],
    }
    whole = {"surplus_cents": state.surplus_cents, "suspense_cents": state.suspense_cents}
    found = by_installment | whole
    return {name: found[name] for name in wanted}


@pytest.mark.parametrize(("directory", "scenario"), list(scenarios()))
def test_a_worked_example_comes_out_to_the_cent(directory, scenario):
    """What the pack's author worked out by hand is what derive answers, and quotes do too."""
    terms, facts = load(directory), facts_of(scenario)

    if "refused" in scenario:
        with pytest.raises(NoTermInForce, match=scenario["refused"]):
            derive(facts, terms)
        return
    cases = [(None, dict(scenario["ledger"]))] if "ledger" in scenario else []
    cases += [(quote.pop("as_of"), quote) for quote in map(dict, scenario.get("quotes", ()))]
    assert cases, "an example that expects nothing proves nothing"
    for as_of, expected in cases:
        assert expected.pop("working"), "a figure without its working"
        assert (as_of, expected) == (as_of, figures(derive(facts, terms, as_of), expected))


@pytest.mark.parametrize("directory", sorted(JURISDICTIONS.glob("*/")), ids=lambda each: each.name)
def test_each_interest_term_has_examples_on_both_sides_of_its_start(directory):
    """A change of the rate is pinned by a bill of the last year before and of the first after."""
    law = load_terms(directory, "receivables.yaml", SCHEMA)
    examples = yaml.safe_load((directory / "examples.yaml").read_text(encoding="utf-8"))
    years = {each["bill"]["tax_year"] for each in examples["receivables"] if "bill" in each}

    for start in law.sections["interest"].keys:
        assert {start - 1, start} <= years
