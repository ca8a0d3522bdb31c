"""An agency is named as its newest tax year has it, whatever comes late or again."""

import itertools

import pytest

from taxkit.ids import new_id


def named(neighbours, tax_year: int, *names: str) -> str:
    lines = [
        {"agency_code": f"A{at}", "agency_name": name, "amount_cents": 5}
        for at, name in enumerate(names)
    ]
    given = {"tax_year": tax_year, "components": lines, "total_cents": 5 * len(lines)}
    return neighbours.bill_created(new_id(), **given)


def names(app) -> dict[str, str]:
    with app.database.begin() as connection:
        rows = connection.exec_driver_sql("select * from agencies where agency_code like 'A_'")
        return {row.agency_code: row.agency_name for row in rows}


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
@pytest.mark.parametrize("at_once", [True, False], ids=["a batch", "one by one"])
def test_an_old_roll_renames_nobody(app, neighbours, order, at_once) -> None:
    """A bill of another year, parked and replayed, the same."""
    told = [
        named(neighbours, 2019, "Village", "Library"),
        named(neighbours, 2021, "City"),
        named(neighbours, 2020, "Town", "Library District"),
    ]
    bodies = [told[at] for at in order]
    for batch in [bodies] if at_once else [[one] for one in bodies]:
        neighbours.absorb(app, "on_bill_created", *batch)
    assert names(app) == {"A0": "City", "A1": "Library District"}


def test_a_correction_of_an_old_bill_renames_nobody_either(app, neighbours) -> None:
    """One of the newest year does."""
    bill, old = new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", named(neighbours, 2021, "City"))
    for one, year, name in ((old, 2019, "Village"), (bill, 2021, "City of A")):
        line = {"agency_code": "A0", "agency_name": name, "amount_cents": 5}
        given = {"tax_year": year, "components": [line]}
        corrected = neighbours.bill_corrected(one, 2, {"A0": 5}, **given)
        neighbours.absorb(app, "on_bill_corrected", corrected)
        assert names(app) == {"A0": "City" if one == old else "City of A"}
