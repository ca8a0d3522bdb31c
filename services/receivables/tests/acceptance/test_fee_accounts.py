"""RECV-067: a fee on nobody's property is in the books, paid at the counter, and waived there."""

import sys
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from millage.receivables.v1 import fees_pb2 as pb
from receivables_service.domain.fee_accounts import CLASS
from taxkit.ids import new_id

sys.path.insert(0, str(Path(__file__).parent))

from test_fees import add, note, on_agent, refused, to_zero

OCT, NOV = date(2019, 10, 1), date(2019, 11, 1)
JUNE_30, LATER = date(2020, 6, 30), date(2024, 6, 30)


def get(county, fee):
    return county.fees.GetFee(pb.GetFeeRequest(fee_id=fee.fee_id), metadata=county.caller())


def lines(county, bill_id):
    """Account, cents and collection type of each line of the books, posting by posting."""
    return [
        (one.ledger_account, one.amount_cents, one.collection_type)
        for one in county.entries(UUID(bill_id))
    ]


def test_recv_067_a_fee_on_an_agent_is_charged_in_double_entry(quiet):
    """RECV-067: owed unsecured by whom it is on, and told with whose money it will be."""
    quiet.day(OCT)
    fee = on_agent(quiet)
    found = quiet.quote(OCT, fee.bill_id)
    assert (found.open_cents, found.parcel_number, found.owner_name) == (5_000, "agent:77", "77")
    assert found.bill_number == fee.bill_number
    entries = lines(quiet, fee.bill_id)
    assert sum(cents for account, cents, _ in entries if account == "taxes_receivable") == 5_000
    assert sum(cents for account, cents, _ in entries if account == "fee_income") == -5_000
    balance = quiet.told("BalanceChanged")[-1]
    assert (balance["open_cents"], balance["fee_account"]) == (5_000, True)
    assert balance["installments"][0]["collection_type"] == "U"
    (told,) = quiet.told("FeeAccountOpened")
    assert (told["bill_id"], told["total_cents"]) == (fee.bill_id, 5_000)
    assert [(one["fund"], one["amount_cents"]) for one in told["components"]] == [
        ("court_costs", 5_000)
    ]


def test_recv_066_the_rows_of_a_miscellaneous_fee_say_whose_money_it_is(quiet):
    """RECV-066: account by account, several rows of one added up."""
    rows = [
        pb.FeeRow(account_code=code, description=code, amount_cents=cents)
        for code, cents in (("FEE-200", 100), ("FEE-100", 300), ("FEE-200", 50))
    ]
    on_agent(quiet, fee_type="misc_rcpt", amount_cents=0, rows=rows)
    (told,) = quiet.told("FeeAccountOpened")
    assert [(one["fund"], one["amount_cents"]) for one in told["components"]] == [
        ("FEE-100", 300), ("FEE-200", 150),
    ]  # fmt: skip


def test_recv_067_it_is_paid_by_its_number_like_a_bill(quiet):
    """RECV-067: part by part; once anything is paid it is not modified to nothing."""
    quiet.day(OCT)
    fee = on_agent(quiet)
    quiet.pay(20, OCT, bill=UUID(fee.bill_id))
    assert get(quiet, fee).state == "part_paid"
    assert refused(lambda: to_zero(quiet, fee)) == "FEE_PAID"
    quiet.pay(30, NOV, bill=UUID(fee.bill_id))
    assert get(quiet, fee).state == "paid"
    assert quiet.quote(NOV, fee.bill_id).open_cents == 0
    rows = [row for one in quiet.told("PaymentAllocated") for row in one["rows"]]
    assert [(row["charge_type"], row["charge_code"], row["amount_cents"]) for row in rows] == [
        ("fee", "court_costs", 2_000), ("fee", "court_costs", 3_000),
    ]  # fmt: skip


