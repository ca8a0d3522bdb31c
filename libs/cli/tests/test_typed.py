"""What people type is read exactly or refused with the way to write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage_cli import typed
from millage_cli.counter import WantedLine
from millage_cli.problems import ExitCode, Problem
from taxkit.money import CENTS_MAX, format_cents

BILL_ID = "01a201d1-37e9-7573-a839-ce87abffa71f"


@given(st.integers(1, CENTS_MAX))
def test_an_amount_as_it_is_shown_is_an_amount_as_it_is_read(cents):
    """What `millage` prints can be typed back, to the cent."""
    assert cents == typed.cents(format_cents(cents), "--cash")


@pytest.mark.parametrize("text", ["", "1.5", "1,23", "12.345", "1e3", "ten", "-5", "0", "0.00"])
def test_an_amount_half_written_or_not_above_zero_is_refused(text):
    """Nothing is guessed about money."""
    with pytest.raises(Problem) as refused:
        typed.cents(text, "--cash")

    assert refused.value.reason in {"AMOUNT_INVALID", "AMOUNT_NOT_POSITIVE"}
    assert refused.value.exit_code == ExitCode.USAGE
    assert "--cash" in refused.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{BILL_ID}=12.50", WantedLine(bill_id=BILL_ID, amount_cents=1250)),
        (f"{BILL_ID}=full", WantedLine(bill_id=BILL_ID)),
        (
            "2021-13264290020000=1,000",
            WantedLine(parcel_number="13264290020000", tax_year=2021, amount_cents=100_000),
        ),
        ("13264290020000/2021=full", WantedLine(parcel_number="13264290020000", tax_year=2021)),
        ("13-26-429/2021=full", WantedLine(parcel_number="13-26-429", tax_year=2021)),
    ],
)
def test_a_line_names_its_bill_by_id_number_or_place(text, expected):
    """A bill's number as printed, its id, and parcel with tax year all do."""
    assert expected == typed.line(text)


@pytest.mark.parametrize("text", ["", "2021", "=5", "13264290020000=5", "x/21=full"])
def test_a_line_that_names_no_bill_is_refused(text):
    """A parcel alone is no bill: it has one every year."""
    with pytest.raises(Problem) as refused:
        typed.line(text)

    assert refused.value.reason in {"LINE_INVALID", "BILL_INVALID"}


def test_tenders_carry_their_references():
    """A check is AMOUNT:NUMBER; the reference may hold a colon, but no comma."""
    expected = [
        pb.Tender(tender_type=pb.TENDER_TYPE_CASH, amount_cents=2000),
        pb.Tender(tender_type=pb.TENDER_TYPE_CHECK, amount_cents=100_000, reference="1:842"),
    ]

    assert expected == typed.tenders({"cash": ["20"], "check": ["1,000.00:1:842"], "card": None})


def test_cash_038_a_card_says_its_type_and_expiry_after_its_reference():
    """AMOUNT:REFERENCE,NAME=VALUE; and `rest` is what the other tenders leave."""
    read = typed.tenders({"card": ["20:A1,card_type=visa,expiry=09/27"], "cash": ["rest"]})

    assert read == [
        pb.Tender(
            tender_type=pb.TENDER_TYPE_CARD,
            amount_cents=2000,
            reference="A1",
            identifiers={"card_type": "visa", "expiry": "09/27"},
        ),
        pb.Tender(tender_type=pb.TENDER_TYPE_CASH, rest=True),
    ]


@pytest.mark.parametrize("text", ["20:A1,visa", "20:A1,=visa", "20:A1,card_type="])
def test_cash_038_what_follows_a_reference_has_to_be_named(text):
    """NAME=VALUE, both of them."""
    with pytest.raises(Problem, match="TENDER_INVALID"):
        typed.tenders({"card": [text]})


def test_no_tender_at_all_is_refused():
    """Money is handed over as something."""
    with pytest.raises(Problem, match="TENDER_MISSING"):
        typed.tenders({"cash": None, "check": []})


def test_a_drawer_may_hold_nothing_of_a_kind():
    """A count of zero is a count."""
    assert typed.counts(["cash=0.00"]) == {pb.TENDER_TYPE_CASH: 0}


@pytest.mark.parametrize("given_counts", [["gold=5"], ["cash=5", "cash=5"], ["cash=-1"]])
def test_a_count_that_says_nothing_clear_is_refused(given_counts):
    """Unknown kinds, a kind twice and less than nothing are no counts."""
    with pytest.raises(Problem):
        typed.counts(given_counts)


@pytest.mark.parametrize("text", ["28.12.2022", "2022-13-01", "tomorrow"])
def test_dates_are_iso_dates(text):
    """Other ways to write a date are refused, with the way that is not."""
    with pytest.raises(Problem, match="YYYY-MM-DD"):
        typed.day(text, "--as-of")


def test_a_date_may_be_left_out():
    """The service then takes its own."""
    assert typed.day("", "--as-of") == ""
