"""A letter that was withheld, as its parcel was held by then, is asked for again afterwards."""

from alembic import op

from taxkit import online
from taxkit.migrate import run_script

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SQL = """
-- Each time a letter was withheld it is asked for again once, by the name it had.
create table if not exists notice_rerequests (
    notice_id uuid not null references delinquent_notices,
    times integer not null,
    run_id uuid not null references notice_runs,
    recorded_at timestamptz not null,
    primary key (notice_id, times)
);
drop trigger if exists append_only on notice_rerequests;
create trigger append_only before update or delete or truncate on notice_rerequests
    for each statement execute function refuse_change();

-- Withheld more often than it was asked for again, and never sent nor printed.
create or replace view withheld_notices as
select a.notice_id, count(*)::integer as times
from notice_answers a group by a.notice_id
having bool_and(a.kind = 'withheld')
    and count(*) > (select count(*) from notice_rerequests r where r.notice_id = a.notice_id);

create or replace view exception_states as
select x.*, coalesce(e.note, '') as note, coalesce(e.settled_by, '') as settled_by,
    case when e.exception_id is not null then 'settled'
        when m.open_cents = 0 or n.seen_to then 'worked' else 'open' end as state
from exceptions x left join exception_ends e using (exception_id)
left join lateral (
    select sum(open_cents) as open_cents from waiting_money
    where receipt_id = x.receipt_id and e.exception_id is null
) m on true
left join lateral (
    select bool_or(case x.kind when 'notice_failed' then a.kind in ('sent', 'printed')
        when 'stalled_step' then true
        when 'held_in_work' then a.kind in ('failed', 'withheld') end) as seen_to
    from notice_answers a where a.notice_id = x.notice_id and e.exception_id is null
) n on true;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
    online.check(
        "notice_answers",
        "notice_answers_kind_check",
        "kind in ('sent', 'printed', 'failed', 'withheld')",
    )
