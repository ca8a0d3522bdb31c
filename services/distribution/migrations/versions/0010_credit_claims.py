"""What the state owes agencies for credits it bears, bill by bill, and what it has paid."""

from alembic import op

from taxkit.migrate import run_script

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SQL = """
create table credit_claims (
    bill_id uuid not null,
    bill_version integer not null,
    credit_code text not null,
    credit_name text not null,
    tax_year integer not null,
    claimed_cents bigint not null check (claimed_cents >= 0),
    -- Side by side: agencies, or "agency/fund", and what each goes without.
    agency_codes text[] not null,
    agency_cents bigint[] not null,
    business_date date not null,
    primary key (bill_id, bill_version, credit_code)
);
create index credit_claims_of on credit_claims (tax_year, credit_code, bill_id, bill_version);
create table credit_payments (
    payment_id uuid primary key,
    tax_year integer not null,
    credit_code text not null,
    amount_cents bigint not null check (amount_cents > 0),
    received_on date not null,
    reference text not null,
    posted_by text not null,
    recorded_at timestamptz not null
);
create index credit_payments_of on credit_payments (tax_year, credit_code);
create table credit_payment_shares (
    payment_id uuid not null references credit_payments,
    agency_code text not null,
    amount_cents bigint not null check (amount_cents <> 0),
    primary key (payment_id, agency_code)
);
create trigger append_only before update or delete on credit_claims
    for each row execute function refuse_fund_change();
create trigger append_only before update or delete on credit_payments
    for each row execute function refuse_fund_change();
create trigger append_only before update or delete on credit_payment_shares
    for each row execute function refuse_fund_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
