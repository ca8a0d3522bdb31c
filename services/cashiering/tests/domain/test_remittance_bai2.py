"""CASH-064, RECV-047: a bank's BAI2 file, record by record."""

from datetime import date
from pathlib import Path

import pytest
from bai2.bai2 import parse_from_string
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.remittance import (
    BadFile,
    BadLine,
    FileProblem,
    LineProblem,
    RemittanceLine,
    Trailer,
    open_reader,
)
from cashiering_service.domain.remittance.bai2_grammar import PAYMENTS
from cashiering_service.domain.remittance.reference import COUNTY_FORMAT

WIRES = Path(__file__).parents[4] / "examples" / "remittances" / "wires-2022-12-29.bai2"
CONTENT = WIRES.read_text(encoding="ascii")
COUPON = COUNTY_FORMAT.write("13264290020000", 2021)


def _read(text: str) -> list[object]:
    reader = open_reader("bai2")
    return [*reader.feed(text.encode()), *reader.close()]


def _file(details: list[tuple[str, int, str]]) -> str:
    """A whole file of transactions: (type, cents, what follows), physical lines in what follows."""
    account = ["03,139001,USD,010,500,,/"]
    account += [f"16,{kind},{cents},{rest}" for kind, cents, rest in details]
    total = 500 + sum(cents for _, cents, _ in details)
    lines = sum(1 + one.count("\n") for one in account)
    account.append(f"49,{total},{lines + 1}/")
    group = ["02,COUNTY,071000013,1,221229,,USD,2/", *account, f"98,{total},1,{lines + 3}/"]
    whole = ["01,071000013,COUNTY,221229,2215,7,80,10,2/", *group, f"99,{total},1,{lines + 5}/"]
    return "\n".join(whole) + "\n"


def test_recv_047_wires_and_credits_are_payments_with_or_without_a_bill() -> None:
    """Two name their bill, one does not; a deposit of the county's own is none of them."""
    first, second, third, trailer = _read(CONTENT)

    assert isinstance(first, RemittanceLine)
    assert (first.parcel_number, first.tax_year) == ("13264290020000", 2021)
    assert (first.tender_type, first.tender_reference) == ("wire", "FED1229-0001")
    assert (first.paid_on, first.received_on) == (date(2022, 12, 29), date(2022, 12, 29))
    assert isinstance(second, RemittanceLine)
    assert (second.parcel_number, second.tax_year, second.amount_cents) == ("", None, 250_000)
    assert isinstance(third, RemittanceLine)
    assert (third.parcel_number, third.tender_type) == ("28193130040000", "ach")
    assert trailer == Trailer(3, 763_794 + 250_000 + 50_000)


@pytest.mark.parametrize(
    ("old", "new", "reason", "line"),
    [
        ("01,071", "02,071", FileProblem.UNKNOWN_LAYOUT, 1),
        ("02,COUNTY", "03,COUNTY", FileProblem.BAD_RECORD, 2),
        ("16,195,763794,V", "17,195,763794,V", FileProblem.BAD_RECORD, 4),
        ("16,195,763794,V", "16,195,7637.94,V", FileProblem.BAD_RECORD, 4),
        ("16,195,763794,V", "16,195,763795,V", FileProblem.CONTROL_TOTAL_MISMATCH, 9),
        ("49,127200000,7/", "49,127200001,7/", FileProblem.CONTROL_TOTAL_MISMATCH, 9),
        ("49,127200000,7/", "49,127200000,6/", FileProblem.CONTROL_COUNT_MISMATCH, 9),
        ("49,127200000,7/", "49,127200000/", FileProblem.BAD_RECORD, 9),
        ("98,127200000,1,9/", "98,127200000,2,9/", FileProblem.CONTROL_COUNT_MISMATCH, 10),
        ("98,127200000,1,9/", "98,127200001,1,9/", FileProblem.CONTROL_TOTAL_MISMATCH, 10),
        ("99,127200000,1,11/", "99,127200000,1,12/", FileProblem.CONTROL_COUNT_MISMATCH, 11),
        ("99,127200000,1,11/", "99,1272000,1,11/", FileProblem.CONTROL_TOTAL_MISMATCH, 11),
        ("99,127200000,1,11/", "99,127200000,x,11/", FileProblem.BAD_RECORD, 11),
        ("99,127200000,1,11/", "99,127200000,1,11", FileProblem.BAD_RECORD, 11),
        ("99,127200000,1,11/", "", FileProblem.FILE_TRUNCATED, 11),
        ("221229,2200,USD", "221329,2200,USD", FileProblem.BAD_RECORD, 2),
        ("221229,2200,USD", "221229,2200,CAD", FileProblem.BAD_RECORD, 2),
        (",USD,010", ",EUR,010", FileProblem.BAD_RECORD, 3),
        (",V,221229", ",Q,221229", FileProblem.BAD_RECORD, 4),
        (",V,221229,1030", ",D,99", FileProblem.BAD_RECORD, 4),
    ],
)
def test_cash_064_a_spoiled_file_is_refused_where_it_shows(old, new, reason, line) -> None:
    """Order of records, amounts, counts and totals of account, group and file."""
    assert old in CONTENT
    with pytest.raises(BadFile) as refusal:
        _read(CONTENT.replace(old, new, 1))
    assert (reason, line) == (refusal.value.reason, refusal.value.line_number)


