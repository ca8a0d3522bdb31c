"""CASH-038, CASH-039, CASH-043, CASH-044: tenders against what is due, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.domain.tender import Identifier, Tender, TenderKind, fill_rest, settle
from taxkit.errors import Refusal
from taxkit.money import CENTS_MAX

KINDS = {
    "cash": TenderKind("cash", "Cash", None, gives_change=True),
    "check": TenderKind("check", "Check", "check number", gives_change=False),
}
CARD = TenderKind(
    "card",
    "Card",
    "authorisation code",
    gives_change=False,
    identifiers=(
        Identifier("card_type", "card type", "visa|amex"),
        Identifier("expiry", "expiry", "[0-9]{2}/[0-9]{2}"),
    ),
)
tenders = st.lists(
    st.builds(Tender, st.sampled_from(sorted(KINDS)), st.integers(1, 100_000), st.just("1")),
    min_size=1,
    max_size=8,
)


def _cash(cents: int) -> Tender:
    return Tender("cash", cents, None)


def _check(cents: int, number: str | None = "1044") -> Tender:
    return Tender("check", cents, number)


@pytest.mark.parametrize(
    ("given_", "due", "change", "surplus"),
    [
        ([_cash(100)], 100, 0, 0),
        ([_cash(150)], 100, 50, 0),
        ([_check(100)], 100, 0, 0),
        ([_check(101)], 100, 0, 1),
        ([_check(80), _cash(30)], 100, 10, 0),
        ([_check(100), _cash(30)], 100, 30, 0),
        ([_check(120), _cash(10)], 100, 10, 20),
        ([_cash(1)] * 7, 3, 4, 0),
    ],
)
def test_cash_043_what_is_over_is_change_as_far_as_cash_was_given_and_surplus_beyond(
    given_: list[Tender], due: int, change: int, surplus: int
) -> None:
    """Never more change than the cash that was handed over."""
    settled = settle(given_, due, KINDS, return_change=True)

    assert (settled.change_cents, settled.surplus_cents) == (change, surplus)


def test_cash_044_without_change_all_that_is_over_is_surplus() -> None:
    """Even of cash."""
    settled = settle([_check(80), _cash(50)], 100, KINDS, return_change=False)

    assert (settled.change_cents, settled.surplus_cents) == (0, 30)


@pytest.mark.parametrize("return_change", [True, False])
def test_cash_046_short_tenders_are_refused_in_dollars(*, return_change: bool) -> None:
    """How much is short, and what to do."""
    with pytest.raises(Refusal, match=r"\$0.01 short") as refusal:
        settle([_cash(60), _check(39)], 100, KINDS, return_change=return_change)

    assert refusal.value.reason == "TENDERS_UNBALANCED"
    assert refusal.value.metadata == {"tendered_cents": "99", "due_cents": "100"}


@given(tenders, st.integers(1, 800_000), st.booleans())
def test_cash_039_what_is_tendered_is_what_is_due_and_change_and_surplus(
    given_: list[Tender], due: int, return_change: bool
) -> None:
    """To the cent, or it is short and refused; there is no surplus that could have been change."""
    tendered = sum(each.amount_cents for each in given_)
    cash = sum(each.amount_cents for each in given_ if each.tender_type == "cash")
    try:
        settled = settle(given_, due, KINDS, return_change=return_change)
    except Refusal as refusal:
        assert refusal.reason == "TENDERS_UNBALANCED"  # noqa: PT017 - either way is right
        assert tendered < due
        return
    assert tendered == settled.tendered_cents
    assert tendered == due + settled.change_cents + settled.surplus_cents
    assert 0 <= settled.change_cents <= (cash if return_change else 0)
    assert settled.surplus_cents >= 0
    if return_change and settled.surplus_cents:
        assert settled.change_cents == cash


def test_tenders_that_add_up_to_more_than_can_be_kept_are_refused() -> None:
    """Change and surplus stay within what every reader of the event can hold."""
    with pytest.raises(Refusal) as refusal:
        settle([_cash(CENTS_MAX), _cash(1)], 100, KINDS, return_change=True)

    assert refusal.value.reason == "AMOUNT_TOO_LARGE"
    assert [each.field for each in refusal.value.fields] == ["tenders"]


@pytest.mark.parametrize(
    ("tender", "reason"),
    [
        (Tender("shells", 100, None), "TENDER_TYPE_UNKNOWN"),
        (Tender("", 100, None), "TENDER_TYPE_UNKNOWN"),
        (_cash(0), "AMOUNT_NOT_POSITIVE"),
        (_cash(CENTS_MAX + 1), "AMOUNT_TOO_LARGE"),
        (_check(100, None), "TENDER_REFERENCE_MISSING"),
        (_check(100, ""), "TENDER_REFERENCE_MISSING"),
    ],
)
def test_cash_038_a_tender_that_cannot_be_meant_is_named(tender: Tender, reason: str) -> None:
    """By its place in the list."""
    with pytest.raises(Refusal) as refusal:
        settle([_cash(100), tender], 100, KINDS, return_change=True)

    assert refusal.value.reason == reason
    assert refusal.value.fields[0].field.startswith("tenders[1].")


@pytest.mark.parametrize(
    ("said", "reason", "code"),
    [
        ((), "TENDER_IDENTIFIER_MISSING", "card_type"),
        ((("card_type", "visa"),), "TENDER_IDENTIFIER_MISSING", "expiry"),
        ((("card_type", "visa"), ("expiry", "")), "TENDER_IDENTIFIER_MISSING", "expiry"),
        ((("card_type", "visa"), ("expiry", "soon")), "TENDER_IDENTIFIER_INVALID", "expiry"),
        ((("card_type", "visa!"), ("expiry", "12/27")), "TENDER_IDENTIFIER_INVALID", "card_type"),
        (
            (("card_type", "visa"), ("expiry", "12/27"), ("number", "4111111111111111")),
            "TENDER_IDENTIFIER_UNKNOWN",
            "number",
        ),
    ],
)
def test_cash_038_a_tender_says_of_itself_what_its_kind_asks_for_and_no_more(
    said: tuple[tuple[str, str], ...], reason: str, code: str
) -> None:
    """All of it, in the form asked for; a card's number is nobody's business here."""
    with pytest.raises(Refusal) as refusal:
        settle([Tender("card", 100, "A1", said)], 100, {"card": CARD}, return_change=True)

    assert refusal.value.reason == reason
    assert refusal.value.fields[0].field == f"tenders[0].identifiers.{code}"


def test_cash_038_a_tender_that_says_all_is_taken() -> None:
    """Type and expiry of the card."""
    tender = Tender("card", 100, "A1", (("card_type", "visa"), ("expiry", "12/27")))

    assert settle([tender], 100, {"card": CARD}, return_change=True).surplus_cents == 0


def test_cash_038_a_pattern_that_is_none_is_refused_with_the_law() -> None:
    """Not when the first card comes."""
    with pytest.raises(ValueError, match="pattern of expiry"):
        Identifier("expiry", "expiry", "(")


def test_cash_039_one_tender_stands_for_what_the_others_leave() -> None:
    """Alone it is the default tender: all that is due."""
    assert fill_rest([_cash(0)], [0], 500) == [_cash(500)]
    assert fill_rest([_check(300), _cash(0)], [1], 500) == [_check(300), _cash(200)]


@pytest.mark.parametrize(
    ("tenders", "rest", "reason"),
    [
        ([_cash(0), _check(0)], [0, 1], "TENDER_REST_TWICE"),
        ([_cash(5)], [0], "TENDER_REST_AMOUNT"),
    ],
)
def test_cash_039_a_rest_that_cannot_be_meant_is_refused(tenders, rest, reason: str) -> None:
    """Twice, or with an amount."""
    with pytest.raises(Refusal) as refusal:
        fill_rest(tenders, rest, 500)

    assert refusal.value.reason == reason


def test_cash_039_nothing_left_for_the_rest_is_no_tender() -> None:
    """Its amount would be nothing, and a tender is a cent at least."""
    filled = fill_rest([_check(500), _cash(0)], [1], 500)

    with pytest.raises(Refusal) as refusal:
        settle(filled, 500, KINDS, return_change=True)
    assert refusal.value.reason == "AMOUNT_NOT_POSITIVE"


@pytest.mark.parametrize("tendered", [99, 101])
def test_cash_040_tendered_and_allocated_differ_and_nobody_said_what_then(tendered: int) -> None:
    """Both figures are in the refusal."""
    with pytest.raises(Refusal) as refusal:
        settle([_cash(tendered)], 100, KINDS, return_change=True, answered=False)

    assert refusal.value.reason == "ALLOCATE_TENDERED_UNANSWERED"
    assert refusal.value.metadata == {"tendered_cents": str(tendered), "due_cents": "100"}


def test_cash_040_what_agrees_asks_nothing() -> None:
    """The question is only for a difference."""
    settled = settle([_cash(100)], 100, KINDS, return_change=True, answered=False)

    assert settled.due_cents == 100
