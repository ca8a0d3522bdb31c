"""RECV-062: the counter's copies of codes, in whatever order they are told."""

import json
from itertools import permutations

import pytest

from taxkit import testing
from taxkit.testing import foreign_event

BILL = "01937c3e-0000-7000-8000-000000000001"


def setting(sequence: int, *switches: str) -> str:
    data = {"code": "BANK", "description": f"as of {sequence}", "switches": list(switches)}
    name = "org.millage.receivables.CodeSettingChanged.v1"
    return foreign_event(name, "code/BANK", data, sequence=sequence)


def on_bill(sequence: int, *codes: tuple[str, str]) -> str:
    told = [{"code": code, "charge_code": fee} for code, fee in codes]
    data = {"bill_id": BILL, "code": "BANK", "codes": told}
    name = "org.millage.receivables.BillCodeChanged.v1"
    return foreign_event(name, f"bill/{BILL}", data, sequence=sequence)


def rows(app, sql: str) -> list[tuple]:
    with app.database.begin() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


@pytest.fixture(autouse=True)
def empty(app):
    testing.empty(app, ("code_settings", "bill_codes"))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_recv_062_the_newest_codes_of_a_bill_are_kept_whatever_came_first(app, order) -> None:
    """RECV-062: of the bill itself; a fee's code is not one of the bill."""
    told = [
        on_bill(4, ("BANK", "")),
        on_bill(7, ("BANK", ""), ("PART", "")),
        on_bill(9, ("X", "f")),
    ]
    for place in order:
        app.consumer.absorb("on_bill_code_changed", [told[place]])
    assert rows(app, "select codes, sequence from bill_codes") == [([], 9)]


def test_recv_062_a_batch_keeps_the_last_of_each_and_survives_being_told_twice(app) -> None:
    """RECV-062: several changes of one bill in one batch."""
    bodies = [on_bill(2, ("BANK", "")), on_bill(3, ("BANK", ""), ("PART", ""))]
    app.consumer.absorb("on_bill_code_changed", bodies)
    app.consumer.absorb("on_bill_code_changed", bodies)
    assert rows(app, "select codes from bill_codes") == [(["BANK", "PART"],)]


def test_recv_062_one_that_names_no_codes_changes_nothing(app) -> None:
    """RECV-062: as it was told before the whole list was."""
    body = json.loads(on_bill(2))
    del body["data"]["codes"]
    app.consumer.absorb("on_bill_code_changed", [json.dumps(body)])
    assert rows(app, "select * from bill_codes") == []
    assert testing.parked(app) == []


def test_recv_059_what_a_code_says_is_what_was_said_last(app) -> None:
    """RECV-059: an older version that comes late is dropped."""
    for body in (setting(1, "alert_user"), setting(3, "partial_payment"), setting(2)):
        app.consumer.absorb("on_code_setting_changed", [body])
    assert rows(app, "select description, switches from code_settings") == [
        ("as of 3", ["partial_payment"])
    ]


def test_recv_059_what_was_quoted_before_a_code_said_otherwise_is_asked_anew(app) -> None:
    """RECV-059: rates act at once, on whatever bears the code, fees too."""
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into quoted (bill_id, as_of, bill_version, installments)"
            " select bill_id, '2022-12-15', bill_version, '[]' from dues limit 2"
        )
    app.consumer.absorb("on_code_setting_changed", [setting(1, "alert_user")])
    with app.database.begin() as connection:
        assert connection.exec_driver_sql("select count(*) from quoted").scalar_one() == 0
