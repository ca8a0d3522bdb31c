-- The tables every service has beside its own: outbox, inbox, parked messages, idempotency keys.

create table outbox (
    id bigint generated always as identity primary key,
    event_id uuid not null,
    exchange text not null,
    routing_key text not null,
    mandatory boolean not null,
    subject text not null,
    traceparent text not null,
    trace_id uuid not null,
    body text not null,
    created_at timestamptz not null default clock_timestamp(),
    -- The transaction that stored it: publishing gives the row another one.
    stored_by xid8 not null default pg_current_xact_id(),
    published_at timestamptz
);
-- The relay reads only what is unpublished, so this index stays as small as the backlog.
create index outbox_unpublished on outbox (id) where published_at is null;
create index outbox_trace on outbox (trace_id);

create function outbox_wake() returns trigger language plpgsql as $$
begin
    perform pg_notify('outbox', '');
    return null;
end
$$;
create trigger outbox_wake after insert on outbox for each statement execute function outbox_wake();

create table inbox (
    event_id uuid not null,
    handler text not null,
    event_type text not null,
    subject text not null,
    trace_id uuid not null,
    handled_at timestamptz not null default clock_timestamp(),
    primary key (event_id, handler)
);
create index inbox_trace on inbox (trace_id);

-- How far each ordered stream of a subject has been applied.
create table inbox_positions (
    stream text not null,
    subject text not null,
    sequence bigint not null,
    primary key (stream, subject)
);

-- Events that came before their predecessors, held until those arrive.
create table inbox_waiting (
    stream text not null,
    subject text not null,
    sequence bigint not null,
    handler text not null,
    queue text not null,
    body text not null,
    received_at timestamptz not null default clock_timestamp(),
    primary key (stream, subject, sequence)
);

create table parked_messages (
    parked_id uuid primary key,
    queue text not null,
    event_id text not null,
    event_type text not null,
    trace_id text not null,
    reason text not null,
    message text not null,
    body text not null,
    state text not null default 'parked' check (state in ('parked', 'replayed', 'discarded')),
    parked_at timestamptz not null default clock_timestamp(),
    settled_at timestamptz,
    settled_by text not null default '',
    settled_reason text not null default ''
);
-- A redelivery must not park the same message a second time.
create unique index parked_once on parked_messages (queue, event_id)
    where state = 'parked' and event_id <> '';

create table idempotency_keys (
    key text not null,
    method text not null,
    request_sha256 bytea not null,
    response bytea,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (key, method)
);
