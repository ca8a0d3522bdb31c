"""A receipt taken back is undone in every service by compensating entries; nothing is deleted."""

from collections import defaultdict

from county import DAY, PATIENCE_SECONDS, County, cash, check, line, refused

from millage.cashiering.v1 import reconciliation_pb2 as rec_pb
from millage.cashiering.v1.cashiering_pb2 import RECEIPT_STATE_REVERSED, Session
from millage.cashiering.v1.reconciliation_pb2_grpc import ReconciliationServiceStub
from millage_cli import counter
from millage_cli.tieout import tie_out_within


def test_every_effect_of_a_receipt_is_undone_and_still_to_be_seen(county: County, session: Session):
    """What was applied, shared, aged and noticed is there twice: once each way."""
    bill = county.bills["06231060360000", 2019]
    due = county.due(bill)
    receipt = county.pay(session, [line(bill, due)], [check(due - 5_00), cash(5_00)])
    county.followed(receipt)

    reversed_one = county.reverse(receipt, "check returned by the bank")
    trail = county.followed(receipt)

    assert reversed_one.state == RECEIPT_STATE_REVERSED
    assert reversed_one.reversal_reason == "check returned by the bank"
    assert county.due(bill) == due
    by_kind: dict[str, int] = defaultdict(int)
    for row in trail.allocations:
        by_kind[row.kind] += row.amount_cents
    assert dict(by_kind) == {"payment": due, "reversal": -due}
    by_agency: dict[str, list[int]] = defaultdict(list)
    for share in trail.shares:
        by_agency[share.agency_code].append(share.amount_cents)
    assert all(sum(amounts) == 0 for amounts in by_agency.values())
    assert any(len(amounts) > 1 for amounts in by_agency.values())
    assert trail.undistributed_cents == 0
    there, back = trail.bills[0].aging
    assert (there.bucket_before, there.bucket_after) == (back.bucket_after, back.bucket_before)
    there, back = trail.bills[0].standings
    assert there.standing_before == back.standing_after
    assert len(trail.notices) == 2


def test_a_receipt_is_reversed_once_and_the_money_may_be_taken_again(
    county: County, session: Session
):
    bill = county.bills["31112170130000", 2019]
    before = county.due(bill)
    receipt = county.pay(session, [line(bill, 50_00)], [cash(50_00)])
    county.reverse(receipt, "wrong bill")
    with refused("RECEIPT_REVERSED"):
        county.reverse(receipt, "once more")
    county.followed(receipt)
    again = county.pay(session, [line(bill, 50_00)], [cash(50_00)])
    county.followed(again)

    assert county.due(bill) == before - 50_00


def test_cash_061_once_closed_and_deposited_a_receipt_is_final_and_its_shares_releasable(
    county: County,
):
    """Closing a drawer makes its receipts final; at the bank, their money may be paid out."""
    before = tie_out_within(county.office, DAY, PATIENCE_SECONDS)
    session = county.open_session("WINDOW-9")
    bill = county.bills["09274240240000", 2019]
    receipt = county.pay(session, [line(bill, 20_00)], [cash(20_00)])
    county.followed(receipt)
    found = counter.show_session(county.clerk, session.session_id)
    closed = counter.close_session(county.clerk, session.session_id, counter.as_expected(found))
    assert closed.over_short_cents == 0
    with refused("RECEIPT_OF_CLOSED_SESSION"):
        county.reverse(receipt, "too late")

    county.settled()
    assert (
        tie_out_within(county.office, DAY, PATIENCE_SECONDS).releasable_cents
        == before.releasable_cents
    )
    deposit = rec_pb.MakeDepositRequest(
        idempotency_key=f"deposit of {session.session_id}",
        session_ids=[session.session_id],
        deposited_on=DAY,
    )
    made = ReconciliationServiceStub(county.clerk.channel("cashiering")).MakeDeposit(deposit)
    assert made.total_cents == 20_00
    county.settled()
    after = tie_out_within(county.office, DAY, PATIENCE_SECONDS)
    assert after.holds
    assert after.releasable_cents - before.releasable_cents == 20_00