def test_recv_067_a_payment_taken_back_opens_it_again(quiet):
    """RECV-067: then it may be waived, and the books are even."""
    quiet.day(OCT)
    fee = on_agent(quiet)
    receipt = quiet.pay(50, OCT, bill=UUID(fee.bill_id))
    body = quiet.neighbours.payment_reversed(
        receipt, quiet.neighbours.line(1, 5_000, UUID(fee.bill_id)), day=OCT.isoformat()
    )
    quiet.absorb("on_payment_reversed", body, OCT)
    assert get(quiet, fee).state == "unpaid"
    assert to_zero(quiet, fee).state == "waived"
    assert quiet.quote(NOV, fee.bill_id).open_cents == 0
    by_account: dict[str, int] = {}
    for account, cents, _ in lines(quiet, fee.bill_id):
        by_account[account] = by_account.get(account, 0) + cents
    assert set(by_account.values()) == {0}


def test_recv_067_money_beyond_it_is_surplus(quiet):
    """RECV-067: received = applied + surplus, as on any bill."""
    quiet.day(OCT)
    fee = on_agent(quiet)
    receipt = quiet.pay(60, OCT, bill=UUID(fee.bill_id))
    assert quiet.quote(NOV, fee.bill_id).surplus_cents == 1_000
    assert quiet.balance_of_receipts() == {str(receipt): 6_000}


def test_recv_067_it_bears_no_interest_and_never_defaults(quiet):
    """RECV-067: under a law that knows both; a year's default process passes it by."""
    quiet.day(OCT)
    fee = on_agent(quiet)
    quiet.default(JUNE_30)
    found = quiet.quote(LATER, fee.bill_id)
    assert (found.open_cents, found.defaulted) == (5_000, False)
    assert quiet.told("CollectionTypeTransferred") == []


def test_recv_067_a_receipt_is_noted_only_for_fees_of_before(quiet, app):
    """RECV-067: those have no bill; the others are paid by theirs."""
    quiet.issue(500, 500)
    receipt = quiet.pay(60, OCT)
    fee = on_agent(quiet)
    assert refused(lambda: note(quiet, fee, receipt)) == "FEE_ON_BILL"
    assert refused(lambda: note(quiet, add(quiet), receipt)) == "FEE_ON_BILL"
    former = new_id()
    with app.database.begin() as connection:
        connection.exec_driver_sql(
            "insert into fees select %s, fee_type, charge_code, holder_kind, holder_id,"
            " statement_id, null, tax_year, amount_cents, due_on, batch, charged_by, reason,"
            " business_date, recorded_at, rule_id from fees where fee_id = %s",
            (former, fee.fee_id),
        )
    old = pb.Fee(fee_id=str(former))
    assert get(quiet, old).state == "unpaid"
    assert refused(lambda: note(quiet, old, UUID(int=5))) == "RECEIPT_NOT_FOUND"
    assert note(quiet, old, receipt).state == "paid"
    assert refused(lambda: to_zero(quiet, old)) == "FEE_PAID"


def test_recv_067_a_year_without_law_is_refused(quiet):
    """RECV-067: what its money would go by is not known."""
    assert refused(lambda: on_agent(quiet, tax_year=1802)) == "NO_LAW_IN_FORCE"
    assert quiet.told("FeeAccountOpened") == []
    assert CLASS == "fee_account"


@pytest.mark.parametrize("kind", ["account", "litigation", "mortgage_holder"])
def test_recv_065_each_holder_s_fees_are_its_own(quiet, kind):
    """RECV-065: two fees are two bills, under the holder's own name."""
    one, other = on_agent(quiet, holder_kind=kind), on_agent(quiet, holder_kind=kind)
    assert one.bill_number != other.bill_number
    listed = pb.ListFeesRequest(holder_kind=kind, holder_id="77")
    found = quiet.fees.ListFees(listed, metadata=quiet.caller()).fees
    assert {each.bill_number for each in found} == {one.bill_number, other.bill_number}
    assert quiet.quote(NOV, one.bill_id).parcel_number == f"{kind}:77"
