-- Sealed reports: what was asked, what was seen, and the hash of what was answered.
create table report_runs (
    run_id uuid primary key,
    report text not null,
    layout_version integer not null,
    parameters jsonb not null,
    -- The transactions whose rows the run saw, as PostgreSQL writes a snapshot.
    watermark pg_snapshot not null,
    row_count bigint not null,
    rows_sha256 bytea not null,
    totals jsonb not null,
    asked_by text not null,
    recorded_at timestamptz not null
);
create index report_runs_report on report_runs (report, run_id);

create function report_runs_sealed() returns trigger language plpgsql as $$
begin
    raise exception 'report_runs is append-only: run the report again'
        using errcode = 'restrict_violation';
end
$$;
create trigger append_only before update or delete or truncate on report_runs
    for each statement execute function report_runs_sealed();
