"""COLL-023: what the balances say was paid is held against the general ledger, day by day."""

from uuid import UUID

import pytest

from taxkit import testing

ONE, TWO = UUID(int=1), UUID(int=2)
DUE = "2022-03-01"


def books(day: int, cents: int, year: int = 2021, sequence: int = 0) -> str:
    data = {"business_date": f"2023-03-{day:02}", "tax_year": year, "shared_cents": cents}
    name = "org.millage.distribution.GLPosted.v1"
    return testing.foreign_event(name, f"books/{year}", data, sequence=sequence or day)


@pytest.fixture
def hear(app):
    def tell(method: str, *bodies: str) -> None:
        app.consumer.absorb(method, list(bodies))
        assert testing.parked(app) == []

    return tell


@pytest.fixture
def paid(hear, balance):
    """Tell of a bill of which so much was paid."""
    sequences: dict[UUID, int] = {}

    def tell(bill: UUID, cents: int, **changes) -> None:
        sequences[bill] = sequences.get(bill, 0) + 1
        part = {
            "installment": 1, "due_on": DUE, "tax_charged_cents": 900, "tax_open_cents": 900,
            "interest_charged_cents": 0, "interest_open_cents": 0, "paid_cents": cents,
        }  # fmt: skip
        told = balance(bill, sequences[bill], [], installments=[part], **changes)
        hear("on_balance_changed", told)

    return tell


def found(app) -> list[tuple[str, str, int]]:
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "select kind, state, amount_cents from exception_states order by told_at, exception_id"
        )
        return [tuple(row) for row in rows]


def test_coll_023_books_that_agree_are_nobody_s(app, hear, paid) -> None:
    """Over all bills of a year; another year's are its own, and fees on nobody's are left out."""
    paid(ONE, 300)
    paid(TWO, 200)
    paid(UUID(int=3), 7, tax_year=2020)
    paid(UUID(int=4), 50, fee_account=True)
    for day in (1, 2):
        hear("on_gl_posted", books(day, 500), books(day, 7, 2020))
    assert found(app) == []


def test_coll_023_a_difference_that_stands_is_looked_at_once(app, hear, paid) -> None:
    """Money on its way differs for a moment, and by another sum every time."""
    paid(ONE, 300)
    hear("on_gl_posted", books(1, 250))
    assert found(app) == []
    paid(ONE, 400)
    hear("on_gl_posted", books(2, 300))
    assert found(app) == []
    for day in (3, 4):
        hear("on_gl_posted", books(day, 300), books(day, 300))
    assert found(app) == [("gl_difference", "open", 100)]


def test_coll_023_a_day_told_twice_or_late_compares_nothing_with_itself(app, hear, paid) -> None:
    """Under a new id, as after a restore: the day was compared already."""
    paid(ONE, 300)
    hear("on_gl_posted", books(2, 250))
    hear("on_gl_posted", books(2, 250, sequence=3))
    hear("on_gl_posted", books(1, 250))
    assert found(app) == []


def test_coll_023_a_year_of_which_not_all_is_known_is_not_compared(app, hear, paid) -> None:
    """A balance from before what was paid was kept."""
    paid(ONE, 300)
    with app.database.begin() as connection:
        connection.exec_driver_sql("update bills set paid_cents = null")
    for day in (1, 2):
        hear("on_gl_posted", books(day, 250))
    assert found(app) == []
