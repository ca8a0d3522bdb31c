"""Whether a counter's orders of payment are the ledger's: two files of a pack say the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from cashiering_service.rulebook import SCHEMA as COUNTER
from receivables_service.rulebook import SCHEMA as LEDGER
from taxkit.lawpack import has_file, load_terms
from taxkit.packcover import origins
from taxkit.packproof import line_at
from taxkit.packvalues import PackError, compose

_FILE, _LEDGERS, _SECTION = "cashiering.yaml", "receivables.yaml", "allocation_rules"
_KINDS: Final = frozenset({"fee", "interest", "penalty", "tax"})


def check(directory: Path) -> Iterator[PackError]:
    """Compare each order that a counter offers with the ledger's order of the same code."""
    try:
        if not (has_file(directory, _FILE) and has_file(directory, _LEDGERS)):
            return
        counter = load_terms(directory, _FILE, COUNTER).sections[_SECTION]
        ledger = load_terms(directory, _LEDGERS, LEDGER).sections[_SECTION]
        origin = origins(directory, _FILE)[_SECTION] / _FILE
    except PackError:
        return  # told by the file's own check
    (_, offered), (_, known) = list(counter)[-1], list(ledger)[-1]
    orders = {each.code: each.order for each in known.value.rules}
    place = len(counter.keys) - 1
    for at, rule in enumerate(offered.value.rules):
        field = f"{_SECTION}.terms[{place}].rules[{at}]"
        expected = _services(known.value, rule.code)
        if rule.code not in orders:
            found, wanted = f"the order {rule.code}", f"one of {', '.join(orders)}"
        elif (there := _in_full(orders[rule.code].charge_types)) != rule.charge_types:
            field += ".charge_types"
            found, wanted = ", ".join(rule.charge_types), f"{', '.join(there)}, as in {_LEDGERS}"
        elif set(rule.services) != expected:
            field += ".services"
            found = ", ".join(rule.services) or "no service"
            wanted = f"{', '.join(sorted(expected)) or 'no service'}, as in {_LEDGERS}"
        else:
            continue
        yield PackError(
            (origin, line_at(compose(origin), field)), field, found, wanted,
            "let both files say one order: the counter shows what the ledger does",
        )  # fmt: skip


def _services(law: Any, code: str) -> set[str]:
    return {each.service for each in law.services if each.rule == code}


def _in_full(listed: tuple[Any, ...]) -> tuple[str, ...]:
    """What a list leaves out comes last; a list that leaves out one kind says its place, too."""
    named = tuple(each.value for each in listed)
    return (*named, *sorted(_KINDS - {*named}))
