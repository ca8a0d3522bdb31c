"""AC-12 and AC-13 through events: a payment, what it is let off, and what is told of it."""

import json
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest

from receivables_service import events
from receivables_service.reports.statement import statement
from reportkit.cursor import watermark
from taxkit.ids import new_id
from taxkit.testing import emitted

JAN_15, JAN_31, FEB_1, FEB_4 = (
    date(2022, 1, 15),
    date(2022, 1, 31),
    date(2022, 2, 1),
    date(2022, 2, 4),
)


def test_ac_12_surplus(county):
    """AC-12: 2,875 on the line: 150 off, 2,850 applied, 25 held, in one balanced posting."""
    county.issue()
    receipt = county.pay(287_500, JAN_15)
    assert county.postings("payment") == [
        {
            "cash_clearing": 287_500,
            "discount": 15_000,
            "surplus_liability": -2_500,
            "taxes_receivable": -300_000,
        }
    ]
    assert county.open_cents() == 0
    (applied,) = county.told("DiscountApplied")
    assert applied["receipt_id"] == str(receipt)
    assert (applied["amount_cents"], applied["open_cents"]) == (15_000, 0)
    assert (applied["program"], applied["gl_account"]) == ("early", "4190-EARLY")
    assert applied["cause"] == "payment"
    (allocated,) = county.told("PaymentAllocated")
    assert sum(row["amount_cents"] for row in allocated["rows"]) == 285_000
    assert allocated["surplus_cents"] == 2_500
    assert county.log() == [("applied", "early", "", 300_000, 285_000, 15_000, 300_000, 0)]


def test_ac_12_change(county):
    """AC-12: the counter gave 25 back: 2,850 applied, nothing held."""
    county.issue()
    county.pay(285_000, JAN_15)
    assert county.postings("payment") == [
        {"cash_clearing": 285_000, "discount": 15_000, "taxes_receivable": -300_000}
    ]


def test_ac_13_a_on_the_deadline(county):
    """AC-13 a, RECV-023: 2,850 on January 31 is in time."""
    county.issue()
    county.pay(285_000, JAN_31)
    assert (county.open_cents(), county.accounts()["discount"]) == (0, 15_000)


@pytest.mark.parametrize(
    ("postmark", "discount", "balance"), [(JAN_31, 15_000, 0), (FEB_1, 0, 15_000)]
)
def test_ac_13_b_c_mail_counts_by_its_postmark(county, postmark, discount, balance):
    """AC-13 b and c, RECV-023: processed February 4 both; one was posted in time."""
    county.issue()
    county.pay(285_000, postmark, source="mail", postmarked_on=postmark, business_date=FEB_4)
    assert (county.accounts()["discount"], county.open_cents()) == (discount, balance)
    ((action, _, reason, *_),) = county.log()
    assert (action == "applied") is bool(discount)
    assert ("timely: postmarked 2022-02-01" in reason) is not bool(discount)


def test_recv_023_the_postmark_counts_where_money_bears_another_date(county):
    """RECV-023: interest may go by receipt; the discount goes by the postmark all the same."""
    for source in ("mail", "lockbox", "misc"):
        county.bill = new_id()
        county.issue(bill_number=f"2021-{source}")
        county.pay(285_000, FEB_4, source=source, postmarked_on=JAN_31)
        assert county.open_cents() == 0


def test_recv_023_what_bears_no_postmark_counts_from_its_receipt(county):
    """RECV-023: a bank that reads none: the day it had the money, whatever the source is called."""
    county.issue()
    county.pay(285_000, FEB_1, source="lockbox")
    assert county.open_cents() == 15_000
    assert "received 2022-02-01" in county.log()[0][2]


def test_ac_13_d_a_late_earlier_year_bars_it_and_the_reason_is_kept(county):
    """AC-13 d, RECV-024: 2020 is unpaid and past due."""
    county.issue(10_000, tax_year=2020, bill=new_id())
    county.issue()
    county.pay(285_000, JAN_15)
    assert county.open_cents() == 15_000
    ((action, _, reason, *_),) = county.log()
    assert (action, reason) == ("refused", "prior_years: delinquent years: 2020")
    ((checks,),) = county.rows("select checks from discount_log")
    assert [name for name, passed, _ in checks if not passed] == ["prior_years"]
    assert [name for name, *_ in checks] == ["timely", "tax_class", "prior_years", "flags"]


