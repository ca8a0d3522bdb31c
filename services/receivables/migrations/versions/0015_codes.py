"""Bill and fee codes with their settings, and who put which code on what."""

from alembic import op

from reportkit.migrate import stamp_rows
from taxkit.migrate import run_script

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_SQL = """
-- Every version of what a code says; the highest is what it says now.
create table code_settings (
    setting_id uuid primary key,
    code text not null check (code <> ''),
    version integer not null check (version > 0),
    effective_on date not null,
    recorded_at timestamptz not null,
    changed_by text not null,
    reason text not null,
    description text not null,
    monthly_rate numeric check (monthly_rate >= 0 and monthly_rate < 1),
    penalty_rate numeric check (penalty_rate >= 0 and penalty_rate < 1),
    switches text[] not null,
    notices text not null check (notices in ('as_usual', 'include', 'exclude')),
    unique (code, version)
);
create trigger append_only before update or delete or truncate on code_settings
    for each statement execute function append_only();

-- A line of the audit trail: what was done to one bill or fee of it.
create table adjustment_lines (
    line_id uuid primary key,
    line_type text not null check (line_type in ('ADJLB')),
    action text not null,
    bill_id uuid not null references bills,
    bill_number text not null,
    parcel_number text not null,
    tax_year integer not null,
    charge_code text not null,
    old_code text not null,
    new_code text not null,
    comment text not null,
    changed_by text not null,
    business_date date not null,
    recorded_at timestamptz not null,
    fact_id uuid not null,
    -- The mass update it belongs to, if any.
    run_id uuid
);
create index adjustment_lines_of_statement on adjustment_lines (parcel_number, tax_year);
create index adjustment_lines_of_bill on adjustment_lines (bill_id);
create index adjustment_lines_of_run on adjustment_lines (run_id) where run_id is not null;
create trigger append_only before update or delete or truncate on adjustment_lines
    for each statement execute function append_only();

create index facts_of_codes on facts (bill_id) where kind in ('code_set', 'code_lifted');
-- Which codes are on which bills and fees, as their facts tell it.
create view bill_codes as
select bill_id, code, charge_code, effective_on, recorded_at, fact_id, through
from (
    select distinct on (bill_id, body ->> 'code', body ->> 'charge_code')
        bill_id, kind, body ->> 'code' as code, body ->> 'charge_code' as charge_code,
        effective_on, recorded_at, fact_id, (body ->> 'through')::date as through
    from facts where kind in ('code_set', 'code_lifted')
    order by bill_id, body ->> 'code', body ->> 'charge_code',
        effective_on desc, recorded_at desc, fact_id desc
) newest
where kind = 'code_set';
"""


def upgrade() -> None:
    bind = op.get_bind()
    run_script(bind, _SQL)
    stamp_rows(bind, "code_settings")
