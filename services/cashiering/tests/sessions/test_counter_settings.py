"""CASH-012: the counter's settings are data with a trail, and each of them does what it says."""

import itertools
import time
from datetime import date
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from cashiering_service.bootstrap import SPEC
from millage.cashiering.v1 import basket_payment_pb2 as pay
from millage.cashiering.v1 import basket_payment_pb2_grpc as pay_stubs
from millage.cashiering.v1 import basket_pb2 as baskets
from millage.cashiering.v1 import basket_pb2_grpc as basket_stubs
from millage.cashiering.v1 import cashiering_pb2 as money
from millage.cashiering.v1 import settings_pb2 as pb
from millage.cashiering.v1 import settings_pb2_grpc as stubs
from millage.cashiering.v1 import sources_pb2, sources_pb2_grpc
from taxkit import testing

PIN = "55555555555555"
FROM = "2022-01-01"
DAY = date(2022, 12, 15)


class Office:
    """Whoever sets up the counters, and a window to see what follows."""

    def __init__(self, channel: Any, counter: Any) -> None:
        self.settings = stubs.SettingsServiceStub(channel)
        self.baskets = basket_stubs.BasketServiceStub(channel)
        self.payments = pay_stubs.BasketPaymentServiceStub(channel)
        self.sources = sources_pb2_grpc.SourcesServiceStub(channel)
        self.counter = counter
        self.metadata = counter.metadata

    def set(self, name: str, value: str, since: str = FROM, key: str = "") -> pb.CounterSetting:
        request = pb.SetCounterSettingRequest(
            idempotency_key=key or self.counter.key(),
            name=name,
            value=value,
            effective_from=since,
        )
        return self.settings.SetCounterSetting(request, metadata=self.metadata)

    def all(self, on: str = "2022-12-15") -> pb.CounterSettings:
        request = pb.GetCounterSettingsRequest(on=on)
        return self.settings.GetCounterSettings(request, metadata=self.metadata)

    def values(self, on: str = "2022-12-15") -> dict[str, tuple[str, str]]:
        return {one.name: (one.value, getattr(one, "from")) for one in self.all(on).settings}

    def basket(self, session_id: str, **keys: Any) -> baskets.Basket:
        """A new basket with what the keys find."""
        service_type = keys.pop("service_type", "tax")
        opened = self.baskets.OpenBasket(
            baskets.OpenBasketRequest(idempotency_key=self.counter.key(), session_id=session_id),
            metadata=self.metadata,
        )
        request = baskets.LoadBasketRequest(
            idempotency_key=self.counter.key(),
            basket_id=opened.basket_id,
            service_type=service_type,
            keys=baskets.LookupKeys(**keys),
        )
        return self.baskets.LoadBasket(request, metadata=self.metadata)

    def change(self, basket: baskets.Basket, **given: Any) -> baskets.Basket:
        request = pay.ChangeLineRequest(
            idempotency_key=self.counter.key(),
            basket_id=basket.basket_id,
            version=basket.version,
            line_number=basket.lines[0].line_number,
            **given,
        )
        return self.payments.ChangeLine(request, metadata=self.metadata)

    def post(self, basket: baskets.Basket) -> pay.PostBasketResponse:
        request = pay.PostBasketRequest(
            idempotency_key=self.counter.key(),
            basket_id=basket.basket_id,
            version=basket.version,
            tenders=[self.counter.cash(basket.total_cents)],
        )
        return self.payments.PostBasket(request, metadata=self.metadata)

    def add_source(self, fund: str) -> sources_pb2.Source:
        request = sources_pb2.AddSourceAtCaptureRequest(
            idempotency_key=self.counter.key(),
            source_code=f"RUSH{fund}",
            name="Rush copy",
            credit_fund=fund,
            credit_account="4711",
            effective_from="2022-12-15",
        )
        return self.sources.AddSourceAtCapture(request, metadata=self.metadata)


@pytest.fixture
def office(channel, counter) -> Office:
    return Office(channel, counter)


@pytest.fixture
def bill(app, balance):
    """A bill of 500.00, half of it late on the session's day; carried as asked."""

    sequences = itertools.count(2)

    def owed(collection_type: str = "S") -> None:
        parts = [
            {
                "installment": number,
                "due_on": due_on,
                "tax_charged_cents": 25_000,
                "tax_open_cents": 25_000,
                "interest_charged_cents": 0,
                "interest_open_cents": 0,
                "paid_cents": 0,
                "collection_type": collection_type,
            }
            for number, due_on in ((1, "2022-03-01"), (2, "2022-12-30"))
        ]
        body = balance(PIN, 2021, 50_000, sequence=next(sequences), installments=parts)
        app.consumer.absorb("on_balance_changed", [body])

    owed()
    return owed


