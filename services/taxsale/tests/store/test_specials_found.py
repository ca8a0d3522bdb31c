"""SALE-003: what blocks a parcel is found by indexes, however many assessments a county has."""

import pytest

from taxsale_service import specials

_MANY = """
insert into special_assessments
    select gen_random_uuid(), 'S-' || i, 'P-' || i, 'Area', 'active', 100, 1
    from generate_series(1, 5000) i;
insert into special_payoffs
    select gen_random_uuid(), assessment_id, assessment_number, 'OLD-' || parcel_number, 'Area',
        '2022-01-01', 100, 'due', 'active', 1, 10
    from special_assessments;
analyze special_assessments, special_payoffs
"""
_QUESTIONS = {"assessments": specials._SPECIALS_OF, "payoffs": specials._PAYOFFS_OF}


@pytest.mark.parametrize("name", sorted(_QUESTIONS))
def test_sale_003_no_table_is_read_whole(app, name: str) -> None:
    """For each bill of a page it would be, year by year."""
    asked = {"parcels": ["P-7", "OLD-P-9"]}
    with app.database.engine.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql(_MANY)
        plan = connection.exec_driver_sql(f"explain {_QUESTIONS[name]}", asked).scalars().all()
        found = connection.exec_driver_sql(_QUESTIONS[name], asked).all()
        transaction.rollback()

    assert [line for line in plan if "Seq Scan on special" in line] == []
    assert sorted(row.assessment_number for row in found) == ["S-7", "S-9"]
