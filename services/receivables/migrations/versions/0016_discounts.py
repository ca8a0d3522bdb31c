"""Discounts: their facts, what they post, who asked and who granted, and proofs on file."""

from alembic import op

from reportkit.migrate import stamp_rows
from taxkit.migrate import run_script

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# Wider than before: a release that knows only the former kinds goes on as it did.
_SQL = """
alter table facts
    drop constraint facts_kind_known,
    drop constraint facts_body_known,
    add constraint facts_kind_known check (kind in ('issue', 'payment', 'reversal', 'correction',
        'default', 'transfer', 'fee', 'waiver', 'lock_lifted', 'reallocation', 'grace', 'draw',
        'code_set', 'code_lifted', 'agency_holding', 'deferral', 'deferral_ended',
        'discount_granted', 'discount_reversed')),
    add constraint facts_body_known check (body is not null
        or kind not in ('issue', 'correction', 'transfer', 'fee', 'waiver', 'draw', 'code_set',
            'code_lifted', 'agency_holding', 'deferral', 'deferral_ended', 'discount_granted',
            'discount_reversed'));
alter table postings
    drop constraint postings_kind_known,
    add constraint postings_kind_known check (kind in ('issue', 'payment', 'reversal',
        'reallocation', 'correction', 'default', 'transfer', 'fee', 'waiver', 'grace', 'draw',
        'tolerance', 'terms', 'discount'));
alter table ledger_entries
    drop constraint ledger_entries_ledger_account_check,
    add constraint ledger_entries_ledger_account_check check (ledger_account in ('cash_clearing',
        'taxes_receivable', 'levy_control', 'interest_income', 'penalty_income', 'fee_income',
        'surplus_liability', 'suspense_liability', 'surplus_paid_out', 'suspense_paid_out',
        'shortfall_receivable', 'tolerance', 'discount'));
create index discount_entries on ledger_entries (posting_id) where ledger_account = 'discount';
create index discount_grants on facts ((body ->> 'payment_id')) where kind = 'discount_granted';

alter table receipts add column postmarked_on date;

-- Everything that was found out, asked, granted or taken back, with what was so before and after.
create table discount_log (
    log_id uuid primary key,
    action text not null check (action in ('evaluated', 'applied', 'refused', 'pending',
        'requested', 'approved', 'denied', 'reversed', 'proof_filed', 'rechecked')),
    bill_id uuid,
    payment_id uuid,
    receipt_id uuid,
    parcel_number text not null default '',
    program text not null default '',
    actor text not null,
    reason text not null default '',
    evidence text not null default '',
    checks jsonb not null default '[]',
    base_cents bigint,
    needed_cents bigint,
    discount_cents bigint,
    open_before_cents bigint,
    open_after_cents bigint,
    grant_id uuid,
    request_id uuid,
    business_date date not null,
    recorded_at timestamptz not null
);
create index discount_log_bill on discount_log (bill_id, recorded_at);
create index discount_log_day on discount_log (business_date, action);

create table discount_requests (
    request_id uuid primary key,
    bill_id uuid not null,
    payment_id uuid not null,
    receipt_id uuid not null,
    parcel_number text not null,
    program text not null,
    amount_cents bigint not null check (amount_cents >= 0),
    at_most_cents bigint check (at_most_cents > 0),
    exception boolean not null,
    replaces uuid,
    asked_by text not null,
    reason text not null,
    evidence text not null,
    recorded_at timestamptz not null
);
create index discount_requests_bill on discount_requests (bill_id);
create table discount_decisions (
    request_id uuid primary key references discount_requests,
    granted boolean not null,
    decided_by text not null,
    note text not null,
    grant_id uuid,
    recorded_at timestamptz not null
);

create table discount_proofs (
    proof_id uuid primary key,
    parcel_number text not null,
    kind text not null check (kind in ('age', 'income')),
    reference text not null,
    valid_from date not null,
    valid_through date,
    filed_by text not null,
    recorded_at timestamptz not null,
    check (valid_through is null or valid_through >= valid_from)
);
create index discount_proofs_parcel on discount_proofs (parcel_number, kind);

create table discount_runs (
    run_id uuid primary key,
    from_on date not null,
    to_on date not null,
    asked_by text not null,
    recorded_at timestamptz not null
);
create table discount_run_items (
    run_id uuid not null references discount_runs,
    payment_id uuid not null,
    bill_id uuid not null,
    outcome text not null check (outcome in ('applied', 'pending', 'not_eligible', 'unchanged')),
    program text not null,
    discount_cents bigint not null,
    said text not null,
    recorded_at timestamptz not null,
    primary key (run_id, payment_id)
);

create trigger append_only before update or delete or truncate on discount_log
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on discount_requests
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on discount_decisions
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on discount_proofs
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on discount_runs
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on discount_run_items
    for each statement execute function append_only();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
    for table in ("discount_log", "discount_requests", "discount_decisions"):
        stamp_rows(op.get_bind(), table)
