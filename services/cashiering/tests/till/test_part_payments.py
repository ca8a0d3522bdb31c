"""RECV-062: parts of bills at the till, past any basket."""

from dataclasses import replace
from datetime import date

import pytest

from cashiering_service import part_law
from cashiering_service.baskets import quoted
from cashiering_service.domain.counter_settings import SettingSet
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

LATE = "2022-03-01"


@pytest.fixture
def only_coded(app):
    """The office asks for codes."""
    given = (SettingSet("partial_only_coded", "on", date(2022, 1, 1)),)
    app.parts = replace(app.parts, set_here=lambda: given)


@pytest.fixture
def pay(counter, session):
    def post(bill_id, cents: int, **changes):
        given = {"lines": [counter.line(cents, bill_id)], "tenders": [counter.cash(cents)]}
        return counter.pay(session.session_id, **(given | changes))

    return post


def _told(app, name: str, subject: str, data: dict) -> None:
    body = testing.foreign_event(f"org.millage.receivables.{name}.v1", subject, data)
    method = "on_code_setting_changed" if "Setting" in name else "on_bill_code_changed"
    app.consumer.absorb(method, [body])


@pytest.mark.usefixtures("only_coded")
def test_recv_062_a_part_is_refused_until_the_bill_bears_the_code(
    app, pay, bill, refused, unchanged
) -> None:
    """RECV-062: nothing is written; the whole bill is taken any time."""
    bill_id, other = bill(), bill("88888888888888")
    with unchanged():
        refused("PARTIAL_NOT_CODED", pay, bill_id, 9_999)
    assert pay(other, 10_000).total_cents == 10_000

    on = {"bill_id": str(bill_id), "code": "PART", "codes": [{"code": "PART", "charge_code": ""}]}
    _told(app, "BillCodeChanged", f"bill/{bill_id}", on)
    refused("PARTIAL_NOT_CODED", pay, bill_id, 9_999)
    said = {"code": "PART", "description": "May pay in parts", "switches": ["partial_payment"]}
    _told(app, "CodeSettingChanged", "code/PART", said)
    assert pay(bill_id, 9_999).total_cents == 9_999


def test_recv_062_where_any_part_is_taken_none_is_asked_about(app, pay, bill) -> None:
    """RECV-062: the default; nor is a bill's standing read."""
    assert not app.parts.may_ask
    assert pay(bill(), 1).total_cents == 1


@pytest.mark.usefixtures("only_coded")
def test_recv_062_the_quote_of_the_day_says_what_is_whole(app, pay, bill, refused) -> None:
    """RECV-062: what was told last knows nothing of interest since."""
    bill_id = bill(due_on=LATE)
    charges = {"tax_open_cents": 10_000, "interest_open_cents": 150, "due_on": LATE}
    due = pb.BillDue(
        bill_id=str(bill_id), bill_version=1,
        installments=[pb.InstallmentDue(installment=1, **charges)],
    )  # fmt: skip
    quoted.keep(app.database, [due], date(2022, 12, 15))
    refused("PARTIAL_NOT_CODED", pay, bill_id, 10_000)
    assert pay(bill_id, 10_150).total_cents == 10_150


@pytest.mark.usefixtures("only_coded")
def test_recv_062_who_pays_all_but_the_discount_pays_no_part(app, pay, bill, refused) -> None:
    """RECV-026: what was quoted to be let off on that day."""
    bill_id = bill()
    due = pb.BillDue(
        bill_id=str(bill_id), bill_version=1, discount_cents=500,
        installments=[
            pb.InstallmentDue(installment=1, tax_open_cents=10_000, due_on="2022-12-30")
        ],
    )  # fmt: skip
    quoted.keep(app.database, [due], date(2022, 12, 15))
    refused("PARTIAL_NOT_CODED", pay, bill_id, 9_499)
    assert pay(bill_id, 9_500).total_cents == 9_500


@pytest.mark.usefixtures("only_coded")
def test_recv_062_a_plan_that_runs_is_paid_in_its_own_parts(app, pay, bill, refused) -> None:
    """RECV-062: a pending one takes no payment at all (CASH-073)."""
    bill_id = bill()
    with app.database.begin() as connection:
        connection.exec_driver_sql("insert into plans values ('P-1', 'pending')")
        connection.exec_driver_sql("insert into plan_bills values ('P-1', %s)", (bill_id,))
    refused("PLAN_PENDING", pay, bill_id, 2_500)
    with app.database.begin() as connection:
        connection.exec_driver_sql("update plans set status = 'active'")
    assert pay(bill_id, 2_500).total_cents == 2_500


@pytest.mark.usefixtures("only_coded")
def test_recv_062_what_the_tender_does_to_a_line_is_what_counts(
    pay, bill, counter, refused
) -> None:
    """CASH-040: a line made to fit a smaller tender is a part as well."""
    refused(
        "PARTIAL_NOT_CODED",
        pay, bill(), 10_000, tenders=[counter.cash(6_000)], allocate_tendered=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("jurisdiction", "cents", "reason"),
    [
        ("us-ia", 149, "PART_BELOW_CHARGES"),
        ("us-ia", 150, ""),
        ("us-co", 10_149, "PART_NOT_AN_INSTALLMENT"),
        ("us-co", 10_150, ""),
    ],
)
def test_recv_062_each_law_asks_its_own(
    app, pay, bill, refused, jurisdiction: str, cents: int, reason: str
) -> None:
    """Iowa's least part, and Colorado's return of parts."""
    folder = app.settings.jurisdictions_dir
    app.parts = replace(part_law.load(folder, jurisdiction))
    bill_id = bill(due_on=LATE, interest=150)
    if reason:
        refused(reason, pay, bill_id, cents)
    else:
        assert pay(bill_id, cents).total_cents == cents
