"""Lists of a county's size read what they show, not all there is."""

from datetime import date
from uuid import UUID

import pytest

from collections_service import overdue
from collections_service.exceptions import store as exceptions

DAY = date(2023, 1, 1)
_MANY = """
insert into bills
    select gen_random_uuid(), 'B-' || i, 'P-' || i, 2021, 100, '2022-01-01'
    from generate_series(1, 3000) i;
insert into open_installments
    select bill_id, 1, parcel_number, tax_year, '2022-06-01', 100 from bills;
insert into holds
    select gen_random_uuid(), parcel_number, 'dispute', 'r', 'a', '2022-01-01', null, 'u', now()
    from bills;
insert into hold_releases select hold_id, '2022-02-01', 'r', 'u', now() from holds limit 2000;
insert into exceptions
    select gen_random_uuid(), 'repeated_payment', parcel_number, null, 'r', 'm', 1,
        gen_random_uuid(), now()
    from bills;
insert into exception_ends select exception_id, 'n', 'u', now() from exceptions limit 2990;
insert into waiting_money select gen_random_uuid(), receipt_id, 0 from exceptions;
analyze bills, open_installments, holds, hold_releases, exceptions, exception_ends, waiting_money
"""
_ASKED = {"as_of": DAY, "today": DAY, "after": UUID(int=0), "limit": 50}
_LISTED = {"kind": "", "state": "open", "parcel": "", "after": UUID(int=0), "limit": 50}


@pytest.fixture
def crowded(app):
    with app.database.engine.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql(_MANY)
        yield connection
        transaction.rollback()


def _plan(connection, statement: str, given: dict) -> str:
    said = f"explain (analyze, costs off, timing off, summary off) {statement}"
    return "\n".join(connection.exec_driver_sql(said, given).scalars())


def test_coll_010_a_bill_s_holds_are_found_by_its_parcel(crowded) -> None:
    """COLL-010: reading all of them for each bill took ten seconds a page."""
    plan = _plan(crowded, overdue._OF_YEARS, {**_ASKED, "first": 0, "last": 9999})

    assert "on holds h" in plan
    assert "Seq Scan on holds" not in plan


def test_coll_024_what_was_settled_is_asked_no_more(crowded) -> None:
    """COLL-024: the list shows what is open; of ten that are, all others have been settled."""
    plan = _plan(crowded, exceptions._LISTED, _LISTED)
    (waiting,) = [line for line in plan.splitlines() if "on waiting_money" in line]

    assert "loops=10)" in waiting
