"""RECV-001: a bill with lines by fund, from levy's event to the ledger's rows and its own event."""

from datetime import date
from uuid import UUID

import pytest

from millage.receivables.v1 import allocation_pb2, allocation_pb2_grpc, receivables_pb2
from millage.receivables.v1 import receivables_pb2_grpc as stubs
from receivables_service.events import PaymentAllocatedV1
from taxkit import testing
from taxkit.ids import new_id

DEBT, GENERAL = "010010000/debt", "010010000/general"
LINES = [("010010000", "general", 90_000), ("010010000", "debt", 45_000), ("020120000", "", 45_000)]


def components(*lines: tuple[str, str, int]) -> list[dict]:
    return [
        {"agency_code": code, "agency_name": code, "amount_cents": cents}
        | ({"fund": fund} if fund else {})
        for code, fund, cents in lines
    ]


@pytest.fixture
def bill(app, neighbours) -> UUID:
    """1,000.00 and 800.00, a half of it the general fund's, a quarter each the others'."""
    made = new_id()
    body = neighbours.bill_created(made, components=components(*LINES))
    app.consumer.absorb("on_bill_created", [body])
    return made


def paid(app, neighbours, bill: UUID, cents: int, *rows: dict) -> UUID:
    receipt = new_id()
    line = neighbours.line(1, cents, bill)
    if rows:
        line["allocation"] = {"by": "ana", "at": "2022-02-01T12:00:00Z", "rows": list(rows)}
    body = neighbours.payment_posted(receipt, line, day="2022-02-01", effective_on="2022-02-01")
    app.consumer.absorb("on_payment_posted", [body])
    return receipt


def by_fund(ledger, account: str = "taxes_receivable") -> dict[tuple[int, str], int]:
    rows = ledger.rows(
        "select installment, subcode, sum(amount_cents)::bigint from ledger_entries"
        f" where ledger_account = '{account}' group by 1, 2"
    )
    return {(number, subcode): cents for number, subcode, cents in rows if cents}


def test_recv_001_the_ledger_keeps_each_funds_charge_and_what_is_paid_of_it(
    app, ledger, neighbours, bill
) -> None:
    """RECV-001: bill, installment, type, code, subcode, collection type; balanced as ever."""
    assert by_fund(ledger) == {
        (1, GENERAL): 50_000, (1, DEBT): 25_000, (1, "/"): 25_000,
        (2, GENERAL): 40_000, (2, DEBT): 20_000, (2, "/"): 20_000,
    }  # fmt: skip
    paid(app, neighbours, bill, 100_000)
    assert by_fund(ledger) == {(2, GENERAL): 40_000, (2, DEBT): 20_000, (2, "/"): 20_000}
    (told,) = [each["data"] for each in ledger.told("PaymentAllocated")]
    assert PaymentAllocatedV1().validate(told) == {}
    assert {row["fund"]: row["amount_cents"] for row in told["rows"]} == {
        GENERAL: 50_000, DEBT: 25_000, "/": 25_000,
    }  # fmt: skip
    assert testing.parked(app) == []


def test_cash_052_money_that_hands_put_on_a_fund_is_told_as_that_funds(
    app, ledger, neighbours, bill
) -> None:
    """CASH-052: named by its own code; the same in a preview, and both say whose it is."""
    row = {"installment": 2, "charge_type": "tax", "amount_cents": 7_000, "fund": "debt"}
    paid(app, neighbours, bill, 7_000, row)
    (told,) = [each["data"] for each in ledger.told("PaymentAllocated")]
    assert [(row["fund"], row["amount_cents"]) for row in told["rows"]] == [(DEBT, 7_000)]
    assert by_fund(ledger)[2, DEBT] == 13_000


