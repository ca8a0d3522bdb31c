"""What installments of plans were paid with."""

from alembic import op

from taxkit.migrate import run_script

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SQL = """
-- A row a detail: the fee of the plan, and what its bills got.
create table plan_payments (
    plan_id uuid not null references plans,
    number integer not null,
    kind text not null check (kind in ('principal_interest', 'fee')),
    amount_cents bigint not null check (amount_cents > 0),
    receipt_id uuid not null,
    item_id uuid not null references held_items,
    business_date date not null,
    paid_by text not null,
    recorded_at timestamptz not null,
    primary key (plan_id, number, kind)
);
create trigger append_only before update or delete or truncate on plan_payments
    for each statement execute function append_only();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
