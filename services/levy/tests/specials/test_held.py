"""LEVY-015: a payoff that changes a bill waits for the payment file that may pay it; AC-20."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from levy_service.guard import releasing
from millage.levy.v1 import special_payoffs_pb2 as pb
from taxkit import ids, testing


@pytest.fixture
def posted(specials, bill_of, on_file):
    """An assessment whose first installment is on the bill of 2021, and the bill."""
    on_file()
    opened = specials.open()
    bill = bill_of()
    return specials.get(opened), bill


@pytest.fixture
def file(app):
    """Cashiering tells that a file of payments is open, and later that it is done."""
    run_id = ids.new_id()

    def tell(which: str, sequence: int, **more: object) -> None:
        data = {
            "run_id": str(run_id), "layout": "csv", "file_name": "night.csv", "file_sha256": "00",
            "business_date": "2023-03-31", "line_count": 3, **more,
        }  # fmt: skip
        name = f"org.millage.cashiering.ImportRun{which}.v1"
        body = testing.foreign_event(name, f"import/{run_id}", data, sequence=sequence)
        app.consumer.absorb(f"on_import_run_{which.lower()}", [body])

    return tell


def test_levy_015_a_payoff_waits_until_the_file_is_done(
    payoffs, posted, specials, levy, file, app
) -> None:
    """Nothing changes meanwhile; then the bill asks for it."""
    special, bill = posted
    quoted = {"bill_id": bill.bill_id, "bill_version": 1}
    file("Started", 1, names_its_bills=True, bills=[quoted])
    answer = payoffs.posted(special, bill)

    assert (answer.HasField("payoff"), answer.held.reason) == (False, "IMPORT_ACTIVE")
    assert (payoffs.list(), levy.bill(bill.bill_id)) == ([], bill)
    assert specials.get(special).left_cents == 200_000
    file("Finished", 2, state="committed")
    assert releasing.run_ready(app) == 1
    (payoff,) = payoffs.list()
    assert (payoff.state, levy.bill(bill.bill_id).bill_version) == ("due", 2)


def test_levy_015_a_withdrawal_waits_until_the_file_is_done(
    payoffs, posted, levy, file, app
) -> None:
    """A line of the file may pay it; what no bill asks for is withdrawn at once."""
    special, bill = posted
    payoff = payoffs.posted(special, bill).payoff
    asked = pb.WithdrawPayoffRequest(payoff_id=payoff.payoff_id, reason="not sold")
    file("Started", 1, names_its_bills=False, bills=[])
    answer = payoffs.do(asked)

    assert (answer.HasField("payoff"), answer.held.kind) == (False, "special_payoff_withdrawal")
    assert payoffs.get(payoff.payoff_id).state == "due"
    file("Finished", 2, state="committed")
    assert releasing.run_ready(app) == 1
    assert payoffs.get(payoff.payoff_id).state == "withdrawn"
    assert levy.bill(bill.bill_id).total_cents == bill.total_cents


def test_of_withdrawals_at_once_one_counts(payoffs, posted, levy) -> None:
    """Real threads: the bill is lowered once."""
    special, bill = posted
    payoff = payoffs.posted(special, bill).payoff

    def withdraw(_: int) -> str:
        try:
            asked = pb.WithdrawPayoffRequest(payoff_id=payoff.payoff_id, reason="not sold")
            return payoffs.do(asked).payoff.state
        except grpc.RpcError as error:
            return testing.reason_of(error)

    with ThreadPoolExecutor(4) as pool:
        ended = sorted(pool.map(withdraw, range(4)))
    assert ended == ["PAYOFF_WITHDRAWN"] * 3 + ["withdrawn"]
    assert levy.bill(bill.bill_id).total_cents == bill.total_cents


def test_levy_018_what_leaves_the_bill_alone_waits_for_no_file(payoffs, posted, file) -> None:
    """There is nothing a line of the file could miss."""
    special, bill = posted
    file("Started", 1, names_its_bills=False, bills=[])

    assert payoffs.posted(special, bill, change_reason="register_only").payoff.state == "unbilled"


def test_of_two_payoffs_at_once_one_counts(payoffs, posted, levy) -> None:
    """Real threads: the bill asks for it once."""
    special, bill = posted

    def pay_off(_: int) -> str:
        try:
            return payoffs.posted(special, bill).payoff.state
        except grpc.RpcError as error:
            return testing.reason_of(error)

    with ThreadPoolExecutor(4) as pool:
        ended = sorted(pool.map(pay_off, range(4)))
    assert ended.count("due") == 1
    assert set(ended) <= {"due", "BILL_VERSION_STALE", "ALREADY_PAID_OFF"}
    assert levy.bill(bill.bill_id).total_cents == bill.total_cents + 204_110
