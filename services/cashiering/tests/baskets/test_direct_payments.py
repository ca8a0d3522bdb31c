"""CASH-013, CASH-020 to 023, CASH-034, CASH-076: no call pays what a basket would not let pass."""

from typing import Any

import pytest

from millage.cashiering.v1 import cashiering_pb2 as money
from millage.cashiering.v1 import cashiering_pb2_grpc as money_stubs
from millage.cashiering.v1 import sources_pb2, sources_pb2_grpc
from taxkit import testing
from taxkit.roundtrips import RoundTrips

PIN = "55555555555555"
MOBILE = {
    'classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]}': 'classes: ["2"]}\n'
    '        - {code: mobile, name: "Mobile home", classes: ["MH"]}'
}
DECAL = {key: text.replace('["MH"]', '["MH"], needs_decal: true') for key, text in MOBILE.items()}
TOGETHER = {"defaulted_together: false": "defaulted_together: true"}
IN_FULL = {"defaulted_in_full: false": "defaulted_in_full: true"}


@pytest.fixture
def pay(counter, session, bill_of):
    """Pay bills of the parcel directly, each (year, cents), at some window."""

    def post(window: Any, *lines: tuple[int, int], **changes: Any) -> money.Receipt:
        total = sum(cents for _, cents in lines)
        asked = [counter.line(cents, bill_of(PIN, year)) for year, cents in lines]
        order = counter.order(session.session_id, total, **{"lines": asked, **changes})
        stub = money_stubs.CashieringServiceStub(window.channel)
        return stub.PostPayment(order, metadata=window.metadata, timeout=60)

    return post


@pytest.fixture
def defaulted(bills, installments) -> None:
    """Two defaulted years of a parcel, $500 each, and a current one of $90."""
    past = [(30_000, "2020-03-01", "DS"), (20_000, "2020-08-01", "DS")]
    for year in (2018, 2019):
        bills((PIN, year, 50_000), installments=installments(*past))
    bills((PIN, 2021, 9_000), installments=installments((9_000, "2022-12-30", "S")))


@pytest.fixture
def in_plan(app, bill_of):
    def put(*years: int) -> None:
        data = {
            "plan_number": "P-1", "status": "active",
            "bill_ids": [str(bill_of(PIN, year)) for year in years],
        }  # fmt: skip
        event = "org.millage.receivables.PlanStatusChanged.v1"
        body = testing.foreign_event(event, "plan/P-1", data, sequence=1)
        app.consumer.absorb("on_plan_status_changed", [body])

    return put


def test_cash_020_a_defaulted_bill_is_not_paid_without_its_others(
    county, pay, defaulted, refused, unchanged
) -> None:
    """All of them are, whatever else the parcel owes."""
    window = county(TOGETHER)
    with unchanged():
        error = refused("DEFAULTED_SET_INCOMPLETE", pay, window, (2018, 50_000))
        fitted = {"tenders": [money.Tender(tender_type=1, amount_cents=50_000)]}
        fitted |= {"allocate_tendered": True}
        refused("DEFAULTED_SET_INCOMPLETE", pay, window, (2018, 50_000), (2019, 50_000), **fitted)

    assert f"2019-{PIN}" in error.details()
    assert pay(window, (2021, 9_000)).total_cents == 9_000
    assert pay(window, (2018, 50_000), (2019, 1_000)).total_cents == 51_000


def test_cash_021_a_defaulted_bill_is_not_paid_in_part(
    county, pay, defaulted, refused, unchanged
) -> None:
    """Nor when what was tendered makes its line less."""
    window = county(IN_FULL)
    with unchanged():
        refused("DEFAULTED_NOT_IN_FULL", pay, window, (2018, 49_999))
        fitted = {"tenders": [money.Tender(tender_type=1, amount_cents=49_900)]}
        fitted |= {"allocate_tendered": True}
        refused("DEFAULTED_NOT_IN_FULL", pay, window, (2018, 50_000), **fitted)

    assert pay(window, (2018, 50_000)).total_cents == 50_000
    assert pay(window, (2021, 1)).total_cents == 1


def test_cash_021_what_a_basket_asks_in_full_is_not_made_to_fit_less(
    county, basket, defaulted, refused
) -> None:
    """The last line gives first, and here it may give nothing."""
    window = county(IN_FULL)
    loaded = window.load(basket, tax_year=2018, bill_number=PIN)
    less = money.Tender(tender_type=money.TENDER_TYPE_CASH, amount_cents=49_999)
    asked = {"allocate_tendered": True}
    refused("DEFAULTED_NOT_IN_FULL", window.change, "PostBasket", loaded, tenders=[less], **asked)
    whole = money.Tender(tender_type=money.TENDER_TYPE_CASH, amount_cents=50_000)

    assert window.change("PostBasket", loaded, tenders=[whole], **asked).receipt.total_cents


def test_cash_021_a_bill_in_a_running_plan_is_paid_as_the_plan_says(
    county, pay, basket, counter, defaulted, in_plan
) -> None:
    """In parts, and without the others; in a basket as directly."""
    in_plan(2018)
    window = county(TOGETHER | IN_FULL)
    assert pay(window, (2018, 1_000)).total_cents == 1_000
    loaded = window.load(basket, service_type="payment_plan", plan_number="P-1")
    changed = window.change("ChangeLine", loaded, line_number=1, amount_cents=2_000)

    posted = window.change("PostBasket", changed, tenders=[counter.cash(2_000)])
    assert posted.receipt.total_cents == 2_000


