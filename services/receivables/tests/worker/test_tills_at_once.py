"""Two tills, one bill, at the same moment: however it falls, every cent is there."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest

from millage.receivables.v1 import receivables_pb2 as pb
from millage.receivables.v1 import receivables_pb2_grpc as stubs
from receivables_service.bootstrap import SPEC
from taxkit.ids import new_id
from taxkit.testing import application, bearer, parked

DAY = "2022-02-10"
LOWER = [
    {"installment": 1, "due_on": "2022-03-01", "amount_cents": 100_000},
    {"installment": 2, "due_on": "2022-12-30", "amount_cents": 30_000},
]


def at_once(*jobs):
    """Start all jobs at one moment, each in a thread of its own, and wait for them."""
    gate = Barrier(len(jobs))

    def run(job):
        gate.wait()
        job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for done in [pool.submit(run, job) for job in jobs]:
            done.result()


def told_of(ledger, bill):
    """The last balance told, and what each receipt's money is on the bill: applied or held."""
    subject = f"bill/{bill}"
    balances = [one for one in ledger.told("BalanceChanged") if one["subject"] == subject]
    money = {
        str(receipt): cents
        for receipt, cents in ledger.rows(
            "select e.receipt_id, -sum(amount_cents)::bigint from ledger_entries e"
            f" join postings p using (posting_id) where p.bill_id = '{bill}'"
            " and e.receipt_id is not null and ledger_account <> 'cash_clearing' group by 1"
        )
    }
    moved = [one["data"] for one in ledger.told("PaymentAllocated") if one["subject"] == subject]
    told = sum(
        one["surplus_cents"] + sum(row["amount_cents"] for row in one["rows"]) for one in moved
    )
    assert sum(money.values()) == told
    return max(balances, key=lambda one: one["sequence"])["data"], money


@pytest.fixture
def second(app, database_url, jurisdictions):
    """Another process of the same service."""
    with application(SPEC, database_url, MILLAGE_JURISDICTIONS_DIR=jurisdictions) as built:
        yield built


def test_recv_012_two_tills_that_pay_the_same_bill_at_once_leave_one_surplus(
    app, second, ledger, neighbours
):
    """RECV-006, RECV-012: both receipts stand, the bill is paid once, the rest is held and told."""
    for _ in range(12):
        bill, receipts = new_id(), [new_id(), new_id()]
        app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
        bodies = [
            neighbours.payment_posted(receipt, neighbours.line(1, 180_000, bill))
            for receipt in receipts
        ]
        at_once(
            lambda bodies=bodies: app.consumer.absorb("on_payment_posted", bodies[:1]),
            lambda bodies=bodies: second.consumer.absorb("on_payment_posted", bodies[1:]),
        )
        last, money = told_of(ledger, bill)
        assert (
            last["open_cents"],
            last["surplus_cents"],
            last["paid_in_full"],
        ) == (0, 180_000, True)
        assert {str(receipt): 180_000 for receipt in receipts} == money
    assert parked(app) == []
    assert ledger.balance("taxes_receivable") == 0
    assert ledger.balance("surplus_liability") == -12 * 180_000


def test_recv_006_a_correction_between_quote_and_payment_ends_balanced(
    app, second, channel, keys, ledger, neighbours
):
    """RECV-006: what was quoted is paid while the bill falls by 500: 500 is held, none is lost."""
    stub = stubs.ReceivablesServiceStub(channel)
    reader = bearer(keys.token("receivables.read"))
    for _ in range(12):
        bill, receipt = new_id(), new_id()
        app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
        asked = pb.QuoteRequest(bill_ids=[str(bill)], as_of=DAY)
        (quoted,) = stub.Quote(asked, metadata=reader).bills
        paid = neighbours.payment_posted(
            receipt, neighbours.line(1, quoted.open_cents, bill), day=DAY
        )
        corrected = neighbours.bill_corrected(bill, 2, LOWER, date(2022, 2, 10))
        at_once(
            lambda paid=paid: app.consumer.absorb("on_payment_posted", [paid]),
            lambda corrected=corrected: second.consumer.absorb("on_bill_corrected", [corrected]),
        )
        last, money = told_of(ledger, bill)
        assert (
            last["open_cents"],
            last["surplus_cents"],
            last["bill_version"],
        ) == (0, 50_000, 2)
        assert {str(receipt): 180_000} == money
    assert parked(app) == []
    assert ledger.balance("taxes_receivable") == 0


def test_recv_001_a_crowd_of_tills_corrections_and_reversals_loses_no_cent(
    app, second, ledger, neighbours
):
    """RECV-001: eight receipts, four taken back, two corrections, all at one moment."""
    bill, receipts = new_id(), [new_id() for _ in range(8)]
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill)])
    lines = {receipt: neighbours.line(1, 40_000, bill) for receipt in receipts}
    higher = [LOWER[0] | {"amount_cents": 120_000}, LOWER[1]]
    jobs = [
        ("on_payment_posted", neighbours.payment_posted(receipt, line))
        for receipt, line in lines.items()
    ]
    jobs += [
        ("on_payment_reversed", neighbours.payment_reversed(receipt, lines[receipt]))
        for receipt in receipts[:4]
    ]
    jobs += [
        ("on_bill_corrected", neighbours.bill_corrected(bill, version, parts, date(2022, 2, 10)))
        for version, parts in ((2, LOWER), (3, higher))
    ]
    consumers = (app.consumer, second.consumer)
    at_once(
        *(
            lambda place=place, job=job: consumers[place % 2].absorb(job[0], [job[1]])
            for place, job in enumerate(jobs)
        )
    )
    last, money = told_of(ledger, bill)
    assert {str(receipt): 0 for receipt in receipts[:4]} | {
        str(receipt): 40_000 for receipt in receipts[4:]
    } == money
    # What the first correction lifted is held; what the second asks is open until it is placed.
    told = (last["open_cents"], last["surplus_cents"], last["bill_version"])
    assert told == (20_000, 30_000, 3)
    numbered_without_gaps(ledger, bill)


def numbered_without_gaps(ledger, bill):
    """Two processes told of the bill in turn: each event has a number of its own."""
    told = ledger.rows(f"select body from outbox where subject = 'bill/{bill}' order by id")
    sequences = [int(json.loads(body)["sequence"]) for (body,) in told]
    assert list(range(1, len(sequences) + 1)) == sequences
