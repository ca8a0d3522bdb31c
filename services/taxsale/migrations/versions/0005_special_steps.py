"""Which news of a special assessment is newer: its own, or that of one of its payoffs."""

from alembic import op

from taxkit.migrate import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SQL = """
-- The sequence of the news it is from; 0 of what was heard before this was kept.
alter table special_assessments add column step bigint not null default 0;
-- What the assessment was with the payoff; none where levy did not tell yet.
alter table special_payoffs add column assessment_step bigint;
alter table special_payoffs add column left_cents bigint check (left_cents >= 0);
create index special_payoffs_of_assessment on special_payoffs (assessment_id);
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
