"""What a bill's views say of its plans: that they are to be calculated anew (RECV-052)."""

from uuid import UUID

from sqlalchemy import Connection

from millage.receivables.v1 import plans_pb2 as pb

_MARKS = """
select p.plan_number, p.status, b.changed_on, b.left_out_through,
    exists (select from plan_tasks t where t.plan_id = b.plan_id and t.bill_id = b.bill_id
        and t.closed_at is null) as waits
from plan_bills b join plans p using (plan_id)
where b.bill_id = %s and b.changed_on is not null order by p.plan_number
"""


def of_bill(connection: Connection, bill_id: UUID) -> list[pb.PlanChange]:
    """The plans a bill was corrected in while they were active."""
    return [
        pb.PlanChange(
            plan_number=row.plan_number,
            status=row.status,
            changed_on=row.changed_on.isoformat(),
            left_out_through=row.left_out_through.isoformat() if row.left_out_through else "",
            awaits_calculation=row.waits,
        )
        for row in connection.exec_driver_sql(_MARKS, (bill_id,))
    ]
