"""What a balance does to a bill's age, through the real inbox on real PostgreSQL."""

import random
from threading import Thread
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from collections_service.bootstrap import SPEC, CollectionsApp
from collections_service.events import AgingBucketChangedV1
from taxkit import ids, testing

METHOD = "on_balance_changed"
FIRST, SECOND = "2022-03-01", "2022-12-30"
PART = {
    "installment": 1,
    "due_on": FIRST,
    "tax_open_cents": 1,
    "interest_open_cents": 0,
}
RECEIPT = "01937c3e-0000-7000-8000-0000000000aa"


def _rows(app: CollectionsApp, sql: str) -> list[tuple]:
    with app.database.begin() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def _open(app: CollectionsApp) -> list[tuple]:
    return _rows(
        app,
        "select installment, due_on::text, open_cents from open_installments"
        " order by bill_id, installment",
    )


def _changes(app: CollectionsApp) -> list[tuple]:
    return _rows(
        app,
        "select bucket_before, bucket_after, open_before_cents, open_after_cents"
        " from aging_changes order by bill_id, sequence",
    )


def test_a_bills_open_installments_are_kept(app: CollectionsApp, balance, bill_id: UUID) -> None:
    """Tax and interest together, and only where something is open."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, [(FIRST, 0), (SECOND, 605)])])

    assert _open(app) == [(2, SECOND, 605)]
    assert _rows(app, "select open_cents, parcel_number from bills") == [(605, "13264290020000")]


def test_coll_007_a_receipt_shows_the_bucket_before_and_after(
    app: CollectionsApp, balance, bill_id: UUID
) -> None:
    """Paying the old installment leaves the younger one at its own age; the rest settles it."""
    app.consumer.absorb(
        METHOD,
        [balance(bill_id, 2, [(FIRST, 500), (SECOND, 600)], as_of="2022-01-15", cause="issue")],
    )
    app.consumer.absorb(
        METHOD, [balance(bill_id, 4, [(FIRST, 0), (SECOND, 600)], receipt_id=RECEIPT)]
    )
    app.consumer.absorb(METHOD, [balance(bill_id, 6, [(FIRST, 0), (SECOND, 0)])])

    assert _changes(app) == [
        ("settled", "not_due", 0, 1100),
        ("over-90", "over-90", 1100, 600),
        ("over-90", "settled", 600, 0),
    ]
    assert _open(app) == []


def test_before_and_after_are_as_of_the_same_day(
    app: CollectionsApp, balance, bill_id: UUID
) -> None:
    """Time that passed since the last balance is not put down to the receipt."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, [(SECOND, 600)], as_of="2022-12-01")])
    app.consumer.absorb(METHOD, [balance(bill_id, 3, [(SECOND, 200)], as_of="2023-02-10")])

    assert _changes(app) == [("settled", "not_due", 0, 600), ("31-60", "31-60", 600, 200)]


def test_a_reversal_opens_the_debt_again_at_its_old_age(
    app: CollectionsApp, balance, bill_id: UUID
) -> None:
    """The due date is the bill's own, so the debt is as old as if it had never been paid."""
    bodies = [
        balance(bill_id, 1, [(SECOND, 600)]),
        balance(bill_id, 3, [(SECOND, 0)]),
        balance(bill_id, 5, [(SECOND, 600)], cause="reversal"),
    ]
    app.consumer.absorb(METHOD, bodies)

    assert _changes(app) == [
        ("settled", "over-90", 0, 600),
        ("over-90", "settled", 600, 0),
        ("settled", "over-90", 0, 600),
    ]


