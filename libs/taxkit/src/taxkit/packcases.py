"""Worked cases of a file of law: what its author counted by hand, beside what the service answers.

A file of cases stands beside the file of law whose sections it proves, in the pack's folder or in
the office's. Each section lists its cases:

    sale_eligibility:
      - name: "A day before, and the day"
        citation: "..."
        at: 2022
        given: {due: [[2023-05-01, 100]], as_of: 2024-02-01}
        expect: {standing: sale_eligible}
        working: "..."

`at` is the key the section goes by. `refused` in the place of `expect` is a text of the refusal.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from taxkit.errors import Refusal
from taxkit.jurisdiction import folders, has_file
from taxkit.lawpack import LawFile, Section, load_terms
from taxkit.packcover import Told, origins
from taxkit.packforms import misshapen
from taxkit.packproof import NO_CASE, Moved, moved_laws, unproven
from taxkit.packvalues import NodeReader, PackError, compose, line_of

Answer = Callable[[LawFile, Any, Mapping[str, Any]], Mapping[str, object]]
"""What the law says of what is given, by its key: in the words of a case's `expect`."""

_REFUSED: Final = (Refusal, ValueError, LookupError)


@dataclass(frozen=True, slots=True)
class Asked:
    """The forms of a section's cases, and who answers them."""

    given: Mapping[str, Any]
    expect: Mapping[str, Any]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Case:
    """One worked case, and the line of the file it begins on."""

    section: str
    line: int
    told: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.told["name"])


@dataclass(frozen=True, slots=True)
class CaseBook:
    """The worked cases of one file of law."""

    law_file: str
    schema: Mapping[str, Section]
    asked: Mapping[str, Asked]
    told: Told

    def check(self, directory: Path) -> Iterator[PackError]:
        """Answer the cases of a pack; once all come out, ask whether they tell each boundary."""
        if not has_file(directory, self.law_file):
            return
        law = load_terms(directory, self.law_file, self.schema)
        origin = origins(directory, self.law_file)
        for folder in folders(directory):
            here = [name for name in self.told.sections if origin.get(name) == folder]
            cases = self._read(folder / self.told.cases, here, folder / self.law_file)
            wrong = [error for case in cases for error in self._wrong(folder, case, law)]
            yield from wrong
            if here and not wrong:
                yield from self._unproven(folder, here, cases, law)

    def _wrong(self, folder: Path, case: Case, law: LawFile) -> Iterator[PackError]:
        file = folder / self.told.cases
        for difference in self.differences(case, law):
            yield PackError(
                (file, case.line), case.name, difference, "what was worked out by hand",
                "work it out once more; then correct the case, or the law",
            )  # fmt: skip

    def _unproven(
        self, folder: Path, names: Sequence[str], cases: Sequence[Case], law: LawFile
    ) -> Iterator[PackError]:
        found = moved_laws(law, names, self.told.specials(law))
        yield from unproven(
            folder / self.law_file, folder / self.told.cases, found,
            lambda one: self._is_noticed(one, cases),
        )  # fmt: skip

    def _is_noticed(self, moved: Moved, cases: Sequence[Case]) -> bool:
        return any(
            next(self.differences(case, moved.law), None) is not None
            for case in cases
            if case.section != moved.section or moved.counts_for(case.told["at"])
        )

    def differences(self, case: Case, law: LawFile) -> Iterator[str]:
        """Say in words what comes out otherwise than the author worked out."""
        told = case.told
        try:
            found = self.asked[case.section].answer(law, told["at"], told["given"])
        except _REFUSED as refusal:
            said = getattr(refusal, "message", "") or str(refusal)
            if "refused" not in told:
                yield f"refused with {said!r}, worked out by hand all the same"
            elif told["refused"] not in said:
                yield f"refused with {said!r}, expected {told['refused']!r}"
            return
        if "refused" in told:
            yield f"answered, though it has to be refused with {told['refused']!r}"
            return
        for name, wanted in told["expect"].items():
            if found.get(name) != wanted:
                yield f"{name} is {found.get(name)}, worked out by hand {wanted}"

    def _read(self, file: Path, here: Sequence[str], law_file: Path) -> list[Case]:
        if not file.is_file():
            return []
        reader, root = NodeReader(file), compose(file)
        found: list[Case] = []
        for name, node in reader.entries(root, file.name).items():
            if name == NO_CASE:
                continue
            if name not in self.asked:
                raise reader.error(
                    node, name, "cases of what no case is asked of",
                    f"one of {', '.join(sorted(self.asked))}, or {NO_CASE}",
                )  # fmt: skip
            for at, item in reader.items(node, name):
                found.append(self._case(reader, item, at, name))
        # A section that a pack has for itself is proved by the pack's own cases.
        own = set(reader_names(law_file))
        if stray := next((each for each in found if each.section not in own), None):
            raise PackError(
                (file, stray.line), stray.section, f"cases of a section that {law_file} has not",
                "cases of sections beside which they stand",
                "move them to the folder whose law they prove",
            )  # fmt: skip
        return [each for each in found if each.section in here]

    def _case(self, reader: NodeReader, node: Any, at: str, section: str) -> Case:
        told = reader.plain(node, at)
        asked = self.asked[section]
        form = {
            "name": str, "citation": str, "working": str,
            "at": int if self.schema[section].key_type is int else date,
            "given": asked.given, "expect?": asked.expect, "refused?": str,
        }  # fmt: skip
        if wrong := next(misshapen(told, form, at), None):
            raise reader.error(node, *wrong)
        if len({"expect", "refused"} & told.keys()) != 1 or told.get("expect") == {}:
            raise reader.error(node, at, "no figures", "expect or refused")
        for name in ("name", "citation", "working"):
            if not told[name].strip():
                raise reader.error(node, f"{at}.{name}", "nothing", "a word on it")
        return Case(section, line_of(node), told)


def reader_names(file: Path) -> list[str]:
    """The sections that stand in a file itself."""
    return list(NodeReader(file).entries(compose(file), file.name)) if file.is_file() else []