def test_recv_024_a_receipt_that_pays_the_earlier_year_too_is_in_good_standing(county):
    """One receipt, both years: the older is paid first, whatever its line's number."""
    older = new_id()
    county.issue(10_000, tax_year=2020, bill=older, due=date(2021, 3, 1))
    county.issue()
    make = county.neighbours
    # What 2020 owes by then, interest of eleven months included.
    lines = (make.line(1, 285_000, county.bill), make.line(2, 11_650, older))
    body = make.payment_posted(new_id(), *lines, day=JAN_15.isoformat())
    county.absorb("on_payment_posted", body, JAN_15)
    assert county.open_cents() == 0
    assert len(county.told("DiscountApplied")) == 1


def test_ac_13_e_principal_alone_is_discounted(county):
    """AC-13 e, RECV-022: a fee of 100 beside 3,000: 150 off, 2,950 settles."""
    county.issue()
    county.rows(
        "insert into facts (fact_id, kind, bill_id, business_date, effective_on, recorded_at, body)"
        " values (%s, 'fee', %s, '2022-01-02', '2022-01-02', '2022-01-02 18:00Z', %s) returning 1",
        new_id(),
        county.bill,
        json.dumps({"charge_code": "returned_check", "amount_cents": 10_000, "rule_id": "test"}),
    )
    county.pay(295_000, JAN_15)
    assert (county.open_cents(), county.accounts()["discount"]) == (0, 15_000)


def test_ac_13_f_a_short_payment_gets_none(county):
    """AC-13 f, RECV-027: 2,800 of 2,850 wanted: nothing off, 200 open, and why is kept."""
    county.issue()
    county.pay(280_000, JAN_31)
    assert county.open_cents() == 20_000
    ((action, _, reason, base, needed, *_),) = county.log()
    assert (action, base, needed) == ("refused", 300_000, 285_000)
    assert reason == "short: 280000 paid, 285000 needed"
    assert county.told("DiscountApplied") == []


class TestLate:
    """A county where late tax bears 16% a year and 2% at once: 40 and 60 of 3,000."""

    @pytest.fixture
    def own_jurisdictions(self, own_jurisdictions):
        file = Path(own_jurisdictions) / "us-il-cook" / "receivables.yaml"
        text = file.read_text("utf-8")
        levied = 'levied: true\n      rate: "0.02"\n      rounding: half_up'
        for written, instead in (
            ('monthly_rate: "0.015"', 'yearly_rate: "0.16"'),
            ("levied: false", levied),
        ):
            assert written in text
            text = text.replace(written, instead, 1)
        file.write_text(text, "utf-8")
        return own_jurisdictions

    def test_ac_13_e_penalty_and_interest_are_paid_whole(self, county):
        """AC-13 e: 3,000 with 60 of penalty and 40 of interest: 150 off, 2,950 settles."""
        county.issue(due=date(2021, 12, 31))
        county.pay(295_000, JAN_15)
        assert (county.open_cents(), county.accounts()["discount"]) == (0, 15_000)
        charged = county.rows(
            "select charge_type, sum(amount_cents)::bigint from ledger_entries"
            " where charge_type in ('penalty', 'interest') and amount_cents > 0 group by 1"
        )
        assert dict(charged) == {"penalty": 6_000, "interest": 4_000}


class TestProportional:
    """A county whose program discounts the part that is paid."""

    @pytest.fixture
    def programs(self, early):
        return (early.rstrip() + "\n          partial: proportional\n",)

    def test_ac_13_g_a_short_payment_gets_its_part(self, county):
        """AC-13 g: 147.37 off, 52.63 open."""
        county.issue()
        county.pay(280_000, JAN_31)
        assert (county.accounts()["discount"], county.open_cents()) == (14_737, 5_263)


