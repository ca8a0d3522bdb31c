"""Which codes of the year before are carried to this year's bills (RECV-063, Q-35)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID


class Borne(NamedTuple):
    """A code that a parcel's bill bore the year before, beside this year's bill."""

    bill_id: UUID
    bill_number: str
    parcel_number: str
    owner_name: str
    prior_bill_number: str
    prior_bill_version: int
    # None where no supplement has touched the bill.
    prior_supplement_number: int | None
    code: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A bill of the year with the codes it may bear, the last assigned last."""

    borne: Borne
    codes: tuple[str, ...]

    @property
    def carried(self) -> str:
        """The last one assigned, where nobody says otherwise."""
        return self.codes[-1]


def candidates(borne: Iterable[Borne]) -> list[Candidate]:
    """One for each bill of the year; those with several codes first, as they are to be resolved.

    What is given is in the order it was assigned.
    """
    found: dict[UUID, Candidate] = {}
    for each in borne:
        before = found[each.bill_id].codes if each.bill_id in found else ()
        codes = (*(code for code in before if code != each.code), each.code)
        found[each.bill_id] = Candidate(each, codes)
    return sorted(
        found.values(),
        key=lambda one: (len(one.codes) == 1, one.borne.parcel_number, one.borne.bill_number),
    )


def chosen(
    found: Iterable[Candidate], dropped: Collection[UUID], choices: Mapping[UUID, str]
) -> dict[str, list[UUID]]:
    """Which bills are to bear which code; a choice has to be one of the bill's codes."""
    wanted: dict[str, list[UUID]] = {}
    for each in found:
        bill_id = each.borne.bill_id
        if bill_id in dropped:
            continue
        code = choices.get(bill_id, each.carried)
        if code not in each.codes:
            raise ValueError(f"bill {each.borne.bill_number} bore no code {code} the year before")
        wanted.setdefault(code, []).append(bill_id)
    return wanted
