"""A report in its three forms: right for programs, for spreadsheets, and on paper."""

import csv
import io
import json
import tracemalloc
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportkit import Column, Kind, Report, lettering
from reportkit.pdfform import ROWS_MAX, write_pdf
from reportkit.plainforms import write_csv, write_json
from reportkit.shape import Sheet
from reportkit.tally import Tally
from taxkit.errors import Refusal

ROWS = [
    ("T1", date(2023, 3, 1), "Łukasz Żółć & Partners", 123456),
    ("T1", date(2023, 3, 2), "=cmd|' /C calc'!A0", -5),
    ("T2", date(2023, 3, 2), 'O"Brien, Séan\nSecond line', 0),
]


def sheet_of(report: Report, rows) -> tuple[Sheet, list]:
    tally = Tally(report)
    kept = list(tally.through(rows))
    return (
        Sheet(
            report=report,
            issuer="County Treasurer",
            run_id="01937c3e-0000-7000-8000-000000000001",
            parameters={"until": date(2023, 3, 31), "office": None},
            watermark="1:1:",
            asked_by="clerk",
            recorded_at="2023-03-31 13:00 CDT",
            row_count=tally.row_count,
            rows_sha256=tally.rows_sha256,
            totals=tally.totals,
        ),
        kept,
    )


def pages_of(report: Report, rows) -> list[str]:
    out = io.BytesIO()
    write_pdf(*sheet_of(report, rows), out)
    with pypdfium2.PdfDocument(out.getvalue()) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def test_json_has_cents_and_the_seal(payments) -> None:
    """Every cell as it is, sums and hash at the end."""
    out = io.BytesIO()
    sheet, kept = sheet_of(payments, ROWS)
    write_json(sheet, kept, out)
    told = json.loads(out.getvalue())

    assert told["rows"][0] == {
        "till": "T1",
        "posted_on": "2023-03-01",
        "payer": "Łukasz Żółć & Partners",
        "paid_cents": 123456,
    }
    assert (told["row_count"], told["totals"]) == (3, {"paid_cents": 123451})
    assert told["rows_sha256"] == sheet.rows_sha256
    assert told["parameters"] == {"until": "2023-03-31", "office": None}


def test_csv_has_dollars_and_no_formulas(payments) -> None:
    """A spreadsheet reads amounts as numbers and computes nothing that a payer was called."""
    out = io.BytesIO()
    write_csv(*sheet_of(payments, ROWS), out)
    told = list(csv.reader(io.StringIO(out.getvalue().decode(), newline="")))

    assert told[0] == ["till", "posted_on", "payer", "paid"]
    assert [row[3] for row in told[1:]] == ["1234.56", "-0.05", "0.00"]
    assert told[2][2] == "'=cmd|' /C calc'!A0"
    assert told[3][2] == 'O"Brien, Séan\nSecond line'