def test_cash_012_without_anything_set_the_law_counts(office) -> None:
    """Every setting is there, with the values it may have."""
    assert office.values() == {
        "use_current_owner": ("on", "law"),
        "current_total_toggle": ("on", "law"),
        "require_verified_payer": ("off", "law"),
        "create_source_at_capture": ("off", "law"),
        "free_form_funds": ("off", "law"),
        "custom_receipts": ("on", "law"),
        "delinquency_message": ("off", "law"),
        "defaulted_in_full": ("off", "law"),
        "partial_only_coded": ("off", "law"),
        "interest_display": ("none", "law"),
    }


def test_cash_012_a_setting_counts_from_its_day_and_leaves_a_trail(office, rows) -> None:
    """Who, when, from what to what; before its day the law still counts."""
    answer = office.set("custom_receipts", "off", since="2022-12-15")

    assert (answer.value, getattr(answer, "from")) == ("off", "set")
    assert office.values("2022-12-14")["custom_receipts"] == ("on", "law")
    assert office.values("2022-12-15")["custom_receipts"] == ("off", "set")
    assert [(one.name, one.value, one.set_by) for one in office.all().history] == [
        ("custom_receipts", "off", "cashier")
    ]
    assert rows(
        "select subject, before ->> 'value', after ->> 'value', changed_by from setup_changes"
    ) == [("setting/custom_receipts", "on", "off", "cashier")]


def test_cash_012_the_same_key_sets_once_and_another_value_under_it_is_refused(
    office, refused, rows
) -> None:
    """As every command."""
    once = office.set("custom_receipts", "on", key="one")
    assert office.set("custom_receipts", "on", key="one") == once
    refused("IDEMPOTENCY_CONFLICT", office.set, "custom_receipts", "off", key="one")
    assert rows("select count(*) from counter_settings") == [(1,)]


@pytest.mark.parametrize(
    ("name", "value", "since", "reason"),
    [
        ("everything", "on", FROM, "SETTING_UNKNOWN"),
        ("interest_display", "both", FROM, "SETTING_VALUE_INVALID"),
        ("custom_receipts", "on", "soon", "DATE_INVALID"),
        ("x" * 65, "on", FROM, "TEXT_INVALID"),
        ("custom_receipts", "o\x00n", FROM, "TEXT_INVALID"),
        ("custom_receipts", "on", "1900-01-01", "NO_LAW_IN_FORCE"),
    ],
)
def test_cash_012_what_makes_no_setting_is_refused_and_changes_nothing(
    office, refused, unchanged, name, value, since, reason
) -> None:
    """Each with its reason."""
    with unchanged():
        refused(reason, office.set, name, value, since)


def test_cash_012_setting_needs_its_right(office, keys, refused, unchanged) -> None:
    """Who may do everything else at the counter may not do that."""
    office.metadata = testing.bearer(keys.token("cashiering.till.manage", "cashiering.read"))
    with unchanged():
        refused("FORBIDDEN", office.set, "custom_receipts", "off")
    assert office.values()["custom_receipts"] == ("on", "law")


@pytest.mark.parametrize("change", ["update", "delete", "truncate"])
def test_cash_012_what_was_set_stays_on_file(app, office, change) -> None:
    """The database refuses to change it."""
    office.set("custom_receipts", "on")
    statement = {
        "update": "update counter_settings set value = 'off'",
        "delete": "delete from counter_settings",
        "truncate": "truncate counter_settings",
    }[change]
    with pytest.raises(DBAPIError), app.database.begin() as connection:
        connection.exec_driver_sql(statement)


def test_cash_012_other_processes_follow_within_a_second_or_so(
    office, make_app, keys, counter
) -> None:
    """They read it by themselves; nobody restarts anything."""
    with make_app() as other, testing.server(SPEC, other, keys):
        assert other.law.custom_receipts(DAY)
        office.set("custom_receipts", "off")
        deadline = time.monotonic() + 90
        while other.law.custom_receipts(DAY):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_cash_012_use_current_owner(office, session, bill) -> None:
    """CASH-033: off, an advance on a parcel is paid by whoever is named."""
    asked = {
        "service_type": "advance",
        "advance_type": "regular",
        "parcel_number": PIN,
        "amount_cents": 5_000,
    }
    assert office.basket(session.session_id, **asked).payer.name == "Tamsin Kowalczyk-Reyes"
    office.set("use_current_owner", "off")
    assert office.basket(session.session_id, **asked).payer.name == ""


def test_cash_012_current_total_toggle(office, session, bill, refused) -> None:
    """CASH-031: off, nobody chooses between what is due and all."""
    basket = office.basket(session.session_id, parcel_number=PIN)
    assert office.change(basket, due=pay.DUE_CURRENT).total_cents == 25_000
    office.set("current_total_toggle", "off")
    other = office.basket(session.session_id, parcel_number=PIN)
    refused("DUE_SWITCH_DISABLED", office.change, other, due=pay.DUE_CURRENT)


