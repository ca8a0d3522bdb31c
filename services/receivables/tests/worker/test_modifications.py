"""LEVY-014 in the ledger: what a modification moves, moves once; what it says is in the audit."""

import itertools
from datetime import date

import pytest

from receivables_service.asked import Asked
from receivables_service.codes import settling
from receivables_service.domain.codes import Settings
from receivables_service.domain.fee_terms import FeeRow, Holder
from receivables_service.fees import commands
from receivables_service.fees.commands import Wanted
from taxkit.ids import new_id
from taxkit.inbox import Work
from taxkit.testing import foreign_event, parked

MODIFIED = date(2022, 2, 1)
DUE = ("2022-03-01", "2022-12-30")
PARCEL = "13264290020000"


def parts(first, second, due=DUE):
    return [
        {"installment": number, "due_on": day, "amount_cents": cents}
        for number, day, cents in zip((1, 2), due, (first, second), strict=True)
    ]


def modified(bill, was=(1, 100_000), now=(2, 70_000), **changes):
    """What levy tells beside the correction."""
    demands = [
        {"bill_version": version, "net_value_dollars": 1, "total_cents": cents, "installments": []}
        for version, cents in (was, now)
    ]
    data = {
        "modification_id": str(new_id()), "bill_id": str(bill), "bill_number": "2021-1",
        "parcel_number": "1", "tax_year": 2021, "modified_on": MODIFIED.isoformat(),
        "modified_by": "ada", "reason": "board of review", "option": "MN", "purpose": "refund",
        "batch": "B-7", "code": "BOR", "adjustment_code": "", "bill_code": "",
        "reached_by_statement": False, "before": demands[0], "after": demands[1], **changes,
    }  # fmt: skip
    return foreign_event("org.millage.levy.BillModified.v1", f"modification/x/{bill}", data)


def trail(ledger):
    return ledger.rows(
        "select line_type, action, changed_by, new_code, comment from adjustment_lines"
        " order by recorded_at, line_id"
    )


def standing(ledger, bill):
    told = [one for one in ledger.told("BalanceChanged") if one["subject"] == f"bill/{bill}"]
    last = told[-1]["data"]
    return last["bill_version"], last["open_cents"], last["surplus_cents"]


def test_ac_19_g_a_paid_bill_s_reduction_is_surplus_in_any_order(app, ledger, neighbours):
    """AC-19 g, LEVY-014: 1,000 paid, 700 due: 300 for refund, once, and one line in the trail."""
    outcomes = []
    for order in itertools.permutations(range(4)):
        bill = new_id()
        paid = neighbours.payment_posted(new_id(), neighbours.line(1, 100_000, bill))
        facts = [
            ("on_bill_created", neighbours.bill_created(bill, 50_000, 50_000)),
            ("on_payment_posted", paid),
            (
                "on_bill_corrected",
                neighbours.bill_corrected(bill, 2, parts(50_000, 20_000), MODIFIED),
            ),
            ("on_bill_modified", modified(bill)),
        ]
        for place in order:
            method, body = facts[place]
            app.consumer.absorb(method, [body, body])
        outcomes.append(standing(ledger, bill))
    assert outcomes == [(2, 0, 30_000)] * 24
    said = "MN: $1,000.00 to $700.00; batch B-7; code BOR; board of review"
    assert trail(ledger) == [("ADJLB", "Modify Bill", "ada", "", said)] * 24
    held = ledger.rows("select kind, open_cents from held_items where open_cents > 0")
    assert held == [("surplus", 30_000)] * 24
    assert parked(app) == []


def test_levy_011_a_bill_brought_to_what_was_paid_owes_nothing(app, ledger, neighbours):
    """AC-19 e, LEVY-011: 400 of 1,000 paid late; interest that is open goes with the tax."""
    bill = new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(bill, 50_000, 50_000)])
    paid = neighbours.payment_posted(new_id(), neighbours.line(1, 40_000, bill), day="2022-06-15")
    app.consumer.absorb("on_payment_posted", [paid])
    first = ledger.told("BalanceChanged")[-1]["data"]["installments"][0]
    tax = first["tax_charged_cents"] - first["tax_open_cents"]
    assert first["interest_charged_cents"] > 0
    body = neighbours.bill_corrected(bill, 2, parts(tax, 0), date(2022, 8, 1), to_amount_paid=True)
    app.consumer.absorb("on_bill_corrected", [body])
    assert standing(ledger, bill) == (2, 0, 0)
    assert sum(ledger.received().values()) == 40_000
    assert ledger.balance("taxes_receivable") == 0


