"""CASH-068: a layout is a document that cannot contradict itself, and reads what it says."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.remittance import (
    BadFile,
    BadLine,
    Defaults,
    FileProblem,
    LineProblem,
    RemittanceLine,
    Trailer,
    line_key,
    open_reader,
)
from cashiering_service.domain.remittance.csv_layout import CSV
from cashiering_service.domain.remittance.layout_document import (
    AmountFormat,
    Control,
    DateFormat,
    Encoding,
    Form,
    LayoutDocument,
    LayoutField,
    LineKind,
    Marks,
    Place,
    Sign,
    TenderOf,
)
from cashiering_service.domain.remittance.wording import read_amount, read_date

FIXED = LayoutDocument(
    name="dmv",
    source="dmv",
    form=Form.FIXED,
    encoding=Encoding.ASCII,
    max_line_bytes=80,
    tender=TenderOf.ACH,
    fields=(
        LayoutField("parcel_number", Place(start=2, length=14)),
        LayoutField("tax_year", Place(start=16, length=4)),
        LayoutField("amount", Place(start=20, length=10), AmountFormat.CENTS, Sign.TRAILING),
        LayoutField("received_on", Place(start=30, length=8), date=DateFormat.COMPACT),
        LayoutField("tender_reference", Place(start=38, length=15)),
        LayoutField("plate", Place(start=53, length=8), required=False),
    ),
    marks=Marks(Place(start=1, length=1), header="H", detail="D", trailer="T"),
    control=Control(Place(start=2, length=6), Place(start=8, length=12), AmountFormat.CENTS),
)
DETAIL = "D132642900200002021000000123420221227012345678901234ABC 123"
TRAILER = "T000001000000001234"


def _read(document, text: str, **defaults):
    reader = open_reader(document, defaults=Defaults(**defaults))
    return [*reader.feed(text.encode()), *reader.close()]


def test_cash_068_a_line_of_fixed_width_is_read_by_its_columns() -> None:
    """Columns are counted from 1, as a bank's own table does; other fields are kept by name."""
    line, trailer = _read(FIXED, f"H2022\n{DETAIL}\n{TRAILER}\n")

    assert isinstance(line, RemittanceLine)
    assert (line.parcel_number, line.tax_year) == ("13264290020000", 2021)
    assert (line.amount_cents, line.tender_type) == (1234, "ach")
    assert (line.paid_on, line.received_on) == (date(2022, 12, 27), date(2022, 12, 27))
    assert (line.tender_reference, line.fields) == ("012345678901234", {"plate": "ABC 123"})
    assert trailer == Trailer(1, 1234)


@pytest.mark.parametrize(
    ("text", "reason", "line_number"),
    [
        (f"{DETAIL}\n{TRAILER}\n", FileProblem.UNKNOWN_LAYOUT, 1),
        (f"H\nX\n{TRAILER}\n", FileProblem.BAD_RECORD, 2),
        (f"H\n{DETAIL}\n", FileProblem.FILE_TRUNCATED, 2),
        (f"H\n{DETAIL}\nT000002000000001234\n", FileProblem.CONTROL_COUNT_MISMATCH, 3),
        (f"H\n{DETAIL}\nT000001000000001235\n", FileProblem.CONTROL_TOTAL_MISMATCH, 3),
        (f"H\n{DETAIL}\nT00000x000000001234\n", FileProblem.BAD_RECORD, 3),
        (f"H\n{DETAIL}\n{TRAILER}\n{DETAIL}\n", FileProblem.BAD_RECORD, 4),
        (f"H\n{DETAIL.ljust(81)}\n", FileProblem.LINE_TOO_LONG, 2),
    ],
)
def test_cash_064_a_file_of_fixed_width_is_held_to_its_trailer(text, reason, line_number) -> None:
    """Header, marks, count and total."""
    with pytest.raises(BadFile) as refusal:
        _read(FIXED, text)
    assert (reason, line_number) == (refusal.value.reason, refusal.value.line_number)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("13264290020000", "1326429002000X", LineProblem.BAD_REFERENCE),
        ("2021000", "20 1000", LineProblem.BAD_REFERENCE),
        ("20221227", "20221327", LineProblem.BAD_DATE),
        ("012345678901234", " " * 15, LineProblem.FIELD_MISSING),
        ("0000001234", "000000123-", LineProblem.TAKEN_BACK),
    ],
)
def test_cash_068_a_bad_field_rejects_its_line_only(old: str, new: str, reason) -> None:
    cents = "-123" if reason is LineProblem.TAKEN_BACK else "1234"
    total = f"T000001{'-' if cents[0] == '-' else ''}{cents.strip('-').zfill(11)}"
    bad, _ = _read(FIXED, f"H\n{DETAIL.replace(old, new)}\n{total}\n")

    assert isinstance(bad, BadLine)
    assert bad.reason is reason


