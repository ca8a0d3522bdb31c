"""Whether a change's bill is there is asked once a statement; a bill changes where it stands."""

from alembic import op

from taxkit.migrate import run_script
from taxkit.parents import asked_at_once

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BILLS_STAY = """
create trigger bills_stay before delete or update of bill_id or truncate on bills
    for each statement execute function refuse_change();
"""
_KEY_GONE = """
alter table aging_changes drop constraint aging_changes_bill_id_fkey;
-- Each payment rewrites these: with room beside them, without a new place in every index.
alter table bills set (fillfactor = 70);
alter table open_installments set (fillfactor = 70);
"""


def upgrade() -> None:
    asked = asked_at_once("aging_changes", {"bill_id": ("bills", "bill_id")})
    run_script(op.get_bind(), _BILLS_STAY + asked + _KEY_GONE)
