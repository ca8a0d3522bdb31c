"""Acceptance cases under California's law as it is: penalty and interest stand beside them."""

from datetime import date

from taxkit.ids import new_id

JUNE_30, JULY_30, JULY_31 = date(2020, 6, 30), date(2020, 7, 30), date(2020, 7, 31)
YEARS = (2019, 2020, 2021, 2022)
PAID, RETURNED = date(2023, 3, 1), date(2023, 3, 8)


def test_ac_5_under_the_law_as_it_is_the_correction_leaves_the_same_rows(california):
    """AC-5: 30 and 50 of penalty default with their tax, and the correction's grace takes them."""
    california.issue(500, 500)
    california.pay(200, date(2019, 9, 1))
    california.default(JUNE_30)
    cells = california.cells()
    assert (cells["DS penalty 1"], cells["DS penalty 2"], cells["open"]) == (30, 50, 880)

    california.correct(500, 300, on=JUNE_30)

    assert california.cells() == {
        "S tax 1": 200, "DS tax 1": 300, "DS tax 2": 300, "pay S tax 1": -200, "open": 600,
    }  # fmt: skip


def test_ac_10_under_the_law_as_it_is_the_grace_ends_in_68_and_a_month_s_interest(california):
    """AC-10: 700 DS, 20 lifted and reapplied; July brings 1.5% of 680, day 31 the penalty."""
    california.issue(500, 500)
    california.pay(570, date(2020, 5, 1))
    california.default(JUNE_30)

    california.correct(500, 700, on=JUNE_30)

    assert california.cells() == {
        "S tax 1": 500, "S penalty 1": 50, "DS tax 2": 700, "pay S tax 1": -500,
        "pay S penalty 1": -50, "pay DS tax 2": -20, "open": 680,
    }  # fmt: skip
    assert california.quote(JULY_30).open_cents == 68_000 + 1_020
    assert california.quote(JULY_31).open_cents == 68_000 + 1_020 + 6_800


def test_ac_15_under_the_law_as_it_is_the_fee_is_on_the_oldest_bill_alone(california):
    """AC-15: four bills redeemed with all that is on them; returned, each is open as it was."""
    bills = {year: new_id() for year in YEARS}
    for year, bill in bills.items():
        due = (date(year, 12, 10), date(year + 1, 4, 10))
        california.issue(500, 500, bill=bill, tax_year=year, due=due)
    california.default(date(2022, 6, 30))
    owed = {bill: california.quote(PAID, bill).open_cents for bill in bills.values()}
    # Ten percent, and 1.5% of 1,000 a month begun since July of the default: 33, 21 and 9 of them.
    # Of 2022 the first half is late, and not in default.
    assert list(owed.values()) == [
        110_000 + 33 * 1_500, 110_000 + 21 * 1_500, 110_000 + 9 * 1_500, 105_000,
    ]  # fmt: skip
    lines = [
        california.neighbours.line(number, cents, bill)
        for number, (bill, cents) in enumerate(owed.items(), 1)
    ]
    receipt = new_id()
    body = california.neighbours.payment_posted(receipt, *lines, day=PAID.isoformat())
    california.absorb("on_payment_posted", body, PAID)
    assert [california.quote(PAID, bill).open_cents for bill in owed] == [0, 0, 0, 0]

    california.bounce(receipt, RETURNED)

    fees = [
        sum(part.fee_open_cents for part in california.quote(RETURNED, bill).installments)
        for bill in owed
    ]
    assert fees == [2_500, 0, 0, 0]
    again = [california.quote(PAID, bill).open_cents for bill in owed]
    assert again == [cents + fee for cents, fee in zip(owed.values(), fees, strict=True)]
