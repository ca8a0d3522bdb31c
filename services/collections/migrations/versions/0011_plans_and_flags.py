"""Plans and flags as receivables tells them, and what they say of each bill."""

from alembic import op

from taxkit.migrate import run_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Texts are sorted by their characters, whatever language the server speaks.
_SQL = """
create table plans (
    plan_number text primary key,
    status text collate "C" not null,
    changed_on date not null,
    bill_ids uuid[] not null
);
create index plans_of_bill on plans using gin (bill_ids);
create table flags (
    subject_kind text not null,
    subject text not null,
    flag text collate "C" not null,
    is_on boolean not null,
    changed_on date not null,
    sequence bigint not null,
    primary key (subject_kind, subject, flag)
);
create view bill_stays (bill_id, word) as
select b.bill_id, 'plan/' || p.status from bills b join plans p on p.bill_ids @> array[b.bill_id]
union all
select b.bill_id, 'flag/' || f.flag from bills b
    join flags f on f.is_on and f.subject_kind = 'parcel' and f.subject = b.parcel_number
union all
select b.bill_id, 'flag/' || f.flag from bills b join flags f on f.is_on
    and f.subject_kind = 'bill' and f.subject in (b.bill_id::text, b.bill_number)
union all
select b.bill_id, 'flag/' || f.flag from bills b
    join plans p on p.bill_ids @> array[b.bill_id]
    join flags f on f.is_on and f.subject_kind = 'plan' and f.subject = p.plan_number;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
