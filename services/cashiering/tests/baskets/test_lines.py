"""CASH-025 to CASH-034, AC-4 through the public API: what lines pay, and who."""

import importlib
from pathlib import Path
from typing import Any

import pytest

from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_pb2
from millage.cashiering.v1 import basket_pb2 as pb

PIN = "55555555555555"
SWITCH = {"interest_display: none": "interest_display: installment"}


@pytest.fixture
def loaded(window, basket, bills, installments) -> pb.Basket:
    """A bill of 365.00: 200.00 due in March, 165.00 at the end of December."""
    due = installments((20_000, "2022-03-01", "S"), (16_500, "2022-12-30", "S"))
    bills((PIN, 2021, 36_500), installments=due)
    return window.load(basket, parcel_number=PIN)


def test_ac_4_prorate(window, loaded) -> None:
    """AC-4: 100 days of 365.00 are 100.00, 40 percent 146.00, what they leave is the rest."""
    found = loaded
    for share, cents in [
        (pay.Prorate(days=100), 10_000),
        (pay.Prorate(days=100, rest=True), 26_500),
        (pay.Prorate(percent="40"), 14_600),
        (pay.Prorate(percent="40", rest=True), 21_900),
    ]:
        found = window.change("ChangeLine", found, line_number=1, prorate=share)
        assert (found.lines[0].paying_cents, found.total_cents) == (cents, cents)
    back = window.change("ChangeLine", found, line_number=1, as_quoted=True)

    assert (back.lines[0].paying_cents, back.lines[0].share_denominator) == (36_500, 0)


def test_cash_025_a_line_tells_its_bill_in_detail(app, window, loaded, levied) -> None:
    """Amounts by kind and installment, where the property lies, what it is, and where to go on."""
    app.consumer.absorb("on_bill_created", [levied(PIN, 2021, "211")])
    (line,) = window.get(loaded.basket_id).lines

    assert (line.tax_code, line.property_class, line.tax_type) == ("71163", "211", "real_property")
    assert (line.tax_cents, line.interest_cents, line.penalty_cents, line.fee_cents) == (
        36_500, 0, 0, 0,
    )  # fmt: skip
    assert [one.tax_open_cents for one in line.installments] == [20_000, 16_500]
    assert line.provisional
    assert {one.action for one in line.links} >= {"tax_information", "receipts", "protest"}
    assert {(one.parcel_number, one.bill_id) for one in line.links} == {(PIN, line.bill_id)}


def test_cash_037_every_link_names_a_method_and_fields_that_are_there(loaded) -> None:
    """The contract of the service it names has both."""
    for link in (*loaded.lines[0].links, *loaded.links):
        request = request_of(link.method)
        for path in link.fields:
            assert has(request, path.split(".")), f"{link.method}: {path}"


def request_of(path: str) -> Any:
    """The one request of that name among the contracts."""
    name, method = path.split("/")
    _, package, version, service = name.split(".")
    folder = Path(basket_pb2.__file__).parents[2] / package / version
    topics = [
        importlib.import_module(f"millage.{package}.{version}.{file.stem}").DESCRIPTOR
        for file in folder.glob("*_pb2.py")
    ]
    (found,) = [one for one in topics if service in one.services_by_name]
    return found.services_by_name[service].methods_by_name[method].input_type


def has(message: Any, names: list[str]) -> bool:
    """Whether a path leads to a field that is filled with a text, a number or a list of them."""
    field = message.fields_by_name.get(names[0])
    if field is None:
        return False
    if field.message_type is None or field.message_type.GetOptions().map_entry:
        return len(names) == (1 if field.message_type is None else 2)
    return has(field.message_type, names[1:]) if names[1:] else False


