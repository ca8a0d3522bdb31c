"""What was let off a parcel, asked, decided and filed, year by year (RECV-032, RECV-033)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

LINES_MAX = 500
"""Lines of the log one answer holds, the newest."""


def savings(connection: Connection, parcel_number: str) -> Sequence[Any]:
    """What each program let off, by tax year, less what was taken back."""
    return connection.exec_driver_sql(
        "select p.tax_year, f.body ->> 'program' as program,"
        " sum(e.amount_cents)::bigint as saved_cents from postings p"
        " join ledger_entries e using (posting_id) join facts f using (fact_id)"
        " where p.parcel_number = %s and e.ledger_account = 'discount'"
        " group by 1, 2 having sum(e.amount_cents) <> 0 order by 1, 2",
        (parcel_number,),
    ).all()


def requests(connection: Connection, parcel_number: str) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select r.*, d.granted, d.decided_by, d.note from discount_requests r"
        " left join discount_decisions d using (request_id) where r.parcel_number = %s"
        " order by r.recorded_at, r.request_id",
        (parcel_number,),
    ).all()


def proofs(connection: Connection, parcel_number: str) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select proof_id, parcel_number, kind, reference, valid_from, valid_through, filed_by"
        " from discount_proofs where parcel_number = %s order by recorded_at, proof_id",
        (parcel_number,),
    ).all()


def log(connection: Connection, parcel_number: str) -> Sequence[Any]:
    return connection.exec_driver_sql(
        "select l.*, f.body ->> 'discount_type' as discount_type, f.body ->> 'rate' as rate,"
        " f.body ->> 'rule_id' as rule_id from discount_log l left join facts f"
        " on f.fact_id = l.grant_id where l.parcel_number = %s"
        f" order by l.recorded_at desc, l.log_id desc limit {LINES_MAX}",
        (parcel_number,),
    ).all()
