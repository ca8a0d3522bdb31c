"""What a cashier is told with a quote, whether receivables answered it or was away.

Plans, flags, codes and holds are copies of this service's own, so both kinds of quote say the same.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service.baskets import known_accounts
from cashiering_service.baskets.rulebook import BasketLaw
from cashiering_service.domain.findings import of_account
from cashiering_service.quotes import Warn
from millage.cashiering.v1 import cashiering_pb2 as pb


def warner(law: BasketLaw) -> Warn:
    """Put on each bill of a quote what its plan, flags, codes and holds say on a day."""

    def warn(connection: Connection, bills: Sequence[pb.BillDue], day: date) -> None:
        terms = law.at(day)
        parcels = sorted({bill.parcel_number for bill in bills})
        book = known_accounts.read(connection, terms, parcels, day)
        for bill in bills:
            known = book.bills.get(UUID(bill.bill_id))
            if known is not None:
                bill.warnings.extend(
                    pb.BillWarning(code=one.code, severity=one.severity.value, message=one.message)
                    for one in dict.fromkeys(of_account(known, book, terms))
                )

    return warn
