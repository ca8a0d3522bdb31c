"""Bills may go over to other parcels; what receivables says of codes that matter then."""

from alembic import op

from taxkit.migrate import run_script

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SQL = """
-- Where the version a move made differs from the one before; who and why is in bill_corrections.
create table bill_moves (
    bill_id uuid not null,
    bill_version integer not null,
    from_parcel_number text not null,
    from_owner_name text not null,
    to_parcel_number text not null,
    to_owner_name text not null,
    primary key (bill_id, bill_version),
    foreign key (bill_id, bill_version) references bills
);
create trigger append_only before update or delete or truncate on bill_moves
    for each statement execute function refuse_change();

-- A parcel is billed once a year, and may have bills of that year that came to it from others.
drop index bills_of_year;
create unique index bills_of_year on bills (tax_year, parcel_number, part) where bill_version = 1;
create index bills_in_order on bills (tax_year, parcel_number, part, bill_id, bill_version);

-- Read copies: what codes say of moves, and which codes a bill bears, one a line.
create table code_settings (
    code text not null,
    version integer not null,
    effective_on date not null,
    shown_on_moves boolean not null,
    primary key (code, version)
);
create table bill_codes (
    bill_id uuid primary key,
    codes text not null
);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
