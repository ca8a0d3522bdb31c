"""Voids: who asked, who decided; and a closed session stays as it was closed."""

from alembic import op

from taxkit.migrate import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SQL = """
create table void_requests (
    void_id uuid primary key,
    receipt_id uuid not null references receipts,
    reason text not null,
    requested_by text not null,
    recorded_at timestamptz not null
);
create index void_requests_receipt on void_requests (receipt_id);

create table void_decisions (
    void_id uuid primary key references void_requests,
    agreed boolean not null,
    note text not null,
    decided_by text not null,
    recorded_at timestamptz not null
);

create trigger void_requests_append_only before update or delete on void_requests
    for each row execute function refuse_change();
create trigger void_requests_no_truncate before truncate on void_requests
    for each statement execute function refuse_change();
create trigger void_decisions_append_only before update or delete on void_decisions
    for each row execute function refuse_change();
create trigger void_decisions_no_truncate before truncate on void_decisions
    for each statement execute function refuse_change();

create function keep_closed() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        raise exception 'sessions are kept' using errcode = '23001';
    end if;
    raise exception 'session % is closed and stays as it is', old.session_id
        using errcode = '23001';
end
$$;
create trigger sessions_stay_closed before update on sessions
    for each row when (not old.is_open) execute function keep_closed();
create trigger sessions_no_delete before delete on sessions
    for each row execute function keep_closed();
create trigger sessions_no_truncate before truncate on sessions
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
