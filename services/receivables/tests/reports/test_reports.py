"""RECV-001, CASH-082: account statement, collections summary and surplus, sealed, to the cent."""

import json

import pytest
from sqlalchemy.exc import DBAPIError

from receivables_service.domain.ledger import PostingKind
from receivables_service.reports.statement import WORDS
from taxkit import testing
from taxkit.ids import new_id

PARCEL = "13264290020000"


def issued(neighbours, bill, day: str = "2022-01-20") -> str:
    """BillCreated told on a day."""
    return json.dumps(
        {**json.loads(neighbours.bill_created(bill)), "time": f"{day}T18:00:00+00:00"}
    )


@pytest.fixture
def story(app, neighbours):
    """1,000.00 and 800.00; 1,200.00 paid in time, 50.00 on no bill, 900.00 late and too much."""
    bill, first, second, third = (new_id() for _ in range(4))
    absorb, line, paid = app.consumer.absorb, neighbours.line, neighbours.payment_posted
    absorb("on_bill_created", [issued(neighbours, bill)])
    absorb("on_payment_posted", [paid(first, line(1, 120_000, bill), day="2022-02-10")])
    absorb("on_payment_posted", [paid(second, line(1, 5_000), day="2022-02-11")])
    absorb("on_payment_posted", [paid(third, line(1, 90_000, bill), day="2023-01-10")])
    return bill, first, second, third


def number(receipt) -> str:
    """The number cashiering gave a receipt."""
    return f"2022-{receipt.int % 1_000_000:06d}"


def _rows(told, *names):
    return [tuple(row[name] for name in names) for row in told["rows"]]


def test_recv_001_a_statement_shows_each_entry_and_the_balance_after_it(reports, story) -> None:
    """600.00 open bears 1.5 % from December 31st: 9.00 come with the payment that meets them."""
    told = reports.json("account-statement", parcel_number=PARCEL, as_of="2023-01-31")

    assert _rows(told, "business_date", "entry", "installment", "charged_cents", "paid_cents") == [
        ("2022-01-20", "Bill issued", 1, 100_000, 0),
        ("2022-01-20", "Bill issued", 2, 80_000, 0),
        ("2022-02-10", "Payment", 1, 0, 100_000),
        ("2022-02-10", "Payment", 2, 0, 20_000),
        ("2023-01-10", "Payment", 2, 900, 0),
        ("2023-01-10", "Payment", 2, 0, 900),
        ("2023-01-10", "Payment", 2, 0, 60_000),
    ]
    assert {row["receipt"] for row in told["rows"] if row["paid_cents"]} == {
        number(story[1]),
        number(story[3]),
    }
    balances = [row["balance_cents"] for row in told["rows"]]
    assert balances == [100_000, 180_000, 80_000, 60_000, 60_900, 60_000, 0]
    assert told["totals"] == {"charged_cents": 180_900, "paid_cents": 180_900, "balance_cents": 0}


@pytest.mark.parametrize(
    ("as_of", "balance"),
    [
        ("2022-01-19", 0),
        ("2022-01-20", 180_000),
        ("2022-02-10", 60_000),
        ("2022-12-30", 60_000),
        ("2022-12-31", 60_900),
        ("2023-01-09", 60_900),
        ("2023-01-10", 0),
    ],
)
def test_recv_001_a_statement_as_of_any_day_is_what_was_owed_then(
    reports, story, as_of: str, balance: int
) -> None:
    """With the interest that had run up by then, though nothing had posted it yet."""
    told = reports.json("account-statement", parcel_number=PARCEL, as_of=as_of)

    assert told["totals"]["balance_cents"] == balance


