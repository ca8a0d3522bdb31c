"""Overpaid money goes to other late bills of the parcel first, where the law sweeps (RECV-044)."""

from datetime import UTC, date, datetime

import pytest

from receivables_service.bootstrap import SPEC
from receivables_service.held import items as held_items
from taxkit import testing
from taxkit.clock import FixedClock
from taxkit.ids import new_id
from taxkit.testing import parked

NOW = FixedClock(datetime(2022, 2, 11, 18, tzinfo=UTC))


@pytest.fixture
def sweeping(app, tmp_path, jurisdictions, database_url):
    """The same law, with the sweep on."""
    import shutil

    folder = tmp_path / "us-il-cook"
    shutil.copytree(f"{jurisdictions}/us-il-cook", folder)
    law = folder / "held_money.yaml"
    text = law.read_text().replace("sweep_overpayments: false", "sweep_overpayments: true")
    law.write_text(text)
    given = {"MILLAGE_JURISDICTIONS_DIR": str(tmp_path)}
    with testing.application(SPEC, database_url, NOW, **given) as built:
        yield built


def issue(app, neighbours, year, due="2022-03-01", cents=100_000):
    bill = new_id()
    part = {"installment": 1, "due_on": due, "amount_cents": cents}
    body = neighbours.bill_created(
        bill, cents, 0, bill_number=f"{year}-x", tax_year=year, installments=[part]
    )
    app.consumer.absorb("on_bill_created", [body])
    return bill


def overpay(app, neighbours, bill, cents):
    receipt, line = new_id(), neighbours.line(1, cents, bill)
    body = neighbours.payment_posted(receipt, line)
    app.consumer.absorb("on_payment_posted", [body])
    return receipt, line, body


def opened(ledger):
    return [
        cents for (cents,) in ledger.rows("select open_cents::int from bills order by tax_year")
    ]


def tied(app):
    with app.database.begin() as connection:
        return list(held_items.differences(connection, 10))


def test_recv_044_late_bills_come_before_surplus(sweeping, neighbours, ledger):
    """RECV-044 (Q-16): the oldest late bill first, none that is not due; the rest is held."""
    issue(sweeping, neighbours, 2019, "2020-03-01", 10_000)
    issue(sweeping, neighbours, 2020, "2022-02-01", 20_000)
    paid = issue(sweeping, neighbours, 2021)
    issue(sweeping, neighbours, 2022, "2023-03-01", 50_000)
    _, _, body = overpay(sweeping, neighbours, paid, 140_000)
    assert opened(ledger) == [0, 0, 0, 50_000]
    # 24 months on 100.00 and one on 200.00, at 1.5%: 3,600 and 300 cents of interest.
    assert ledger.rows("select open_cents::int, state from held_items") == [(6_100, "open")]
    sweeping.consumer.absorb("on_payment_posted", [body])
    assert sum(ledger.received().values()) == 140_000 == ledger.balance("cash_clearing")
    assert tied(sweeping) == parked(sweeping) == []


def test_recv_044_money_swept_whole_is_held_nowhere(sweeping, neighbours, ledger):
    """RECV-044: the item is told as closed; the late bill still owes the rest."""
    issue(sweeping, neighbours, 2020, "2022-02-01", 20_000)
    overpay(sweeping, neighbours, issue(sweeping, neighbours, 2021), 110_000)
    assert opened(ledger) == [10_300, 0]
    assert ledger.rows("select open_cents::int, state from held_items") == [(0, "closed")]
    assert tied(sweeping) == []


def test_recv_044_a_reversal_takes_it_off_both(sweeping, neighbours, ledger):
    """RECV-044: the receipt is taken back whole, from every bill its money reached."""
    issue(sweeping, neighbours, 2020, "2022-02-01", 20_000)
    receipt, line, _ = overpay(sweeping, neighbours, issue(sweeping, neighbours, 2021), 140_000)
    undone = neighbours.payment_reversed(receipt, line, day="2022-02-11")
    sweeping.consumer.absorb("on_payment_reversed", [undone])
    assert opened(ledger) == [20_000, 100_000]
    assert sum(ledger.received().values()) == 0 == ledger.balance("cash_clearing")
    assert tied(sweeping) == parked(sweeping) == []


def correct(app, neighbours, bill, cents, version=2):
    part = {"installment": 1, "due_on": "2022-03-01", "amount_cents": cents}
    body = neighbours.bill_corrected(bill, version, [part], date(2022, 2, 11))
    app.consumer.absorb("on_bill_corrected", [body])
    return body


def test_recv_044_what_a_correction_frees_goes_to_late_bills_first(sweeping, neighbours, ledger):
    """RECV-044 (Q-16): only what it freed, once; what was held before is left where it is."""
    paid = issue(sweeping, neighbours, 2021)
    overpay(sweeping, neighbours, paid, 105_000)
    issue(sweeping, neighbours, 2020, "2022-02-01", 20_000)
    issue(sweeping, neighbours, 2022, "2023-03-01", 50_000)
    body = correct(sweeping, neighbours, paid, 60_000)
    # 200.00 and a month's 3.00 of interest come off the 400.00; the 50.00 of before stay.
    assert opened(ledger) == [0, 0, 50_000]
    assert ledger.rows("select open_cents::int, state from held_items") == [
        (5_000 + 40_000 - 20_300, "open")
    ]
    sweeping.consumer.absorb("on_bill_corrected", [body])
    assert sum(ledger.received().values()) == 105_000 == ledger.balance("cash_clearing")
    assert tied(sweeping) == parked(sweeping) == []


def test_recv_044_every_correction_sweeps_what_it_frees_itself(sweeping, neighbours, ledger):
    """RECV-044: a second decrease pays on, and taking the receipt back undoes both."""
    paid = issue(sweeping, neighbours, 2021)
    receipt, line, _ = overpay(sweeping, neighbours, paid, 100_000)
    issue(sweeping, neighbours, 2020, "2022-02-01", 20_000)
    correct(sweeping, neighbours, paid, 90_000)
    assert opened(ledger) == [10_300, 0]
    correct(sweeping, neighbours, paid, 85_000, version=3)
    assert opened(ledger) == [5_300, 0]
    assert ledger.rows("select open_cents::int, state from held_items") == [(0, "closed")]
    undone = neighbours.payment_reversed(receipt, line, day="2022-02-11")
    sweeping.consumer.absorb("on_payment_reversed", [undone])
    assert opened(ledger) == [20_000, 85_000]
    assert sum(ledger.received().values()) == 0 == ledger.balance("cash_clearing")
    assert tied(sweeping) == parked(sweeping) == []


def test_recv_044_without_the_setting_it_is_held(app, neighbours, ledger):
    """RECV-044: a pack that says nothing sweeps nothing."""
    issue(app, neighbours, 2020, "2022-02-01", 20_000)
    overpay(app, neighbours, issue(app, neighbours, 2021), 140_000)
    assert opened(ledger) == [20_000, 0]
    assert ledger.rows("select open_cents::int from held_items") == [(40_000,)]