def test_recv_047_a_text_with_two_coupons_names_no_bill() -> None:
    """Nobody knows how the wire is to be divided; a misread coupon names none either."""
    other = COUNTY_FORMAT.write("28193130040000", 2021)
    wrong = COUPON[:-1] + str((int(COUPON[-1]) + 1) % 10)
    lines = _read(
        _file(
            [
                ("195", 100, f"0,F1,,{COUPON} AND {other}/"),
                ("195", 100, f"0,F2,,{wrong}/"),
                ("195", 100, f"0,F3,,{COUPON}, AGAIN {COUPON}/"),
            ]
        )
    )

    assert [one.bill_reference for one in lines[:-1]] == ["", "", COUPON]


def test_recv_047_two_wires_alike_without_references_are_two() -> None:
    """The bank named neither; their places in the file do."""
    for none in ("", "0000000000", "NONREF", "Not Provided"):
        wires = [("195", 100, f"0,{none},{none},A/")] * 2
        first, second, _ = _read(_file(wires))

        assert first.tender_reference != second.tender_reference


def test_cash_064_a_wire_taken_back_pays_nothing_and_says_which() -> None:
    """Its amount counts below zero in the bank's totals; somebody has to find its receipt."""
    paid, back, trailer = _read(_file([("195", 700, "0,F9,,A/"), ("195", -700, "0,F9,,A/")]))

    assert isinstance(paid, RemittanceLine)
    assert isinstance(back, BadLine)
    assert (back.reason, back.amount_cents) == (LineProblem.TAKEN_BACK, -700)
    assert "what it paid as F9; reverse the receipt" in back.message
    assert trailer == Trailer(2, 0)


@pytest.mark.parametrize(
    ("kind", "cents", "reason"),
    [
        ("399", 100, LineProblem.TYPE_UNKNOWN),
        ("925", 100, LineProblem.TYPE_UNKNOWN),
        ("399", 0, None),
        ("301", 100, None),
        ("115", 100, None),
        ("495", 100, None),
        ("965", 100, None),
        ("164", 100, "payment"),
    ],
)
def test_cash_064_no_credit_is_passed_over_in_silence(kind: str, cents: int, reason) -> None:
    """A payment, the county's own deposit, or a line for a clerk to look at; debits are neither."""
    *lines, trailer = _read(_file([(kind, cents, "0,F1,,INTEREST OR WHO KNOWS/")]))

    if reason is None:
        assert (lines, trailer) == ([], Trailer(0, 0))
    elif reason == "payment":
        assert (lines[0].tender_type, lines[0].tender_reference) == ("ach", "F1")
    else:
        assert lines[0].reason is reason
        assert "INTEREST OR WHO KNOWS): ask the bank" in lines[0].message
        assert trailer == Trailer(1, cents)


def test_cash_064_every_group_has_its_day_and_totals_of_its_own() -> None:
    """Two days of two accounts in one file, one of them without transactions."""
    whole = _file([("195", 100, "0,F1,,A/")]).splitlines()
    again = [line.replace("221229", "221228") for line in whole[1:-1]]
    again[again.index("16,195,100,0,F1,,A/")] = "16,195,100,0,F2,,TEXT WITHOUT ITS END"
    again.insert(3, "88,AND GOING ON/")
    again[4] = "49,600,4/"
    again[5] = "98,600,1,6/"
    lines = [whole[0], *whole[1:-1], *again, "99,1200,2,13/"]
    first, second, trailer = _read("\n".join(lines))

    assert [one.paid_on for one in (first, second)] == [date(2022, 12, 29), date(2022, 12, 28)]
    assert second.fields["text"] == "TEXT WITHOUT ITS END AND GOING ON"
    assert trailer == Trailer(2, 200)


def test_cash_064_a_coupon_number_cut_in_two_by_the_bank_names_no_bill() -> None:
    """Its halves may be anybody's: the money waits in suspense, with the text to read."""
    cut = f"0,F1,,{COUPON[:10]}\n88,{COUPON[10:]}/"
    line, _ = _read(_file([("195", 100, cut)]))

    assert (line.parcel_number, line.fields["text"]) == ("", f"{COUPON[:10]} {COUPON[10:]}")


def test_cash_064_a_record_cannot_grow_without_end() -> None:
    """Continuations are bounded, so that memory is."""
    endless = "\n".join(["16,195,1,0,F,,", *["88," + "x" * 4000] * 20])
    with pytest.raises(BadFile, match="65536 characters") as refusal:
        _read(_file([]).replace("49,500,2/", endless))
    assert refusal.value.reason is FileProblem.BAD_RECORD


words = st.text("ABCDEFGHIJ 0123456789:-.", min_size=1, max_size=30).filter(
    lambda text: text == " ".join(text.split()) and text.strip("0")
)
funds = st.sampled_from(["0", "1", "2", "Z", "", "V,221229,1200", "S,1,2,3", "D,2,0,5,1,6"])
details = st.lists(
    st.tuples(
        st.sampled_from([*PAYMENTS, "301", "475", "555"]),
        st.integers(1, 10**10),
        st.tuples(funds, words, words, words, st.booleans()).map(
            lambda given: (
                f"{given[0]},{given[1]},{given[2]},{given[3]}" + ("\n88,MORE/" if given[4] else "/")
            )
        ),
    ),
    max_size=12,
)


@given(details)
def test_cash_064_an_independent_parser_reads_the_same_transactions(details) -> None:
    """The bai2 package and this reader agree on every well-formed file."""
    text = _file(details)
    *lines, trailer = _read(text)
    (account,) = parse_from_string(text).children[0].children
    theirs = [one for one in account.children if one.type_code.code in PAYMENTS]

    assert [(one.amount_cents, one.tender_reference) for one in lines] == [
        (one.amount, one.bank_reference) for one in theirs
    ]
    assert [one.fields["text"] for one in lines] == [" ".join(one.text.split()) for one in theirs]
    assert trailer == Trailer(len(theirs), sum(one.amount for one in theirs))
