"""NOTI-004: owners who can still save are reminded before a discount ends, each once."""

from datetime import date, timedelta

import pytest

from receivables_service.discounts import reminding
from receivables_service.discounts.period_events import PERIOD_ENDING
from taxkit.ids import new_id

JAN_20, JAN_24, JAN_31, FEB_1 = (
    date(2022, 1, 20), date(2022, 1, 24), date(2022, 1, 31), date(2022, 2, 1),
)  # fmt: skip


@pytest.fixture
def programs(early):
    return (early.rstrip() + "\n          remind_days: 7\n",)


def _reminded(county, on):
    reminding.remind(county.app, on)
    return county.told("DiscountPeriodEnding")


def test_noti_004_an_owner_who_owes_is_reminded_once(county):
    """Not before its time; after that on whichever day the timer runs, and never again."""
    county.issue()
    assert _reminded(county, JAN_20) == []
    (told,) = _reminded(county, JAN_24)
    assert PERIOD_ENDING.schema().validate(told) == {}
    assert (told["discount_cents"], told["settles_cents"], told["days_left"]) == (
        15_000,
        285_000,
        8,
    )
    assert (told["last_day"], told["programs"]) == ("2022-01-31", ["early"])
    assert len(_reminded(county, JAN_24)) == len(_reminded(county, JAN_31)) == 1


def test_noti_004_who_has_paid_or_does_not_qualify_is_left_alone(county):
    """A bill paid, one of a parcel that owes an earlier year, one after the last day."""
    county.issue()
    county.pay(285_000, JAN_20)
    other = new_id()
    county.issue(10_000, tax_year=2020, bill=new_id(), parcel_number="9" * 14, bill_number="2020-9")
    county.issue(bill=other, parcel_number="9" * 14, bill_number="2021-9")
    assert _reminded(county, JAN_31) == []
    looked = county.rows("select bill_id, reminded from discount_reminders")
    assert looked == [(other, False)]
    county.issue(bill=new_id(), parcel_number="8" * 14, bill_number="2021-8")
    assert _reminded(county, FEB_1) == []


def test_noti_004_a_page_at_a_time_every_bill_is_told_of(county, monkeypatch):
    """However many there are, and whether the timer died in between."""
    monkeypatch.setattr(reminding, "AT_ONCE", 2)
    monkeypatch.setattr(
        reminding, "_CANDIDATES", reminding._CANDIDATES.replace("limit 200", "limit 2")
    )
    for number in range(5):
        county.issue(bill=new_id(), parcel_number=f"{number}" * 14, bill_number=f"2021-{number}")
    assert len(_reminded(county, JAN_31)) == 5


class TestAfterTheNotice:
    """A program whose days count from the bill's own notice."""

    @pytest.fixture
    def programs(self, early):
        begin = early.split("          periods:")[0]
        period = '            - {rate: "0.02", days_after_notice: 30, months_after_notice: 2}\n'
        return (f"{begin}          remind_days: 5\n          periods:\n{period}",)

    def test_each_bill_has_its_own_last_day(self, county):
        """Issued November 1: the thirty days are within the two months, which end on January 1."""
        county.issue()
        assert _reminded(county, date(2021, 11, 27)) == []
        (told,) = _reminded(county, date(2021, 12, 28))
        assert (told["last_day"], told["discount_cents"]) == ("2022-01-01", 6_000)
        assert len(_reminded(county, date(2021, 12, 28) + timedelta(days=3))) == 1