def test_recv_001_a_payment_taken_back_stays_on_the_statement(
    app, neighbours, reports, story
) -> None:
    """Before that day it stands as paid; from then on both are there, and the balance is back."""
    bill, first, _, third = story
    line = neighbours.line
    for receipt, cents in ((third, 90_000), (first, 120_000)):
        body = neighbours.payment_reversed(receipt, line(1, cents, bill), day="2023-01-11")
        app.consumer.absorb("on_payment_reversed", [body])
    before = reports.json("account-statement", parcel_number=PARCEL, as_of="2023-01-10")
    after = reports.json("account-statement", parcel_number=PARCEL, as_of="2023-01-11")

    assert before["totals"]["balance_cents"] == 0
    assert "Payment taken back" in {row["entry"] for row in after["rows"]}
    assert after["totals"]["paid_cents"] == 0
    # Tax of both, and interest on both up to that day: eleven and one month of 1.5 %.
    assert after["totals"]["balance_cents"] == 180_000 + 16_500 + 1_200


def test_cash_082_collections_of_a_range_tie_to_the_receipts(reports, story) -> None:
    """Per day, tax year and collection type: tax, interest, surplus, suspense, and all received."""
    told = reports.json("collections-summary", from_on="2022-02-01", to_on="2023-01-31")

    assert told["totals"] == {
        "tax_cents": 180_000,
        "interest_cents": 900,
        "penalty_cents": 0,
        "fee_cents": 0,
        "surplus_cents": 29_100,
        "suspense_cents": 5_000,
        "tolerance_cents": 0,
        "total_cents": 120_000 + 5_000 + 90_000,
    }
    assert _rows(told, "business_date", "collection_type", "total_cents") == [
        ("2022-02-10", "S", 120_000),
        ("2022-02-11", "", 5_000),
        ("2023-01-10", "", 29_100),
        ("2023-01-10", "S", 60_900),
    ]
    assert reports.json("collections-summary", from_on="2022-02-11", to_on="2022-02-11")[
        "totals"
    ] == {name: 5_000 * (name in ("suspense_cents", "total_cents")) for name in told["totals"]}


def test_cash_082_collections_are_what_the_drawers_hold_tolerance_or_not(
    app, neighbours, reports, bill
) -> None:
    """0.50 let go and 0.40 kept: the summary's sum is the money, and a reversal's takes it back."""
    absorb, posted = app.consumer.absorb, neighbours.payment_posted
    short = neighbours.line(1, 100_000, bill) | {"tolerance_cents": 50}
    over = neighbours.line(1, 80_000, bill) | {"tolerance_cents": -40}
    first = new_id()
    absorb("on_payment_posted", [posted(first, short, day="2022-02-10")])
    absorb("on_payment_posted", [posted(new_id(), over, day="2022-02-11")])
    absorb("on_payment_reversed", [neighbours.payment_reversed(first, short, day="2022-02-12")])
    asked = {"from_on": "2022-02-01", "to_on": "2022-02-28"}
    told = reports.json("collections-summary", **asked)

    by_day = {}
    for day, cents in _rows(told, "business_date", "total_cents"):
        by_day[day] = by_day.get(day, 0) + cents
    assert by_day == {"2022-02-10": 99_950, "2022-02-11": 80_040, "2022-02-12": -99_950}
    assert told["totals"]["tolerance_cents"] == -50 + 40 + 50
    assert told["totals"]["total_cents"] == 80_040


def test_every_kind_of_posting_has_its_words() -> None:
    """A statement names what happened, never by the ledger's own code."""
    printed_beside_them = {"credited", "credit"}
    assert {kind.value for kind in PostingKind} | printed_beside_them == set(WORDS)


def test_cash_082_surplus_is_listed_payment_by_payment_as_of_a_day(
    app, neighbours, reports, story
) -> None:
    """Surplus and suspense apart; gone again once the receipt is taken back."""
    bill, _, second, third = story
    told = reports.json("surplus", as_of="2023-01-31")
    held = _rows(told, "held_as", "parcel_number", "receipt", "held_since", "held_cents")
    assert held == [
        ("suspense", "99999999999999", number(second), "2022-02-11", 5_000),
        ("surplus", PARCEL, number(third), "2023-01-10", 29_100),
    ]
    of_parcel = reports.json("surplus", as_of="2023-01-31", parcel_number=PARCEL)
    assert of_parcel["totals"] == {"held_cents": 29_100}
    body = neighbours.payment_reversed(third, neighbours.line(1, 90_000, bill), day="2023-02-01")
    app.consumer.absorb("on_payment_reversed", [body])

    assert reports.json("surplus", as_of="2023-01-31")["totals"] == {"held_cents": 34_100}
    assert reports.json("surplus", as_of="2023-02-01")["totals"] == {"held_cents": 5_000}


