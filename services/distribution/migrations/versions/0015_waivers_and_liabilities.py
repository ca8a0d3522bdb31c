"""What was waived, and what is held for somebody."""

from alembic import op

from taxkit.migrate import run_script

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SQL = """
create table waiver_entries (
    bill_id uuid not null,
    sequence bigint not null,
    charge_type text not null,
    tax_year integer not null,
    -- At whose till; none when it was done to the bill itself.
    receipt_id uuid,
    -- Whose it would have been; empty: the bill's agencies' by their lines.
    agency_code text not null,
    rule_id text not null,
    business_date date not null,
    -- Positive for what nobody will pay, with a minus for what is owed again.
    amount_cents bigint not null check (amount_cents <> 0),
    primary key (bill_id, sequence, charge_type)
);
create index waiver_entries_day on waiver_entries (business_date);
create trigger waiver_entries_append_only before update or delete on waiver_entries
    for each row execute function refuse_fund_change();
create trigger waiver_entries_no_truncate before truncate on waiver_entries
    for each statement execute function refuse_fund_change();
create table held_money (
    surplus_item_id uuid primary key,
    category text not null,
    subcode text not null,
    receipt_id uuid,
    tax_year integer,
    open_cents bigint not null check (open_cents >= 0)
);
create index held_money_open on held_money (category, subcode) where open_cents > 0;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