def test_cash_026_date_and_amount_are_changed(window, loaded, make_window, refused) -> None:
    """The date needs its right and is not in the future; an amount is typed and taken back."""
    changed = window.change("ChangeLine", loaded, line_number=1, amount_cents=5)
    moved = window.change("ChangeLine", changed, line_number=1, effective_on="2022-02-28")
    plain = make_window("cashiering.basket")

    assert (moved.lines[0].effective_on, moved.total_cents) == ("2022-02-28", 5)
    for given, reason in [
        ({"effective_on": "2022-12-01"}, "FORBIDDEN"),
        ({"prorate": pay.Prorate(days=1)}, "FORBIDDEN"),
        ({"allocation_rule": "tax-first"}, "FORBIDDEN"),
    ]:  # fmt: skip
        refused(reason, plain.change, "ChangeLine", moved, line_number=1, **given)
    for given, reason in [
        ({"effective_on": "2022-12-16"}, "EFFECTIVE_DATE_IN_FUTURE"),
        ({"effective_on": "x"}, "DATE_INVALID"),
        ({"amount_cents": -1}, "AMOUNT_OUT_OF_RANGE"),
        ({"prorate": pay.Prorate()}, "SHARE_INVALID"),
        ({"prorate": pay.Prorate(days=1, percent="1")}, "SHARE_INVALID"),
        ({"prorate": pay.Prorate(days=366)}, "SHARE_INVALID"),
        ({"prorate": pay.Prorate(percent="1"), "amount_cents": 1}, "AMOUNT_AMBIGUOUS"),
        ({"basis": 7}, "BASIS_UNKNOWN"), ({"due": 7}, "DUE_UNKNOWN"),
        ({"allocation_rule": "mine"}, "ALLOCATION_RULE_UNKNOWN"),
        ({"line_number": 9}, "LINE_NOT_FOUND"), ({"version": 1}, "BASKET_CHANGED"),
    ]:  # fmt: skip
        refused(reason, window.change, "ChangeLine", moved, **{"line_number": 1, **given})


def test_cash_028_029_the_basis_is_switched_where_the_county_shows_it(
    county, window, loaded, refused
) -> None:
    """Per line and for all; hidden elsewhere."""
    refused("BASIS_SWITCH_DISABLED", window.change, "SwitchBasis", loaded, basis=pay.BASIS_FULL)
    shown = county(SWITCH)
    whole = shown.change("SwitchBasis", loaded, basis=pay.BASIS_INSTALLMENT)
    one = shown.change("ChangeLine", whole, line_number=1, basis=pay.BASIS_FULL)

    assert (loaded.basis_switch, whole.basis_switch) == (False, True)
    assert [(b.lines[0].basis, b.total_cents) for b in (loaded, whole, one)] == [
        ("full", 36_500), ("installment", 20_000), ("full", 36_500),
    ]  # fmt: skip
    refused("BASIS_UNKNOWN", shown.change, "SwitchBasis", one)


def test_cash_030_an_earlier_payment_dictates_the_basis(
    county, basket, bills, installments, refused
) -> None:
    """The line shows which; it is not changed."""
    due = installments((20_000, "2022-03-01", "S"), (16_500, "2022-12-30", "S"))
    due[0]["paid_cents"] = 100
    bills((PIN, 2021, 36_500), installments=due)
    shown = county(SWITCH)
    found = shown.load(basket, parcel_number=PIN)

    assert (found.lines[0].basis, found.lines[0].basis_dictated) == ("installment", True)
    change = {"line_number": 1, "basis": pay.BASIS_FULL}
    refused("BASIS_DICTATED", shown.change, "ChangeLine", found, **change)


def test_cash_031_current_or_total_due(window, loaded) -> None:
    """Without typing an amount."""
    current = window.change("ChangeLine", loaded, line_number=1, due=pay.DUE_CURRENT)
    total = window.change("ChangeLine", current, line_number=1, due=pay.DUE_TOTAL)

    assert [one.total_cents for one in (current, total)] == [20_000, 36_500]


