"""What is booked to the funds of miscellaneous sources."""

from alembic import op

from taxkit.migrate import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SQL = """
create table fund_entries (
    receipt_id uuid not null,
    line_number integer not null,
    kind text not null check (kind in ('payment', 'reversal')),
    source_code text not null,
    fund text not null,
    account text not null,
    business_date date not null,
    amount_cents bigint not null check ((amount_cents > 0) = (kind = 'payment')),
    primary key (receipt_id, line_number, kind)
);
create index fund_entries_day on fund_entries (business_date);
create function refuse_fund_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = '23001';
end
$$;
create trigger fund_entries_append_only before update or delete on fund_entries
    for each row execute function refuse_fund_change();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
