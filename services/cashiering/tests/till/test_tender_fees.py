"""CASH-050: paying by card costs what the source says on the payment's effective date."""

import shutil
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cashiering_service.bootstrap import SPEC
from cashiering_service.domain import sources as domain
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import sources_pb2
from millage.cashiering.v1 import sources_pb2_grpc as source_stubs
from taxkit import testing

JURISDICTIONS = Path(__file__).parents[4] / "jurisdictions"
CARD = '          reference_name: "authorisation code"\n'
FEE = "CARD-FEE"


@pytest.fixture
def fees(app, make_app, keys, tmp_path, counter):
    """A county where cards have a fee, and the window it takes money at."""
    shutil.copytree(JURISDICTIONS / "us-il-cook", tmp_path / "us-il-cook")
    law = tmp_path / "us-il-cook" / "cashiering.yaml"
    text = law.read_text()
    assert text.count(CARD) == 1
    law.write_text(text.replace(CARD, f"{CARD}          fee_source: {FEE}\n"))
    with (
        make_app(MILLAGE_JURISDICTIONS_DIR=str(tmp_path)) as built,
        testing.server(SPEC, built, keys) as channel,
    ):
        window = type(counter)(channel, keys)
        yield window, source_stubs.SourcesServiceStub(channel)


def _set(fees, **changes) -> sources_pb2.Source:
    window, stub = fees
    given = {
        "source_code": FEE,
        "effective_from": "2022-01-01",
        "name": "Card fee",
        "amount_mode": sources_pb2.AMOUNT_MODE_PERCENT,
        "percent": "2.10",
        "amount_cents": 100,
        "credit_fund": "100",
        "credit_account": "5100",
    }
    request = sources_pb2.SetSourceRequest(
        idempotency_key=window.key(), source=sources_pb2.Source(**(given | changes))
    )
    return stub.SetSource(request, metadata=window.metadata)


def _card(cents: int) -> pb.Tender:
    return pb.Tender(
        tender_type=pb.TENDER_TYPE_CARD,
        amount_cents=cents,
        reference="A1",
        identifiers={"card_type": "visa", "expiry": "01/30"},
    )


def _order(window, session, cents: int, card: int, of_cents: int | None, **changes):
    fee = [sources_pb2.SourceEntry(source_code=FEE, amount_cents=of_cents or 0)]
    given = {
        "lines": [window.line(cents)],
        "tenders": [_card(card)],
        "source_lines": fee if of_cents is not None else [],
    }
    return window.order(session.session_id, **(given | changes))


@pytest.fixture
def till(fees):
    return fees[0].open("T02")


def test_cash_050_a_card_pays_its_fee_by_percent(fees, till) -> None:
    """2.10 percent of 100.00 is a line of its own, before the bill's, and the sums agree."""
    assert _set(fees).percent == "2.1"
    receipt = fees[0].post(_order(fees[0], till, 10_000, 10_210, 10_000))

    assert [(line.source_code, line.amount_cents) for line in receipt.lines] == [
        (FEE, 210), ("", 10_000),
    ]  # fmt: skip
    assert dict(receipt.lines[0].fields) == {"of_cents": "10000"}


def test_cash_050_the_least_is_taken_of_a_small_amount(fees, till) -> None:
    """A dollar, though 2.10 percent of ten dollars is less."""
    _set(fees)

    assert fees[0].post(_order(fees[0], till, 1_000, 1_100, 1_000)).lines[0].amount_cents == 100


def test_cash_050_the_fee_is_what_it_was_on_the_effective_date(fees, till, refused) -> None:
    """It rose in December: an earlier payment pays what it cost then."""
    _set(fees)
    _set(fees, effective_from="2022-12-01", percent="3")
    then = {"effective_on": "2022-11-30"}

    assert fees[0].post(_order(fees[0], till, 10_000, 10_210, 10_000, **then)).total_cents == 10_210
    assert fees[0].post(_order(fees[0], till, 10_000, 10_300, 10_000)).total_cents == 10_300
    wrong = _order(fees[0], till, 10_000, 10_210, 10_000)
    refused("FEE_OF_ANOTHER_AMOUNT", fees[0].post, wrong)


def test_cash_050_a_flat_fee_is_the_same_on_every_amount(fees, till) -> None:
    """The mode is the source's."""
    _set(fees, amount_mode=sources_pb2.AMOUNT_MODE_FLAT, percent="", amount_cents=250)

    assert fees[0].post(_order(fees[0], till, 10_000, 10_250, 0)).lines[0].amount_cents == 250


def test_cash_050_only_what_the_card_pays_bears_the_fee(fees, till) -> None:
    """Half in cash, half by card."""
    _set(fees)
    tenders = [fees[0].cash(5_000), _card(5_105)]
    receipt = fees[0].post(_order(fees[0], till, 10_000, 0, 5_000, tenders=tenders))

    assert (receipt.lines[0].amount_cents, receipt.total_cents) == (105, 10_105)


@pytest.mark.parametrize(
    ("card", "of_cents", "reason"),
    [
        (10_000, None, "SOURCE_REQUIRED"),
        (10_189, 9_000, "FEE_OF_ANOTHER_AMOUNT"),
        (10_100, 0, "AMOUNT_NOT_POSITIVE"),
        (10_100, -5, "AMOUNT_NOT_POSITIVE"),
    ],
)
def test_cash_050_a_card_without_its_fee_is_refused(
    fees, till, refused, unchanged, card, of_cents, reason
) -> None:
    """Or with that of another amount."""
    _set(fees)
    with unchanged():
        refused(reason, fees[0].post, _order(fees[0], till, 10_000, card, of_cents))


def test_cash_050_cash_bears_no_fee(fees, till) -> None:
    """Only the tender the law names does."""
    _set(fees)
    order = _order(fees[0], till, 10_000, 0, None, tenders=[fees[0].cash(10_000)])

    assert fees[0].post(order).total_cents == 10_000


@pytest.mark.parametrize(
    "changes",
    [
        {"percent": ""},
        {"percent": "0"},
        {"percent": "101"},
        {"percent": "1e2"},
        {"percent": "-1"},
        {"percent": "NaN"},
        {"amount_mode": sources_pb2.AMOUNT_MODE_FLAT},
        {"percent": "1.0000000000001"},
    ],
)
def test_cash_050_a_percentage_that_cannot_be_is_refused(fees, refused, changes) -> None:
    """As one without, and one where none belongs."""
    refused("SOURCE_PERCENT_INVALID", _set, fees, **changes)


@given(
    cents=st.integers(1, 10**12),
    percent=st.decimals("0.01", "100", places=2),
    least=st.integers(0, 10**6),
)
def test_cash_050_a_fee_is_its_share_to_the_cent(cents, percent, least) -> None:
    """Rounded half up, never below the least, nor below a cent."""
    source = domain.Source(
        FEE, date(2022, 1, 1), "Card fee", "", "", "standard", domain.AmountMode.PERCENT, least,
        (), domain.ParcelTie.NONE, "100", "5100", percent=percent,
    )  # fmt: skip
    exact = Fraction(percent) * cents / 100
    priced = domain.price(source, domain.Entry(FEE, cents))

    assert priced.amount_cents == max(least, int(exact + Fraction(1, 2)), 1)
    assert priced.fields == {"of_cents": str(cents)}
    assert domain.price(replace(source, amount_cents=0), domain.Entry(FEE, 100)).amount_cents >= 0
