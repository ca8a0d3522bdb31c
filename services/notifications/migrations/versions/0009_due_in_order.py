"""Notices to send are found in their order, however many wait."""

from alembic import op

from taxkit import online
from taxkit.migrate import run_script

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A trigger, not a key: a new wording is asked for once a statement, and none can go away.
_SQL = """
create function notices_have_wording() returns trigger language plpgsql as $$
begin
    if exists (
        select from (select distinct template, template_version from added) a
        where not exists (select from template_versions t
            where t.template = a.template and t.version = a.template_version))
    then
        raise exception 'notices name a wording that is not kept'
            using errcode = 'foreign_key_violation', constraint = 'notices_have_wording';
    end if;
    return null;
end
$$;
create trigger notices_have_wording after insert on notices
    referencing new table as added
    for each statement execute function notices_have_wording();
alter table notices drop constraint notices_template_template_version_fkey;
-- The one before knew only the day and hour, which all letters of a batch share.
drop index if exists notices_due;
"""


def upgrade() -> None:
    online.index("notices", "notices_due_in_order", "(due_at, notice_id) where state = 'pending'")
    run_script(op.get_bind(), _SQL)