@pytest.mark.parametrize("mark", [*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20"])
def test_csv_begins_no_text_as_a_formula_begins(payments, mark: str) -> None:
    """Spreadsheets of some languages take wide signs for the narrow ones, and skip a line's end."""
    out = io.BytesIO()
    write_csv(*sheet_of(payments, [["T1", date(2023, 3, 1), f"{mark}1+1", 5]]), out)
    (_, told) = csv.reader(io.StringIO(out.getvalue().decode(), newline=""))

    assert told[2] == f"'{mark}1+1"


def test_paper_says_who_what_when_and_adds_up(payments) -> None:
    """Title, parameters, subtotals where a group ends, total, seal and page number."""
    (page,) = pages_of(payments, ROWS)

    for words in (
        "County Treasurer",
        "Payments by till",
        "Until",
        "03/31/2023",
        "Till T1",
        "Łukasz Żółć & Partners",
        "1,234.56",
        "Subtotal T1",
        "1,234.51",
        "Subtotal T2",
        "Total",
        "3 rows. End of report.",
        "Run 01937c3e-0000-7000-8000-000000000001 by clerk",
        "Page 1 of 1",
    ):
        assert words in page, words
    assert "Office" not in page


def test_paper_repeats_the_head_and_goes_on_with_the_group(payments) -> None:
    """On each page: title, table head, number of pages; a group that goes on says so."""
    pages = pages_of(payments, [("T1", date(2023, 3, 1), "Imogen Vale", 100)] * 200)

    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Payments by till" in page
        assert "Payer" in page
    assert all("Till T1 (continued)" in page for page in pages[1:-1])
    assert "200.00" in pages[-1]


def test_the_same_run_prints_the_same_file(payments) -> None:
    """Byte for byte: two copies can be compared."""
    copies = []
    for _ in range(2):
        out = io.BytesIO()
        write_pdf(*sheet_of(payments, ROWS), out)
        copies.append(out.getvalue())

    assert copies[0] == copies[1]


def test_a_report_of_nothing_says_so(payments) -> None:
    """In every form."""
    (page,) = pages_of(payments, [])
    out = io.BytesIO()
    write_json(*sheet_of(payments, []), out)

    assert "0 rows. End of report." in page
    assert json.loads(out.getvalue())["rows"] == []


def test_a_wide_report_lies_on_its_side(payments) -> None:
    """Columns that do not fit an upright page."""
    wide = replace(payments, columns=(*payments.columns, Column("note", "Note", width=80)))
    sizes = []
    for report, rows in ((payments, ROWS), (wide, [(*row, "") for row in ROWS])):
        out = io.BytesIO()
        write_pdf(*sheet_of(report, rows), out)
        with pypdfium2.PdfDocument(out.getvalue()) as document:
            sizes.append(document[0].get_size())

    assert sizes == [(612, 792), (792, 612)]


def test_more_rows_than_anybody_reads_are_refused_on_paper(payments) -> None:
    """Before the first is drawn."""
    sheet, _ = sheet_of(payments, [])
    with pytest.raises(Refusal) as refusal:
        write_pdf(replace(sheet, row_count=ROWS_MAX + 1), iter(()), io.BytesIO())

    assert refusal.value.reason == "REPORT_TOO_LONG"


def test_rows_are_not_gathered_in_memory(payments) -> None:
    """Twenty thousand rows pass through CSV, JSON and the hash in under a megabyte."""

    class Drain(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, piece) -> int:
            return len(piece)

    sheet, _ = sheet_of(payments, [])
    for write in (write_csv, write_json):
        rows = (("T1", date(2023, 3, 1), "Imogen Vale", cents) for cents in range(20_000))
        tracemalloc.start()
        write(sheet, Tally(payments).through(rows), Drain())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert peak < 1024 * 1024


@given(st.text(max_size=200), st.integers(10, 200))
def test_broken_text_keeps_every_character_and_its_column(text: str, width: int) -> None:
    """Lines fit, and together they are the text, but for its spaces."""
    lettering.load()
    words = lettering.read_as(text, Kind.TEXT)
    lines = lettering.lines_of(words, lettering.REGULAR, 8.5, width)

    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    for line in lines:
        assert len(line) <= 1 or lettering.stringWidth(line, lettering.REGULAR, 8.5) <= width


@given(st.integers(-(2**60), 2**60))
def test_an_amount_on_paper_reads_back_to_the_cent(cents: int) -> None:
    """1,234.56 is 123456."""
    shown = lettering.read_as(cents, Kind.MONEY)

    assert int(shown.replace(",", "").replace(".", "")) == cents


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "paid", "kind": Kind.MONEY},
        {"name": "paid_cents", "kind": Kind.TEXT},
        {"name": "payer", "total": True},
    ],
)
def test_a_column_that_cannot_be_meant_is_refused(wrong) -> None:
    """Money is named by its unit; only amounts and counts add up."""
    with pytest.raises(ValueError, match=wrong["name"]):
        Column(**{"heading": "x", **wrong})


def test_an_amount_with_a_fraction_is_a_bug(payments) -> None:
    """PostgreSQL's numeric is taken only when it is whole."""
    from decimal import Decimal

    (row,) = Tally(payments).through([("T1", date(2023, 3, 1), "x", Decimal(5))])
    assert row[3] == 5
    with pytest.raises(AssertionError, match="paid_cents"):
        list(Tally(payments).through([("T1", date(2023, 3, 1), "x", Decimal("5.5"))]))


def test_a_balance_closes_each_group_and_the_closings_add_up(payments) -> None:
    """Running balances are not summed row by row."""
    columns = (
        Column("till", "Till"),
        Column("balance_cents", "Balance", Kind.MONEY, 14, closing=True),
    )
    report = replace(payments, columns=columns)
    tally = Tally(report)
    rows = list(tally.through([("T1", 100), ("T1", 70), ("T2", 0), ("T2", -5), ("T3", 9)]))
    (page,) = pages_of(report, rows)

    assert tally.totals == {"balance_cents": 74}
    assert [line for line in page.splitlines() if "otal" in line] == [
        "Subtotal T1 0.70",
        "Subtotal T2 -0.05",
        "Subtotal T3 0.09",
        "Total 0.74",
    ]