def test_only_a_change_of_bucket_is_told_and_as_published(
    app: CollectionsApp, balance, bill_id: UUID
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
    assert [AgingBucketChangedV1().validate(each["data"]) for each in told] == [{}, {}]
    assert {
        "bill_id": str(bill_id),
        "parcel_number": "13264290020000",
        "tax_year": 2021,
        "receipt_id": RECEIPT,
        "bucket_before": "over-90",
        "bucket_after": "settled",
        "open_cents": 0,
        "as_of": "2023-03-31",
    } == told[1]["data"]
    assert told[1]["type"] == "org.millage.collections.AgingBucketChanged.v1"


def test_the_trace_of_the_cause_goes_on(app: CollectionsApp, balance, bill_id: UUID) -> None:
    """One payment is one trace."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, [(SECOND, 600)])])

    trace_id = testing.TRACEPARENT.split("-")[1]
    assert [trace_id] == [each["traceparent"].split("-")[1] for each in testing.emitted(app)]


def test_a_redelivered_event_changes_nothing(app: CollectionsApp, balance, bill_id: UUID) -> None:
    """Twice in a batch or again later: one effect."""
    body = balance(bill_id, 1, [(SECOND, 600)])
    app.consumer.absorb(METHOD, [body, body])
    app.consumer.absorb(METHOD, [body])

    assert _changes(app) == [("settled", "over-90", 0, 600)]
    assert len(testing.emitted(app)) == 1


def test_a_stale_balance_is_dropped(app: CollectionsApp, balance, bill_id: UUID) -> None:
    """A balance older than the newest is no news."""
    app.consumer.absorb(METHOD, [balance(bill_id, 5, [(SECOND, 0)])])
    app.consumer.absorb(METHOD, [balance(bill_id, 3, [(SECOND, 600)])])

    assert _open(app) == []
    assert len(_changes(app)) == 1


@settings(max_examples=15)
@given(st.permutations(range(1, 7)), st.integers(1, 6))
def test_arrival_order_cannot_change_what_is_open(
    app: CollectionsApp, balance, order: list[int], size: int
) -> None:
    """Shuffled and cut into any batches, the newest balance stands."""
    bill_id = ids.new_id()
    bodies = [balance(bill_id, at, [(FIRST, 0), (SECOND, 1000 - at)]) for at in order]
    for start in range(0, len(bodies), size):
        app.consumer.absorb(METHOD, bodies[start : start + size])

    kept = _rows(app, f"select open_cents from open_installments where bill_id = '{bill_id}'")
    assert kept == [(994,)]


_EACH_BEGINS_WHERE_THE_LAST_ENDED = (
    "select bool_and(open_before_cents = coalesce(previous, 0)) from (select bill_id,"
    " open_before_cents, lag(open_after_cents) over"
    " (partition by bill_id order by sequence) as previous from aging_changes) c"
    " group by bill_id"
)


def test_two_consumers_at_once_apply_each_event_once(
    app: CollectionsApp, balance, database_url: str
) -> None:
    """Two workers given the same events in opposite orders neither lose nor double one."""
    bills = [ids.new_id() for _ in range(20)]
    bodies = [
        balance(bill, at, [(SECOND, 1000 - at)], event_id=ids.new_id())
        for bill in bills
        for at in range(1, 9)
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
    assert _open(app) == [(1, SECOND, 992)] * 20
    assert _rows(app, "select count(*), count(distinct event_id) from inbox") == [(160, 160)]
    assert _rows(app, _EACH_BEGINS_WHERE_THE_LAST_ENDED) == [(True,)] * 20


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"installments": None}, "DATA_INVALID"),
        ({"bill_id": "13264290020000"}, "DATA_INVALID"),
        ({"installments": [{"installment": 1, "due_on": "2022-03-01"}]}, "DATA_INVALID"),
        ({"installments": [PART, PART]}, "DATA_INVALID"),
        ({"tax_year": 123456789012}, "DATA_INVALID"),
        ({"as_of": "2011-01-01"}, "NO_LAW_IN_FORCE"),
    ],
)
def test_an_event_that_cannot_be_handled_is_parked_with_its_reason(
    app: CollectionsApp, balance, bill_id: UUID, changes: dict, reason: str
) -> None:
    """And leaves nothing behind."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, [(SECOND, 600)], **changes)])

    assert [reason] == [found for found, _ in testing.parked(app)]
    assert (_open(app), _changes(app)) == ([], [])


def test_what_changed_is_never_rewritten(app: CollectionsApp, balance, bill_id: UUID) -> None:
    """The database itself refuses."""
    app.consumer.absorb(METHOD, [balance(bill_id, 1, [(SECOND, 600)])])

    for statement in ("update aging_changes set cause = ''", "delete from aging_changes"):
        with pytest.raises(DBAPIError, match="append-only"), app.database.begin() as connection:
            connection.exec_driver_sql(statement)


def test_recv_067_a_fee_on_nobody_s_property_does_not_grow_old(app, balance, bill_id) -> None:
    """RECV-067: it is no tax; a bill in the same batch is kept."""
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
