"""Payoffs of special assessments, as levy tells of them."""

from alembic import op

from taxkit.migrate import run_script

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_SQL = """
create table special_payoffs (
    payoff_id uuid primary key,
    assessment_number text not null,
    agency_name text not null,
    parcel_number text not null,
    payoff_on date not null,
    amount_cents bigint not null check (amount_cents >= 0),
    state text not null,
    -- The bill that was loaded, or the payoff's own; without a version none asks for it.
    bill_id uuid,
    bill_number text,
    bill_version integer
) with (fillfactor = 85);
create index special_payoffs_of_parcel on special_payoffs (parcel_number);
create index special_payoffs_of_bill on special_payoffs (bill_id);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
