-- The chain over append-only tables, and what finding old events costs.

-- What a table's rows looked like when they were sealed: a column added later is no part of them.
create table audit_shapes (
    shape_no integer generated always as identity primary key,
    table_name text not null,
    columns text[] not null,
    unique (table_name, columns)
);
-- A link a row: its hash, and the hash of that with the link before it. One chain a table.
create table audit_chain (
    table_name text not null,
    number bigint not null,
    row_key text not null,
    shape_no integer not null references audit_shapes,
    row_hash bytea not null,
    chain_hash bytea not null,
    sealed_at timestamptz not null default clock_timestamp(),
    primary key (table_name, number),
    unique (table_name, row_key)
);
-- Where the sealer goes on; losing it costs a search, never a link.
create table audit_marks (
    table_name text primary key,
    next_block bigint not null,
    -- The table's end when the sealer last came there: rows before it may have been uncommitted.
    safe_block bigint not null,
    swept_at timestamptz not null
);
create function audit_append_only() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger audit_append_only before update or delete or truncate on audit_shapes
    for each statement execute function audit_append_only();
create trigger audit_append_only before update or delete or truncate on audit_chain
    for each statement execute function audit_append_only();

-- By block, as rows come in the order of time: it costs an insert next to nothing.
create index inbox_handled on inbox using brin (handled_at) with (pages_per_range = 16);
