"""CASH-035: a parcel in a tax-increment district has a line for each part, paid separately."""

import json
from typing import Any

import pytest

from taxkit import testing

PARCEL, YEAR = "13264290020000", 2021
COUPON = "1326429002000020211"


@pytest.fixture
def parts(app: Any, balance, bill_of) -> tuple[str, str]:
    """Base of 600.00 and increment of 400.00 of one parcel and year."""
    base, increment = str(bill_of(PARCEL, YEAR)), str(bill_of(f"{PARCEL}-TIF", YEAR))
    fund = json.loads(balance(f"{PARCEL}-TIF", YEAR, 40_000))
    fund["data"]["parcel_number"] = PARCEL
    app.consumer.absorb(
        "on_balance_changed", [balance(PARCEL, YEAR, 60_000, sequence=3), json.dumps(fund)]
    )
    for bill_id, part in ((base, "base"), (increment, "increment")):
        data = {
            "bill_id": bill_id,
            "tax_code": "71163",
            "property_class": "211",
            "tax_year": YEAR,
            "part": part,
        }
        kind = "org.millage.levy.BillCreated.v1"
        app.consumer.absorb(
            "on_bill_created", [testing.foreign_event(kind, f"bill/{bill_id}", data, sequence=1)]
        )
    return base, increment


@pytest.mark.parametrize(
    "asked",
    [
        {"parcel_number": PARCEL},
        {"tax_year": YEAR, "bill_number": f"{YEAR}-{PARCEL}"},
        {"tax_year": YEAR, "bill_number": f"{YEAR}-{PARCEL}-TIF"},
    ],
    ids=["parcel", "number-of-the-base", "number-of-the-increment"],
)
def test_cash_035_both_parts_are_lines_however_they_are_looked_up(
    window, basket, parts, asked
) -> None:
    """Each with what it owes by itself."""
    loaded = window.load(basket, **asked)

    assert [(line.part, line.open_cents, line.bill_id) for line in loaded.lines] == [
        ("base", 60_000, parts[0]),
        ("increment", 40_000, parts[1]),
    ]
    assert not [one for one in loaded.findings if one.code == "OTHER_YEARS_OWED"]


def test_cash_035_one_part_is_paid_and_the_other_stays(
    window, basket, parts, rows, counter
) -> None:
    """A receipt for the increment names that bill alone."""
    loaded = window.load(basket, parcel_number=PARCEL)
    left = window.change("RemoveLines", loaded, line_numbers=[loaded.lines[0].line_number])
    posted = window.change("PostBasket", left, tenders=[counter.cash(40_000)], return_change=True)

    assert [line.bill_id for line in posted.receipt.lines] == [parts[1]]
    assert rows("select amount_cents from receipt_lines") == [(40_000,)]


@pytest.mark.parametrize(
    ("amount_cents", "open_cents", "part"),
    [(40_000, 60_000, 1), (60_000, 60_000, 0), (10_000, 60_000, 0), (10_000, 0, 1)],
    ids=["exactly-the-increment", "exactly-the-base", "a-part", "base-is-paid"],
)
def test_cash_035_a_files_line_finds_the_part_it_pays(
    app, counter, balance, parts, rows, amount_cents, open_cents, part
) -> None:
    """One coupon for two bills: the exact amount decides, else the base goes first."""
    app.consumer.absorb("on_balance_changed", [balance(PARCEL, YEAR, open_cents, sequence=4)])
    head = "bill_reference,amount,paid_on,received_on,check_number,payer_name"
    line = f"{COUPON},{amount_cents // 100}.00,2022-12-27,2022-12-28,1044,Imogen Vale"
    end = f"TRAILER,1,{amount_cents // 100}.00"
    counter.imported(f"{head}\n{line}\n{end}\n".encode(), "csv")

    assert [str(row[0]) for row in rows("select bill_id from import_lines")] == [parts[part]]