def test_recv_001_a_correction_of_the_lines_moves_charges_and_money(
    app, ledger, neighbours, bill
) -> None:
    """RECV-004: one fund more and one fund less; nothing is lost, and the books balance."""
    paid(app, neighbours, bill, 180_000)
    lines = [("010010000", "general", 120_000), ("020120000", "", 60_000)]
    parts = [
        {"installment": 1, "due_on": "2022-03-01", "amount_cents": 100_000},
        {"installment": 2, "due_on": "2022-12-30", "amount_cents": 80_000},
    ]
    body = neighbours.bill_corrected(
        bill, 2, parts, date(2022, 2, 15), components=components(*lines)
    )
    app.consumer.absorb("on_bill_corrected", [body])
    assert by_fund(ledger) == {}
    assert by_fund(ledger, "levy_control") == {
        (1, GENERAL): -66_667, (1, "/"): -33_333, (2, GENERAL): -53_333, (2, "/"): -26_667,
    }  # fmt: skip
    moved = ledger.told("PaymentAllocated")[-1]["data"]
    assert sum(row["amount_cents"] for row in moved["rows"]) == 0
    of: dict[str, int] = {}
    for row in moved["rows"]:
        of[row["fund"]] = of.get(row["fund"], 0) + row["amount_cents"]
    assert of == {DEBT: -45_000, GENERAL: 30_000, "/": 15_000}


def test_a_preview_and_the_account_say_whose_tax_it_is(
    app, neighbours, bill, channel, keys
) -> None:
    paid(app, neighbours, bill, 4_000)
    metadata = testing.bearer(keys.token("receivables.read"))
    previewed = allocation_pb2_grpc.AllocationServiceStub(channel).PreviewAllocation(
        allocation_pb2.PreviewAllocationRequest(
            bill_id=str(bill),
            amount_cents=1_000,
            effective_on="2022-02-01",
            by_hand=[
                allocation_pb2.AllottedAmount(
                    installment=1, charge_type="tax", amount_cents=600, fund="general"
                )
            ],
        ),
        metadata=metadata,
    )
    assert {(row.fund, row.rule_id == "by-hand"): row.amount_cents for row in previewed.rows} == {
        (GENERAL, True): 600, (GENERAL, False): 199, (DEBT, False): 101, ("/", False): 100,
    }  # fmt: skip
    account = stubs.ReceivablesServiceStub(channel).GetBill(
        receivables_pb2.GetBillRequest(bill_id=str(bill)), metadata=metadata
    )
    subcodes = {row.subcode for row in account.entries if row.charge_type == "tax"}
    assert subcodes == {GENERAL, DEBT, "/"}


def test_a_bill_without_funds_has_no_subcodes(app, ledger, neighbours) -> None:
    """Its rows, and what is told of them, are what they were."""
    plain = new_id()
    app.consumer.absorb("on_bill_created", [neighbours.bill_created(plain)])
    paid(app, neighbours, plain, 1_000)
    assert {subcode for _, subcode in by_fund(ledger)} == {""}
    (told,) = [each["data"] for each in ledger.told("PaymentAllocated")]
    assert all("fund" not in row for row in told["rows"])


def test_recv_001_the_ledger_of_a_bill_names_its_funds(
    app, neighbours, bill, channel, keys
) -> None:
    """Whenever levy tells them; of two years the newer one's name counts, in any order."""

    def named(name: str, year: int, fund: str) -> str:
        data = {"agency_code": "010010000", "fund_code": fund, "fund_name": name, "tax_year": year}
        subject = f"fund/010010000/{fund}"
        return testing.foreign_event("org.millage.levy.FundNamed.v1", subject, data, sequence=year)

    app.consumer.absorb("on_fund_named", [named("Debt service", 2022, "debt")])
    app.consumer.absorb(
        "on_fund_named", [named("Bonds", 2021, "debt"), named("General fund", 2021, "general")]
    )
    stub = stubs.ReceivablesServiceStub(channel)
    found = stub.GetBill(
        receivables_pb2.GetBillRequest(bill_id=str(bill)),
        metadata=testing.bearer(keys.token("receivables.read")),
    )
    assert {one.subcode: one.fund_name for one in found.entries if one.subcode} == {
        DEBT: "Debt service", GENERAL: "General fund", "/": "",
    }  # fmt: skip
