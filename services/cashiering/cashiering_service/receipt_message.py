"""What a receipt says beside its money: that back taxes remain unpaid (CASH-057)."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection

from cashiering_service.rulebook import Rulebook

# Late on the receipt's day and open by what receivables told last.
_LATE = """
select distinct d.parcel_number from dues d cross join jsonb_array_elements(d.installments) one
where d.parcel_number = any(%(parcels)s::text[])
    and case when (one->'call'->>'from_on')::date <= %(day)s
        then least((one->>'due_on')::date, (one->'call'->>'due_on')::date)
        else (one->>'due_on')::date end < %(day)s
    and coalesce((one->>'tax_open_cents')::bigint, 0)
        + coalesce((one->>'interest_open_cents')::bigint, 0)
        + coalesce((one->>'penalty_open_cents')::bigint, 0)
        + coalesce((one->>'fee_open_cents')::bigint, 0) > 0
order by 1
"""


def delinquency_message(
    connection: Connection, law: Rulebook, business_date: date, parcels: Iterable[str]
) -> str:
    """The message for a receipt as it is asked for now; empty where there is nothing to say."""
    message = law.receipt_message(business_date)
    if not message.is_shown:
        return ""
    wanted = sorted({parcel for parcel in parcels if parcel})
    asked = {"parcels": wanted, "day": business_date}
    late = [row.parcel_number for row in connection.exec_driver_sql(_LATE, asked)]
    return message.text.replace("{parcels}", ", ".join(late)) if late else ""
