"""How bills stand whose parts a law or an office asks about: read with the bills themselves."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from cashiering_service.domain.part_payments import Standings
from cashiering_service.till.facts import installments

# Whether a bill bears a code that allows a part, and whether it is in a plan that was agreed on.
CODED = (
    "exists (select from bill_codes b join code_settings s on s.code = any(b.codes)"
    " where b.bill_id = d.bill_id and 'partial_payment' = any(s.switches))"
)
IN_PLAN = (
    "exists (select from plan_bills b join plans p using (plan_number)"
    " where b.bill_id = d.bill_id and p.status = 'active')"
)
READ = (
    f"select d.bill_id, d.bill_number, {CODED}, {IN_PLAN}, d.installments,"
    " (select jsonb_object_agg(q.as_of, jsonb_build_array(q.installments, q.discount_cents))"
    "  from quoted q where q.bill_id = d.bill_id and q.bill_version = d.bill_version)"
    " from dues d where d.bill_id = any(%b::uuid[])"
)


def of_rows(rows: Iterable[Sequence[Any]]) -> dict[UUID, Standings]:
    return {row[0]: _standings(row) for row in rows}


def _standings(row: Sequence[Any]) -> Standings:
    quoted = {
        date.fromisoformat(day): (installments(stored), cents)
        for day, (stored, cents) in (row[5] or {}).items()
    }
    return Standings(row[1], row[2], row[3], installments(row[4]), quoted)
