"""Nothing that was said or posted can be deleted: every table refuses it, but those named here."""

import importlib

import psycopg
import pytest

from taxkit import testing

# taxkit's own: kept for as long as it is told to, and emptied by its housekeeping.
PLUMBING = {
    "alembic_version", "audit_marks", "idempotency_keys", "inbox", "inbox_positions",
    "inbox_waiting", "outbox", "parked_messages",
}  # fmt: skip
# What another service says, as it said it last: it could be told again from the first event on.
COPIES = {
    "cashiering": {
        "bill_codes", "bill_faces", "code_settings", "collection_holds", "discount_programs",
        "discount_proofs", "dues", "flags", "held_money", "parcel_parties", "plan_bills", "plans",
        "quoted", "retired_parcels",
    },
    "receivables": {
        "bill_agencies", "bill_supplements", "closed_sessions", "fund_names", "holds",
        "receipts", "special_payoffs",
    },
    "levy": {"bill_codes", "bill_payments", "code_settings", "import_run_bills", "import_runs",
             "trust_tax_told"},
    "collections": {"bill_codes", "code_settings", "flags", "open_installments", "owners", "plans",
                    "waiting_money"},
    "taxsale": {"bill_codes", "code_settings", "collection_holds", "flags", "plan_bills",
                "plans", "special_assessments", "special_payoffs"},
    "distribution": {"agencies", "bills", "closed_sessions", "deposited_sessions", "fund_names",
                     "held_money", "receipts"},
    "notifications": {"holds"},
}  # fmt: skip
# What a service keeps of its own, and is written over: each change of it is kept elsewhere.
STATE = {
    "cashiering": {"basket_lines"},
    "receivables": {"flags"},
    "levy": {"agencies", "parcels", "returns", "rolls", "special_places"},
}
_TABLES = """
select c.relname, exists (
    select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal
        -- before, on delete
        and t.tgtype & 10 = 10)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition
"""


@pytest.mark.parametrize("service", sorted(COPIES))
def test_nothing_can_be_deleted(service: str, postgres_admin_url: str) -> None:
    """A new table refuses to be deleted from, or is named here for a reason; by its triggers."""
    importlib.import_module(f"{service}_service.bootstrap")
    with (
        testing.fresh_database(postgres_admin_url, service) as url,
        psycopg.connect(url) as connection,
    ):
        found = connection.execute(_TABLES).fetchall()

    may = {table for table, refuses in found if not refuses}
    assert may == PLUMBING | COPIES[service] | STATE.get(service, set())
