"""Checks the chains over append-only tables: which rows and links are not as they were sealed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from taxkit import audit
from taxkit.audit import Audited

BREAKS_MAX = 100
_AT_ONCE = 2000
_SEALED = """
select a.number, a.row_key, a.row_hash, a.chain_hash,
    case when r.row_key is not null
        then sha256(convert_to((r.doc - coalesce(l.later, '{{}}'))::text, 'UTF8')) end
from audit_chain a
left join (select {key} as row_key, to_jsonb(t) as doc from {table} t) r using (row_key)
left join (select s.shape_no, array(select unnest(%s::text[]) except select unnest(s.columns))
    as later from audit_shapes s) l using (shape_no)
where a.table_name = %s order by a.number
"""
_UNSEALED = """
select count(*) from {table} t where not exists (
    select from audit_chain a where a.table_name = %s and a.row_key = {key})
"""
_GONE = "select distinct table_name from audit_chain where table_name <> all(%s::text[])"


class Break(StrEnum):
    """What is wrong at a place of a chain."""

    ROW_CHANGED = "row_changed"
    ROW_GONE = "row_gone"
    LINK_BROKEN = "link_broken"
    LINK_MISSING = "link_missing"
    # Against a head that was kept elsewhere: the whole chain was made anew, or cut short.
    HEAD_DIFFERS = "head_differs"
    TABLE_GONE = "table_gone"


@dataclass(frozen=True, slots=True)
class Broken:
    number: int
    row_key: str
    kind: Break


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain as somebody kept it."""

    number: int
    chain_hash: bytes


@dataclass(slots=True)
class Checked:
    """One table's chain: how long, its end, and the first places where it does not hold."""

    table: str
    number: int = 0
    chain_hash: bytes = b""
    unsealed: int = 0
    broken: list[Broken] = field(default_factory=list)

    def note(self, number: int, row_key: str, kind: Break) -> None:
        if len(self.broken) < BREAKS_MAX:
            self.broken.append(Broken(number, row_key, kind))


def check(
    connection: Connection, unsealed: Iterable[str], heads: Mapping[str, Head]
) -> Iterator[Checked]:
    """Go through every chain from its first link; the transaction sees one moment of all."""
    connection.exec_driver_sql("set local statement_timeout = 0")
    found = audit.tables(connection, set(unsealed))
    for one in found:
        yield check_table(connection, one, heads.get(one.name))
    names = [one.name for one in found]
    for name in connection.exec_driver_sql(_GONE, (names,)).scalars():
        yield Checked(name, broken=[Broken(0, "", Break.TABLE_GONE)])


def check_table(connection: Connection, audited: Audited, head: Head | None) -> Checked:
    checked = Checked(audited.name, chain_hash=audit.first_link(audited.name))
    query = _SEALED.format(table=audited.quoted, key=audited.key_of("t"))
    streamed = connection.execution_options(stream_results=True, max_row_buffer=_AT_ONCE)
    head_seen = head is None
    for row in streamed.exec_driver_sql(query, (list(audited.columns), audited.name)):
        _check_link(checked, row)
        if head is not None and row.number == head.number:
            head_seen = checked.chain_hash == head.chain_hash
    if head is not None and not head_seen:
        checked.note(head.number, "", Break.HEAD_DIFFERS)
    count = _UNSEALED.format(table=audited.quoted, key=audited.key_of("t"))
    checked.unsealed = connection.exec_driver_sql(count, (audited.name,)).scalar_one()
    return checked


def _check_link(checked: Checked, row: Any) -> None:
    number, row_key, row_hash, chain_hash, now = row
    if number != checked.number + 1:
        checked.note(checked.number + 1, "", Break.LINK_MISSING)
    elif chain_hash != audit.next_link(
        checked.chain_hash, checked.table, number, row_key, bytes(row_hash)
    ):
        checked.note(number, row_key, Break.LINK_BROKEN)
    if now is None:
        checked.note(number, row_key, Break.ROW_GONE)
    elif now != row_hash:
        checked.note(number, row_key, Break.ROW_CHANGED)
    # From here on by what stands there: the first break is told, not all that follow from it.
    checked.number, checked.chain_hash = number, bytes(chain_hash)
