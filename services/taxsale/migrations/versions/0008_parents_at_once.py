"""Whether a change's bill is there is asked once a statement, not once a row."""

from alembic import op

from taxkit.migrate import run_script
from taxkit.parents import asked_at_once

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_BILLS_STAY = """
create trigger bills_stay before delete or update of bill_id or truncate on bills
    for each statement execute function refuse_change();
"""
_KEY_GONE = "alter table standing_changes drop constraint standing_changes_bill_id_fkey;"


def upgrade() -> None:
    asked = asked_at_once("standing_changes", {"bill_id": ("bills", "bill_id")})
    run_script(op.get_bind(), _BILLS_STAY + asked + _KEY_GONE)
