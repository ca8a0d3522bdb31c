"""Reading what keeps bills from a sale."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from taxsale_service.domain.holds import Hold, HoldTerms, Source, holding

_HOLDS = "select * from bill_holds where bill_id = any(%s::uuid[])"
# Says what domain.holds says, for the list of bills; a property test holds the two together.
NOT_HELD = """not exists (
    select from bill_holds h where h.bill_id = b.bill_id
        and (h.source || '/' || h.kind = any(string_to_array(v.holds, ' '))
            or h.source || '/any' = any(string_to_array(v.holds, ' ')))
        and coalesce(h.begins_on <= %(as_of)s, true) and coalesce(h.last_on >= %(as_of)s, true))
"""


def of_bills(
    connection: Connection, bills: Sequence[Any], terms_of: Callable[[int], HoldTerms], day: date
) -> Mapping[UUID, tuple[Hold, ...]]:
    """What keeps each bill from a sale on a day; one statement."""
    on_bill: dict[UUID, list[Hold]] = {}
    for row in connection.exec_driver_sql(_HOLDS, ([each.bill_id for each in bills],)):
        bill_id, source, *rest = row
        on_bill.setdefault(bill_id, []).append(Hold(Source(source), *rest))
    return {
        each.bill_id: holding(on_bill.get(each.bill_id, ()), terms_of(each.tax_year), day)
        for each in bills
    }


def in_words(terms: HoldTerms) -> str:
    """The terms as the list's SQL reads them."""
    return " ".join(sorted(terms.kinds))