@pytest.mark.parametrize("may_override", [False, True])
def test_cash_022_a_delinquent_tax_type_is_paid_first(
    county, pay, bills, app, levied, refused, unchanged, may_override: bool
) -> None:
    """Or beside the others; a second person overrides it in a basket only."""
    bills((PIN, 2020, 800), (PIN, 2021, 900))
    app.consumer.absorb("on_bill_created", [levied(PIN, 2020, "MH1"), levied(PIN, 2021, "211")])
    rule = f"related: [{{tax_type: mobile, may_override: {str(may_override).lower()}}}]"
    window = county(MOBILE | {"related: []": rule})
    with unchanged():
        error = refused("RELATED_TAX_DELINQUENT", pay, window, (2021, 900))

    assert "delinquent in Mobile home" in error.details()
    assert pay(window, (2020, 400), (2021, 900)).total_cents == 1_300


def test_cash_023_what_has_to_be_done_first_is_confirmed_in_a_basket(
    window, pay, bills, app, refused, unchanged
) -> None:
    """A flag that asks for an action lets nothing pass unsaid."""
    bills((PIN, 2021, 900))
    data = {"subject_kind": "parcel", "subject": PIN, "flag": "bad_check", "on": True}
    kind = "org.millage.receivables.FlagChanged.v1"
    body = testing.foreign_event(kind, f"flag/parcel/{PIN}/bad_check", data, sequence=1)
    app.consumer.absorb("on_flag_changed", [body])
    with unchanged():
        error = refused("FINDING_NOT_CONFIRMED", pay, window, (2021, 900))

    assert error.said["code"] == "FLAG_BAD_CHECK"


def test_cash_034_nobody_pays_unseen_where_payers_are_verified(
    county, pay, bills, refused, unchanged
) -> None:
    """What came by mail has nobody to look at."""
    bills((PIN, 2021, 900))
    window = county({"verified_payer: false": "verified_payer: true"})
    with unchanged():
        refused("PAYER_NOT_VERIFIED", pay, window, (2021, 900))

    mail = {"source": "mail", "postmarked_on": "2022-12-14"}
    assert pay(window, (2021, 900), **mail).total_cents == 900


def test_cash_076_a_mobile_home_is_paid_in_a_basket(
    county, pay, bills, app, levied, refused, unchanged
) -> None:
    """Where its decal is given and confirmed."""
    bills((PIN, 2021, 900))
    app.consumer.absorb("on_bill_created", [levied(PIN, 2021, "MH1")])
    with unchanged():
        refused("DECAL_MISSING", pay, county(DECAL), (2021, 900))


@pytest.fixture
def make_copies(channel, counter):
    """A source of so many cents."""

    def make(cents: int) -> None:
        source = sources_pb2.Source(
            source_code="COPY", effective_from="2022-01-01", name="Copy", short_name="Copy",
            source_group="fees", amount_mode=sources_pb2.AMOUNT_MODE_FLAT, amount_cents=cents,
            parcel_tie=sources_pb2.PARCEL_TIE_NONE, credit_fund="100", credit_account="4711",
        )  # fmt: skip
        request = sources_pb2.SetSourceRequest(idempotency_key=counter.key(), source=source)
        stub = sources_pb2_grpc.SourcesServiceStub(channel)
        stub.SetSource(request, metadata=counter.metadata)

    return make


def _lines(counter, bill_id, what: str) -> dict[str, Any]:
    if what == "advance":
        advance = {"advance_type": "regular", "parcel_number": PIN, "amount_cents": 900}
        return {"lines": [], "advances": [money.AdvanceLine(**advance)]}
    if what == "miscellaneous":
        return {"lines": [], "source_lines": [sources_pb2.SourceEntry(source_code="COPY")]}
    line = counter.line(900, bill_id)
    line.service = what if what != "tax" else ""
    return {"lines": [line]}


@pytest.mark.parametrize("what", ["tax", "advance", "miscellaneous", "trust_tax"])
def test_cash_013_a_disabled_service_type_is_refused_in_every_payment(
    county, pay, bills, counter, bill_of, session, refused, unchanged, make_copies, what: str
) -> None:
    """Of a bill, ahead of one, or for a source."""
    bills((PIN, 2021, 900))
    make_copies(900)
    window = county({f"        - {what}\n": ""})
    with unchanged():
        refused("SERVICE_TYPE_DISABLED", pay, window, **_lines(counter, bill_of(PIN, 2021), what))


def test_a_payment_pays_no_round_trip_for_any_of_it(
    counter, session, county, monkeypatch, pay, defaulted
) -> None:
    """Where a county asks about parcels, one statement more travels with the others."""
    trips: list[int] = []
    send = RoundTrips._send

    async def noted(self: Any, queries: Any) -> Any:
        trips.append(len(queries))
        return await send(self, queries)

    monkeypatch.setattr(RoundTrips, "_send", noted)
    counter.pay(session.session_id)
    plain = trips.copy()
    trips.clear()
    pay(county(TOGETHER | IN_FULL), (2018, 50_000), (2019, 50_000))

    assert (len(plain), len(trips)) == (2, 2)
    assert trips[0] == plain[0] + 1
