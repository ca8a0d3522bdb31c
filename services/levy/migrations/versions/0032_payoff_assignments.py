"""Whose task a payoff is that no bill asks for (LEVY-018, NOTI-009)."""

from alembic import op

from taxkit.migrate import run_script

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_SQL = """
create table special_payoff_assignments (
    payoff_id uuid not null references special_payoffs,
    number integer not null check (number >= 1),
    assignee text not null check (assignee <> ''),
    due_on date,
    assigned_by text not null,
    reason text not null,
    recorded_at timestamptz not null,
    primary key (payoff_id, number)
);
create trigger append_only before update or delete or truncate on special_payoff_assignments
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
