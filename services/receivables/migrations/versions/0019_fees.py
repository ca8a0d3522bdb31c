"""Fees on bills and on accounts without one, and how each ended."""

from alembic import op

from taxkit.migrate import run_script

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SQL = """
create table fees (
    fee_id uuid primary key,
    fee_type text not null,
    charge_code text not null,
    holder_kind text not null check (holder_kind in ('account', 'property', 'litigation',
        'tax_district', 'agent', 'assessment_agency', 'mortgage_holder')),
    holder_id text not null check (holder_id <> ''),
    statement_id text not null,
    -- The bill that bears it, where it is on a property.
    bill_id uuid references bills check ((bill_id is not null) = (holder_kind = 'property')),
    tax_year integer not null,
    amount_cents bigint not null check (amount_cents > 0),
    due_on date not null,
    batch text not null,
    charged_by text not null,
    reason text not null,
    business_date date not null,
    recorded_at timestamptz not null,
    rule_id text not null
);
create index fees_holder on fees (holder_kind, holder_id);
create table fee_rows (
    fee_id uuid not null references fees,
    line_number integer not null,
    account_code text not null,
    description text not null,
    amount_cents bigint not null check (amount_cents > 0),
    primary key (fee_id, line_number)
);
-- A fee ends once.
create table fee_ends (
    fee_id uuid primary key references fees,
    outcome text not null check (outcome in ('waived', 'paid')),
    batch text not null,
    ended_on date not null,
    modify_code text not null,
    reason text not null,
    bill_code text not null,
    receipt_number text not null,
    ended_by text not null,
    recorded_at timestamptz not null
);
create index fee_ends_receipt on fee_ends (receipt_number) where receipt_number <> '';
create trigger append_only before update or delete or truncate on fees
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on fee_rows
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on fee_ends
    for each statement execute function append_only();
-- Wider than before: a release that knows only the former kinds goes on as it did.
alter table facts
    drop constraint facts_kind_known,
    drop constraint facts_body_known,
    add constraint facts_kind_known check (kind in ('issue', 'payment', 'reversal', 'correction',
        'default', 'transfer', 'fee', 'waiver', 'lock_lifted', 'reallocation', 'grace', 'draw',
        'code_set', 'code_lifted', 'agency_holding', 'deferral', 'deferral_ended',
        'discount_granted', 'discount_reversed', 'half_pay_set', 'half_pay_removed',
        'fee_lifted')),
    add constraint facts_body_known check (body is not null
        or kind not in ('issue', 'correction', 'transfer', 'fee', 'waiver', 'draw', 'code_set',
            'code_lifted', 'agency_holding', 'deferral', 'deferral_ended', 'discount_granted',
            'discount_reversed', 'half_pay_set', 'fee_lifted'));
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
