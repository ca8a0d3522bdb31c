"""Money held for somebody: its states, and the procedures it goes through, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from taxkit.persons import is_among


class HeldState(StrEnum):
    OPEN = "open"
    # Chosen as tender or under way to be spent; nobody else may take it.
    RESERVED = "reserved"
    IN_WORKFLOW = "in_workflow"
    CLOSED = "closed"


class Category(StrEnum):
    """What held money is by law, whatever account of the ledger it is in."""

    SURPLUS = "surplus"
    SUSPENSE = "suspense"
    ADVANCE = "advance"
    TRUST = "trust"
    ESCROW = "escrow"


class Procedure(StrEnum):
    """What can be done with held money beside tendering it (RECV-043)."""

    REFUND = "refund"
    APPLY = "apply"
    TRANSFER = "transfer"
    CLAIM = "claim"


class Effect(StrEnum):
    """What a step does to the money."""

    NONE = "none"
    # The procedure's own: pays out, applies or hands over.
    CARRY_OUT = "carry_out"


OVERPAYMENT = "overpayment"
AWAITING_BILL = "awaiting_bill"
UNMATCHED = "unmatched"
DEFAULT_SUBCODES = (OVERPAYMENT, AWAITING_BILL, UNMATCHED)
"""What the ledger makes by itself: too much for a bill, for a bill not known, for none."""

START = "start"
"""The place of a procedure before its first action."""


class StepRefused(ValueError):
    """An action that is not open to this person or at this step; carries a reason code."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class Transition:
    action: str
    at: str
    to: str
    right: str
    effect: Effect = Effect.NONE
    # The one who acts is not the one who asked.
    second_person: bool = False


@dataclass(frozen=True, slots=True)
class Workflow:
    """The steps of one procedure; a step that nothing leads on from ends it."""

    code: str
    procedure: Procedure
    transitions: tuple[Transition, ...]
    # A claim names its claimant and the evidence.
    evidence_needed: bool = False

    def __post_init__(self) -> None:
        seen = [(each.at, each.action) for each in self.transitions]
        if len(set(seen)) < len(seen):
            raise ValueError(f"workflow {self.code}: an action leads two ways from one step")
        if not any(each.at == START for each in self.transitions):
            raise ValueError(f"workflow {self.code} has no first action, at: {START}")
        if not any(each.effect is Effect.CARRY_OUT for each in self.transitions):
            raise ValueError(f"workflow {self.code} never carries its {self.procedure} out")
        if any(
            each.effect is Effect.CARRY_OUT and not self.ends_at(each.to)
            for each in self.transitions
        ):
            raise ValueError(f"workflow {self.code} goes on after its effect")

    def ends_at(self, step: str) -> bool:
        return all(each.at != step for each in self.transitions)

    def step(self, at: str, action: str) -> Transition:
        """Find what an action does at a step."""
        for each in self.transitions:
            if (each.at, each.action) == (at, action):
                return each
        open_ = ", ".join(each.action for each in self.transitions if each.at == at) or "nothing"
        raise StepRefused("ACTION_NOT_OPEN", f"{action} is not open at step {at}: there is {open_}")


@dataclass(frozen=True, slots=True)
class Kind:
    """What held money of one subcode is, and what may be done with it."""

    code: str
    category: Category
    name: str
    tender: bool
    workflows: tuple[str, ...] = ()
    # Where the money is booked until it is placed.
    revenue_account: str = ""
    # A trust account's money goes to charges of this collection type (RECV-041).
    collection_type: str = ""
    # Taken at the counter and by imports.
    cashiering: bool = True


@dataclass(frozen=True, slots=True)
class AdvanceType:
    """A way of paying in advance (RECV-036)."""

    code: str
    name: str
    subcode: str
    active: bool = True
    selectable: bool = True
    # Spent on a bill as soon as there is one (RECV-038).
    applied_to_bills: bool = True
    needs_escrow_account: bool = False
    # It may pay bills of these classes only (RECV-046); none named means all.
    bill_classes: tuple[str, ...] = ()

    def may_pay(self, bill_class: str) -> bool:
        return not self.bill_classes or bill_class in self.bill_classes


@dataclass(frozen=True, slots=True)
class HeldLaw:
    """A jurisdiction's kinds of held money, their workflows and the advances it offers."""

    rule_id: str
    kinds: Mapping[str, Kind]
    workflows: Mapping[str, Workflow]
    advance_types: Mapping[str, AdvanceType]
    # Overpaid money is swept onto the payer's other delinquent bills first (RECV-044).
    sweep_overpayments: bool = False
    # Which kind a line in suspense becomes, by the reason it gives.
    suspense_reasons: Mapping[str, str] = field(default_factory=dict)

    def workflow_of(self, subcode: str, procedure: Procedure) -> Workflow | None:
        """The workflow a procedure goes through for a kind of money; none when it is not open."""
        kind = self.kinds.get(subcode)
        named = kind.workflows if kind else ()
        found = [self.workflows[code] for code in named]
        return next((each for each in found if each.procedure is procedure), None)

    def tenderable(self, subcode: str) -> bool:
        kind = self.kinds.get(subcode)
        return kind is not None and kind.tender

    def offer(self, code: str) -> str:
        """Why an advance type is not offered; nothing when it is (RECV-037)."""
        advance = self.advance_types.get(code)
        if advance is None:
            return "UNKNOWN"
        if not advance.active:
            return "INACTIVE"
        if not advance.selectable:
            return "NOT_SELECTABLE"
        kind = self.kinds.get(advance.subcode)
        if kind is None:
            return "NOT_MAPPED"
        if not kind.cashiering:
            return "NOT_FOR_CASHIERING"
        return ""


def check_step(transition: Transition, asked_by: str, acts: str) -> None:
    """Refuse the one who asked where the law wants a second person."""
    if transition.second_person and is_among(acts, (asked_by,)):
        raise StepRefused(
            "SECOND_PERSON_NEEDED",
            f"{transition.action} is for somebody else than {asked_by}, who asked for it",
        )
