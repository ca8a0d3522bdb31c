"""Notices, their wording, print batches and subscriptions stay: nothing of them is deleted."""

from alembic import op

from taxkit.migrate import run_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ADDED_TO_ONLY = (
    "template_versions", "print_batches", "print_batch_letters", "print_batch_ends",
    "subscriptions", "subscription_ends",
)  # fmt: skip
_FUNCTION = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end
$$;
create trigger notices_no_delete before delete or truncate on notices
    for each statement execute function refuse_change();
"""


def upgrade() -> None:
    triggers = ";\n".join(
        f"create trigger {table}_append_only before update or delete or truncate on {table}"
        " for each statement execute function refuse_change()"
        for table in _ADDED_TO_ONLY
    )
    run_script(op.get_bind(), _FUNCTION + triggers)
