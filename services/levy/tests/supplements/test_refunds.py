"""LEVY-006: a supplement that lowers a value gives back, under a law of bills apart."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import grpc
import pytest

from levy_service.supplements import refunding
from millage.levy.v1 import levy_pb2, supplements_pb2
from millage.levy.v1 import supplement_refunds_pb2 as pb
from millage.levy.v1.supplement_refunds_pb2_grpc import SupplementRefundServiceStub
from taxkit import testing

PARCEL = "0000002022"


def sold(event_on: str, net: int) -> supplements_pb2.SupplementEvent:
    """The parcel of 2022, which the roll has at 293,000, changes hands."""
    return supplements_pb2.SupplementEvent(
        parcel_number=PARCEL, kind="change_of_ownership", event_on=event_on, value_dollars=net,
        net_value_dollars=net,
    )  # fmt: skip


@pytest.fixture
def bill(supplements, california):
    """Load and bill events of 2022."""
    return lambda *rows: supplements.bill(supplements.load(*rows, tax_year=2022))


@pytest.fixture
def paid(app, balance):
    """Let receivables say of a bill what is open of it."""
    told = itertools.count(1)

    def tell(bill: levy_pb2.Bill, open_cents: int = 0) -> None:
        paid_cents = bill.total_cents - open_cents
        body = balance(
            bill.bill_id, next(told), open_cents, paid_cents, bill_version=bill.bill_version
        )
        app.consumer.absorb("on_balance_changed", [body])

    return tell


@pytest.fixture
def owed(channel, keys):
    """Refunds, as the API lists them."""
    stub = SupplementRefundServiceStub(channel)
    who = testing.bearer(keys.token("levy.read"))

    def of(**asked) -> list[pb.SupplementRefund]:
        return list(
            stub.ListSupplementRefunds(
                pb.ListSupplementRefundsRequest(**asked), metadata=who
            ).refunds
        )

    return of


def test_levy_006_a_lowered_value_makes_no_bill_and_owes_its_months(
    supplements, california, bill, levy, owed
) -> None:
    """100,000 less from November on: 1,049.00 times .67, foretold and owed; bills stay."""
    loaded = supplements.load(sold("2022-10-15", 193_000), tax_year=2022)
    foretold = supplements.preview(loaded)
    assert (foretold.refund_count, foretold.refund_cents, foretold.difference_cents) == (
        1,
        70_283,
        0,
    )
    done = supplements.bill(loaded)
    assert (done.new_bills, done.refund_cents, done.refunded_cents) == (0, 70_283, 0)
    assert levy.bills(parcel_number=PARCEL).bills == [california[0]]
    (one,) = owed()
    assert (one.state, one.amount_cents, one.tax_year) == ("waiting", 70_283, 2022)
    assert (one.enrolled_on, one.refund_by, one.interest_from) == (
        "2023-03-31", "2023-06-29", "2023-04-30",
    )  # fmt: skip
    (item,) = supplements.items(done)
    assert [(each.tax_year, each.amount_cents) for each in item.refunds] == [(2022, 70_283)]


def test_levy_006_nothing_is_given_back_before_the_year_is_paid(
    app, california, bill, levy, owed, paid
) -> None:
    """An unpaid bill stays as it is, to the cent; one half paid, too."""
    bill(sold("2022-10-15", 193_000))
    assert refunding.follow(app) == 0
    paid(california[0], open_cents=1)
    assert refunding.follow(app) == 0
    assert levy.bill(california[0].bill_id).bill_version == 1
    assert [one.state for one in owed(state="waiting")] == ["waiting"]


def test_levy_006_a_paid_bill_gives_it_back_once_as_a_credit(
    app, california, bill, levy, owed, paid, events
) -> None:
    bill(sold("2022-10-15", 193_000))
    paid(california[0])
    assert (refunding.follow(app), refunding.follow(app)) == (1, 0)
    lowered = levy.bill(california[0].bill_id)
    assert (lowered.bill_version, lowered.total_cents) == (2, california[0].total_cents - 70_283)
    assert [(one.code, one.amount_cents) for one in lowered.credits] == [
        ("supplemental_refund", 70_283)
    ]
    assert lowered.net_value_dollars == 293_000
    told = events("BillCorrected")[-1]
    assert told["supplement_number"] == 1
    assert told["reason"] == "refund of supplement 1 of 2022: Change of ownership"
    (one,) = owed(state="refunded", parcel_number=PARCEL, tax_year=2022)
    assert (one.refunded_cents, one.bills[0].bill_version) == (70_283, 2)
    assert owed(state="waiting") == []


def test_levy_006_what_a_supplement_had_added_is_given_back_first(
    app, supplements, california, bill, levy, paid, owed
) -> None:
    """Up by 50,000 and down by 100,000: the bill of 351.42 gives all, the roll's the rest."""
    bill(sold("2022-10-15", 343_000))
    bill(sold("2022-10-20", 243_000))
    (own,) = [one for one in levy.bills(parcel_number=PARCEL).bills if one.bill_version == 1][1:]
    paid(california[0])
    assert refunding.follow(app) == 0
    paid(own)
    assert refunding.follow(app) == 1
    assert levy.bill(own.bill_id).total_cents == 0
    roll = levy.bill(california[0].bill_id)
    assert california[0].total_cents - roll.total_cents == 70_283 - own.total_cents
    assert [one.bill_number for one in owed()[0].bills] == [roll.bill_number, own.bill_number]


