"""A payment file's lines keep what they said, a run that ended stays; nothing is deleted."""

from alembic import op

from taxkit.migrate import run_script

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_NEVER_DELETED = (
    "import_runs", "import_lines", "baskets", "tills", "cashier_takes", "session_series",
    "lenders", "account_keys",
)  # fmt: skip
_SQL = """
create trigger import_lines_said before update of run_id, line_number, amount_cents, paid_on,
    received_on, check_number, payer_name on import_lines
    for each statement execute function refuse_change();
create trigger import_runs_ended before update on import_runs for each row
    when (old.state in ('committed', 'rejected', 'abandoned'))
    execute function refuse_change();
-- A series of numbers goes on; it never runs back to numbers that were given.
create trigger session_series_goes_on before update on session_series for each row
    when (new.receipt_count < old.receipt_count) execute function refuse_change();
"""


def upgrade() -> None:
    triggers = ";\n".join(
        f"create trigger {table}_no_delete before delete or truncate on {table}"
        " for each statement execute function refuse_change()"
        for table in _NEVER_DELETED
    )
    run_script(op.get_bind(), _SQL + triggers)