def test_cash_068_a_file_without_headings_trailer_or_dates_takes_the_headers_day() -> None:
    """A spreadsheet of transfer fees: positions, a constant source, whatever else by name."""
    fees = LayoutDocument(
        name="transfer-fees",
        source="misc",
        form=Form.DELIMITED,
        delimiter=";",
        kind=LineKind.MISC,
        fields=(
            LayoutField("amount", Place(position=3), AmountFormat.GROUPED, Sign.PARENTHESES),
            LayoutField("source_code", Place(constant="TRANSFER-FEE")),
            LayoutField("document_number", Place(position=1)),
        ),
        key=("document_number", "amount"),
    )
    line, trailer = _read(fees, '2022-118;x;"$1,250.00"\n', received_on=date(2022, 12, 28))

    assert isinstance(line, RemittanceLine)
    assert (line.kind, line.source_code, line.amount_cents) == ("misc", "TRANSFER-FEE", 125_000)
    assert (line.tax_year, line.received_on) == (None, date(2022, 12, 28))
    assert trailer == Trailer(1, 125_000)
    assert line_key(line, fees.key) == '{"document_number": "2022-118", "amount": "125000"}'


def test_cash_068_a_long_key_is_known_by_its_hash() -> None:
    """The database's index has its limits; a sender's texts have not."""
    line, _ = _read(FIXED, f"H\n{DETAIL}\n{TRAILER}\n")
    assert len(line_key(replace(line, fields={"plate": "x" * 4000}), ("plate", "amount"))) == 64


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"max_line_bytes": 10}, "max_line_bytes 10"),
        ({"delimiter": "x"}, "delimiter 'x'"),
        ({"form": Form.FIXED}, "encoding utf-8"),
        ({"fields": ()}, "0 fields"),
        ({"fields": (*CSV.fields, CSV.fields[0])}, "field bill_reference twice"),
        ({"fields": CSV.fields[1:]}, "no field bill_reference"),
        ({"fields": CSV.fields[:1]}, "no field amount"),
        ({"kind": LineKind.MISC}, "no field source_code"),
        ({"fields": (*CSV.fields, LayoutField("a b", Place(column="a")))}, "field 'a b'"),
        ({"fields": (*CSV.fields, LayoutField("a", Place(position=1)))}, "field a: column"),
        ({"headings": False}, "field bill_reference: position"),
        ({"key": ("plate", "amount")}, "key field plate"),
        ({"key": ("paid_on",)}, "key without amount"),
        ({"control": None}, "control without a trailer's mark"),
        ({"marks": Marks(Place(position=1), header="H", trailer="T")}, "headings true"),
        ({"marks": Marks(Place(position=1), detail="T", trailer="T")}, "marks alike"),
    ],
)
def test_cash_068_a_layout_that_contradicts_itself_cannot_be_made(change, said: str) -> None:
    """The message says what was found and what is wanted."""
    with pytest.raises(ValueError, match=said):
        replace(CSV, **change)


@pytest.mark.parametrize(
    "given", [{}, {"position": 1, "column": "a"}, {"start": 1}, {"position": 0}, {"length": 2}]
)
def test_cash_068_a_place_is_one_place(given) -> None:
    with pytest.raises(ValueError, match="place"):
        Place(**given)


@given(st.integers(0, 10**12), st.sampled_from(Sign), st.sampled_from(AmountFormat))
def test_cash_068_every_amount_that_can_be_written_is_read(cents: int, sign, form) -> None:
    """And a minus is read only where the layout says one stands."""
    dollars = f"{cents // 100}.{cents % 100:02d}"
    text = {
        AmountFormat.CENTS: str(cents),
        AmountFormat.DOLLARS: dollars,
        AmountFormat.GROUPED: f"{cents // 100:,}.{cents % 100:02d}",
    }[form]
    below = {
        Sign.LEADING: f"-{text}",
        Sign.TRAILING: f"{text}-",
        Sign.PARENTHESES: f"({text})",
        Sign.NONE: f"-{text}",
    }[sign]

    assert read_amount(text, form, sign) == cents
    assert read_amount(below, form, sign) == (None if sign is Sign.NONE else -cents)


@given(st.text(max_size=12), st.sampled_from(DateFormat))
def test_cash_068_a_date_is_a_calendar_date_or_none(text: str, form) -> None:
    found = read_date(text, form)
    assert found is None or found.year >= 2000


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.sampled_from(DateFormat))
def test_cash_068_every_date_that_can_be_written_is_read(day: date, form) -> None:
    text = form.value
    for mark, value in (
        ("YYYY", f"{day.year:04d}"), ("YY", f"{day.year % 100:02d}"),
        ("MM", f"{day.month:02d}"), ("DD", f"{day.day:02d}"),
    ):  # fmt: skip
        text = text.replace(mark, value)
    assert read_date(text, form) == day
