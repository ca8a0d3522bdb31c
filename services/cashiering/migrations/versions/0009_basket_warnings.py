"""What baskets are judged by: faces of bills, plans, flags; and what a second person allowed."""

from alembic import op

from taxkit.migrate import run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SQL = """
create table bill_faces (
    bill_id uuid primary key,
    tax_code text not null,
    property_class text not null
);

create table plans (
    plan_number text primary key,
    status text not null
);
create table plan_bills (
    plan_number text not null references plans,
    bill_id uuid not null,
    primary key (plan_number, bill_id)
);
create index plan_bills_bill on plan_bills (bill_id);

create table flags (
    subject_kind text not null,
    subject text not null,
    flag text not null,
    is_on boolean not null,
    sequence bigint not null,
    primary key (subject_kind, subject, flag)
);

create table basket_approvals (
    basket_id uuid not null references baskets,
    code text not null,
    parcel_number text not null,
    approved_by text not null,
    reason text not null,
    recorded_at timestamptz not null default clock_timestamp(),
    primary key (basket_id, code, parcel_number)
);
create trigger basket_approvals_append_only before update or delete on basket_approvals
    for each row execute function refuse_change();
create trigger basket_approvals_no_truncate before truncate on basket_approvals
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
