"""NOTI-005: letters on paper say every word, fold into a window envelope, and print alike twice."""

import io

import pypdfium2
from hypothesis import given
from hypothesis import strategies as st

from reportkit import lettering
from reportkit.letterpaper import PrintedLetter, write_letters


def letter(**changes) -> PrintedLetter:
    given_ = {
        "reference": "01937c3e",
        "dated": "March 1, 2023",
        "address": ("Łukasz Żółć", "2901 W Logan Blvd", "Chicago, IL 60647"),
        "subject": "Final notice: tax bill 2021-1 is past due",
        "body": "Łukasz Żółć,\n\n$1,030.00 was overdue.\n\nThe tax office\n",
        **changes,
    }
    return PrintedLetter(**given_)


def pages_of(*letters: PrintedLetter) -> list[str]:
    out = io.BytesIO()
    count = write_letters(out, "Cook County", letters)
    with pypdfium2.PdfDocument(out.getvalue()) as document:
        found = [page.get_textpage().get_text_bounded() for page in document]
    assert len(found) == count
    return found


def test_noti_005_a_letter_says_every_word_of_it() -> None:
    """NOTI-005: who writes, to whom, where, when, about what."""
    (page,) = pages_of(letter())
    for said in ("Cook County", "Łukasz Żółć", "Chicago, IL 60647", "March 1, 2023", "$1,030.00"):
        assert said in page


def test_noti_005_the_address_stands_in_the_window() -> None:
    """NOTI-005: between two and three and a half inches from the sheet's upper edge."""
    out = io.BytesIO()
    write_letters(out, "Cook County", [letter()])
    with pypdfium2.PdfDocument(out.getvalue()) as document:
        text = document[0].get_textpage()
        place = text.get_text_bounded().index("2901")
        _, low, _, high = text.get_charbox(place)
    assert 792 - 3.5 * 72 < low < high < 792 - 2 * 72


def test_noti_005_each_letter_begins_a_page_and_a_long_one_goes_on() -> None:
    long = letter(body="\n".join(f"Line {number}" for number in range(90)))
    first, *rest = pages_of(letter(), long, letter())
    assert len(rest) == 4
    assert "Line 89" in rest[2]
    assert "Line" not in first + rest[3]


def test_noti_005_the_same_letters_are_the_same_bytes() -> None:
    one, two = io.BytesIO(), io.BytesIO()
    for out in (one, two):
        write_letters(out, "Cook County", [letter(), letter(address=("Nobody",))])
    assert one.getvalue() == two.getvalue()


@given(st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=400))
def test_noti_005_whatever_was_typed_is_printed(body: str) -> None:
    """NOTI-005: no text keeps a batch from being written."""
    assert pages_of(letter(body=body, subject=body, address=(body,)))


def test_letters_the_typeface_has_none_of_are_named() -> None:
    """Each once; lines are no letters."""
    assert lettering.unset("Nguyễn\nŁódź, Київ") == ""
    assert lettering.unset("王小明 王\nمحمد") == "王小明محد"