def test_cash_031_what_a_missed_installment_calls_due_is_due(
    window, basket, bills, installments
) -> None:
    """As a provisional line has it: the second half is due with the first, all of it to pay."""
    due = installments((20_000, "2022-03-01", "S"), (16_500, "2022-12-30", "S"))
    due[1]["called_due_on"] = "2022-03-01"
    bills((PIN, 2021, 36_500), installments=due)
    found = window.load(basket, parcel_number=PIN)
    current = window.change("ChangeLine", found, line_number=1, due=pay.DUE_CURRENT)

    assert current.total_cents == 36_500
    assert [one.due_on for one in current.lines[0].installments] == ["2022-03-01"] * 2


def test_cash_032_nothing_is_applied_before_a_later_payment(
    window, loaded, counter, session, bill_of
) -> None:
    """One that stands refuses; one that was taken back, or an empty line, only warns."""
    lines = [counter.line(100, bill_of(PIN, 2021))]
    receipt = counter.pay(session.session_id, lines=lines, tenders=[counter.cash(100)])
    before = {"line_number": 1, "effective_on": "2022-12-01"}
    found = window.change("ChangeLine", loaded, **before)
    empty = window.change("ChangeLine", found, line_number=1, amount_cents=0)
    counter.reverse(receipt.receipt_id)
    after = window.change("ChangeLine", empty, line_number=1, as_quoted=True)

    severities = [[one.severity for one in basket.findings] for basket in (found, empty, after)]
    assert severities == [
        [pb.FINDING_SEVERITY_REFUSE], [pb.FINDING_SEVERITY_WARN], [pb.FINDING_SEVERITY_WARN],
    ]  # fmt: skip
    assert found.findings[0].code == "BACK_DATED"


def test_cash_033_034_the_payer_is_the_owner_until_named(window, loaded, refused) -> None:
    """By a lender's code, as typed, or the owner of a line again; verified is said each time."""
    lender = pay.Lender(lender_code="B7", name="First Bank", email="tax@bank.example.org")
    window.call("RecordLender", lender=lender)
    bank = window.change("SetPayer", loaded, lender_code="B7", verified=True)
    typed = window.change("SetPayer", bank, name="Ada Vale")
    owner = window.change("SetPayer", typed, from_line=1)
    verified = window.change("SetPayer", owner, verified=True)

    assert [(one.payer.name, one.payer.lender_code, one.payer.verified)
            for one in (loaded, bank, typed, owner, verified)] == [
        ("Tamsin Kowalczyk-Reyes", "", False), ("First Bank", "B7", True), ("Ada Vale", "", False),
        ("Tamsin Kowalczyk-Reyes", "", False), ("Tamsin Kowalczyk-Reyes", "", True),
    ]  # fmt: skip
    for given, reason in [
        ({"lender_code": "B8"}, "LENDER_NOT_FOUND"), ({"from_line": 9}, "LINE_NOT_FOUND"),
        ({"name": "A", "from_line": 1}, "PAYER_AMBIGUOUS"), ({"email": "a"}, "PAYER_AMBIGUOUS"),
        ({"name": "A" * 201}, "TEXT_INVALID"), ({"version": 1}, "BASKET_CHANGED"),
    ]:  # fmt: skip
        refused(reason, window.change, "SetPayer", verified, **given)
    refused("LENDER_INVALID", window.call, "RecordLender", lender=pay.Lender(name="x"))


def test_a_bill_that_was_paid_meanwhile_is_told(window, loaded, bills) -> None:
    """What is paid on it becomes surplus."""
    bills((PIN, 2021, 0), sequence=9)
    (found,) = window.get(loaded.basket_id).findings

    assert (found.code, found.severity) == ("BILL_PAID_MEANWHILE", pb.FINDING_SEVERITY_WARN)


def test_a_right_of_its_own_for_each(make_window, loaded, refused) -> None:
    """Who may only pay changes nothing; lenders are kept by who manages them."""
    payer = make_window("cashiering.pay")
    for method in ("ChangeLine", "SwitchBasis", "SetPayer"):
        refused("FORBIDDEN", payer.change, method, loaded)
    refused("FORBIDDEN", make_window("cashiering.basket").call, "RecordLender")
