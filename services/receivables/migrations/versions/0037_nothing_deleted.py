"""Pre-payment plans, held money and its cases, plans and their work: nothing of them is deleted."""

from alembic import op

from taxkit.migrate import run_script

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_ADDED_TO_ONLY = ("prepays", "prepay_parcels", "held_receipts_reversed")
_NEVER_DELETED = (
    "held_items", "held_cases", "held_exceptions", "escrow_accounts", "plans", "plan_bills",
    "plan_tasks",
)  # fmt: skip
# What was said at first stays; a step, or who settled it, is added once.
_FIXED = {
    "held_cases": (
        "case_id, item_id, workflow, procedure, amount_cents, payee, evidence, target_bill_id,"
        " reason, asked_by, opened_at"
    ),
    "held_exceptions": (
        "receipt_id, reference, amount_cents, reason, message, business_date, recorded_at"
    ),
}
_ENDED = {"held_cases": "old.ended", "held_exceptions": "old.settled_at is not null"}


def upgrade() -> None:
    statements = [
        f"create trigger append_only before update or delete or truncate on {table}"
        " for each statement execute function append_only()"
        for table in _ADDED_TO_ONLY
    ]
    statements += [
        f"create trigger {table}_no_delete before delete or truncate on {table}"
        " for each statement execute function append_only()"
        for table in _NEVER_DELETED
    ]
    statements += [
        f"create trigger {table}_said before update of {columns} on {table}"
        " for each statement execute function append_only()"
        for table, columns in _FIXED.items()
    ]
    statements += [
        f"create trigger {table}_ended before update on {table} for each row"
        f" when ({ended}) execute function append_only()"
        for table, ended in _ENDED.items()
    ]
    run_script(op.get_bind(), ";\n".join(statements))
