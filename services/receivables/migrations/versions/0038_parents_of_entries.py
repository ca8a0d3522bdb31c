"""Whether an entry's posting and fact are there is asked once a statement, not once a row."""

from alembic import op

from taxkit.migrate import run_script

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_SQL = """
-- A foreign key asks for each row, and writes a lock on the row it finds. Postings and facts are
-- append-only, so that none found can go away, and a batch's entries are asked for together: a
-- fifth of the time. Arrays, because a join with what was added could be planned to read all.
create function entries_have_parents() returns trigger language plpgsql as $$
declare
    postings_missing bigint;
    facts_missing bigint;
begin
    select count(distinct posting_id) - (select count(*) from postings
            where posting_id = any (array(select distinct a.posting_id from added a))),
        count(distinct fact_id) - (select count(*) from facts
            where fact_id = any (array(select distinct a.fact_id from added a)))
    into postings_missing, facts_missing from added;
    if postings_missing <> 0 or facts_missing <> 0 then
        raise exception 'entries of % unknown postings, caused by % unknown facts',
            postings_missing, facts_missing
            using errcode = 'foreign_key_violation', constraint = 'entries_have_parents';
    end if;
    return null;
end
$$;
create trigger entries_have_parents after insert on ledger_entries
    referencing new table as added
    for each statement execute function entries_have_parents();
alter table ledger_entries
    drop constraint ledger_entries_posting_id_fkey,
    drop constraint ledger_entries_fact_id_fkey;
"""


def upgrade() -> None:
    run_script(op.get_bind(), _SQL)
