"""RECV-058, RECV-059: while a code defers a bill it neither defaults nor is delinquent."""

from datetime import date

import pytest

from millage.receivables.v1 import codes_pb2 as pb
from millage.receivables.v1 import due_pb2
from taxkit.ids import new_id

PARCEL = "13264290020000"
JUNE_30, JULY_10, AUGUST_3 = date(2020, 6, 30), date(2020, 7, 10), date(2020, 8, 3)


@pytest.fixture
def coded(quiet):
    """A bill with a code that defers it, and another without."""
    quiet.issue(500, 500)
    quiet.other = new_id()
    quiet.issue(300, 300, bill=quiet.other, bill_number="2019-2")
    settings = pb.CodeSettings(description="Postponed", deferral=True)
    made = pb.CreateCodeRequest(
        idempotency_key=quiet.key(), code="DEFR", settings=settings, reason="law"
    )
    quiet.codes.CreateCode(made, metadata=quiet.caller())
    _change(quiet, pb.SetCodeRequest)
    return quiet


def _change(quiet, kind) -> None:
    asked = kind(
        idempotency_key=quiet.key(), code="DEFR", comment="age 70",
        items=[pb.CodeItem(bill_id=str(quiet.bill))],
    )  # fmt: skip
    call = quiet.codes.SetCode if kind is pb.SetCodeRequest else quiet.codes.RemoveCode
    call(asked, metadata=quiet.caller())


def _defaulted(quiet) -> list[bool]:
    return [quiet.quote(AUGUST_3, bill).defaulted for bill in (quiet.bill, quiet.other)]


def _delinquent(quiet) -> set[str]:
    asked = pb.ListCodeItemsRequest(statement_id=PARCEL, standing="delinquent")
    return {one.bill_id for one in quiet.codes.ListCodeItems(asked, metadata=quiet.caller()).items}


def test_recv_058_what_is_deferred_does_not_default(coded):
    """RECV-058: however often the process runs; others do, and its day passes."""
    for _ in range(2):
        coded.default(JUNE_30)
    assert _defaulted(coded) == [False, True]
    assert _delinquent(coded) == {str(coded.other)}


def test_recv_058_when_it_is_deferred_no_more_it_defaults_from_that_day(coded):
    """RECV-058: and not as of a day on which it was deferred."""
    coded.default(JUNE_30)
    coded.day(JULY_10)
    _change(coded, pb.RemoveCodeRequest)
    assert _delinquent(coded) == {str(coded.bill), str(coded.other)}
    coded.default(JUNE_30)
    assert _defaulted(coded) == [False, True]
    coded.day(AUGUST_3)
    coded.default(JULY_10)
    assert _defaulted(coded) == [True, True]
    assert [one["effective_on"] for one in coded.told("CollectionTypeTransferred")] == [
        JUNE_30.isoformat(), JULY_10.isoformat(),
    ]  # fmt: skip


def test_recv_003_what_is_found_and_not_yet_due_takes_nobodys_place(coded):
    """RECV-003: one bill a call; the first that is found defaults only later, the next does now."""
    assert coded.bill < coded.other
    coded.day(JULY_10)
    _change(coded, pb.RemoveCodeRequest)
    asked = due_pb2.RunDefaultProcessRequest(
        idempotency_key=coded.key(), until=JUNE_30.isoformat(), limit=1
    )
    done = coded.due.RunDefaultProcess(asked, metadata=coded.caller())
    assert (done.bill_count, done.more) == (1, True)
    assert _defaulted(coded) == [False, True]


def test_recv_059_a_code_that_stops_deferring_lets_all_that_bear_it_default(coded):
    """RECV-059: the setting acts at once."""
    coded.day(JULY_10)
    changed = pb.ChangeCodeRequest(
        idempotency_key=coded.key(), code="DEFR", reason="repealed",
        settings=pb.CodeSettings(description="Postponed"),
    )  # fmt: skip
    coded.codes.ChangeCode(changed, metadata=coded.caller())
    coded.day(AUGUST_3)
    coded.default(JULY_10)
    assert _defaulted(coded) == [True, True]