def test_levy_006_a_further_event_starts_from_the_lowered_value(supplements, bill, levy) -> None:
    """Down to 193,000, then up to 243,000: a bill of 50,000."""
    bill(sold("2022-10-15", 193_000))
    bill(sold("2022-12-05", 243_000))
    new = levy.bills(parcel_number=PARCEL).bills[-1]
    assert (new.bill_number, new.net_value_dollars) == ("2022-0000002022-S2", 50_000)


def test_levy_006_an_event_of_january_lowers_two_years_and_each_waits_for_its_own(
    app, california, bill, levy, owed, paid, roll
) -> None:
    bill(sold("2023-01-20", 193_000))
    assert [(one.tax_year, one.amount_cents) for one in owed()] == [
        (2022, 44_058), (2023, 104_900),
    ]  # fmt: skip
    paid(california[0])
    assert refunding.follow(app) == 1
    assert [one.tax_year for one in owed(state="waiting")] == [2023]
    parcel = levy_pb2.Parcel(
        parcel_number=PARCEL, tax_code="001", value_dollars=300_000, net_value_dollars=293_000,
        owner_name="Odo Marsh",
    )  # fmt: skip
    later = [
        roll.header(2023, key="more", jurisdiction="us-ca"),
        levy_pb2.LoadRollRequest(parcel=parcel),
    ]
    issued = levy.bill(levy.load(later).bill_ids[0])
    assert refunding.follow(app) == 0
    paid(issued)
    assert refunding.follow(app) == 1
    assert levy.bill(issued.bill_id).total_cents == issued.total_cents - 104_900


def test_levy_006_a_later_event_of_the_next_year_starts_from_what_january_made(
    supplements, california, bill, levy, roll, app
) -> None:
    """January took the next year to 393,000; its own event of July to 443,000 adds 50,000."""
    bill(sold("2023-01-20", 393_000))
    parcel = levy_pb2.Parcel(
        parcel_number=PARCEL, tax_code="001", value_dollars=300_000, net_value_dollars=293_000,
        owner_name="Odo Marsh",
    )  # fmt: skip
    levy.load(
        [
            roll.header(2023, key="more", jurisdiction="us-ca"),
            levy_pb2.LoadRollRequest(parcel=parcel),
        ]
    )
    app.clock.moment += timedelta(days=150)
    supplements.bill(supplements.load(sold("2023-07-10", 443_000), tax_year=2023))
    new = [one for one in levy.bills(parcel_number=PARCEL).bills if one.bill_number.endswith("-S1")]
    assert [one.net_value_dollars for one in new if one.tax_year == 2023] == [50_000]


def test_levy_006_levy_015_a_payment_file_holds_a_refund_until_its_end(
    app, california, bill, levy, paid, payment_file
) -> None:
    bill(sold("2022-10-15", 193_000))
    paid(california[0])
    end = payment_file(california[0].bill_id)
    assert refunding.follow(app) == 0
    end()
    assert refunding.follow(app) == 1


def test_levy_006_two_workers_make_a_refund_once(app, california, bill, levy, paid) -> None:
    bill(sold("2022-10-15", 193_000))
    paid(california[0])
    with ThreadPoolExecutor(4) as workers:
        done = list(workers.map(lambda _: refunding.follow(app), range(4)))
    assert sum(done) == 1
    assert levy.bill(california[0].bill_id).bill_version == 2


def test_levy_006_a_value_corrected_after_a_refund_keeps_it(
    app, california, bill, levy, paid, corrections
) -> None:
    bill(sold("2022-10-15", 193_000))
    paid(california[0])
    refunding.follow(app)
    corrections.send(
        bill_id=california[0].bill_id, expected_version=2, reason="appeal",
        net_value_dollars=283_000, corrected_on="2023-03-31",
    )  # fmt: skip
    after = levy.bill(california[0].bill_id)
    assert after.total_cents == 283_000 * 1_049 // 1_000 - 70_283
    assert after.credits[0].amount_cents == 70_283


def test_levy_006_an_event_from_before_the_law_of_refunds_is_refused(
    supplements, california
) -> None:
    """One of 1986 is refused by its year's rates before all else; its law knows no refund."""
    term = supplements_pb2.SupplementEvent()
    term.CopyFrom(sold("1986-12-31", 193_000))
    with pytest.raises(grpc.RpcError) as refusal:
        supplements.load(term, tax_year=2022)
    assert testing.reason_of(refusal.value) == "EVENT_OF_ANOTHER_YEAR"


def test_levy_006_a_pack_without_a_law_of_refunds_refuses_what_lowers(
    supplements, california, app
) -> None:
    app.supplements = replace(app.supplements, refund_law=None)
    with pytest.raises(grpc.RpcError) as refusal:
        supplements.load(sold("2022-10-15", 193_000), tax_year=2022)
    assert testing.reason_of(refusal.value) == "SUPPLEMENT_LOWERS_VALUE"


def test_levy_006_refunds_are_listed_page_by_page(bill, channel, keys) -> None:
    bill(sold("2023-01-20", 193_000))
    stub = SupplementRefundServiceStub(channel)
    who, years, following = testing.bearer(keys.token("levy.read")), [], ""
    while True:
        asked = pb.ListSupplementRefundsRequest(page_size=1, page_token=following)
        page = stub.ListSupplementRefunds(asked, metadata=who)
        years += [one.tax_year for one in page.refunds]
        if not (following := page.next_page_token):
            break
    assert years == [2022, 2023]
