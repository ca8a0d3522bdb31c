"""What collections cannot explain by itself and a person has to look at."""

from alembic import op

from taxkit.migrate import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SQL = """
create table exceptions (
    exception_id uuid primary key,
    kind text not null,
    -- Empty where nothing names one.
    parcel_number text collate "C" not null,
    bill_id uuid,
    reason text not null,
    message text not null,
    amount_cents bigint not null,
    -- Under which its money waits.
    receipt_id uuid,
    told_at timestamptz not null
);
create index exceptions_parcel on exceptions (parcel_number);
create table exception_ends (
    exception_id uuid primary key references exceptions,
    note text not null,
    settled_by text not null,
    recorded_at timestamptz not null
);
create trigger append_only before update or delete or truncate on exceptions
    for each statement execute function refuse_change();
create trigger append_only before update or delete or truncate on exception_ends
    for each statement execute function refuse_change();

-- A read copy: payments' money that receivables keeps because no bill took it.
create table waiting_money (
    surplus_item_id uuid primary key,
    receipt_id uuid not null,
    open_cents bigint not null
);
create index waiting_money_receipt on waiting_money (receipt_id);

-- Money that waits no more was seen to; where none is known yet it is on its way.
create view exception_states as
select x.*, coalesce(e.note, '') as note, coalesce(e.settled_by, '') as settled_by,
    case when e.exception_id is not null then 'settled'
        when m.open_cents = 0 then 'worked' else 'open' end as state
from exceptions x left join exception_ends e using (exception_id)
left join lateral (
    select sum(open_cents) as open_cents from waiting_money where receipt_id = x.receipt_id
) m on true;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
