"""Bills whose plan was broken and that may not have another of its kind yet (RECV-048)."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from receivables_service.domain.plan_reinstatement import again_from
from receivables_service.domain.plans import PlanType

_BROKEN = """
select b.bill_id, max(p.defaulted_on) as defaulted_on
from plan_bills b join plans p using (plan_id)
where b.bill_id = any(%b::uuid[]) and p.plan_type = %s and p.status = 'defaulted' group by 1
"""


def broken_lately(
    connection: Connection, bill_ids: Sequence[UUID], plan_type: PlanType, today: date
) -> set[UUID]:
    """Which bills had a plan of the kind that broke, with the day for another still to come."""
    rows = connection.exec_driver_sql(_BROKEN, (list(bill_ids), plan_type.code))
    return {
        row.bill_id
        for row in rows
        if row.defaulted_on and again_from(row.defaulted_on, plan_type.again_on) > today
    }
