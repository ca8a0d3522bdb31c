"""Special assessments that keep buyers waiting, as levy tells of them."""

from alembic import op

from taxkit.migrate import run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SQL = """
create table special_assessments (
    assessment_id uuid primary key,
    assessment_number text not null,
    parcel_number text not null,
    agency_name text not null,
    status text not null,
    left_cents bigint not null check (left_cents >= 0)
) with (fillfactor = 85);
create index special_assessments_of_parcel on special_assessments (parcel_number);

create table special_payoffs (
    payoff_id uuid primary key,
    assessment_id uuid not null,
    assessment_number text not null,
    parcel_number text not null,
    agency_name text not null,
    payoff_on date not null,
    amount_cents bigint not null check (amount_cents >= 0),
    state text not null,
    status text not null
) with (fillfactor = 85);
create index special_payoffs_of_parcel on special_payoffs (parcel_number);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
