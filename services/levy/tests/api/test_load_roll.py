"""LEVY-001, LEVY-002: a roll becomes bills through the public API, to the cent."""

import itertools
from collections import Counter
from uuid import UUID

import pytest

from levy_service.events import BillCreatedV1
from taxkit import testing


def test_levy_002_the_24_printed_bills_come_out_to_the_cent(levy, roll, expected) -> None:
    """Total, composite rate and every agency's line of four years, from value and rates."""
    for tax_year in roll.years:
        levy.load(roll.whole(tax_year))
    bills = levy.bills().bills

    found = {(str(bill.tax_year), bill.parcel_number): bill for bill in bills}
    assert len(bills) == 24
    assert found.keys() == expected.bills.keys()
    for key, bill in found.items():
        printed = expected.bills[key]
        assert int(printed["total_cents"]) == bill.total_cents
        assert printed["composite_rate_percent"] == bill.composite_rate_percent
        assert expected.lines[key] == {x.agency_code: x.amount_cents for x in bill.lines}
        assert bill.total_cents == sum(part.amount_cents for part in bill.installments)


def test_levy_002_the_answer_sums_the_roll_up(levy, roll, expected) -> None:
    """Bills, lines and cents of tax year 2021, and each bill's id in the order of the rows."""
    answer = levy.load(roll.whole(2021))

    printed = [row for row in expected.bills.values() if row["tax_year"] == "2021"]
    assert len(printed) == answer.bill_count == len(answer.bill_ids)
    assert answer.line_count == sum(int(row["line_count"]) for row in printed)
    assert answer.total_cents == sum(int(row["total_cents"]) for row in printed)
    sent = [message.parcel.parcel_number for message in roll.parcels(2021)]
    assert sent == [levy.bill(bill_id).parcel_number for bill_id in answer.bill_ids]


def test_levy_002_a_bill_is_told_with_lines_installments_and_residual(levy, roll) -> None:
    """Parcel 13264290020000 of 2021: 12,602.22, of which 55 % of last year's 9,025.96 is first."""
    levy.load(roll.whole(2021))
    (bill,) = levy.bills(parcel_number="13264290020000", tax_year=2021).bills

    assert bill.bill_number == "2021-13264290020000"
    assert (bill.bill_version, bill.owner_name) == (1, "Tamsin Kowalczyk-Reyes")
    assert (bill.net_value_dollars, bill.total_cents) == (187_561, 1_260_222)
    assert [(part.installment, part.due_on, part.amount_cents) for part in bill.installments] == [
        (1, "2022-03-01", 496_428),
        (2, "2022-12-30", 763_794),
    ]
    assert (bill.lines[0].agency_code, bill.lines[0].agency_name) == ("010010000", "County of Cook")
    assert {0} == {line.residual_cents for line in bill.lines[1:]}
    assert (bill.payment_state, bill.open_cents) == ("open", 1_260_222)


def test_levy_001_the_register_keeps_the_parcel_as_it_was_sent(app, levy, roll) -> None:
    """Value, class, township, owner and last year's bill stay on file for the year."""
    levy.load(roll.whole(2021))
    sent = roll.parcels(2021)[0].parcel

    with app.database.begin() as connection:
        kept = connection.exec_driver_sql(
            "select * from parcels where parcel_number = %s", (sent.parcel_number,)
        ).one()
    for field in ("tax_code", "property_class", "township", "value_dollars", "net_value_dollars"):
        assert getattr(sent, field) == getattr(kept, field)
    assert (sent.owner_name, sent.prior_year_total_cents) == (
        kept.owner_name,
        kept.prior_year_total_cents,
    )


def test_every_bill_is_announced_once_and_as_published(app, levy, roll) -> None:
    """BillCreated.v1 per bill: valid, balanced, in a trace of its own, a zero bill included."""
    answer = levy.load(roll.whole(2021))
    told = testing.emitted(app)

    assert [f"bill/{bill_id}" for bill_id in answer.bill_ids] == [each["subject"] for each in told]
    assert {"org.millage.levy.BillCreated.v1"} == {each["type"] for each in told}
    assert {1} == {int(each["sequence"]) for each in told}
    assert [{}] * len(told) == [BillCreatedV1().validate(each["data"]) for each in told]
    for each in told:
        bill = each["data"]
        assert bill["total_cents"] == sum(part["amount_cents"] for part in bill["components"])
        assert bill["total_cents"] == sum(part["amount_cents"] for part in bill["installments"])
        assert each["traceparent"].split("-")[1] == UUID(bill["bill_id"]).hex
    assert 0 in {each["data"]["total_cents"] for each in told}
    assert len(told) == len({each["traceparent"] for each in told})


