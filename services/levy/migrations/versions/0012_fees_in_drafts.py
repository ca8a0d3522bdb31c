"""Fees in drafts of modifications, and what receivables tells of a bill's fees."""

from alembic import op

from taxkit.migrate import run_script

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SQL = """
-- By charge code: [{charge_code, charged_cents, open_cents}].
alter table bill_payments add column fees jsonb;
-- What its caller asked for; a fee in the draft makes it TP. The release before writes none.
alter table modifications add column asked_option text not null default ''
    check (asked_option in ('', 'MN', 'NC', 'TP'));

create table modification_fees (
    modification_id uuid not null references modifications,
    bill_id uuid not null,
    charge_code text not null check (charge_code <> ''),
    -- Of a finished modification: what it was, and what it is.
    amount_cents bigint check (amount_cents >= 0),
    new_cents bigint check (new_cents between 0 and amount_cents),
    primary key (modification_id, bill_id, charge_code)
);
create trigger modification_fees_closed before update or delete on modification_fees
    for each row execute function refuse_change_of_closed();
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
