"""On what a row of the ledger rests: the law's words of where a rule is from, by the rule's id."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from taxkit.lawpack import Certainty
from taxkit.packs import PackFile


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a rule can be looked up, and how certain that is."""

    citation: str
    certainty: str


# What follows from a fact alone is no rule of the law: the fact says it.
_BY_FACT: Final = MappingProxyType(
    {
        "bill-issued": "the demand, as the levy's bill has it",
        "bill-corrected": "the newest version of the bill, as levy told it",
        "by-hand": "put there by hand: the fact says by whom",
        "code": "a bill or fee code: `millage codes show CODE` has every version of what it says",
        "collection-type-transferred": "the transfer that somebody asked for, with their reason",
        "counter-tolerance": "what a counter let go or kept, within the limits of its office",
        "fee-lifted": "the fee as somebody modified it, with their reason",
        "half-pay": "the bill is due in two halves, as somebody set it",
        "interest-and-penalty-waived": "the waiver, of a receipt's line or of who asked for it",
        "lock-lifted": "what a waiver kept off comes back, as somebody asked",
        "plan": "the fee of a kind of payment plan, as the law file of plans has it",
        "receipt-line": "the line of the receipt, as the counter posted it",
    }
)
_FACT: Final = "fact"


class Grounds:
    """The citations of one pack's rules, and what stands for rules that are no law."""

    def __init__(self, of_rules: Mapping[str, Ground]) -> None:
        self._of_rules = MappingProxyType(dict(of_rules))

    def of(self, rule_id: str) -> Ground | None:
        """Give the ground of a rule, or of the term it is a part of, if the pack has it."""
        parts = rule_id.split("/")
        for count in range(len(parts), 0, -1):
            if found := self._of_rules.get("/".join(parts[:count])):
                return found
        said = _BY_FACT.get(parts[0])
        return None if said is None else Ground(said, _FACT)

    def of_each(self, rule_ids: Iterable[str]) -> dict[str, dict[str, str]]:
        """By rule, in the rules' order; a rule without ground in this pack is left out."""
        found = {rule_id: self.of(rule_id) for rule_id in sorted(set(rule_ids))}
        return {
            rule_id: {"citation": ground.citation, "certainty": ground.certainty}
            for rule_id, ground in found.items()
            if ground is not None
        }


def load(directory: Path, files: Iterable[PackFile]) -> Grounds:
    """Read where every term of a pack's files is from."""
    found: dict[str, Ground] = {}
    for file in files:
        law = file.read(directory)
        for section in law.sections.values() if law else ():
            for _, term in section:
                found[term.rule_id] = Ground(term.citation, Certainty(term.certainty).value)
    return Grounds(found)
