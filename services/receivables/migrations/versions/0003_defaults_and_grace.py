"""What the default process and the end of a grace find bills by."""

from alembic import op

from taxkit.migrate import run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Lists of kinds are wider than before. What a kind has to say is said one way only: one that has
# no body today may have one tomorrow.
_SQL = """
alter table facts
    drop constraint facts_kind_check,
    drop constraint facts_body_check,
    add constraint facts_kind_known check (kind in ('issue', 'payment', 'reversal', 'correction',
        'default', 'transfer', 'fee', 'waiver', 'lock_lifted', 'reallocation', 'grace', 'draw')),
    add constraint facts_body_known check (body is not null
        or kind not in ('issue', 'correction', 'transfer', 'fee', 'waiver', 'draw'));
alter table postings
    drop constraint postings_kind_check,
    add constraint postings_kind_known check (kind in ('issue', 'payment', 'reversal',
        'reallocation', 'correction', 'default', 'transfer', 'fee', 'waiver', 'grace', 'draw'));

alter table bills
    add column last_due_on date,
    add column open_cents bigint not null default 0,
    add column grace_ends_on date,
    add column default_declared boolean not null default false;
update bills b set
    last_due_on = (select max((one ->> 1)::date)
        from facts f, jsonb_array_elements(f.body -> 'installments') as one
        where f.bill_id = b.bill_id and f.kind = 'issue'),
    open_cents = (select coalesce(sum(e.amount_cents), 0)
        from postings p join ledger_entries e using (posting_id)
        where p.bill_id = b.bill_id and e.ledger_account = 'taxes_receivable');
create index bills_to_default on bills (tax_year, bill_id)
    where open_cents > 0 and not default_declared;
create index bills_in_grace on bills (grace_ends_on, bill_id) where grace_ends_on is not null;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
