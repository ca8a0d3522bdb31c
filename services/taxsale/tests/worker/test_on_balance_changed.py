"""What a balance does to a bill's standing, through the real inbox on real PostgreSQL."""

import random
from threading import Thread
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from taxkit import ids, testing
from taxsale_service.bootstrap import SPEC, TaxsaleApp
from taxsale_service.events import SaleStandingChangedV1

METHOD = "on_balance_changed"
FIRST, SECOND = "2022-03-01", "2022-12-30"
RECEIPT = "01937c3e-0000-7000-8000-0000000000aa"
RULES = "us-il-cook/taxsale"


def _rows(app: TaxsaleApp, sql: str) -> list[tuple]:
    with app.database.begin() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def _bills(app: TaxsaleApp) -> list[tuple]:
    return _rows(
        app,
        "select open_cents, first_unpaid_due_on::text, last_due_on::text from bills order by 1",
    )


def _changes(app: TaxsaleApp) -> list[tuple]:
    return _rows(
        app,
        "select standing_before, standing_after, rule_id from standing_changes"
        " order by bill_id, sequence",
    )


def test_what_is_open_and_since_when_is_kept(app: TaxsaleApp, balance, bill_id: UUID) -> None:
    """The earliest due date with money open, and the bill's last."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, [(FIRST, 0), (SECOND, 605)])])
    assert _bills(app) == [(605, SECOND, SECOND)]

    app.consumer.absorb(METHOD, [balance(bill_id, 2, [(FIRST, 5), (SECOND, 0)])])
    assert _bills(app) == [(5, FIRST, SECOND)]

    app.consumer.absorb(METHOD, [balance(bill_id, 3, [(FIRST, 0), (SECOND, 0)])])
    assert _bills(app) == [(0, None, None)]


def test_sale_036_payment_settles_and_reversal_restores(
    app: TaxsaleApp, balance, bill_id: UUID
) -> None:
    """SALE-036: a paid bill is off the list; when the check bounces it is back where it was."""
    day = {"as_of": "2024-02-01"}
    open_parts, paid = [(FIRST, 500), (SECOND, 600)], [(FIRST, 0), (SECOND, 0)]
    issue = balance(bill_id, 2, open_parts, as_of="2022-01-15", cause="issue")
    app.consumer.absorb(METHOD, [issue])
    app.consumer.absorb(METHOD, [balance(bill_id, 4, paid, receipt_id=RECEIPT, **day)])
    app.consumer.absorb(METHOD, [balance(bill_id, 6, open_parts, cause="reversal", **day)])

    assert [
        ("settled", "current", f"{RULES}/delinquency/2010"),
        ("sale_eligible", "settled", f"{RULES}/delinquency/2010"),
        ("settled", "sale_eligible", f"{RULES}/sale_eligibility/2018"),
    ] == _changes(app)


def test_before_and_after_are_as_of_the_same_day(app: TaxsaleApp, balance, bill_id: UUID) -> None:
    """Time that passed since the last balance is not put down to the receipt."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, [(SECOND, 600)], as_of="2022-12-01")])
    app.consumer.absorb(METHOD, [balance(bill_id, 3, [(SECOND, 200)], as_of="2023-02-10")])

    assert [row[:2] for row in _changes(app)] == [
        ("settled", "current"),
        ("delinquent", "delinquent"),
    ]


def test_only_a_change_of_standing_is_told_and_as_published(
    app: TaxsaleApp, balance, bill_id: UUID
) -> None:
    """One event for the bill's first balance and one for its last; each is what its schema says."""
    bodies = [
        balance(bill_id, 1, [(SECOND, 600)]),
        balance(bill_id, 3, [(SECOND, 200)]),
        balance(bill_id, 5, [(SECOND, 0)], receipt_id=RECEIPT),
    ]
    app.consumer.absorb(METHOD, bodies)
    told = testing.emitted(app)

    assert [int(each["sequence"]) for each in told] == [1, 5]
    assert {f"bill/{bill_id}"} == {each["subject"] for each in told}
    assert [SaleStandingChangedV1().validate(each["data"]) for each in told] == [{}, {}]
    assert {
        "bill_id": str(bill_id),
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "receipt_id": RECEIPT,
        "standing_before": "delinquent",
        "standing_after": "settled",
        "as_of": "2023-03-31",
        "rule_id": f"{RULES}/delinquency/2010",
    } == told[1]["data"]
    trace_id = testing.TRACEPARENT.split("-")[1]
    assert {trace_id} == {each["traceparent"].split("-")[1] for each in told}


