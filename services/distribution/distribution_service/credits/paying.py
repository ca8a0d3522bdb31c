"""The state's money for a credit of a year, shared among the agencies that go without it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from distribution_service.bootstrap import DistributionApp
from distribution_service.credits import claims
from distribution_service.domain.credit_claims import payment_shares
from taxkit import ids
from taxkit.errors import Refusal, not_found
from taxkit.rows import Columns

_SHARES = Columns({"payment_id": "uuid", "agency_code": "text", "amount_cents": "bigint"})
_PAYMENT = """
insert into credit_payments (payment_id, tax_year, credit_code, amount_cents, received_on,
    reference, posted_by, recorded_at) values (%s, %s, %s, %s, %s, %s, %s, %s)
"""


@dataclass(frozen=True, slots=True)
class Payment:
    """What the state paid, for which credit of which year."""

    tax_year: int
    credit_code: str
    amount_cents: int
    received_on: date
    reference: str
    user: str


def pay(
    app: DistributionApp, connection: Connection, given: Payment
) -> tuple[UUID, dict[str, int]]:
    """Share a payment: each agency comes to its exact part of all that was paid so far."""
    # Two payments of one credit would each count without the other.
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
        (f"credit/{given.tax_year}/{given.credit_code}",),
    )
    rows = claims.of_year(connection, given.tax_year, given.credit_code)
    if not rows:
        what = f"{given.credit_code} of {given.tax_year}"
        raise not_found("CREDIT_NOT_CLAIMED", f"no bill has a credit {what} that the state bears")
    claimed = sum(row.claimed_cents for row in rows)
    paid = sum(row.paid_cents for row in rows) + given.amount_cents
    if paid > claimed:
        raise Refusal(
            "CREDIT_OVERPAID",
            f"{paid} cents would be paid of {claimed} that are claimed for {given.credit_code}"
            f" of {given.tax_year}: post what is claimed, and ask the state about the rest",
        )
    had = {row.agency: row.paid_cents for row in rows}
    shares = payment_shares(paid, {row.agency: row.claimed_cents for row in rows}, had)
    payment_id = ids.new_id()
    connection.exec_driver_sql(
        _PAYMENT,
        (
            payment_id, given.tax_year, given.credit_code, given.amount_cents, given.received_on,
            given.reference, given.user, app.clock.now(),
        ),
    )  # fmt: skip
    told = [(payment_id, code, cents) for code, cents in shares.items()]
    _SHARES.insert(connection, "credit_payment_shares", told)
    return payment_id, shares
