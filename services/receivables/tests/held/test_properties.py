"""RECV-035: whatever happens to receipts and bills, items are what the ledger holds."""

from datetime import UTC, date, datetime
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from receivables_service.domain.held import Procedure
from receivables_service.held import commands as held_commands
from receivables_service.held import items as held_items
from receivables_service.held.commands import Asked, Wish
from taxkit import testing
from taxkit.auth import Caller
from taxkit.clock import FixedClock
from taxkit.errors import Refusal
from taxkit.ids import new_id
from taxkit.testing import parked

CLERK = Asked(Caller("clerk", frozenset(), frozenset({"*"})), testing.TRACEPARENT)
CHIEF = Asked(Caller("chief", frozenset(), frozenset({"*"})), testing.TRACEPARENT)
CENTS = st.sampled_from([500, 60_000, 100_000, 250_000])
STEPS = st.one_of(
    st.tuples(st.just("issue"), st.integers(0, 1)),
    st.tuples(st.just("pay"), st.integers(0, 2), CENTS),
    st.tuples(st.just("tender"), st.integers(0, 1), st.integers(0, 5), CENTS),
    st.tuples(st.just("reverse"), st.integers(0, 9)),
    st.tuples(st.just("correct"), st.integers(0, 1), st.sampled_from([0, 50_000, 100_000])),
    st.tuples(st.just("refund"), st.integers(0, 5)),
    st.tuples(st.just("apply"), st.integers(0, 5), st.integers(0, 1), CENTS),
)


class County:
    """Two bills that may or may not have been issued, and whatever is held of their money."""

    def __init__(self, app, neighbours, ledger):
        self.app, self.neighbours, self.ledger = app, neighbours, ledger
        self.bills = [new_id(), new_id()]
        self.receipts = []
        self.versions = [1, 1]

    def issue(self, which):
        body = self.neighbours.bill_created(
            self.bills[which], bill_number=f"2021-{which}", parcel_number=str(which)
        )
        self.app.consumer.absorb("on_bill_created", [body])

    def pay(self, which, cents, tenders=None):
        bill = self.bills[which] if which < 2 else None
        line, receipt = self.neighbours.line(1, cents, bill), new_id()
        body = self.neighbours.payment_posted(receipt, line, tenders=tenders)
        self.app.consumer.absorb("on_payment_posted", [body])
        self.receipts.append((receipt, line))

    def tender(self, which, place, cents):
        reference = str(self.item(place) or new_id())
        tender = {"tender_type": "surplus", "amount_cents": cents, "reference": reference}
        self.pay(which, cents, [tender])

    def reverse(self, place):
        if self.receipts:
            receipt, line = self.receipts[place % len(self.receipts)]
            body = self.neighbours.payment_reversed(receipt, line)
            self.app.consumer.absorb("on_payment_reversed", [body])

    def correct(self, which, cents):
        self.versions[which] += 1
        halves = [
            {"installment": 1, "due_on": "2022-03-01", "amount_cents": cents},
            {"installment": 2, "due_on": "2022-12-30", "amount_cents": cents},
        ]
        bill, on = self.bills[which], date(2022, 2, 11)
        body = self.neighbours.bill_corrected(bill, self.versions[which], halves, on)
        self.app.consumer.absorb("on_bill_corrected", [body])

    def refund(self, place):
        self.start(place, Procedure.REFUND, 0, None)

    def apply(self, place, which, cents):
        self.start(place, Procedure.APPLY, cents, self.bills[which])

    def start(self, place, procedure, cents, target: UUID | None):
        item = self.item(place)
        if item is None:
            return
        wish = Wish(item, procedure, cents, "", "", target, "")
        with self.app.database.begin() as connection:
            try:
                with connection.begin_nested():
                    case = held_commands.start_case(self.app, connection, CLERK, wish)
                    if not case.ended:
                        held_commands.act_on_case(
                            self.app, connection, CHIEF, case.case_id, "approve", ""
                        )
            except Refusal:
                pass  # what the state of things forbids is another test's matter

    def item(self, place):
        rows = self.ledger.rows("select item_id from held_items order by receipt_id, item_id")
        return rows[place % len(rows)][0] if rows else None

    def net(self, sql):
        return sum(cents for (cents,) in self.ledger.rows(sql))


@settings(max_examples=15)
@given(steps=st.lists(STEPS, min_size=3, max_size=12))
def test_recv_035_items_are_what_the_ledger_holds(app, neighbours, ledger, steps):
    """RECV-035: per payment to the cent; never below zero; and all of it adds up.

    Examples share the tables: what one leaves behind holds for the next as well.
    """
    app.clock = app.consumer._clock = FixedClock(datetime(2022, 2, 11, 18, tzinfo=UTC))
    county = County(app, neighbours, ledger)
    for name, *given_ in steps:
        getattr(county, name)(*given_)
    adds_up(app, county, ledger)


@settings(max_examples=15)
@given(steps=st.lists(STEPS, min_size=3, max_size=10), order=st.randoms(use_true_random=False))
def test_recv_056_all_taken_back_leaves_what_went_out(app, neighbours, ledger, steps, order):
    """RECV-056: in whatever order receipts are taken back, only refunds are missed."""
    app.clock = app.consumer._clock = FixedClock(datetime(2022, 2, 11, 18, tzinfo=UTC))
    county = County(app, neighbours, ledger)
    for name, *given_ in steps:
        getattr(county, name)(*given_)
    places = list(range(len(county.receipts)))
    order.shuffle(places)
    for place in places:
        county.reverse(place)
    adds_up(app, county, ledger)
    refunded = county.net("select amount_cents::bigint from held_draws where purpose = 'refund'")
    # Of both: what was refunded before its bill came stays with the kind it had then.
    held = sum(ledger.balance(f"{kind}_liability") for kind in ("surplus", "suspense"))
    out = ledger.balance("shortfall_receivable")
    assert (out, ledger.balance("cash_clearing"), held) == (refunded, -refunded, 0)
    waiting = "select amount_cents::bigint from held_exceptions where reason = 'SOURCE_REVERSED'"
    assert county.net(f"{waiting} and settled_at is null") == refunded


def adds_up(app, county, ledger):
    with app.database.begin() as connection:
        assert list(held_items.differences(connection, 10)) == []
    assert parked(app) == []
    items = county.net("select open_cents::bigint from held_items")
    moved = county.net("select amount_cents::bigint from held_movements")
    held = -sum(
        ledger.balance(f"{kind}_{side}")
        for kind in ("surplus", "suspense")
        for side in ("liability", "paid_out")
    )
    assert items == moved == held
    paid = -county.net(
        "select amount_cents from ledger_entries where ledger_account = 'taxes_receivable'"
        " and receipt_id is not null"
    )
    out = ledger.balance("shortfall_receivable")
    assert ledger.balance("cash_clearing") + out == paid + held