def test_levy_013_a_new_due_date_is_told_though_no_amount_moves(app, bill, ledger, neighbours):
    """LEVY-013: collections and the counter take the date from the balance."""
    due = ("2022-07-30", "2022-12-30")
    body = neighbours.bill_corrected(bill, 2, parts(100_000, 80_000, due), MODIFIED)
    app.consumer.absorb("on_bill_corrected", [body])
    app.consumer.absorb("on_bill_modified", [modified(bill, option="NC")])
    last = ledger.told("BalanceChanged")[-1]["data"]
    assert [one["due_on"] for one in last["installments"]] == list(due)
    assert len(ledger.told("BalanceChanged")) == 2


@pytest.fixture
def code(app):
    """A code BANK is made."""
    with app.database.begin() as connection:
        work = Work(connection, app.clock)
        settling.create(work, "BANK", Settings("Bankruptcy"), Asked("ana", "new", ""))


def test_levy_008_the_code_of_the_same_step_is_put_on_once(app, bill, ledger, code):
    """LEVY-008: told, in the trail beside the modification, and not again when it is on."""
    first = modified(bill, bill_code="BANK")
    app.consumer.absorb("on_bill_modified", [first, first])
    app.consumer.absorb("on_bill_modified", [modified(bill, bill_code="BANK")])
    (told,) = ledger.told("BillCodeChanged")
    assert (told["data"]["code"], told["data"]["changed_by"]) == ("BANK", "ada")
    actions = [(action, new_code) for _, action, _, new_code, _ in trail(ledger)]
    assert sorted(actions) == [
        ("Modify Bill", ""), ("Modify Bill", ""), ("Set Bill/Fee Code", "BANK"),
    ]  # fmt: skip


def test_levy_008_a_code_nobody_made_waits_for_a_person(app, bill, ledger, code):
    """LEVY-008: parked by itself, to be replayed; the others are done."""
    stranger = modified(new_id(), bill_code="BANK")
    for body in (modified(bill, bill_code="NONE"), stranger, modified(bill)):
        app.consumer.absorb("on_bill_modified", [body])
    assert sorted(reason for reason, _ in parked(app)) == ["BILL_NOT_FOUND", "CODE_UNKNOWN"]
    assert len(trail(ledger)) == 1


@pytest.fixture
def fee(app, bill):
    """The bill bears a fee of 75.00, kept as such."""
    with app.database.begin() as connection:
        work = Work(connection, app.clock)
        wanted = Wanted(
            "misc_rcpt", 2021, 0, date(2022, 12, 30), "B-1", Holder.PROPERTY, PARCEL, PARCEL,
            rows=(FeeRow("FEE-100", "Copies", 7_500),),
        )  # fmt: skip
        kept = commands.charge(app, work, wanted, Asked("ana", "copies", ""))
        app.store_events(connection, work)
    return kept


def fees_told(ledger):
    return [one["data"].get("fees") for one in ledger.told("BalanceChanged")][-1]


def test_ac_19_f_an_unpaid_fee_becomes_nothing_once(app, bill, ledger, fee):
    """AC-19 f, LEVY-012: told in the balance before and after, waived where fees are kept."""
    code = fee.charge_code
    asked = {"charge_code": code, "charged_cents": 7_500, "open_cents": 7_500}
    assert fees_told(ledger) == [{**asked, "miscellaneous": True}]
    charged = [{"charge_code": code, "amount_before_cents": 7_500, "amount_cents": 0}]
    same = {"was": (1, 180_000), "now": (1, 180_000)}
    body = modified(bill, **same, option="TP", fees=charged)
    app.consumer.absorb("on_bill_modified", [body, body])
    assert not fees_told(ledger)
    assert ledger.rows("select outcome, ended_by from fee_ends") == [("waived", "ada")]
    actions = [(action, by) for _, action, by, _, _ in trail(ledger)]
    assert actions == [("Modify Fee", "ada")]
    assert ledger.balance("fee_income") == 0
    assert parked(app) == []


def test_q_36_what_was_paid_of_a_fee_stays(app, bill, ledger, neighbours, fee):
    """Q-36, LEVY-012: told that 25 of 75 are paid, the ledger takes 50 off and waives nothing."""
    code = fee.charge_code
    open_before = ledger.told("BalanceChanged")[-1]["data"]["open_cents"]
    charged = [{"charge_code": code, "amount_before_cents": 7_500, "amount_cents": 2_500}]
    same = {"was": (1, 180_000), "now": (1, 180_000)}
    body = modified(bill, **same, option="TP", fees=charged)
    app.consumer.absorb("on_bill_modified", [body])
    asked = {"charge_code": code, "charged_cents": 2_500, "open_cents": 2_500}
    assert fees_told(ledger) == [{**asked, "miscellaneous": True}]
    last = ledger.told("BalanceChanged")[-1]["data"]
    assert (last["open_cents"], last["surplus_cents"]) == (open_before - 5_000, 0)
    assert ledger.rows("select count(*) from fee_ends") == [(0,)]
