"""LEVY-003 to LEVY-005: an issued bill is corrected through the public API."""

import threading
from datetime import UTC, datetime

import grpc
import pytest

from levy_service.events import BillCorrectedV1
from taxkit import ids, testing
from taxkit.money import CENTS_MAX

PARCEL = "13264290020000"


@pytest.fixture
def issued(levy, roll):
    """A bill of 12,602.22: 4,964.28 by March, 7,637.94 by December 2022."""
    levy.load(roll.whole(2021))
    (bill,) = levy.bills(parcel_number=PARCEL, tax_year=2021).bills
    return bill


def _told(app) -> list[dict]:
    wanted = "org.millage.levy.BillCorrected.v1"
    return [event for event in testing.emitted(app) if event["type"] == wanted]


def _amounts(parts) -> list[int]:
    return [part.amount_cents for part in parts]


def test_levy_004_a_decrease_comes_off_the_last_installment(app, levy, corrections, issued) -> None:
    """A new version stands for the bill; the first one is still on file."""
    answer = corrections.send(bill_id=issued.bill_id, total_cents=1_160_222)

    assert levy.bill(issued.bill_id) == answer.bill
    assert (
        answer.bill.bill_version,
        answer.bill.total_cents,
        answer.previous_total_cents,
    ) == (2, 1_160_222, 1_260_222)
    assert _amounts(answer.bill.installments) == [496_428, 663_794]
    assert sum(line.amount_cents for line in answer.bill.lines) == 1_160_222
    assert answer.corrected_on == "2023-03-31"
    with app.database.begin() as connection:
        kept = connection.exec_driver_sql(
            "select array_agg(total_cents order by bill_version) from bills where bill_id = %s",
            (issued.bill_id,),
        ).scalar_one()
    assert kept == [1_260_222, 1_160_222]


def test_levy_003_a_value_is_billed_anew_by_the_bills_own_rates(corrections, issued) -> None:
    """The value the bill had gives the bill it was; a lower one goes by the same rates."""
    lower = corrections.send(bill_id=issued.bill_id, net_value_dollars=100_000).bill
    back = corrections.send(
        bill_id=issued.bill_id,
        net_value_dollars=issued.net_value_dollars,
        expected_version=2,
        idempotency_key="back",
    ).bill

    assert (100_000, issued.composite_rate_percent) == (
        lower.net_value_dollars,
        lower.composite_rate_percent,
    )
    assert lower.total_cents == sum(_amounts(lower.lines)) == sum(_amounts(lower.installments))
    assert issued.total_cents == back.total_cents
    assert list(issued.lines) == list(back.lines)


def test_levy_003_it_is_told_with_before_and_after(app, corrections, issued) -> None:
    """One event in the bill's stream, as published, whole, and who asked."""
    corrections.send(bill_id=issued.bill_id, total_cents=1_360_222, corrected_on="2023-03-31")
    ((event),) = _told(app)
    data = BillCorrectedV1().load(event["data"])

    assert (f"bill/{issued.bill_id}", 2) == (event["subject"], int(event["sequence"]))
    assert 1_360_222 == data["total_cents"] == sum(x["amount_cents"] for x in data["components"])
    assert [each["amount_cents"] for each in data["installments"]] == [496_428, 863_794]
    assert (data["before"]["bill_version"], data["before"]["total_cents"]) == (1, 1_260_222)
    assert [x["amount_cents"] for x in data["before"]["installments"]] == [496_428, 763_794]
    assert (data["corrected_by"], data["reason"]) == ("assessor", "Homeowner exemption granted")


def test_levy_005_its_history_says_when_why_who_and_by_which_law(corrections, issued) -> None:
    """Oldest first, each with what it changed."""
    corrections.send(bill_id=issued.bill_id, total_cents=100)
    corrections.send(
        bill_id=issued.bill_id,
        total_cents=0,
        expected_version=2,
        idempotency_key="2",
        reason="gone",
    )
    first, second = corrections.of(issued.bill_id)

    assert (
        first.corrected_on,
        first.corrected_by,
        first.previous_total_cents,
        first.total_cents,
    ) == ("2023-03-31", "assessor", 1_260_222, 100)
    assert (
        _amounts(first.previous_installments),
        _amounts(first.installments),
    ) == ([496_428, 763_794], [100, 0])
    assert (
        second.bill_version,
        second.reason,
        _amounts(second.previous_installments),
        _amounts(second.installments),
    ) == (3, "gone", [100, 0], [0, 0])
    assert "us-il-cook/levy/corrections/2009" in first.rule_ids
    assert "+" in first.pack_version


def test_correct_bill_again_under_its_key_is_answered_as_before(app, corrections, issued) -> None:
    """Same key, same answer; another request under it is refused."""
    first = corrections.send(bill_id=issued.bill_id, total_cents=5)
    again = corrections.send(bill_id=issued.bill_id, total_cents=5)
    other = corrections.refused(bill_id=issued.bill_id, total_cents=6)

    assert first == again
    assert testing.reason_of(other) == "IDEMPOTENCY_CONFLICT"
    assert len(_told(app)) == 1


