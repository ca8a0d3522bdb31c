"""Read copies for quotes while receivables is away: programs, proofs, what bears a discount."""

from alembic import op

from taxkit.migrate import run_script

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_SQL = """
alter table dues add column discounting jsonb;
create table discount_programs (
    tax_year integer not null,
    program text not null,
    told jsonb not null,
    primary key (tax_year, program)
);
create table discount_proofs (
    proof_id uuid primary key,
    parcel_number text not null,
    kind text not null,
    valid_from date not null,
    valid_through date
);
create index discount_proofs_parcel on discount_proofs (parcel_number);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
