"""Whether a fact's or posting's bill is there is asked once a statement, as for the entries."""

from alembic import op

from taxkit.migrate import run_script
from taxkit.parents import asked_at_once

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

# Bills can be found from now on without a key that keeps them: they refuse to go away themselves.
_BILLS_STAY = """
create trigger bills_stay before delete or update of bill_id or truncate on bills
    for each statement execute function append_only();
"""
_KEYS_GONE = """
alter table postings
    drop constraint postings_bill_id_fkey,
    drop constraint postings_cause_fact_id_fkey;
alter table facts drop constraint facts_bill_id_fkey;
-- Each payment rewrites its bill: with room beside it, without a new place in every index.
alter table bills set (fillfactor = 70);
"""


def upgrade() -> None:
    facts = asked_at_once("facts", {"bill_id": ("bills", "bill_id")})
    postings = asked_at_once(
        "postings", {"bill_id": ("bills", "bill_id"), "cause_fact_id": ("facts", "fact_id")}
    )
    run_script(op.get_bind(), _BILLS_STAY + facts + postings + _KEYS_GONE)
