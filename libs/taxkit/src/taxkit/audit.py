"""Seals what is append-only: a chain of hashes over each such table's committed rows.

No command waits for it. A worker's timer takes rows that are committed and have no link yet, some
at a time, and chains them in the order it finds them: whoever changes, drops or exchanges a sealed
row or link afterwards, past the triggers, is found by `taxkit.audit_check`, and where.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from taxkit.rows import Columns

_LOCK = 0x61756474
_TABLES = """
select c.relname,
    array(select a.attname::text from pg_index i
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
        where i.indrelid = c.oid and i.indisprimary
        order by array_position(i.indkey::int2[], a.attnum)),
    array(select a.attname::text from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attname)
from pg_class c
where c.relkind = 'r' and pg_table_is_visible(c.oid) and c.relname not like 'audit\\_%%'
    -- A trigger before every update and delete: what may only be added to.
    and exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal
        and t.tgtype & 26 = 26)
order by c.relname
"""
_NEW = """
select (r.ctid::text::point)[0]::bigint, {key}, sha256(convert_to(to_jsonb(r)::text, 'UTF8'))
from {table} r where r.ctid >= %s::tid
    and not exists (select from audit_chain a where a.table_name = %s and a.row_key = {key})
limit %s
"""
_ALONE = """
select pg_try_advisory_xact_lock(%s, hashtext(%s)) as locked,
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
    set_config('enable_sort', 'off', true), set_config('synchronize_seqscans', 'off', true),
    set_config('enable_seqscan', 'off', true), set_config('enable_material', 'off', true),
    set_config('enable_memoize', 'off', true),
    set_config('statement_timeout', '10min', true)
"""
_LAST = (
    "select number, chain_hash from audit_chain where table_name = %s order by number desc limit 1"
)
_SHAPE = (
    "with made as (insert into audit_shapes (table_name, columns) values (%(t)s, %(c)s)"
    " on conflict do nothing returning shape_no) select shape_no from made union all"
    " select shape_no from audit_shapes where table_name = %(t)s and columns = %(c)s"
)
_MARK = (
    "select next_block, safe_block, swept_at < clock_timestamp() - interval '1 day' as stale,"
    " pg_relation_size(%(t)s::regclass) / current_setting('block_size')::int as pages"
    " from (values (1)) one left join audit_marks on table_name = %(t)s"
)
_KEEP_MARK = (
    "insert into audit_marks (table_name, next_block, safe_block, swept_at)"
    " values (%(t)s, %(next)s, %(safe)s, clock_timestamp())"
    " on conflict (table_name) do update set next_block = excluded.next_block,"
    " safe_block = excluded.safe_block,"
    " swept_at = case when %(swept)s then clock_timestamp() else audit_marks.swept_at end"
)
_LINKS = Columns(
    {
        "table_name": "text",
        "number": "bigint",
        "row_key": "text",
        "shape_no": "integer",
        "row_hash": "bytea",
        "chain_hash": "bytea",
    }
)


@dataclass(frozen=True, slots=True)
class Audited:
    """A table that may only be added to, the columns that name its rows, and all of them."""

    name: str
    key: Sequence[str]
    columns: Sequence[str]

    @property
    def quoted(self) -> str:
        return _quoted(self.name)

    def key_of(self, alias: str) -> str:
        """SQL for what names a row: its primary key, or all of it where there is none."""
        columns = ", ".join(f"{alias}.{_quoted(one)}" for one in self.key or self.columns)
        return f"jsonb_build_array({columns})::text"


def tables(connection: Connection, unsealed: Collection[str]) -> list[Audited]:
    """Every append-only table but those that are left out."""
    rows = connection.exec_driver_sql(_TABLES)
    return [Audited(*row) for row in rows if row[0] not in unsealed]


def first_link(table: str) -> bytes:
    """What the first link of a table's chain hangs on."""
    return hashlib.sha256(f"millage audit {table}".encode()).digest()


def next_link(before: bytes, table: str, number: int, row_key: str, row_hash: bytes) -> bytes:
    """A link's hash: of the one before, its place, the row it is about and that row's hash."""
    said = f"{table}\n{number}\n{row_key}\n".encode()
    return hashlib.sha256(before + said + row_hash).digest()


def seal(connection: Connection, audited: Audited, limit: int) -> int:
    """Chain up to so many rows of one table; gives how many. One sealer at a time."""
    # Rows are taken in the order they lie in, which a sort or a hash would not keep; and each is
    # looked up by its key, though the planner may not have heard yet how long the chain is.
    settled = connection.exec_driver_sql(_ALONE, (_LOCK, audited.name)).one()
    if not settled.locked:
        return 0
    mark = connection.exec_driver_sql(_MARK, {"t": audited.name}).one()
    begin = 0 if mark.next_block is None else mark.next_block
    query = _NEW.format(table=audited.quoted, key=audited.key_of("r"))
    found = connection.exec_driver_sql(query, (f"({begin},0)", audited.name, limit)).all()
    _link(connection, audited, [(row[1], bytes(row[2])) for row in found])
    if len(found) == limit:
        at, safe, swept = found[-1][0], mark.safe_block or 0, False
    else:
        # At the end; next time from where it was the time before, once a day from the start.
        at, safe, swept = mark.safe_block or 0, max(mark.pages - 1, 0), begin == 0
        at = 0 if mark.stale else at
    connection.exec_driver_sql(
        _KEEP_MARK, {"t": audited.name, "next": at, "safe": safe, "swept": swept}
    )
    return len(found)


def _link(connection: Connection, audited: Audited, rows: Sequence[tuple[str, bytes]]) -> None:
    if not rows:
        return
    shape = connection.exec_driver_sql(
        _SHAPE, {"t": audited.name, "c": list(audited.columns)}
    ).scalar_one()
    last = connection.exec_driver_sql(_LAST, (audited.name,)).one_or_none()
    number, before = (last[0], bytes(last[1])) if last else (0, first_link(audited.name))
    _LINKS.insert(
        connection, "audit_chain", list(_links(audited.name, number, before, shape, rows))
    )


def _links(
    table: str, number: int, before: bytes, shape: int, rows: Sequence[tuple[str, bytes]]
) -> Iterator[tuple[object, ...]]:
    for place, (row_key, row_hash) in enumerate(rows, number + 1):
        before = next_link(before, table, place, row_key, row_hash)
        yield table, place, row_key, shape, row_hash, before


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
