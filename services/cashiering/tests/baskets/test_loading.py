"""CASH-013 to CASH-017: what goes into a basket, and comes out of it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cashiering_service.domain.remittance import ReferenceFormat
from millage.cashiering.v1 import basket_pb2 as pb
from taxkit import testing

PIN = "55555555555555"
OTHER = "66666666666666"


def numbers(basket: pb.Basket) -> list[str]:
    return [line.bill_number for line in basket.lines]


@pytest.fixture(autouse=True)
def known(bills) -> None:
    """Three years of one parcel, the oldest paid, and one year of another."""
    bills((PIN, 2019, 0), (PIN, 2020, 40_000), (PIN, 2021, 50_001), (OTHER, 2021, 7_000))


@pytest.mark.parametrize(
    ("by", "found"),
    [
        ({"parcel_number": PIN}, [f"2020-{PIN}", f"2021-{PIN}"]),
        ({"tax_year": 2021, "bill_number": f"2021-{PIN}"}, [f"2021-{PIN}"]),
        ({"tax_year": 2021, "bill_number": PIN}, [f"2021-{PIN}"]),
        ({"tax_year": 2019, "bill_number": PIN}, [f"2019-{PIN}"]),
    ],
)
def test_ac_1_bills_are_loaded_by_their_keys(window, basket, by, found) -> None:
    """AC-1: by PIN what is unpaid, by bill number that bill, paid or not."""
    assert numbers(window.load(basket, **by)) == found


@pytest.mark.parametrize(
    ("service_type", "kind", "value"),
    [
        ("tax", "ain", "A-17"),
        ("motor_vehicle", "vin", "1HGCM82633A004352"),
        ("motor_vehicle", "plate", "XYZ 1"),
        ("business_license", "license_number", "L9"),
        ("state_credit", "revenue_account", "R-2"),
        ("trust_tax", "account_number", "T-3"),
    ],
)
def test_ac_1_an_account_is_found_by_its_other_numbers(
    window, basket, service_type, kind, value
) -> None:
    """AC-1, CASH-071: once the number is on record."""
    given = pb.AccountKey(kind=kind, value=value, parcel_number=OTHER)
    window.call("RecordAccountKey", account_key=given)
    loaded = window.load(basket, service_type=service_type, **{kind: value})

    assert numbers(loaded) == [f"2021-{OTHER}"]
    assert loaded.lines[0].service_type == service_type


def test_cash_071_a_claim_needs_the_case_it_is_part_of(window, basket, refused) -> None:
    """Both numbers have to lead to one account; a matching case must be there."""
    for kind, value, parcel in [
        ("case_number", "C1", PIN), ("claim_number", "9", PIN), ("case_number", "C2", OTHER),
    ]:  # fmt: skip
        given = pb.AccountKey(kind=kind, value=value, parcel_number=parcel)
        window.call("RecordAccountKey", account_key=given)

    def load(case: str) -> pb.Basket:
        keys = {"case_number": case, "claim_number": "9"}
        return window.load(basket, service_type="bankruptcy_litigation", **keys)

    refused("BILL_NOT_FOUND", load, "C2")
    assert numbers(load("C1")) == [f"2020-{PIN}", f"2021-{PIN}"]


def test_cash_071_the_receipt_keeps_case_and_claim(app, window, basket, counter) -> None:
    """On each of its lines, as they were asked for; the bus and a correction have them, too."""
    from millage.cashiering.v1 import cashiering_pb2 as money

    for kind, value in (("case_number", "C1"), ("claim_number", "9")):
        window.call(
            "RecordAccountKey", account_key=pb.AccountKey(kind=kind, value=value, parcel_number=PIN)
        )
    keys = {"case_number": "C1", "claim_number": "9"}
    loaded = window.load(basket, service_type="bankruptcy_litigation", **keys)
    paying = window.change("PostBasket", loaded, tenders=[counter.cash(loaded.total_cents)])

    assert [dict(line.allocation.account_keys) for line in paying.receipt.lines] == [keys, keys]
    stored = counter.stub.GetReceipt(
        money.GetReceiptRequest(receipt=paying.receipt.receipt_id), metadata=counter.metadata
    )
    assert [dict(line.allocation.account_keys) for line in stored.lines] == [keys, keys]
    (told,) = [one for one in testing.emitted(app) if "PaymentPosted" in one["type"]]
    assert [line["allocation"]["account_keys"] for line in told["data"]["lines"]] == [keys, keys]


@pytest.mark.parametrize(
    ("given", "reason", "field"),
    [
        ({"tax_year": 2021}, "KEY_MISSING", "keys.bill_number"),
        ({}, "KEY_MISSING", "keys.parcel_number"),
        ({"parcel_number": " "}, "KEY_MISSING", "keys.parcel_number"),
        ({"parcel_number": PIN, "vin": "1"}, "KEY_NOT_OF_TYPE", "keys.vin"),
        ({"parcel_number": PIN, "tax_year": -1}, "KEY_INVALID", "keys.tax_year"),
        ({"parcel_number": "1" * 61}, "TEXT_INVALID", "keys.parcel_number"),
        ({"parcel_number": "1\x00"}, "TEXT_INVALID", "keys.parcel_number"),
        ({"service_type": "tax_sale", "parcel_number": PIN}, "SERVICE_TYPE_DISABLED", None),
        ({"service_type": "taxi", "parcel_number": PIN}, "SERVICE_TYPE_UNKNOWN", "service_type"),
        ({"parcel_number": PIN, "bill_codes": ["1"]}, "KEYS_AMBIGUOUS", "keys"),
        ({"parcel_number": "1"}, "BILL_NOT_FOUND", None),
        ({"parcel_number": "' or 1=1"}, "BILL_NOT_FOUND", None),
        ({"parcel_numbers": [PIN, "1"]}, "BILL_NOT_FOUND", None),
        ({"bill_codes": ["123"]}, "BAD_REFERENCE", "bill_codes[0]"),
        ({"parcel_numbers": [PIN] * 501}, "TOO_MANY_BILLS", "parcel_numbers"),
    ],
)
def test_cash_014_what_leads_nowhere_is_refused(
    window, basket, refused, unchanged, given, reason, field
) -> None:
    """Each with its reason and the field to mend; the basket stays empty."""
    with unchanged():
        error = refused(reason, window.load, basket, **given)
    assert error.fields == ([field] if field else []) or field in error.fields


def test_cash_016_repeated_scans_accumulate(window, basket) -> None:
    """Bill after bill in one basket, the same one once."""
    form = ReferenceFormat()
    for parcel, year in [(PIN, 2021), (OTHER, 2021), (PIN, 2021), (PIN, 2020)]:
        loaded = window.load(basket, bill_codes=[form.write(parcel, year)])

    assert numbers(loaded) == [f"2021-{PIN}", f"2021-{OTHER}", f"2020-{PIN}"]
    assert (loaded.total_cents, loaded.line_count) == (97_001, 3)


def test_cash_016_a_misread_code_is_told_by_its_check_digit(window, basket, refused) -> None:
    """And nothing of the same batch of scans is taken."""
    good = ReferenceFormat().write(PIN, 2021)
    bad = good[:-1] + str((int(good[-1]) + 1) % 10)
    error = refused("BAD_CHECK_DIGIT", window.load, basket, bill_codes=[good, bad])

    assert error.fields == ["bill_codes[1]"]
    assert window.get(basket.basket_id).lines == []


def test_cash_015_accounts_are_searched_and_picked(window, basket, bills, refused) -> None:
    """By owner and by the beginning of a number; what is picked is loaded whole."""
    bills(("77777777777777", 2021, 10), owner={"name": "Zadie O'Hara_%", "email": None})
    found = window.call("SearchAccounts", owner_name="zadie o'hara_%")
    many = window.call("SearchAccounts", parcel_number="5555")
    loaded = window.load(basket, parcel_numbers=[PIN, "77777777777777"], with_paid=True)

    assert [one.parcel_number for one in found.accounts] == ["77777777777777"]
    assert [(one.bill_count, one.open_cents, one.oldest_open_year) for one in many.accounts] == [
        (3, 90_001, 2020)
    ]
    assert len(loaded.lines) == 4
    assert window.call("SearchAccounts", owner_name="zadie o'hara__").accounts == []
    refused("KEY_MISSING", window.call, "SearchAccounts", tax_year=2021)


def test_cash_015_personal_property_is_found_when_asked_for(window, refused) -> None:
    """An account known by its plate is left out otherwise."""
    given = pb.AccountKey(kind="plate", value="P1", parcel_number=OTHER)
    window.call("RecordAccountKey", account_key=given)

    assert window.call("SearchAccounts", account_key="P1").accounts == []
    found = window.call("SearchAccounts", account_key="P1", personal_property=True)
    assert [one.parcel_number for one in found.accounts] == [OTHER]
    bad = pb.AccountKey(kind="colour", value="red", parcel_number=OTHER)
    refused("ACCOUNT_KEY_KIND_UNKNOWN", window.call, "RecordAccountKey", account_key=bad)
    lost = pb.AccountKey(kind="vin", value="1", parcel_number="0")
    refused("PARCEL_NOT_FOUND", window.call, "RecordAccountKey", account_key=lost)


def test_cash_017_lines_are_removed_from_the_basket_only(window, basket, rows, refused) -> None:
    """A zero balance goes; the bill stays what it is, and its number is not used again."""
    loaded = window.load(basket, parcel_number=PIN, with_paid=True)
    assert [line.paying_cents for line in loaded.lines] == [0, 40_000, 50_001]
    before = rows("select * from dues order by bill_id")
    left = window.change("RemoveLines", loaded, line_numbers=[1])
    again = window.load(left, parcel_number=PIN, with_paid=True)

    assert [line.line_number for line in left.lines] == [2, 3]
    assert [line.line_number for line in again.lines] == [2, 3, 4]
    assert rows("select * from dues order by bill_id") == before
    refused("LINE_NOT_FOUND", window.change, "RemoveLines", again, line_numbers=[2, 9])
    refused("LINES_MISSING", window.change, "RemoveLines", again)


def test_cash_017_ten_clerks_add_to_one_basket_and_no_line_is_lost(
    window, basket, bills, session
) -> None:
    """Scans from ten windows at once: every bill is in, each once."""
    parcels = [f"8888888888{number:04d}" for number in range(20)]
    bills(*((parcel, 2021, 100) for parcel in parcels))

    def scan(number: int) -> pb.Basket:
        return window.load(basket, parcel_number=parcels[number % 20])

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(scan, range(40)))
    found = window.get(basket.basket_id)

    assert sorted(line.parcel_number for line in found.lines) == parcels
    assert sorted(line.line_number for line in found.lines) == list(range(1, 21))


def test_a_key_loads_once(window, basket, outcome) -> None:
    """The same request under its key is answered as before; another one is refused."""
    first = window.load(basket, parcel_number=PIN, idempotency_key="load")
    window.load(basket, parcel_number=OTHER)

    assert window.load(basket, parcel_number=PIN, idempotency_key="load") == first
    other = outcome(window.load, basket, parcel_number=OTHER, idempotency_key="load")
    assert other == "IDEMPOTENCY_CONFLICT"


def test_repay_reversal_loads_what_a_reversed_receipt_had_paid(
    window, basket, counter, session, refused, bill_of
) -> None:
    """AC-1: by receipt number and year; a receipt that stands is not paid again."""
    line = counter.line(500, bill_of(PIN, 2021))
    receipt = counter.pay(session.session_id, lines=[line], tenders=[counter.cash(500)])

    def load(**keys) -> pb.Basket:
        return window.load(basket, service_type="repay_reversal", **keys)

    number = receipt.receipt_number
    refused("KEY_MISSING", load, receipt_number=number)
    refused("RECEIPT_NOT_FOUND", load, receipt_number=number, receipt_year=2021)
    refused("RECEIPT_NOT_REVERSED", load, receipt_number=number, receipt_year=2022)
    counter.reverse(receipt.receipt_id)
    assert numbers(load(receipt_number=number, receipt_year=2022)) == [f"2021-{PIN}"]


def test_a_right_of_its_own(make_window, basket, refused) -> None:
    """Who may only pay does not gather; who gathers does not record numbers."""
    refused("FORBIDDEN", make_window("cashiering.pay").load, basket, parcel_number=PIN)
    refused("FORBIDDEN", make_window("cashiering.basket").call, "RecordAccountKey")


def test_every_method_declares_a_right(app) -> None:
    from cashiering_service.bootstrap import SPEC

    assert testing.methods_without_right(SPEC, app) == []


@pytest.mark.parametrize(
    ("service_type", "asked"),
    [
        ("miscellaneous", {"misc_group": "fees", "misc_type": "copy"}),
        ("miscellaneous", {"receipt_number": "T01-20221215-1-00001"}),
        ("tax_sale_buyer", {"buyer_number": "B-1"}),
        ("tax_deed_redemption", {"tda_number": "7"}),
    ],
)
def test_cash_014_keys_that_are_no_bills_never_load_any_bill(
    county, session, refused, service_type, asked
) -> None:
    """Whatever a county enables: nothing is found rather than everybody's bills."""
    enabled = "        - repay_reversal\n"
    window = county({enabled: f"{enabled}        - {service_type}\n"})
    basket = window.open(session.session_id)

    refused("BILL_NOT_FOUND", window.load, basket, service_type=service_type, **asked)
