"""A receipt's trail: when it is done, how soon each service was, and what is shown of it."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from millage.cashiering.v1 import cashiering_pb2 as counter_pb
from millage.collections.v1 import collections_pb2 as collections_pb
from millage.distribution.v1 import distribution_pb2 as distribution_pb
from millage.notifications.v1 import notifications_pb2 as notifications_pb
from millage.receivables.v1 import receivables_pb2 as receivables_pb
from millage.taxsale.v1 import taxsale_pb2 as taxsale_pb
from millage_cli.problems import Problem
from millage_cli.trail import BillTrail, Step, Trail, committed_at, done_after, outstanding
from millage_cli.trail_view import timeline, trail_json, trail_tree

ZERO = datetime(2022, 12, 28, 15, 0, tzinfo=UTC)
CENTS = 50_000


def step(service, kind, event, after_ms):
    return Step(service, kind, event, "receipt/r", ZERO + timedelta(milliseconds=after_ms))


def trail(*, is_reversed: bool = False, **changes) -> Trail:
    """A receipt of 500 dollars on one bill, done everywhere."""
    signs = {"payment": 1, "reversal": -1} if is_reversed else {"payment": 1}
    notice = notifications_pb.Notice(template="receipt", state=notifications_pb.NOTICE_STATE_SENT)
    made = {
        "receipt": receipt(is_reversed=is_reversed),
        "steps": [
            step("cashiering", "emitted", "PaymentPosted.v1", 0),
            step("receivables", "consumed", "org.millage.cashiering.PaymentPosted.v1", 12),
            step("notifications", "consumed", "PaymentPosted.v1", 9),
            step("notifications", "emitted", "NoticeSent.v1", 30),
        ],
        "allocations": [allocation(cause, sign * CENTS) for cause, sign in signs.items()],
        "bills": [bill_trail(*signs)],
        "shares": [
            share(cause, code, sign * cents)
            for cause, sign in signs.items()
            for code, cents in (("1", 30_000), ("2", 20_000))
        ],
        "notices": [notice] * len(signs),
    }
    return Trail(**(made | changes))


def receipt(*, is_reversed: bool) -> counter_pb.Receipt:
    line = counter_pb.ReceiptLine(
        line_number=1, bill_id="b", bill_number="2021-1", amount_cents=CENTS
    )
    return counter_pb.Receipt(
        receipt_id="r",
        receipt_number="W-1",
        state=counter_pb.RECEIPT_STATE_REVERSED if is_reversed else counter_pb.RECEIPT_STATE_POSTED,
        total_cents=CENTS,
        lines=[line],
    )


def allocation(cause: str, cents: int) -> receivables_pb.AllocationRow:
    return receivables_pb.AllocationRow(
        bill_id="b",
        amount_cents=cents,
        state="allocation",
        kind=cause,
        installment=1,
        charge_type="tax",
    )


def bill_trail(*causes: str) -> BillTrail:
    aging = {"bucket_before": "over-90", "bucket_after": "settled"}
    standing = {"standing_before": "delinquent", "standing_after": "settled"}
    return BillTrail(
        "b",
        [collections_pb.AgingChange(cause=cause, **aging) for cause in causes],
        [taxsale_pb.StandingChange(cause=cause, **standing) for cause in causes],
    )


def share(cause: str, code: str, cents: int) -> distribution_pb.Share:
    return distribution_pb.Share(
        agency_code=code, agency_name=f"Agency {code}", kind=cause, amount_cents=cents
    )


def test_a_receipt_that_is_done_everywhere_is_done():
    """Nothing is outstanding when the money adds up in every service."""
    assert outstanding(trail()) == []
    assert outstanding(trail(is_reversed=True)) == []


@pytest.mark.parametrize(
    ("changes", "late"),
    [
        ({"allocations": []}, ["receivables"]),
        ({"shares": []}, ["distribution"]),
        ({"shares": [], "undistributed_cents": CENTS}, ["distribution"]),
        ({"bills": [BillTrail("b")]}, ["collections", "taxsale"]),
        ({"notices": []}, ["notifications"]),
        (
            {"notices": [notifications_pb.Notice(state=notifications_pb.NOTICE_STATE_PENDING)]},
            ["notifications"],
        ),
        ({"problems": {"taxsale": Problem("UNAVAILABLE", "away")}}, ["taxsale"]),
    ],
)
def test_each_service_that_has_not_done_its_part_is_named(changes, late):
    """`millage trace --wait` waits for these, and its exit code tells of them."""
    assert late == outstanding(trail(**changes))


def test_cash_077_what_is_for_sources_is_not_waited_for_in_the_ledger():
    """Beside a bill, or alone."""
    source = counter_pb.ReceiptLine(line_number=1, source_code="DOGS", amount_cents=1_500)
    both = receipt(is_reversed=False)
    both.lines.append(source)
    both.total_cents += 1_500
    alone = counter_pb.Receipt(
        receipt_id="r",
        state=counter_pb.RECEIPT_STATE_POSTED,
        total_cents=1_500,
        lines=[source],
    )

    assert outstanding(trail(receipt=both)) == []
    assert outstanding(trail(receipt=alone, allocations=[], shares=[], bills=[])) == []
    assert outstanding(trail(receipt=both, allocations=[])) == ["receivables"]


def test_a_reversal_is_not_done_while_a_service_shows_only_the_payment():
    """Every effect has to be undone by an entry of its own."""
    done = trail(is_reversed=True)
    before = trail()

    assert outstanding(trail(is_reversed=True, bills=before.bills)) == ["collections", "taxsale"]
    assert outstanding(trail(is_reversed=True, notices=before.notices)) == ["notifications"]
    assert outstanding(trail(is_reversed=True, allocations=before.allocations)) == ["receivables"]
    assert outstanding(trail(is_reversed=True, shares=before.shares)) == ["distribution"]
    assert outstanding(done) == []


def test_times_are_counted_from_the_moment_cashiering_told_of_the_receipt():
    """Notifications is done when the mail is taken, the others when the event is absorbed."""
    found = trail()

    assert committed_at(found) == ZERO
    assert done_after(found, "receivables") == timedelta(milliseconds=12)
    assert done_after(found, "notifications") == timedelta(milliseconds=30)
    assert done_after(found, "levy") is None


def shown(part) -> str:
    """What a person sees."""
    console = Console(width=140, file=StringIO())
    console.print(part)
    return console.file.getvalue()


def test_people_see_every_services_part_and_its_time():
    """One tree: rows, bucket, standing, shares, notice, with milliseconds after the commit."""
    text = shown(trail_tree(trail()))

    for part in (
        "receivables   +12 ms",
        "2021-1 installment 1 tax",
        "over-90 -> settled",
        "delinquent -> settled",
        "+$500.00  to 2 agencies",
        "Agency 1",
        "receipt sent",
    ):
        assert part in text


def test_programs_see_the_same_with_whole_cents():
    """Cents are numbers in JSON, and each step has its milliseconds."""
    told = trail_json(trail())

    assert told["allocations"][0]["amount_cents"] == CENTS
    assert [step["after_ms"] for step in told["steps"]] == [0, 12, 9, 30]
    assert told["steps"][1]["event"] == "PaymentPosted.v1"
    assert told["outstanding"] == []


def test_the_timeline_names_events_as_routing_keys_do():
    """An event's type and its routing key are shown alike."""
    assert shown(timeline(trail())).count("PaymentPosted.v1") == 3
