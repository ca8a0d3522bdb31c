"""What tenders and lines say beyond amounts, what cashiers may do, and who let them do more."""

from alembic import op

from taxkit.migrate import run_script

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_SQL = """
alter table tenders add column identifiers jsonb;

-- Terms a line was paid under other than the plain ones; most lines have none.
create table line_terms (
    receipt_id uuid not null,
    line_number integer not null,
    -- Above zero: not tendered but let go; below: tendered above the balance and kept.
    tolerance_cents bigint not null default 0,
    waived_penalty_cents bigint not null default 0 check (waived_penalty_cents >= 0),
    waived_interest_cents bigint not null default 0 check (waived_interest_cents >= 0),
    -- Rule chosen and rows given by hand, by whom and when.
    allocation jsonb,
    primary key (receipt_id, line_number),
    foreign key (receipt_id, line_number) references receipt_lines
);

-- What a cashier, or with an empty name everybody, may do from a day on. What is null is not said.
create table cashier_limits (
    limits_id uuid primary key,
    cashier text not null,
    effective_from date not null,
    max_interest_waiver_cents bigint check (max_interest_waiver_cents >= 0),
    max_penalty_waiver_cents bigint check (max_penalty_waiver_cents >= 0),
    tolerance_cents bigint check (tolerance_cents >= 0),
    overrides_allowed boolean,
    may_take text check (may_take in ('all', 'secured', 'unsecured')),
    set_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create index cashier_limits_cashier on cashier_limits (cashier);

-- What a second person allowed once, for one order.
create table override_grants (
    grant_id uuid primary key,
    order_key text not null,
    action text not null check (action in ('tolerance', 'interest_waiver', 'penalty_waiver')),
    cashier text not null,
    approver text not null check (approver <> cashier),
    limit_cents bigint not null,
    amount_cents bigint not null check (amount_cents > limit_cents),
    reason text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null
);
create table override_uses (
    grant_id uuid primary key references override_grants,
    receipt_id uuid not null references receipts,
    used_at timestamptz not null
);
create index override_uses_receipt on override_uses (receipt_id);
"""
_APPEND_ONLY = ("line_terms", "cashier_limits", "override_grants", "override_uses")


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
    for table in _APPEND_ONLY:
        run_script(
            op.get_bind(),
            f"create trigger {table}_append_only before update or delete or truncate on {table}"
            " for each statement execute function refuse_change()",
        )
