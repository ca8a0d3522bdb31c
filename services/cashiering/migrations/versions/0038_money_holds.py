"""Money held that a basket keeps for itself until it is paid or let go."""

from alembic import op

from taxkit.migrate import run_script

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_SQL = """
create table money_holds (
    hold_id uuid primary key,
    basket_id uuid not null references baskets,
    kind text not null check (kind in ('surplus', 'escrow')),
    reference text not null,
    amount_cents bigint not null check (amount_cents > 0),
    held_by text not null,
    -- From then on it holds nothing, whoever forgot it.
    until timestamptz not null,
    traceparent text not null,
    recorded_at timestamptz not null
);
create index money_holds_of on money_holds (kind, reference);
create index money_holds_basket on money_holds (basket_id);
create table money_hold_ends (
    hold_id uuid primary key references money_holds,
    outcome text not null check (outcome in ('released', 'emptied', 'closed', 'paid', 'expired')),
    ended_by text not null,
    recorded_at timestamptz not null
);
create trigger money_holds_append_only before update or delete or truncate on money_holds
    for each statement execute function refuse_change();
create trigger money_hold_ends_append_only before update or delete or truncate on money_hold_ends
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
