"""A migration of a table that is in use locks nobody out, and there is one order of them."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSIONS = sorted(ROOT.glob("services/*/migrations/versions/[0-9]*.py"))
# Up to these numbers migrations are the first release's: they run on tables without a row.
FIRST_RELEASE = {
    "cashiering": "0035",
    "collections": "0006",
    "distribution": "0009",
    "levy": "0027",
    "notifications": "0005",
    "receivables": "0035",
    "taxsale": "0006",
}
# What reads or writes a whole table under a lock that all others wait for, and what does it online.
SLOW = {
    r"create (?:unique )?index (?!concurrently)[^;]*? on {table}\b": "online.index",
    r"alter table {table}\b[^;]*?\b(?:primary key|unique) ?\(": "online.primary_key",
    r"alter table {table}\b[^;]*?\bcheck ?\([^;]*?\)(?! not valid)(?=[,;]|$)": "online.check",
    r"alter table {table}\b[^;]*?\balter (?:column )?\w+ (?:set data )?type\b": "a new column",
    r"alter table {table}\b[^;]*?\bset not null\b": "online.check",
}


def _slow_steps(text: str) -> list[str]:
    """What a migration does to tables that it did not make itself."""
    plain = re.sub(r"\s+", " ", re.sub(r"--[^\n]*", "", text)).lower()
    made = set(re.findall(r"create table (?:if not exists )?(\w+)", plain))
    touched = re.findall(r"(?:alter table (?:if exists )?| on )(\w+)", plain)
    return [
        f"{table}: {instead}"
        for table in sorted(set(touched) - made)
        for pattern, instead in SLOW.items()
        if re.search(pattern.format(table=table), plain)
    ]


def _service(path: Path) -> str:
    return path.relative_to(ROOT).parts[1]


def test_a_table_in_use_is_changed_online():
    """An index, a key or a check of a table that is there already is made by taxkit.online."""
    found = {
        f"{_service(path)}/{path.name}": steps
        for path in VERSIONS
        if path.name[:4] > FIRST_RELEASE[_service(path)]
        and (steps := _slow_steps(path.read_text(encoding="utf-8")))
    }

    assert found == {}


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("create index a_b on a (b);", ["a: online.index"]),
        ("create unique index a_b\n    on a (b)", ["a: online.index"]),
        ("alter table a add primary key (b);", ["a: online.primary_key"]),
        ("alter table a add constraint c check (b > 0);", ["a: online.check"]),
        ("alter table a alter column b type bigint;", ["a: a new column"]),
        ("alter table a alter b set not null;", ["a: online.check"]),
        ("alter table a add constraint c check (b > 0) not valid;", []),
        ("alter table a add column b text not null default '';", []),
        ("create table a (b int); create index a_b on a (b);", []),
        ("alter table a add primary key using index a_b;", []),
    ],
)
def test_the_rule_bites(written: str, instead: list[str]):
    """And leaves alone what takes a moment."""
    assert _slow_steps(written) == instead


def test_a_number_is_given_once():
    """Two of one number are two heads: neither would run."""
    given = Counter((_service(path), path.name[:4]) for path in VERSIONS)

    assert [name for name, count in given.items() if count > 1] == []