def test_a_redelivered_event_changes_nothing(app: TaxsaleApp, balance, bill_id: UUID) -> None:
    """Twice in a batch or again later: one effect."""
    body = balance(bill_id, 1, [(SECOND, 600)])
    app.consumer.absorb(METHOD, [body, body])
    app.consumer.absorb(METHOD, [body])

    assert len(_changes(app)) == 1
    assert len(testing.emitted(app)) == 1


def test_a_stale_balance_is_dropped(app: TaxsaleApp, balance, bill_id: UUID) -> None:
    """A balance older than the newest is no news."""
    app.consumer.absorb(METHOD, [balance(bill_id, 5, [(SECOND, 0)])])
    app.consumer.absorb(METHOD, [balance(bill_id, 3, [(SECOND, 600)])])

    assert _bills(app) == [(0, None, None)]
    assert len(_changes(app)) == 1


@settings(max_examples=15)
@given(st.permutations(range(1, 7)), st.integers(1, 6))
def test_arrival_order_cannot_change_what_is_open(
    app: TaxsaleApp, balance, order: list[int], size: int
) -> None:
    """Shuffled and cut into any batches, the newest balance stands."""
    bill_id = ids.new_id()
    bodies = [balance(bill_id, at, [(FIRST, 0), (SECOND, 1000 - at)]) for at in order]
    for start in range(0, len(bodies), size):
        app.consumer.absorb(METHOD, bodies[start : start + size])

    assert _rows(app, f"select open_cents from bills where bill_id = '{bill_id}'") == [(994,)]


_EACH_BEGINS_WHERE_THE_LAST_ENDED = (
    "select bool_and(standing_before = coalesce(previous, 'settled')) from (select bill_id,"
    " standing_before, lag(standing_after) over (partition by bill_id order by sequence)"
    " as previous from standing_changes) c group by bill_id"
)


def test_two_consumers_at_once_apply_each_event_once(
    app: TaxsaleApp, balance, database_url: str
) -> None:
    """Two workers given the same events in different orders neither lose nor double one."""
    bodies = [
        balance(bill, at, [(SECOND, (1000 - at) * (at % 2))], event_id=ids.new_id())
        for bill in [ids.new_id() for _ in range(20)]
        for at in range(1, 10)
    ]
    errors: list[BaseException] = []

    def consume(seed: int) -> None:
        mine = list(bodies)
        random.Random(seed).shuffle(mine)
        folder = {"MILLAGE_JURISDICTIONS_DIR": app.settings.jurisdictions_dir}
        with testing.application(SPEC, database_url, **folder) as other:
            try:
                for start in range(0, len(mine), 30):
                    other.consumer.absorb(METHOD, mine[start : start + 30])
            except Exception as error:
                errors.append(error)

    threads = [Thread(target=consume, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert _bills(app) == [(991, SECOND, SECOND)] * 20
    assert _rows(app, "select count(*), count(distinct event_id) from inbox") == [(180, 180)]
    assert _rows(app, _EACH_BEGINS_WHERE_THE_LAST_ENDED) == [(True,)] * 20


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"installments": None}, "DATA_INVALID"),
        ({"bill_id": "13264290020000"}, "DATA_INVALID"),
        ({"installments": [{"due_on": "2022-03-01"}]}, "DATA_INVALID"),
        ({"tax_year": 123456789012}, "DATA_INVALID"),
        ({"tax_year": 1999}, "NO_LAW_IN_FORCE"),
    ],
)
def test_an_event_that_cannot_be_handled_is_parked_with_its_reason(
    app: TaxsaleApp, balance, bill_id: UUID, changes: dict, reason: str
) -> None:
    """And leaves nothing behind."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, [(SECOND, 600)], **changes)])

    assert [reason] == [found for found, _ in testing.parked(app)]
    assert (_bills(app), _changes(app)) == ([], [])


def test_what_changed_is_never_rewritten(app: TaxsaleApp, balance, bill_id: UUID) -> None:
    """The database itself refuses."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, [(SECOND, 600)])])

    for statement in ("update standing_changes set cause = ''", "delete from standing_changes"):
        with pytest.raises(DBAPIError, match="append-only"), app.database.begin() as connection:
            connection.exec_driver_sql(statement)


def test_recv_067_a_fee_on_nobody_s_property_is_for_no_sale(app, balance, bill_id) -> None:
    """RECV-067: a bill in the same batch is judged."""
    other = UUID(int=7)
    app.consumer.absorb(
        "on_balance_changed",
        [
            balance(bill_id, 1, [("2022-03-01", 500)], fee_account=True),
            balance(other, 1, [("2022-03-01", 700)]),
        ],
    )
    with app.database.begin() as connection:
        kept = connection.exec_driver_sql("select bill_id from bills").scalars().all()
    assert kept == [other]