def test_a_zero_bill_has_its_lines_and_installments_and_is_paid(levy, roll) -> None:
    """Nothing is owed, and nothing downstream has to guess: every part is there with zero cents."""
    levy.load(roll.whole(2021))
    (bill,) = levy.bills(parcel_number="31261100740000").bills

    assert (bill.total_cents, bill.payment_state, bill.open_cents) == (0, "paid", 0)
    assert {0} == {line.amount_cents for line in bill.lines}
    assert [part.amount_cents for part in bill.installments] == [0, 0]


def test_rates_may_come_after_the_parcels_that_need_them(levy, roll) -> None:
    """Only the header has a place of its own."""
    mixed = [roll.header(2021), *roll.parcels(2021), *roll.rates(2021)]
    whole = levy.load(mixed)

    assert len(roll.parcels(2021)) == whole.bill_count


def test_a_second_roll_of_the_year_uses_the_rates_on_file(levy, roll, count) -> None:
    """A supplemental roll need not send them again, and may if they are the same."""
    first, *others = roll.parcels(2021)
    levy.load([roll.header(2021, "one"), *roll.rates(2021), first])
    before = count()["rates"]
    levy.load([roll.header(2021, "two"), others[0]])
    levy.load([roll.header(2021, "three"), *roll.rates(2021), *others[1:]])

    assert before == count()["rates"]
    assert count()["bills"] == 1 + len(others)
    assert count()["rolls"] == 3


def test_the_same_roll_under_the_same_key_is_answered_as_before(levy, roll, count) -> None:
    """A retry after a lost answer bills nobody twice."""
    first = levy.load(roll.whole(2021))
    before = count()
    again = levy.load(roll.whole(2021))

    assert first == again
    assert before == count()


@pytest.mark.parametrize("change", ["less", "more", "other"])
def test_another_roll_under_the_same_key_is_refused(levy, roll, count, change: str) -> None:
    """IDEMPOTENCY_CONFLICT, whatever the difference; nothing changes."""
    levy.load(roll.whole(2021))
    before = count()
    other = roll.whole(2021)
    if change == "less":
        other.pop()
    elif change == "more":
        other.append(other[-1])
    else:
        other[-1].parcel.owner_name = "Somebody Else"

    assert testing.reason_of(levy.refused(other)) == "IDEMPOTENCY_CONFLICT"
    assert before == count()


def test_a_key_of_another_year_is_another_roll(levy, roll) -> None:
    """The header is part of what the key stands for."""
    levy.load(roll.whole(2021, key="one"))

    assert testing.reason_of(levy.refused(roll.whole(2020, key="one"))) == "IDEMPOTENCY_CONFLICT"


def test_bills_come_in_pages_by_year_and_parcel(levy, roll) -> None:
    """Every bill once, in order, however small the page."""
    for tax_year in roll.years:
        levy.load(roll.whole(tax_year))
    found, token = [], ""
    for _ in itertools.count():
        page = levy.bills(page_size=5, page_token=token)
        found += [(bill.tax_year, bill.parcel_number) for bill in page.bills]
        if not (token := page.next_page_token):
            break

    assert sorted(found) == found
    assert 24 == len(set(found)) == len(found)


def test_bills_are_found_by_parcel_and_by_year(levy, roll) -> None:
    """Both narrow the list; a parcel's years come oldest first."""
    sent = Counter()
    for tax_year in roll.years:
        levy.load(roll.whole(tax_year))
        sent[tax_year] = len(roll.parcels(tax_year))

    for tax_year in roll.years:
        assert sent[tax_year] == len(levy.bills(tax_year=tax_year).bills)
    (bill,) = levy.bills(parcel_number="13264290020000").bills
    assert bill.tax_year == 2021
    assert not levy.bills(parcel_number="00000000000000").bills
