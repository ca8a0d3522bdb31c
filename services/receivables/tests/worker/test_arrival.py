"""Facts commute: whatever arrives when, how often, or at two workers at once, the books agree."""

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

import pytest

from receivables_service.bootstrap import SPEC
from taxkit.ids import new_id
from taxkit.testing import application, empty, parked

DAYS = ("2022-02-10", "2022-04-20", "2022-12-31", "2023-03-01")


def everything(neighbours, bills, seed=7):
    """Messages (method, body) of a year: issues, payments on and off bills, and reversals."""
    chance = random.Random(seed)
    messages = [("on_bill_created", neighbours.bill_created(bill)) for bill in bills]
    for _ in range(30):
        receipt, day = new_id(), chance.choice(DAYS)
        chosen = chance.sample(bills, 2)
        lines = [
            neighbours.line(1, chance.randint(1, 120_000), chosen[0]),
            neighbours.line(2, chance.randint(1, 90_000), chosen[1]),
            neighbours.line(3, chance.randint(1, 500), chosen[0]),
        ]
        if chance.random() < 0.3:
            lines.append(neighbours.line(4, chance.randint(1, 9_999)))
        paid = neighbours.payment_posted(receipt, *lines, day=day, effective_on=chance.choice(DAYS))
        messages.append(("on_payment_posted", paid))
        if chance.random() < 0.4:
            undone = neighbours.payment_reversed(receipt, *lines, day=chance.choice(DAYS))
            messages.append(("on_payment_reversed", undone))
    return messages


def absorb(app, messages, batch=1):
    """Hand messages over in their order, in batches of what belongs to one queue."""
    while messages:
        method = messages[0][0]
        size = 1
        while size < min(batch, len(messages)) and messages[size][0] == method:
            size += 1
        app.consumer.absorb(method, [body for _, body in messages[:size]])
        messages = messages[size:]


@pytest.fixture
def told(neighbours):
    """The bills and all messages of one story."""
    bills = [new_id() for _ in range(4)]
    return everything(neighbours, bills)


def standing(app, ledger):
    """All that must not depend on the order of arrival."""
    latest = {one["subject"]: one["data"] for one in ledger.told("BalanceChanged")}
    for data in latest.values():
        del data["cause"], data["receipt_id"]
    return ledger.accounts(), ledger.received(), latest


@pytest.mark.parametrize("seed", range(4))
def test_redelivered_and_shuffled_messages_end_in_the_same_ledger(app, told, ledger, seed):
    """Every order of arrival, in any batches, each message up to three times: the same books."""
    absorb(app, told, batch=100)
    expected = standing(app, ledger)
    empty(app)
    chance = random.Random(seed)
    shuffled = [message for message in told for _ in range(chance.randint(1, 3))]
    chance.shuffle(shuffled)
    absorb(app, shuffled, batch=chance.choice([1, 2, 100]))
    assert expected == standing(app, ledger)
    assert parked(app) == []


def test_the_tie_out_holds_for_every_business_date(app, told, ledger):
    """Received = applied + surplus + suspense, per business date, to the cent."""
    absorb(app, told, batch=100)
    assert ledger.received() == {
        day.isoformat(): cents
        for day, cents in ledger.rows(
            "select business_date, sum(cents)::bigint from ("
            " select business_date, amount_cents as cents from facts where kind = 'payment'"
            " union all"
            " select r.business_date, -p.amount_cents from facts r join facts p"
            " on p.receipt_id = r.receipt_id and p.bill_id is not distinct from r.bill_id"
            " and (r.line_number is null or r.line_number = p.line_number)"
            " where r.kind = 'reversal' and p.kind = 'payment') as moved"
            " group by 1 having sum(cents) <> 0"
        )
    }
    assert sum(ledger.received().values()) == ledger.balance("cash_clearing")


def test_bill_payment_and_reversal_may_come_in_any_order(app, neighbours, ledger):
    """All six orders, each payment and reversal on its own day: six times the same books."""
    bill, receipt = new_id(), new_id()
    line = neighbours.line(1, 103_000, bill)
    messages = [
        ("on_bill_created", neighbours.bill_created(bill)),
        ("on_payment_posted", neighbours.payment_posted(receipt, line, day="2022-04-20")),
        ("on_payment_reversed", neighbours.payment_reversed(receipt, line, day="2022-05-02")),
    ]
    outcomes = []
    for order in permutations(messages):
        empty(app)
        absorb(app, list(order))
        outcomes.append((ledger.accounts(), ledger.received()))
    assert 6 * [outcomes[0]] == outcomes
    assert outcomes[0][1] == {"2022-04-20": 103_000, "2022-05-02": -103_000}


