"""Drafts that modify issued bills, and what of a bill's payments they are judged by."""

from alembic import op

from taxkit.migrate import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SQL = """
-- What receivables last told, installment by installment: [number, due on, tax paid, open]. None
-- for a bill of which nothing was told since this migration: its next balance brings it.
alter table bill_payments add column bill_version integer;
alter table bill_payments add column installments jsonb;

create index bills_of_owner on bills (lower(owner_name));

create table modifications (
    modification_id uuid primary key,
    status text not null check (status in ('open', 'finished', 'dropped')),
    -- Counted up with every change of the draft.
    revision integer not null check (revision >= 1),
    option text not null check (option in ('MN', 'NC', 'TP')),
    purpose text not null check (purpose in ('write_off', 'refund', 'exemption', 'due_date')),
    -- What its bills were found by.
    taxpayer text not null,
    parcel_number text not null,
    standing text not null check (standing in ('all', 'current', 'delinquent')),
    tax_year integer not null,
    tax_code text not null,
    agency_code text not null,
    batch text not null,
    modified_on date not null,
    code text not null,
    reason text not null check (reason <> ''),
    adjustment_code text not null
);

-- A draft's bills as they stood when they were drafted, and what is to change of them.
create table modification_bills (
    modification_id uuid not null references modifications,
    bill_id uuid not null,
    bill_version integer not null,
    -- False: not chosen, but of a statement whose due date changes.
    chosen boolean not null,
    net_value_dollars bigint check (net_value_dollars >= 0),
    total_cents bigint check (total_cents >= 0),
    due_on date,
    bill_code text,
    -- What a finished modification issued; none for a bill that kept its version.
    new_version integer check (new_version = bill_version + 1),
    primary key (modification_id, bill_id),
    foreign key (bill_id, bill_version) references bills,
    foreign key (bill_id, new_version) references bills (bill_id, bill_version)
);
create index modifications_of_bill on modification_bills (bill_id);

-- Who did what to a draft, append-only.
create table modification_steps (
    modification_id uuid not null references modifications,
    revision integer not null,
    step text not null
        check (step in ('opened', 'edited', 'rolled_back', 'dropped', 'finished')),
    done_by text not null,
    trace_id uuid not null,
    recorded_at timestamptz not null,
    primary key (modification_id, revision)
);
create trigger modification_steps_append_only
    before update or delete or truncate on modification_steps
    for each statement execute function refuse_change();

-- What is finished or dropped stays as it was.
create function refuse_change_of_closed() returns trigger language plpgsql as $$
begin
    if exists (select from modifications m where m.modification_id = old.modification_id
               and m.status in ('finished', 'dropped')) then
        raise exception 'modification % is closed', old.modification_id using errcode = '23001';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end
$$;
create trigger modification_bills_closed before update or delete on modification_bills
    for each row execute function refuse_change_of_closed();
create trigger modifications_closed before update or delete on modifications
    for each row execute function refuse_change_of_closed();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