def test_correct_bill_needs_its_own_right(app, corrections, issued) -> None:
    """Neither reading nor loading is enough."""
    error = corrections.refused("levy.read", "levy.load", bill_id=issued.bill_id, total_cents=5)

    assert (error.code(), _told(app)) == (grpc.StatusCode.PERMISSION_DENIED, [])
    corrections.send("levy.correct", bill_id=issued.bill_id, total_cents=5)


def test_a_correction_made_for_another_version_is_refused(app, corrections, issued) -> None:
    """Whoever did not see the newest version has to look again."""
    corrections.send(bill_id=issued.bill_id, total_cents=5)
    stale = corrections.refused(bill_id=issued.bill_id, total_cents=6, idempotency_key="late")
    early = corrections.refused(
        bill_id=issued.bill_id, total_cents=6, expected_version=3, idempotency_key="early"
    )

    assert [testing.reason_of(each) for each in (stale, early)] == ["BILL_VERSION_STALE"] * 2
    assert len(_told(app)) == 1


def test_two_corrections_at_once_make_one_version(app, corrections, issued) -> None:
    """Eight clerks saw version 1: one is served, seven are told."""
    outcomes: list[str] = []

    def correct(number: int) -> None:
        try:
            corrections.send(
                bill_id=issued.bill_id, total_cents=number, idempotency_key=f"clerk {number}"
            )
            outcomes.append("done")
        except grpc.RpcError as error:
            outcomes.append(testing.reason_of(error))

    clerks = [threading.Thread(target=correct, args=(number,)) for number in range(8)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()

    assert sorted(outcomes) == ["BILL_VERSION_STALE"] * 7 + ["done"]
    assert len(_told(app)) == 1


def test_a_correction_may_not_count_from_before_what_it_replaces(app, corrections, issued) -> None:
    """Corrections of a bill stand in the order of their days."""
    app.clock.moment = datetime(2023, 4, 20, 18, tzinfo=UTC)
    corrections.send(bill_id=issued.bill_id, total_cents=5, corrected_on="2023-04-10")
    before = {"bill_id": issued.bill_id, "total_cents": 6, "expected_version": 2}
    reasons = [
        testing.reason_of(corrections.refused(**before, corrected_on=day, idempotency_key=day))
        for day in ("2023-04-09", "2023-04-21", "04/10/2023")
    ]

    assert reasons == ["CORRECTED_ON_BEFORE_BILL", "CORRECTED_ON_IN_FUTURE", "DATE_INVALID"]
    corrections.send(**before, corrected_on="2023-04-10", idempotency_key="same day")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "CORRECTION_MISSING"),
        ({"total_cents": -1}, "BILL_OUT_OF_RANGE"),
        ({"total_cents": CENTS_MAX + 1}, "BILL_OUT_OF_RANGE"),
        ({"net_value_dollars": -1}, "BAD_VALUE"),
        ({"net_value_dollars": 2**62}, "BILL_OUT_OF_RANGE"),
        ({"total_cents": 1_260_222}, "CORRECTION_CHANGES_NOTHING"),
        ({"net_value_dollars": 187_561}, "CORRECTION_CHANGES_NOTHING"),
        ({"total_cents": 5, "reason": " "}, "REASON_MISSING"),
        ({"total_cents": 5, "reason": "x" * 201}, "TEXT_INVALID"),
        ({"total_cents": 5, "reason": "a\x00b"}, "TEXT_INVALID"),
        ({"total_cents": 5, "bill_id": "'; drop table bills"}, "ID_INVALID"),
        ({"total_cents": 5, "bill_id": str(ids.new_id())}, "BILL_NOT_FOUND"),
        ({"total_cents": 5, "idempotency_key": ""}, "IDEMPOTENCY_KEY_INVALID"),
        ({"total_cents": 5, "expected_version": -(2**31)}, "BILL_VERSION_STALE"),
        ({"total_cents": 5, "corrected_on": "9999-12-31"}, "DATE_OUT_OF_RANGE"),
        ({"total_cents": 5, "corrected_on": "2199-12-31"}, "CORRECTED_ON_IN_FUTURE"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    app, corrections, count, issued, asked, reason: str
) -> None:
    """Each with its own reason."""
    before = count()
    error = corrections.refused(**{"bill_id": issued.bill_id, **asked})

    assert reason == testing.reason_of(error)
    assert before == count()


def test_corrections_of_a_bill_nobody_issued_are_not_found(corrections) -> None:
    """An empty list would say there is such a bill."""
    with pytest.raises(grpc.RpcError) as refusal:
        corrections.of(str(ids.new_id()))

    assert testing.reason_of(refusal.value) == "BILL_NOT_FOUND"