def test_cash_012_require_verified_payer(office, session, bill, refused) -> None:
    """CASH-034: on, nobody pays before it was seen who they are."""
    basket = office.basket(session.session_id, parcel_number=PIN)
    office.set("require_verified_payer", "on")
    refused("PAYER_NOT_VERIFIED", office.post, basket)
    office.set("require_verified_payer", "off")
    assert office.post(basket).receipt.total_cents == 50_000


def test_cash_012_create_source_at_capture_and_free_form_funds(office, refused) -> None:
    """CASH-079: each by itself; a new fund needs both."""
    refused("SOURCE_CREATION_OFF", office.add_source, "100")
    office.set("create_source_at_capture", "on")
    refused("FUND_UNKNOWN", office.add_source, "100")
    office.set("free_form_funds", "on")
    assert office.add_source("100").source_code == "RUSH100"


def test_cash_012_delinquency_message(office, counter, session, bill, bill_of) -> None:
    """CASH-057: on, a receipt says that back taxes remain."""
    line = counter.line(1_000, bill_of(PIN, 2021))
    receipt = counter.pay(session.session_id, lines=[line], tenders=[counter.cash(1_000)])
    asked = money.GetReceiptRequest(receipt=receipt.receipt_id)

    assert counter.stub.GetReceipt(asked, metadata=counter.metadata).delinquency_message == ""
    office.set("delinquency_message", "on")
    said = counter.stub.GetReceipt(asked, metadata=counter.metadata).delinquency_message
    assert PIN in said


def test_cash_012_defaulted_in_full(office, session, bill, refused) -> None:
    """CASH-021: on, a defaulted bill is paid in full or not at all."""
    bill("DS")
    basket = office.basket(session.session_id, parcel_number=PIN)
    assert not office.change(basket, amount_cents=10_000).findings
    office.set("defaulted_in_full", "on")
    part = office.change(office.basket(session.session_id, parcel_number=PIN), amount_cents=10_000)
    assert [one.code for one in part.findings] == ["DEFAULTED_NOT_IN_FULL"]
    refused("DEFAULTED_NOT_IN_FULL", office.post, part)


def test_recv_062_partial_only_coded(app, office, session, bill, refused) -> None:
    """RECV-062: on, a part is refused until the bill bears a code that allows it."""
    basket = office.basket(session.session_id, parcel_number=PIN)
    assert not office.change(basket, amount_cents=10_000).findings
    office.set("partial_only_coded", "on")
    part = office.change(office.basket(session.session_id, parcel_number=PIN), amount_cents=10_000)
    assert [one.code for one in part.findings] == ["PARTIAL_NOT_CODED"]
    refused("PARTIAL_NOT_CODED", office.post, part)
    bill_id = part.lines[0].bill_id
    said = {"code": "PART", "description": "May pay in parts", "switches": ["partial_payment"]}
    on = {"bill_id": bill_id, "code": "PART", "codes": [{"code": "PART", "charge_code": ""}]}
    for name, subject, data in (
        ("CodeSettingChanged", "code/PART", said), ("BillCodeChanged", f"bill/{bill_id}", on),
    ):  # fmt: skip
        body = testing.foreign_event(f"org.millage.receivables.{name}.v1", subject, data)
        method = "on_code_setting_changed" if "Setting" in name else "on_bill_code_changed"
        app.consumer.absorb(method, [body])
    coded = office.basket(session.session_id, parcel_number=PIN)
    assert not office.change(coded, amount_cents=10_000).findings


def test_cash_012_interest_display(office, session, bill, refused) -> None:
    """CASH-028: none hides the switch; the others show it and say what a line starts on."""
    hidden = office.basket(session.session_id, parcel_number=PIN)
    assert (hidden.basis_switch, hidden.lines[0].basis) == (False, "full")
    refused("BASIS_SWITCH_DISABLED", office.change, hidden, basis=pay.BASIS_INSTALLMENT)
    office.set("interest_display", "installment")
    shown = office.basket(session.session_id, parcel_number=PIN)
    assert (shown.basis_switch, shown.lines[0].basis) == (True, "installment")
    office.set("interest_display", "full")
    full = office.basket(session.session_id, parcel_number=PIN)
    assert (full.basis_switch, full.lines[0].basis) == (True, "full")


def test_cash_012_custom_receipts(office, counter, session, refused) -> None:
    """CASH-058: off, none of the county's own papers can be chosen."""
    counter.pay(session.session_id, custom_receipts=["bill-of-sale"])
    office.set("custom_receipts", "off")
    refused(
        "CUSTOM_RECEIPT_UNKNOWN",
        counter.pay, session.session_id, custom_receipts=["bill-of-sale"],
    )  # fmt: skip