class TestAsking:
    """A county where amounts above 100.00 wait for a second person; it closes at five."""

    @pytest.fixture
    def programs(self, early):
        more = "          approval: above\n          approval_above_cents: 10000\n"
        return (early.rstrip() + "\n" + more + '          cut_off: "17:00"\n',)

    def test_recv_028_a_large_one_waits_and_a_small_one_does_not(self, county):
        """RECV-028: nothing is let off until a second person has said so."""
        county.issue()
        county.pay(285_000, JAN_15)
        assert county.open_cents() == 15_000
        ((action, _, _, _, _, cents, *_),) = county.log()
        assert (action, cents) == ("pending", 15_000)
        waiting = county.rows("select asked_by, amount_cents from discount_requests")
        assert waiting == [("ledger", 15_000)]
        ((why,),) = [told["programs"] for told in county.told("DiscountNotGranted")]
        assert (why["state"], why["reason"], why["amount_cents"]) == ("pending", "approval", 15_000)
        small = new_id()
        county.issue(200_000, bill=small, tax_year=2021, parcel_number="1" * 14)
        county.pay(190_000, JAN_15, bill=small)
        assert [one["amount_cents"] for one in county.told("DiscountApplied")] == [10_000]

    def test_recv_023_after_five_on_the_last_day_is_late(self, county):
        """RECV-023: six in the evening where the county is."""
        county.issue(200_000)
        county.pay(190_000, JAN_31, at="2022-02-01T00:00:00+00:00")
        assert county.open_cents() == 10_000
        assert "received 2022-01-31 at 18:00" in county.log()[0][2]


def test_recv_024_a_flag_the_program_excludes_bars_it(county):
    """RECV-024: do-not-allow-payment on the parcel."""
    county.issue()
    county.rows(
        "insert into flags (subject_kind, subject, flag, is_on, scope, sequence)"
        " values ('parcel', '13264290020000', 'dnap', true, '[]', 1) returning 1"
    )
    county.pay(285_000, JAN_15)
    assert county.log()[0][2] == "flags: barring flags: dnap"


def test_recv_022_the_agencies_that_are_specials_stay_out(county):
    """RECV-022: 300.00 of the bill is the special agency's: 5% of 2,700."""
    components = [
        {"agency_code": "010010000", "agency_name": "County", "amount_cents": 270_000},
        {"agency_code": "SPEC", "agency_name": "Sewer", "amount_cents": 30_000},
    ]
    county.issue(components=components)
    county.pay(300_000, JAN_15)
    assert county.accounts()["discount"] == 13_500
    assert county.accounts()["surplus_liability"] == -13_500


def test_recv_026_reversal_of_the_receipt_takes_it_back(county):
    """The till takes the receipt back: the opposite entries, and DiscountReversed is told."""
    county.issue()
    receipt = county.pay(287_500, JAN_15)
    county.reverse(receipt, 287_500, FEB_1)
    assert county.open_cents() == 300_000
    (undone,) = county.postings("reversal")
    (done,) = county.postings("payment")
    assert undone == {account: -cents for account, cents in done.items()}
    (told,) = county.told("DiscountReversed")
    assert (told["cause"], told["amount_cents"], told["open_cents"]) == (
        "reversal",
        15_000,
        300_000,
    )


def test_recv_026_money_that_waited_for_its_bill_is_judged_when_the_bill_comes(county):
    """The payment first, then the bill: the same balance as the other way round."""
    county.pay(287_500, JAN_15)
    assert county.log() == []
    county.issue()
    assert (county.open_cents(), county.accounts()["discount"]) == (0, 15_000)
    assert county.accounts()["surplus_liability"] == -2_500


