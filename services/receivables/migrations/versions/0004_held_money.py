"""Money held for somebody: an item for what each payment left over, its procedures and draws."""

from alembic import op

from taxkit.migrate import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SQL = """
alter table facts
    drop constraint facts_receipt_check,
    add constraint facts_receipt_check check (
        (kind in ('payment', 'reversal', 'draw')) = (receipt_id is not null));
alter table postings
    drop constraint postings_check1,
    add constraint postings_money_check check (kind in ('payment', 'reversal', 'draw')
        or allocated_cents + surplus_cents + suspense_cents = 0);
alter table ledger_entries
    drop constraint ledger_entries_ledger_account_check,
    add constraint ledger_entries_ledger_account_check check (ledger_account in ('cash_clearing',
        'taxes_receivable', 'levy_control', 'interest_income', 'penalty_income', 'fee_income',
        'surplus_liability', 'suspense_liability', 'surplus_paid_out', 'suspense_paid_out',
        'shortfall_receivable'));

-- What one payment left to be held, in one liability. Its sum follows the ledger, posting by
-- posting; whose it is and what is under way is this table's own.
create table held_items (
    item_id uuid primary key,
    payment_fact_id uuid not null references facts,
    kind text not null check (kind in ('surplus', 'suspense')),
    subcode text not null,
    category text not null
        check (category in ('surplus', 'suspense', 'advance', 'trust', 'escrow')),
    bill_id uuid,
    receipt_id uuid not null,
    parcel_number text not null,
    tax_year integer,
    owner_name text not null,
    owner_account text not null default '',
    opened_on date not null,
    advance_type text not null default '',
    escrow_account text not null default '',
    open_cents bigint not null default 0 check (open_cents >= 0),
    state text not null default 'open'
        check (state in ('open', 'reserved', 'in_workflow', 'closed')),
    reserved_by text not null default '',
    case_id uuid,
    sequence bigint not null default 0,
    unique (payment_fact_id, kind)
) with (fillfactor = 80);
create index held_items_parcel on held_items (parcel_number) where state <> 'closed';
create index held_items_receipt on held_items (receipt_id);
create index held_items_escrow on held_items (escrow_account) where escrow_account <> '';

create table held_movements (
    item_id uuid not null references held_items,
    posting_id uuid not null references postings,
    posting_kind text not null,
    amount_cents bigint not null check (amount_cents <> 0),
    business_date date not null,
    recorded_at timestamptz not null default clock_timestamp()
);
create index held_movements_item on held_movements (item_id);

-- Money that left an item, and by which fact it came back, if it did.
create table held_draws (
    draw_id uuid primary key references facts deferrable initially deferred,
    item_id uuid not null references held_items,
    amount_cents bigint not null check (amount_cents > 0),
    purpose text not null,
    -- The receipt it was tendered on, the bill it was applied to, or the payee.
    receipt_id uuid,
    bill_id uuid,
    payee text not null default '',
    business_date date not null,
    asked_by text not null,
    recorded_at timestamptz not null
);
create index held_draws_item on held_draws (item_id);
create index held_draws_receipt on held_draws (receipt_id) where receipt_id is not null;
create table held_returns (
    draw_id uuid primary key references held_draws,
    return_id uuid not null references facts deferrable initially deferred,
    business_date date not null,
    shortfall boolean not null,
    recorded_at timestamptz not null
);

-- A tender that could not be drawn waits here for a person, with its reason.
create table held_exceptions (
    receipt_id uuid not null,
    reference text not null,
    amount_cents bigint not null check (amount_cents > 0),
    reason text not null,
    message text not null,
    business_date date not null,
    recorded_at timestamptz not null,
    settled_at timestamptz,
    settled_by text,
    primary key (receipt_id, reference, reason)
);
-- A reversal may overtake its payment: what that tenders is then never drawn.
create table held_receipts_reversed (receipt_id uuid primary key);

create table held_cases (
    case_id uuid primary key,
    item_id uuid not null references held_items,
    workflow text not null,
    procedure text not null,
    amount_cents bigint not null check (amount_cents > 0),
    payee text not null,
    evidence text not null,
    target_bill_id uuid,
    reason text not null,
    asked_by text not null,
    opened_at timestamptz not null,
    step text not null,
    ended boolean not null default false
);
create index held_cases_item on held_cases (item_id);
create table held_case_steps (
    case_id uuid not null references held_cases,
    number integer not null,
    action text not null,
    step text not null,
    acted_by text not null,
    note text not null,
    recorded_at timestamptz not null,
    primary key (case_id, number)
);

create trigger append_only before update or delete or truncate on held_movements
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on held_draws
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on held_returns
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on held_case_steps
    for each statement execute function append_only();

-- What is held already gets its item.
insert into held_items (item_id, payment_fact_id, kind, subcode, category, bill_id, receipt_id,
    parcel_number, tax_year, owner_name, opened_on, open_cents)
select gen_random_uuid(), e.fact_id, k.kind,
    case when k.kind = 'surplus' then 'overpayment' when f.bill_id is null then 'unmatched'
        else 'awaiting_bill' end,
    k.kind, f.bill_id, f.receipt_id, min(p.parcel_number), min(p.tax_year),
    coalesce(min(b.owner_name), ''), min(p.business_date), -sum(e.amount_cents)
from ledger_entries e join postings p using (posting_id) join facts f on f.fact_id = e.fact_id
    left join bills b on b.bill_id = f.bill_id
    cross join lateral (select replace(e.ledger_account, '_liability', '') as kind) k
where e.ledger_account in ('surplus_liability', 'suspense_liability') and f.kind = 'payment'
group by e.fact_id, k.kind, f.bill_id, f.receipt_id having sum(e.amount_cents) <> 0;
insert into held_movements (item_id, posting_id, posting_kind, amount_cents, business_date)
select i.item_id, p.posting_id, p.kind, -e.amount_cents, p.business_date
from held_items i join ledger_entries e on e.fact_id = i.payment_fact_id
    and e.ledger_account = i.kind || '_liability' join postings p using (posting_id);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
