"""Reads a jurisdiction's held_money.yaml: kinds of held money, workflows, advances, the sweep."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from receivables_service.domain.held import (
    DEFAULT_SUBCODES,
    AdvanceType,
    HeldLaw,
    Kind,
    Workflow,
)
from taxkit.dated import Dated
from taxkit.lawpack import Section, Term, has_file, load_terms

FILE = "held_money.yaml"


@dataclass(frozen=True, slots=True)
class HeldMoneyLaw:
    """All of it, whole, as of a day."""

    kinds: tuple[Kind, ...]
    workflows: tuple[Workflow, ...]
    advance_types: tuple[AdvanceType, ...] = ()
    # Which kind a suspense line becomes, by the reason the counter gives.
    suspense_reasons: Mapping[str, str] = field(default_factory=dict)
    sweep_overpayments: bool = False

    def __post_init__(self) -> None:
        kinds = {each.code for each in self.kinds}
        workflows = {each.code for each in self.workflows}
        if len(kinds) < len(self.kinds) or len(workflows) < len(self.workflows):
            raise ValueError("a kind or a workflow that is there twice")
        missing = [code for code in DEFAULT_SUBCODES if code not in kinds]
        if missing:
            raise ValueError(f"no kind {', '.join(missing)}, which the ledger itself makes")
        named = {code for each in self.kinds for code in each.workflows}
        if unknown := sorted(named - workflows):
            raise ValueError(f"the workflow {', '.join(unknown)}, which is not defined")
        mapped = {*self.suspense_reasons.values()}
        mapped |= {each.subcode for each in self.advance_types if each.active and each.selectable}
        if unknown := sorted(mapped - kinds):
            raise ValueError(f"the kind {', '.join(unknown)}, which is not defined")


class HeldTerms:
    """What holds on a day."""

    def __init__(self, terms: Dated[date, Term[HeldMoneyLaw]]) -> None:
        self._terms = terms

    def at(self, day: date) -> HeldLaw:
        term = self._terms.at(day)
        law = term.value
        return HeldLaw(
            term.rule_id,
            {each.code: each for each in law.kinds},
            {each.code: each for each in law.workflows},
            {each.code: each for each in law.advance_types},
            sweep_overpayments=law.sweep_overpayments,
            suspense_reasons=law.suspense_reasons,
        )


SCHEMA = {"held_money": Section("effective_on", HeldMoneyLaw)}


def load(directory: Path) -> HeldTerms:
    """Load a jurisdiction's file; one without any holds money but does nothing with it."""
    if not has_file(directory, FILE):
        return HeldTerms(Dated(f"{directory.name}/held_money", (), ()))
    law = load_terms(directory, FILE, SCHEMA)
    return HeldTerms(law.by_date("held_money", HeldMoneyLaw))
