"""What levy holds that says how far a payoff is paid; read for one, and looked through for all."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection

from levy_service.domain.payoff_standing import AskedFor, Balance, Received, received

_TAX_PAID: Final = """
(select coalesce(sum((e ->> 2)::bigint), 0) from jsonb_array_elements(p.installments) e)
"""
# As the domain has it: all the tax is paid that any version since the payoff's asked for.
_MOVED: Final = f"""
select o.payoff_id from special_payoffs o
cross join lateral (
    select state from special_payoff_steps s where s.payoff_id = o.payoff_id
    order by step desc limit 1
) s
join bill_payments p using (bill_id)
where s.state in ('due', 'paid') and p.bill_version >= o.bill_version
  and (s.state = 'paid') <> (p.open_cents = 0 or {_TAX_PAID} >= (
      select min(b.total_cents) from bills b
      where b.bill_id = o.bill_id and b.bill_version >= o.bill_version))
order by o.payoff_id limit 100
"""


def received_for(connection: Connection, payoff: Any) -> Received:
    """What came in for a payoff; nothing for one that no bill asks for."""
    if payoff.bill_version is None:
        return Received(0, payoff.principal_cents + payoff.interest_cents)
    versions = [
        AskedFor(version, cents)
        for version, cents in connection.exec_driver_sql(
            "select bill_version, total_cents from bills where bill_id = %s", (payoff.bill_id,)
        )
    ]
    amount = payoff.principal_cents + payoff.interest_cents
    told = _balance(connection, payoff.bill_id)
    return received(amount, payoff.bill_version, versions, told)


def moved(connection: Connection) -> list[UUID]:
    """Payoffs that were paid since, or are owed again."""
    return list(connection.exec_driver_sql(_MOVED).scalars())


def _balance(connection: Connection, bill_id: UUID) -> Balance | None:
    row = connection.exec_driver_sql(
        f"select p.bill_version, {_TAX_PAID} as tax_paid_cents, p.open_cents"
        " from bill_payments p where p.bill_id = %s and p.bill_version is not null",
        (bill_id,),
    ).one_or_none()
    return Balance(row.bill_version, int(row.tax_paid_cents), row.open_cents) if row else None
