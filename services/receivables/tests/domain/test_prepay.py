"""Money paid ahead meets current bills."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from receivables_service.domain.prepay import CycleBill, PaidAhead, Spent, assign

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def test_recv_046_money_goes_in_order_and_never_to_a_late_bill():
    """RECV-046: 150 on bills of 100 and 80, the first of them late: 80 go, 70 stay."""
    bills = [CycleBill(A, 100, is_current=False), CycleBill(B, 80, is_current=True)]

    assert assign([PaidAhead(C, 150)], bills) == [Spent(C, B, 80)]


@given(
    st.lists(st.integers(0, 10**9), max_size=6),
    st.lists(st.tuples(st.integers(0, 10**9), st.booleans()), max_size=6),
)
def test_recv_046_nothing_is_spent_twice_or_beyond_what_is_owed(money, owed):
    """RECV-046: per item at most its money, per bill at most its debt; all of one is used up."""
    items = [PaidAhead(UUID(int=place), cents) for place, cents in enumerate(money)]
    bills = [CycleBill(UUID(int=100 + n), cents, now) for n, (cents, now) in enumerate(owed)]
    spent = assign(items, bills)

    for item in items:
        assert sum(each.cents for each in spent if each.item_id == item.item_id) <= item.cents
    for bill in bills:
        paid = sum(each.cents for each in spent if each.bill_id == bill.bill_id)
        assert paid <= bill.open_cents * bill.is_current
    wanted = sum(bill.open_cents for bill in bills if bill.is_current)
    assert sum(each.cents for each in spent) == min(sum(money), wanted)