def test_whatever_the_order_of_arrival_the_books_are_the_same(county):
    """Bill, two payments and the reversal of a third: every order gives the same accounts."""
    third = new_id()
    steps = {
        "bill": county.issue,
        "first": lambda: county.pay(100_000, JAN_15, receipt=new_id()),
        "second": lambda: county.pay(190_000, JAN_31),
        "undone": lambda: county.pay(5_000, date(2022, 1, 10), receipt=third),
        "undo": lambda: county.reverse(third, 5_000, JAN_15),
    }
    seen = set()
    for order in list(permutations(steps))[::10]:
        county.bill, third = new_id(), new_id()
        for step in order:
            steps[step]()
        rows = county.rows(
            "select ledger_account, sum(amount_cents)::bigint from ledger_entries"
            " join postings using (posting_id) where bill_id = %s group by 1"
            " having sum(amount_cents) <> 0 order by 1",
            county.bill,
        )
        seen.add(tuple(rows))
    assert seen == {(("cash_clearing", 290_000), ("discount", 10_000), ("levy_control", -300_000))}


def test_told_twice_it_is_granted_once(county):
    """The same receipt again, and in one batch with itself: one discount, one line of the log."""
    county.issue()
    receipt = new_id()
    county.pay(285_000, JAN_15, receipt=receipt)
    county.pay(285_000, JAN_15, receipt=receipt)
    assert county.accounts()["discount"] == 15_000
    assert len(county.log()) == 1


def test_what_is_told_is_by_its_schema(county):
    """Every event of a discount and its reversal loads by what is published."""
    county.issue()
    county.reverse(county.pay(287_500, JAN_15), 287_500, FEB_1)
    schemas = {one.type_name: one.schema() for one in events.PUBLISHED}
    for one in emitted(county.app):
        assert schemas[one["type"]].validate(one["data"]) == {}
    balance = county.told("BalanceChanged")[1]
    assert balance["installments"][0]["discount_cents"] == 15_000
    assert balance["installments"][0]["paid_cents"] == 285_000


def test_recv_021_a_later_year_without_a_program_gets_none(county):
    """A bill of a year the law on file does not reach: paid plainly, nothing is logged."""
    county.issue(tax_year=2014)
    county.pay(285_000, date(2015, 1, 15))
    assert (county.log(), county.told("DiscountApplied")) == ([], [])


def test_recv_032_a_statement_names_the_discount(county):
    """RECV-032: what was let off is a line of its own, beside what was paid."""
    county.issue()
    county.pay(287_500, JAN_15)
    report = statement(county.app.terms, county.app.clock.today)
    with county.app.database.begin() as connection:
        asked = {"parcel_number": "13264290020000", "as_of": FEB_1}
        rows = list(report.rows(connection, asked, watermark(connection)))
    assert ("Discount", -15_000, 0) in [(row[3], row[7], row[8]) for row in rows]
    assert rows[-1][9] == 0


def test_recv_032_what_a_payment_in_time_did_not_get_is_told_for_its_receipt(county):
    """AC-13 d: the payer is told why; of a payment out of time there is nothing to tell."""
    county.issue(10_000, tax_year=2020, bill=new_id())
    county.issue()
    receipt = county.pay(285_000, JAN_15)
    (told,) = county.told("DiscountNotGranted")
    (why,) = told["programs"]
    assert (told["receipt_id"], told["bill_id"]) == (str(receipt), str(county.bill))
    assert (why["program"], why["state"], why["reason"]) == ("early", "refused", "prior_years")
    assert events.not_granted.EVENT.schema().validate(told) == {}
    county.pay(1_000, FEB_1)
    assert len(county.told("DiscountNotGranted")) == 1


def test_recv_032_short_money_is_told_and_what_was_granted_is_not(county):
    county.issue()
    county.pay(280_000, JAN_31)
    ((why,),) = [told["programs"] for told in county.told("DiscountNotGranted")]
    assert (why["reason"], why["rate"], why["amount_cents"]) == ("short", "0.05", 0)
    other = new_id()
    county.issue(100_000, bill=other, bill_number="2021-other")
    county.pay(95_000, JAN_31, bill=other)
    assert len(county.told("DiscountNotGranted")) == 1


def test_recv_032_money_that_waited_for_its_bill_is_told_with_the_bills_names(county):
    """Judged when the bill comes, short as it is."""
    county.pay(280_000, JAN_15)
    county.issue()
    (told,) = county.told("DiscountNotGranted")
    assert told["bill_number"]
    assert events.not_granted.EVENT.schema().validate(told) == {}
