"""Bills, their facts, and the double-entry ledger that follows from them."""

from alembic import op

from taxkit.migrate import create_infrastructure, run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQL = """
-- One row a bill: what its money is locked by. A bill that money came for before its issue has a
-- row without a number.
create table bills (
    bill_id uuid primary key,
    -- Position of the last event told of this bill.
    sequence bigint not null default 0,
    bill_number text,
    bill_version integer,
    parcel_number text,
    tax_year integer,
    owner_name text,
    owner_email text,
    issued_on date,
    check (num_nulls(bill_number, bill_version, parcel_number, tax_year, owner_name, issued_on)
           in (0, 6))
) with (fillfactor = 80);
create index bills_parcel on bills (parcel_number, tax_year) where parcel_number is not null;

-- What happened, as it was told: append-only. Money on no bill has no bill_id.
create table facts (
    fact_id uuid primary key,
    kind text not null check (kind in ('issue', 'payment', 'reversal')),
    bill_id uuid references bills,
    receipt_id uuid,
    line_number integer,
    business_date date not null,
    effective_on date not null,
    recorded_at timestamptz not null,
    amount_cents bigint check (amount_cents > 0),
    body jsonb,
    learned_at timestamptz not null default clock_timestamp(),
    check (bill_id is not null or receipt_id is not null),
    check ((kind = 'issue') = (body is not null)),
    check ((kind = 'issue') = (receipt_id is null)),
    check ((kind = 'payment') = (amount_cents is not null))
);
create index facts_bill on facts (bill_id);
create index facts_suspense on facts (receipt_id) where bill_id is null;

-- What a fact did to the books: append-only. The three sums are what its entries say, checked.
create table postings (
    posting_id uuid primary key,
    kind text not null check (kind in ('issue', 'payment', 'reversal', 'reallocation')),
    bill_id uuid references bills,
    receipt_id uuid,
    parcel_number text not null,
    tax_year integer,
    business_date date not null,
    effective_on date not null,
    recorded_at timestamptz not null,
    cause_fact_id uuid not null references facts,
    compensates uuid references postings,
    pack_version text not null,
    allocated_cents bigint not null,
    surplus_cents bigint not null,
    suspense_cents bigint not null,
    check (compensates is null or kind = 'reversal'),
    check (kind in ('payment', 'reversal') or allocated_cents + surplus_cents + suspense_cents = 0)
);
-- Each fact has its effect once, whatever arrives how often.
create unique index postings_once on postings (cause_fact_id) where kind <> 'reallocation';
create index postings_bill on postings (bill_id);
create index postings_day on postings (business_date)
    include (allocated_cents, surplus_cents, suspense_cents);

-- Debit positive, credit negative. Lines that move a receipt's money name the receipt.
create table ledger_entries (
    posting_id uuid not null references postings,
    line_number integer not null,
    ledger_account text not null check (ledger_account in ('cash_clearing', 'taxes_receivable',
        'levy_control', 'interest_income', 'surplus_liability', 'suspense_liability')),
    amount_cents bigint not null check (amount_cents <> 0),
    installment integer,
    charge_type text,
    collection_type text,
    fact_id uuid not null references facts,
    receipt_id uuid,
    rule_id text not null,
    pack_version text not null,
    primary key (posting_id, line_number)
);
create index ledger_entries_receipt on ledger_entries (receipt_id) where receipt_id is not null;

create function append_only() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: undo by a compensating posting', tg_table_name
        using errcode = 'restrict_violation';
end
$$;
create trigger append_only before update or delete or truncate on facts
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on postings
    for each statement execute function append_only();
create trigger append_only before update or delete or truncate on ledger_entries
    for each statement execute function append_only();

-- At commit every posting has entries, they add up to nothing, and its sums are theirs.
create function posting_balances() returns trigger language plpgsql as $$
declare
    sums record;
begin
    select count(*) as lines, sum(amount_cents) as off,
        coalesce(-sum(amount_cents) filter (
            where ledger_account = 'taxes_receivable' and receipt_id is not null), 0) as allocated,
        coalesce(-sum(amount_cents) filter (
            where ledger_account = 'surplus_liability'), 0) as surplus,
        coalesce(-sum(amount_cents) filter (
            where ledger_account = 'suspense_liability'), 0) as suspense
    into sums from ledger_entries where posting_id = new.posting_id;
    if sums.lines = 0 or sums.off <> 0 then
        raise exception 'posting % does not balance: % entries, off by %',
            new.posting_id, sums.lines, coalesce(sums.off, 0)
            using errcode = 'check_violation', constraint = 'posting_balances';
    end if;
    if (sums.allocated, sums.surplus, sums.suspense)
        is distinct from (new.allocated_cents, new.surplus_cents, new.suspense_cents)
    then
        raise exception 'posting %: its sums are not those of its entries', new.posting_id
            using errcode = 'check_violation', constraint = 'posting_sums';
    end if;
    return null;
end
$$;
create constraint trigger posting_balances after insert on postings
    deferrable initially deferred for each row execute function posting_balances();

-- So that nothing unbalanced can be added to a posting later: entries come balanced, at once.
create function entries_balance() returns trigger language plpgsql as $$
declare
    unbalanced uuid;
begin
    select posting_id into unbalanced from added
        group by posting_id having sum(amount_cents) <> 0 limit 1;
    if found then
        raise exception 'entries of posting % do not balance', unbalanced
            using errcode = 'check_violation', constraint = 'entries_balance';
    end if;
    return null;
end
$$;
create trigger entries_balance after insert on ledger_entries
    referencing new table as added for each statement execute function entries_balance();
"""


def upgrade() -> None:
    create_infrastructure(op.get_bind())
    run_script(op.get_bind(), _SQL)