def test_a_reversal_before_its_payment_waits_and_then_undoes_it(app, bill, neighbours, ledger):
    """Nothing happens until the payment comes; then both are posted, each on its own day."""
    receipt = new_id()
    lines = (neighbours.line(1, 5_000, bill), neighbours.line(2, 70))
    undone = neighbours.payment_reversed(receipt, *lines, day="2022-02-11")
    app.consumer.absorb("on_payment_reversed", [undone])
    assert ledger.postings() == [("issue", 0, 0, 0)]
    assert ledger.told("PaymentAllocated") == []
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(receipt, *lines)])
    assert ledger.received() == {"2022-02-10": 5_070, "2022-02-11": -5_070}
    assert ledger.rows(
        "select r.compensates = p.posting_id from postings r join postings p on"
        " p.receipt_id = r.receipt_id and p.bill_id is not distinct from r.bill_id"
        " where r.kind = 'reversal' and p.kind = 'payment'"
    ) == [(True,), (True,)]
    causes = [one["data"]["cause"] for one in ledger.told("BalanceChanged")]
    assert causes == ["issue", "payment", "reversal"]


def absorb_at_once(workers, jobs):
    """Let workers take batches in turn, eight at a time."""
    with ThreadPoolExecutor(8) as pool:
        running = [
            pool.submit(workers[place % len(workers)].absorb, method, bodies)
            for place, (method, bodies) in enumerate(jobs)
        ]
        for one in running:
            one.result()


def test_two_workers_on_the_same_bills_at_once_agree(
    app, database_url, neighbours, ledger, jurisdictions
):
    """Concurrent batches wait for each other's bills: no lost update, no gap in a sequence."""
    bills = [new_id() for _ in range(5)]
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill) for bill in bills[:3]])
    issues = [neighbours.bill_created(bill) for bill in bills[3:]]
    chance = random.Random(3)
    receipts = [(new_id(), chance.sample(bills, 2), chance.randint(1, 20_000)) for _ in range(120)]
    posted, undone = [], []
    for receipt, (one, other), cents in receipts:
        lines = (
            neighbours.line(1, cents, one), neighbours.line(2, 100, other), neighbours.line(3, 7)
        )  # fmt: skip
        posted.append(neighbours.payment_posted(receipt, *lines))
        undone.append(neighbours.payment_reversed(receipt, *lines))
    jobs = [
        *[("on_payment_posted", posted[at : at + 10]) for at in range(0, 120, 10)],
        *[("on_payment_posted", posted[at : at + 15]) for at in range(0, 120, 15)],
        *[("on_payment_reversed", undone[at : at + 10]) for at in range(0, 60, 10)],
        *[("on_bill_created", [issue]) for issue in issues],
    ]
    chance.shuffle(jobs)
    with application(SPEC, database_url, MILLAGE_JURISDICTIONS_DIR=jurisdictions) as second:
        absorb_at_once([app.consumer, second.consumer], jobs)
    kept = sum(cents + 107 for _, _, cents in receipts[60:])
    assert kept == ledger.balance("cash_clearing")
    assert ledger.balance("suspense_liability") == -7 * 60
    owed = 5 * 180_000 - sum(cents + 100 for _, _, cents in receipts[60:])
    surplus = -ledger.balance("surplus_liability")
    assert owed + surplus == ledger.balance("taxes_receivable")
    for bill in bills:
        sequences = [
            at
            for (at,) in ledger.rows(
                "select (body::jsonb->>'sequence')::int from outbox"
                f" where subject = 'bill/{bill}' order by id"
            )
        ]
        assert list(range(1, len(sequences) + 1)) == sequences


def test_a_payment_and_its_reversal_taken_at_once_do_not_miss_each_other(
    app, database_url, neighbours, ledger, jurisdictions
):
    """Money on no bill is locked by its receipt: whichever comes first, it ends given back."""
    receipts = [new_id() for _ in range(150)]
    line = neighbours.line(1, 700)
    posted = [neighbours.payment_posted(receipt, line) for receipt in receipts]
    undone = [neighbours.payment_reversed(receipt, line) for receipt in receipts]
    with (
        application(SPEC, database_url, MILLAGE_JURISDICTIONS_DIR=jurisdictions) as second,
        ThreadPoolExecutor(2) as pool,
    ):
        for at in range(0, 150, 10):
            both = [
                pool.submit(app.consumer.absorb, "on_payment_posted", posted[at : at + 10]),
                pool.submit(second.consumer.absorb, "on_payment_reversed", undone[at : at + 10]),
            ]
            for one in both:
                one.result()
    assert ledger.balance("suspense_liability") == ledger.balance("cash_clearing") == 0
    assert ledger.rows("select kind, count(*) from postings group by 1 order by 1") == [
        ("payment", 150),
        ("reversal", 150),
    ]
