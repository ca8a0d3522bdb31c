"""What keeps bills from a sale: collection holds, codes, plans and flags, as others tell it."""

from alembic import op

from taxkit.migrate import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SQL = """
create table collection_holds (
    hold_id uuid primary key,
    parcel_number text not null,
    kind text not null,
    reason text not null default '',
    authority text not null default '',
    -- None while only its release was told.
    begins_on date,
    ends_on date,
    released_on date
);
create index collection_holds_parcel on collection_holds (parcel_number);

create table plans (
    plan_number text primary key,
    plan_type text not null,
    status text not null,
    changed_on date not null
);
create table plan_bills (
    plan_number text not null,
    bill_id uuid not null,
    primary key (plan_number, bill_id)
);
create index plan_bills_of_bill on plan_bills (bill_id);

create table flags (
    subject_kind text not null,
    subject text not null,
    flag text not null,
    is_on boolean not null,
    changed_on date not null,
    sequence bigint not null,
    primary key (subject_kind, subject, flag)
);

create table code_settings (
    code text primary key,
    description text not null,
    switches text[] not null
);
create table bill_codes (
    bill_id uuid primary key,
    codes text[] not null,
    sequence bigint not null
);

-- Everything on a bill that might keep it from a sale; the law says which of it does.
create view bill_holds (bill_id, source, kind, reason, authority, begins_on, last_on, reference) as
select b.bill_id, 'collections', h.kind, h.reason, h.authority, h.begins_on,
    least(h.ends_on, h.released_on - 1), h.hold_id::text
from bills b join collection_holds h using (parcel_number) where h.begins_on is not null
union all
select o.bill_id, 'plan', p.status, p.plan_type, '', p.changed_on, null, p.plan_number
from plan_bills o join plans p using (plan_number)
union all
select b.bill_id, 'flag', f.flag, f.subject_kind, '', f.changed_on, null, f.subject
from bills b join flags f on f.is_on and (f.subject_kind, f.subject) in (
    ('parcel', b.parcel_number), ('bill', b.bill_id::text), ('bill', b.bill_number))
union all
select o.bill_id, 'flag', f.flag, f.subject_kind, '', f.changed_on, null, f.subject
from plan_bills o join flags f on f.is_on and f.subject_kind = 'plan' and f.subject = o.plan_number
union all
select c.bill_id, 'code', w.switch, s.description, '', null, null, s.code
from bill_codes c join code_settings s on s.code = any(c.codes)
    cross join unnest(s.switches) as w (switch);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
