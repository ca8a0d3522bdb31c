"""What stops payments of a bill: read with the bill, judged by the law of the day."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from cashiering_service.baskets import retired_parcels
from cashiering_service.domain.basket_terms import BasketTerms
from cashiering_service.domain.receipt import Order
from cashiering_service.domain.stops import Stop, check_stop
from cashiering_service.sources.store import REQUIRED
from taxkit.arrays import packed
from taxkit.roundtrips import RoundTrips

if TYPE_CHECKING:
    from cashiering_service.till.known import Known

# The plan that stands, pending before active; and every flag on whatever concerns the bill.
PLAN = """
(select array[p.plan_number, p.status] from plan_bills b join plans p using (plan_number)
 where b.bill_id = dues.bill_id and p.status in ('pending', 'active')
 order by p.status desc, p.plan_number limit 1)
"""
FLAGS = """
(select array_agg(distinct f.flag) from (
    select 'parcel', dues.parcel_number union all select 'bill', dues.bill_id::text
    union all select 'bill', dues.bill_number union all select 'party', dues.owner_name
    union all select 'plan', b.plan_number from plan_bills b where b.bill_id = dues.bill_id
 ) as s (kind, subject) join flags f on f.subject_kind = s.kind and f.subject = s.subject
 where f.is_on)
"""
# Whether there is anything to ask of a bill: most have nothing, and pay no second question.
HINT = """
(exists (select from plan_bills b where b.bill_id = dues.bill_id)
 or exists (select from flags f where f.is_on and f.subject_kind = any('{parcel,bill,party}')
    and f.subject = any(array[dues.parcel_number, dues.bill_id::text, dues.bill_number,
        dues.owner_name])))
"""
_READ = (
    f"select bill_id, bill_number, parcel_number, {REQUIRED}, {PLAN}, {FLAGS} from dues"
    " where bill_id = any(%b::uuid[])"
)
Required = dict[UUID, tuple[str, list[str]]]
Stops = dict[UUID, Stop]
# The terms of the counters in force on a day.
TermsOf = Callable[[date], BasketTerms]


async def read(trips: RoundTrips, bill_ids: Sequence[UUID]) -> tuple[Required, Stops]:
    """Of bills that are flagged or in a plan: by bill, parcel and sources asked for; what stops."""
    if not bill_ids:
        return {}, {}
    (rows,) = await trips.fetch((_READ, (packed("uuid", bill_ids),)))
    return (
        {row[0]: (row[2], row[3]) for row in rows if row[3]},
        {row[0]: _stop(row[1], row[4], row[5]) for row in rows if row[4] or row[5]},
    )


def _stop(bill_number: str, plan: Sequence[str] | None, flags: Sequence[str] | None) -> Stop:
    plan_number, status = plan or ("", "")
    return Stop(bill_number, plan_number, status, frozenset(flags or ()))


def check(order: Order, known: "Known", terms_of: TermsOf) -> None:
    """Refuse an order that pays what nobody takes money for; most name none such."""
    for ahead in order.advances:
        if current := known.retired.get(ahead.parcel_number):
            retired_parcels.refuse(ahead.parcel_number, current, "pay ahead there")
    found = [known.stopped[line.bill_id] for line in order.lines if line.bill_id in known.stopped]
    session, _ = known.sessions.get(order.session_id, (None, 0))
    if found and session is not None:
        flags = terms_of(session.business_date).flags
        for stop in found:
            check_stop(stop, flags, in_basket=order.basket_id is not None)