@pytest.mark.parametrize(
    ("report", "parameters"),
    [
        ("account-statement", {"parcel_number": PARCEL, "as_of": "2023-01-31"}),
        ("collections-summary", {"from_on": "2022-01-01", "to_on": "2023-12-31"}),
        ("surplus", {"as_of": "2023-12-31"}),
    ],
)
def test_a_sealed_run_is_the_same_after_the_ledger_went_on(
    app, neighbours, reports, story, report: str, parameters
) -> None:
    """A reversal dated into the range comes afterwards: the old run stands, a new one has it."""
    bill, first, _, _ = story
    run = reports.run(report, **parameters)
    forms = {form: reports.read(run.run_id, form) for form in ("json", "csv", "pdf")}
    body = neighbours.payment_reversed(first, neighbours.line(1, 120_000, bill), day="2022-02-10")
    app.consumer.absorb("on_payment_reversed", [body])

    assert {form: reports.read(run.run_id, form) for form in forms} == forms
    assert reports.run(report, **parameters).rows_sha256 != run.rows_sha256


def test_a_sealed_list_of_held_money_stands_when_its_bill_comes_later(
    app, neighbours, reports
) -> None:
    """Money for a bill nobody knew: the bill's number, known since, is not put into the old run."""
    bill = new_id()
    line = {**neighbours.line(1, 7_000, bill)}
    app.consumer.absorb("on_payment_posted", [neighbours.payment_posted(new_id(), line)])
    run = reports.run("surplus", as_of="2022-12-31")
    before = reports.read(run.run_id, "csv")
    app.consumer.absorb("on_bill_created", [issued(neighbours, bill)])

    assert run.row_count == 1
    assert reports.read(run.run_id, "csv") == before
    assert reports.run("surplus", as_of="2022-12-31").row_count == 0


def test_a_statement_reads_on_paper_as_it_adds_up(reports, story) -> None:
    """What a clerk hands over: whose, of when, what was charged and paid, and what is open."""
    run = reports.run("account-statement", parcel_number=PARCEL, as_of="2023-01-09")
    page = reports.paper(run.run_id)

    for words in (
        "Account statement",
        PARCEL,
        "01/09/2023",
        f"Bill 2021-{PARCEL}",
        "Accrued, not posted",
        "609.00",
        "Page 1 of 1",
    ):
        assert words in page, words
    assert reports.csv(run.run_id)[-1]["balance"] == "609.00"


def test_the_ledgers_rows_cannot_be_restamped(app, story) -> None:
    """The transaction a row was written in is part of the append-only row."""
    with pytest.raises(DBAPIError, match="append-only"), app.database.begin() as connection:
        connection.exec_driver_sql("update postings set written_in = '1'")


@pytest.mark.parametrize(
    ("report", "parameters", "reason"),
    [
        ("account-statement", {"parcel_number": "00000000000000"}, "PARCEL_NOT_FOUND"),
        ("account-statement", {}, "PARAMETER_MISSING"),
        ("account-statement", {"parcel_number": PARCEL, "as_of": "soon"}, "DATE_INVALID"),
        ("account-statement", {"parcel_number": "'; drop table bills; --"}, "PARCEL_NOT_FOUND"),
        (
            "collections-summary",
            {"from_on": "2023-02-01", "to_on": "2023-01-01"},
            "DATES_REVERSED",
        ),
        ("surplus", {"bill_number": PARCEL}, "PARAMETER_UNKNOWN"),
    ],
)
def test_what_no_report_can_say_is_refused(reports, story, report, parameters, reason) -> None:
    """With a reason, and no run is kept."""
    assert testing.reason_of(reports.refused(report, **parameters)) == reason


def test_reports_need_their_own_right(reports, story) -> None:
    """Whoever may read one bill may not list everybody's."""
    error = reports.refused("surplus", "receivables.read", as_of="2023-01-31")

    assert testing.reason_of(error) == "FORBIDDEN"
