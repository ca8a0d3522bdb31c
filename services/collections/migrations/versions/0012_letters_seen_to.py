"""Exceptions about letters end with their letter's way; runs keep what they came to."""

from alembic import op

from taxkit.migrate import run_script

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# One that was found before its letter was named with it stays open until somebody settles it.
_SQL = """
alter table exceptions add column notice_id uuid;
drop view exception_states;
create view exception_states as
select x.*, coalesce(e.note, '') as note, coalesce(e.settled_by, '') as settled_by,
    case when e.exception_id is not null then 'settled'
        when m.open_cents = 0 or n.seen_to then 'worked' else 'open' end as state
from exceptions x left join exception_ends e using (exception_id)
left join lateral (
    select sum(open_cents) as open_cents from waiting_money
    where receipt_id = x.receipt_id and e.exception_id is null
) m on true
-- A letter that was given up may go out on paper; of one nobody told of, any word is enough; one
-- about a held parcel was seen to only where it never went out.
left join lateral (
    select bool_or(case x.kind when 'notice_failed' then a.kind in ('sent', 'printed')
        when 'stalled_step' then true when 'held_in_work' then a.kind = 'failed' end) as seen_to
    from notice_answers a where a.notice_id = x.notice_id and e.exception_id is null
) n on true;

-- What a run selected never changes; none of runs from before it was kept.
create table notice_run_counts (
    run_id uuid primary key references notice_runs,
    selected bigint not null,
    left_out bigint not null,
    overdue_cents bigint not null
);
create trigger append_only before update or delete or truncate on notice_run_counts
    for each statement execute function refuse_change();
alter table notice_run_ends add column requested bigint, add column dropped bigint;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
