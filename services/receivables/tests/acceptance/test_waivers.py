"""AC-3 and what surrounds it: waivers at the till and on the bill, the lock, and its lifting."""

from datetime import date

import grpc
import pytest

from taxkit.testing import bearer, reason_of

DUE, LATE = date(2019, 12, 10), date(2019, 12, 11)
pytestmark = pytest.mark.parametrize("law_folder", ["waiver"], indirect=True)


def issue(county):
    county.issue(1_000, due=(DUE,))


def test_ac_3_a_waiver_with_the_payment_settles_and_locks_until_it_is_lifted(quiet):
    """AC-3, CASH-051, RECV-020: 1,020 paid and 30 waived; reversed 1,020; unlocked 1,050."""
    issue(quiet)
    assert quiet.quote(LATE).open_cents == 105_000
    receipt = quiet.pay(1_020, LATE, waived={"penalty_cents": 0, "interest_cents": 3_000})

    settled = quiet.quote(LATE)
    assert (settled.open_cents, settled.pi_locked) == (0, True)
    (told,) = quiet.told("PenaltyInterestWaived")
    row = {"installment": 1, "charge_type": "interest", "amount_cents": 3_000}
    assert (3_000, str(receipt)) == (told["amount_cents"], told["receipt_id"])
    assert [row] == told["rows"]
    assert quiet.told("BalanceChanged")[-1]["pi_locked"]

    quiet.void(receipt, 1_020, LATE)
    reopened = quiet.quote(date(2020, 2, 1))
    assert (reopened.open_cents, reopened.pi_locked) == (102_000, True)

    answer = quiet.unlock(LATE)
    assert answer.amount_cents == 105_000
    quoted = quiet.quote(LATE)
    assert (quoted.open_cents, quoted.pi_locked) == (105_000, False)
    (kept,) = quiet.changes()
    assert (kept.kind, kept.asked_by, kept.reason) == ("lock_lifted", "ana", "expired")


def test_recv_020_a_waiver_on_the_bill_takes_off_what_is_open_and_no_more(quiet):
    """RECV-020: 20 penalty waived leaves 1,030, which a month later is still 1,030."""
    issue(quiet)
    answer = quiet.waive((1, "penalty", 20), on=LATE)
    assert answer.amount_cents == 2_000
    assert quiet.quote(date(2020, 3, 1)).open_cents == 103_000
    assert [(one.kind, one.asked_by, one.reason) for one in quiet.changes()] == [
        ("waiver", "ana", "hardship")
    ]


@pytest.mark.parametrize(
    ("waived", "changes", "reason"),
    [
        ((1, "penalty", 21), {}, "WAIVER_TOO_LARGE"),
        ((1, "interest", 31), {}, "WAIVER_TOO_LARGE"),
        ((2, "interest", 1), {}, "INSTALLMENT_NOT_FOUND"),
        ((0, "interest", 1), {}, "INSTALLMENT_NOT_FOUND"),
        ((1, "tax", 1), {}, "CHARGE_TYPE_INVALID"),
        ((1, "interest", 0), {}, "AMOUNT_NOT_POSITIVE"),
        ((1, "interest", -5), {}, "AMOUNT_NOT_POSITIVE"),
        ((1, "interest", 30), {"reason": "  "}, "REASON_MISSING"),
        ((1, "interest", 30), {"reason": "x" * 201}, "TEXT_INVALID"),
        ((1, "interest", 30), {"effective_on": "2199-12-31"}, "DATE_IN_FUTURE"),
        ((1, "interest", 30), {"bill_id": "x"}, "ID_INVALID"),
        ((1, "interest", 30), {"bill_id": str(DUE.toordinal())}, "ID_INVALID"),
        ((1, "interest", 30), {"idempotency_key": ""}, "IDEMPOTENCY_KEY_INVALID"),
    ],
)
def test_recv_020_what_cannot_be_waived_is_refused_and_changes_nothing(
    quiet, waived, changes, reason
):
    """RECV-020: beyond what is open, of what is never waived, or for no reason."""
    issue(quiet)
    before = quiet.cells()
    with pytest.raises(grpc.RpcError) as refused:
        quiet.waive(waived, on=LATE, **changes)
    assert reason == reason_of(refused.value)
    assert before == quiet.cells()
    assert quiet.changes() == []


def test_recv_020_only_what_is_locked_is_unlocked_by_who_may(quiet):
    """RECV-020: the flag is lifted by a command of its own right, and once."""
    issue(quiet)
    with pytest.raises(grpc.RpcError) as refused:
        quiet.unlock(LATE)
    assert reason_of(refused.value) == "NOT_LOCKED"
    quiet.waive((1, "penalty", 20), on=LATE)
    from millage.receivables.v1 import bill_changes_pb2 as pb

    request = pb.UnlockPenaltyInterestRequest(
        idempotency_key="k", bill_id=str(quiet.bill), reason="r"
    )
    with pytest.raises(grpc.RpcError) as refused:
        quiet.doing.UnlockPenaltyInterest(
            request, metadata=bearer(quiet.keys.token("receivables.waive"))
        )
    assert grpc.StatusCode.PERMISSION_DENIED is refused.value.code()
    first = quiet.unlock(LATE, idempotency_key="once")
    assert first == quiet.unlock(LATE, idempotency_key="once")
    assert len(quiet.changes()) == 2


def test_recv_020_a_waiver_before_its_bill_takes_effect_with_it(quiet):
    """RECV-020: payment and waiver may overtake the bill; the end is the same."""
    quiet.pay(1_020, LATE, waived={"interest_cents": 3_000})
    issue(quiet)
    settled = quiet.quote(LATE)
    assert (settled.open_cents, settled.pi_locked) == (0, True)
