"""Broken plans that go on: when they broke, and how often they were reinstated (RECV-048)."""

from alembic import op

from taxkit.migrate import run_script

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_SQL = """
alter table plans
    add column defaulted_on date,
    add column reinstated_on date,
    add column reinstatements integer not null default 0;
update plans p set defaulted_on = (select max(recorded_at)::date from plan_steps s
    where s.plan_id = p.plan_id and s.status = 'defaulted') where status = 'defaulted';
alter table facts
    drop constraint facts_kind_known,
    drop constraint facts_body_known,
    add constraint facts_kind_known check (kind in ('issue', 'payment', 'reversal', 'correction',
        'default', 'transfer', 'fee', 'waiver', 'lock_lifted', 'reallocation', 'grace', 'draw',
        'code_set', 'code_lifted', 'agency_holding', 'deferral', 'deferral_ended',
        'deferral_resumed', 'discount_granted', 'discount_reversed', 'half_pay_set',
        'half_pay_removed', 'fee_lifted')),
    add constraint facts_body_known check (body is not null
        or kind not in ('issue', 'correction', 'transfer', 'fee', 'waiver', 'draw', 'code_set',
            'code_lifted', 'agency_holding', 'deferral', 'deferral_ended', 'deferral_resumed',
            'discount_granted', 'discount_reversed', 'half_pay_set', 'fee_lifted'));
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
