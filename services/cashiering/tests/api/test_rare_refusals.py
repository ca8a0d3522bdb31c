"""Refusals that need a coincidence, or a neighbour that says little."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from millage.cashiering.v1 import basket_pb2 as baskets
from millage.cashiering.v1 import basket_pb2_grpc as basket_stubs
from taxkit import ids, testing
from taxkit.testing import foreign_event

DAY = "2022-12-15"
PARCEL = "13264290020000"


def test_cash_002_a_till_opened_and_closed_at_the_same_moment_is_asked_for_again(
    app, counter, session, refused
) -> None:
    """TILL_BUSY: the number was taken, and nobody has the till; trying again opens it."""
    counter.close(session.session_id)
    done = threading.Event()
    with psycopg.connect(app.settings.database_url) as rival, ThreadPoolExecutor(1) as pool:
        rival.execute(
            "insert into sessions (session_id, till_code, session_number, cashier, business_date,"
            " effective_on, is_open, closed_at, over_short_cents, counts)"
            " select %s, till_code, 2, 'rival', business_date, effective_on, false,"
            " clock_timestamp(), 0, '{}' from sessions",
            (ids.new_id(),),
        )
        asked = pool.submit(refused, "TILL_BUSY", counter.open)
        asked.add_done_callback(lambda _: done.set())
        with psycopg.connect(app.settings.database_url, autocommit=True) as admin:
            waiting = (
                "select count(*) from pg_stat_activity where datname = current_database()"
                " and wait_event_type = 'Lock'"
            )
            until = time.monotonic() + 120
            while not admin.execute(waiting).fetchone()[0]:
                assert time.monotonic() < until
                assert not done.is_set()
                time.sleep(0.01)
        rival.commit()
        asked.result()

    assert counter.open().session_id


@pytest.mark.parametrize("value", ["", "   "])
def test_cash_014_a_number_on_paper_is_some_number(channel, counter, refused, unchanged, value):
    """ACCOUNT_KEY_MISSING, however empty it is written."""
    stub = basket_stubs.BasketServiceStub(channel)
    key = baskets.AccountKey(kind="vin", value=value, parcel_number=PARCEL)
    request = baskets.RecordAccountKeyRequest(idempotency_key=counter.key(), account_key=key)
    with unchanged():
        refused("ACCOUNT_KEY_MISSING", stub.RecordAccountKey, request, metadata=counter.metadata)


@pytest.fixture
def loaded(channel, counter, session):
    """A basket with the example bill."""
    stub = basket_stubs.BasketServiceStub(channel)

    def load() -> baskets.Basket:
        opened = stub.OpenBasket(
            baskets.OpenBasketRequest(idempotency_key=counter.key(), session_id=session.session_id),
            metadata=counter.metadata,
        )
        keys = baskets.LookupKeys(parcel_number=PARCEL)
        request = baskets.LoadBasketRequest(
            idempotency_key=counter.key(), basket_id=opened.basket_id, keys=keys
        )
        return stub.LoadBasket(request, metadata=counter.metadata)

    return load


@pytest.mark.parametrize(
    ("switch", "severity"),
    [
        ("alert_user", baskets.FINDING_SEVERITY_WARN),
        ("warning_panel", baskets.FINDING_SEVERITY_SHOW),
    ],
)
def test_recv_058_a_code_on_a_bill_is_told_at_the_counter(
    app, loaded, bill_of, switch: str, severity: int
) -> None:
    """CODE_ALERT, as the code's switches say: shown, or warned of."""
    bill_id = str(bill_of(PARCEL, 2021))
    testing.empty(app, ("code_settings", "bill_codes"))
    for method, event, subject, data in (
        ("on_code_setting_changed", "CodeSettingChanged", "code/LOOK", {
            "code": "LOOK", "description": "Ask the assessor", "switches": [switch]}),
        ("on_bill_code_changed", "BillCodeChanged", f"bill/{bill_id}", {
            "bill_id": bill_id, "code": "LOOK", "codes": [{"code": "LOOK"}]}),
    ):  # fmt: skip
        body = foreign_event(f"org.millage.receivables.{event}.v1", subject, data)
        app.consumer.absorb(method, [body])
    found = {(one.code, one.severity) for one in loaded().findings}
    testing.empty(app, ("code_settings", "bill_codes"))

    assert ("CODE_ALERT", severity) in found


def test_cash_023_a_flag_that_is_set_up_is_warned_of(app, loaded) -> None:
    """FLAG_BANKRUPTCY where the county's law says so; a flag it does not name is not shown."""
    for flag in ("bankruptcy", "unheard_of"):
        data = {"subject_kind": "parcel", "subject": PARCEL, "flag": flag, "on": True}
        kind = "org.millage.receivables.FlagChanged.v1"
        body = foreign_event(kind, f"flag/parcel/{PARCEL}/{flag}", data)
        app.consumer.absorb("on_flag_changed", [body])
    found = {one.code: one.severity for one in loaded().findings}

    assert found["FLAG_BANKRUPTCY"] == baskets.FINDING_SEVERITY_WARN
    assert "FLAG_UNHEARD_OF" not in found


def test_cash_064_a_line_that_is_too_long_to_keep_is_rejected(app, counter) -> None:
    """TEXT_TOO_LONG; the file's other lines are taken."""
    lines = [
        f"1326429002000020211,1.00,{DAY},{DAY},1,{'x' * 600}",
        f"1326429002000020211,2.00,{DAY},{DAY},2,Imogen Vale",
    ]
    columns = "bill_reference,amount,paid_on,received_on,check_number,payer_name"
    content = "\n".join([columns, *lines, "TRAILER,2,3.00", ""]).encode()
    run = counter.imported(content, "csv")

    with app.database.begin() as connection:
        found = connection.exec_driver_sql(
            "select outcome, reason from import_lines order by line_number"
        ).all()
    assert [tuple(row) for row in found] == [("rejected", "TEXT_TOO_LONG"), ("post", "")]
    assert (run.posted_count, run.rejected_count) == (1, 1)
