"""CASH-064: payments that banks send back are matched to receipts and told of once."""

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from cashiering_service.returns.events import PaymentReturnReportedV1
from millage.cashiering.v1 import return_files_pb2 as files
from millage.cashiering.v1 import return_files_pb2_grpc as stubs
from taxkit import ids, testing

_spec = importlib.util.spec_from_file_location(
    "return_file", Path(__file__).parents[1] / "return_file.py"
)
writer = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(writer)
Back = writer.Back
TRACE = "021000020000017"
RETURNS = "returns-2022-12-30.ach"


class Returns:
    def __init__(self, channel: grpc.Channel, keys: testing.Keys) -> None:
        self.stub = stubs.ReturnFilesServiceStub(channel)
        self.metadata = testing.bearer(keys.token("cashiering.*", user="night operator"))

    def take(self, content: bytes | str, key: str = "", piece: int = 1000) -> files.ReturnFile:
        given = content if isinstance(content, bytes) else content.encode()
        header = files.ReturnFileHeader(
            idempotency_key=key or str(ids.new_id()), file_name="returns.ach"
        )
        parts = [files.ImportReturnsRequest(header=header)]
        parts += [
            files.ImportReturnsRequest(chunk=given[start : start + piece])
            for start in range(0, len(given), piece)
        ]
        return self.stub.ImportReturns(iter(parts), metadata=self.metadata)

    def page(self, **given) -> files.ListReturnsResponse:
        asked = files.ListReturnsRequest(**given)
        return self.stub.ListReturns(asked, metadata=self.metadata)


@pytest.fixture
def returns(channel, keys) -> Returns:
    return Returns(channel, keys)


@pytest.fixture
def paid(files_service, example):
    """What the motor vehicle office collected: a receipt with an ACH trace."""
    files_service.add_example("dmv")
    run = files_service.imported(example("dmv-2022-12-28.txt"), "dmv")
    return next(one.receipt_id for one in run.lines if one.receipt_id)


def _reported(app) -> list[dict]:
    return [one for one in testing.emitted(app) if "PaymentReturnReported" in one["type"]]


def test_cash_064_a_return_is_matched_by_its_trace_and_reported(
    app, returns, paid, example
) -> None:
    """Receipt, the bank's reason and day; what did not match is listed with its reason."""
    file = returns.take(example(RETURNS))

    assert (file.entry_count, file.matched_count, file.matched_cents) == (3, 1, 10_000)
    assert (file.unmatched_count, file.unmatched_cents, file.change_count) == (1, 5_000, 1)
    assert [(one.reason, one.reason_code) for one in file.exceptions] == [("TRACE_UNKNOWN", "R03")]
    assert file.exceptions[0].reason_text.startswith("no account, or it cannot be located; ")
    (told,) = _reported(app)
    assert told["data"] == {
        "receipt_id": paid, "reason_code": "R01", "returned_on": "2022-12-30", "source": "nacha",
    }  # fmt: skip
    assert PaymentReturnReportedV1().validate(told["data"]) == {}
    assert (told["subject"], int(told["sequence"])) == (f"return/{paid}", 1)


def test_cash_064_the_same_returns_are_reported_once(
    app, returns, paid, example, refused, unchanged
) -> None:
    """Under the same key, another key, or in another file."""
    first = returns.take(example(RETURNS), key="returns")
    with unchanged():
        assert returns.take(example(RETURNS), key="returns") == first
        assert returns.take(example(RETURNS)) == first
        refused(
            "IDEMPOTENCY_CONFLICT", returns.take, writer.return_file([Back(TRACE, 1)]), "returns"
        )
    again = returns.take(writer.return_file([Back(TRACE, 10_000, "R10")]))

    assert (again.matched_count, again.duplicate_count) == (0, 1)
    assert again.exceptions[0].reason == "ALREADY_RETURNED"
    assert again.exceptions[0].receipt_id == paid
    assert len(_reported(app)) == 1


@pytest.mark.parametrize(
    ("entry", "outcome", "reason"),
    [
        (Back(TRACE, 10_001), "unmatched", "AMOUNT_DIFFERS"),
        (Back(TRACE, 10_000, code="21"), "unmatched", "NOT_A_PAYMENT"),
        (Back("0" * 15, 10_000), "unmatched", "TRACE_UNKNOWN"),
        (Back(TRACE, 10_000, "C03"), "change", "CHANGE"),
        (Back(TRACE, 10_000, "R67"), "unmatched", "NOT_A_RETURN"),
    ],
)
def test_cash_064_what_does_not_match_is_not_reported(
    app, returns, paid, entry, outcome, reason
) -> None:
    """Nobody's payment is undone on a guess."""
    file = returns.take(writer.return_file([entry]))
    (found,) = returns.page(file_id=file.file_id).returns

    assert (found.outcome, found.reason) == (outcome, reason)
    assert _reported(app) == []


def test_cash_064_a_payment_twice_in_one_file_comes_back_once(app, returns, paid) -> None:
    file = returns.take(writer.return_file([Back(TRACE, 10_000), Back(TRACE, 10_000, "R09")]))

    assert (file.matched_count, file.duplicate_count) == (1, 1)
    assert [one["data"]["reason_code"] for one in _reported(app)] == ["R01"]


def test_cash_064_a_trace_of_two_receipts_is_nobodys(app, returns, counter, session) -> None:
    from millage.cashiering.v1 import cashiering_pb2 as pb

    ach = pb.Tender(tender_type=pb.TENDER_TYPE_ACH, amount_cents=500, reference=TRACE)
    for _ in range(2):
        counter.pay(session.session_id, 500, tenders=[ach])
    file = returns.take(writer.return_file([Back(TRACE, 500)]))

    assert [one.reason for one in file.exceptions] == ["TRACE_AMBIGUOUS"]
    assert _reported(app) == []


def test_cash_064_what_was_reversed_does_not_come_back(app, returns, counter, session) -> None:
    """The money never counted."""
    from millage.cashiering.v1 import cashiering_pb2 as pb

    ach = pb.Tender(tender_type=pb.TENDER_TYPE_ACH, amount_cents=500, reference=TRACE)
    receipt = counter.pay(session.session_id, 500, tenders=[ach])
    counter.reverse(receipt.receipt_id)
    file = returns.take(writer.return_file([Back(TRACE, 500)]))

    assert [one.reason for one in file.exceptions] == ["RECEIPT_REVERSED"]
    assert _reported(app) == []


def test_cash_064_two_files_at_once_report_a_payment_once(app, returns, paid) -> None:
    """Each with the same payment in it."""
    contents = [writer.return_file([Back(TRACE, 10_000, f"R0{n}")]) for n in range(1, 5)]
    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(returns.take, contents))

    assert sum(one.matched_count for one in taken) == 1
    assert sum(one.duplicate_count for one in taken) == 3
    assert len(_reported(app)) == 1


def ach(counter, session, cents: int):
    """A payment by ACH under the trace of the examples."""
    from millage.cashiering.v1 import cashiering_pb2 as pb

    tender = pb.Tender(tender_type=pb.TENDER_TYPE_ACH, amount_cents=cents, reference=TRACE)
    return counter.pay(session.session_id, cents, tenders=[tender])


@pytest.mark.parametrize("resent", [True, False])
def test_cash_064_a_payment_that_came_after_its_return_is_found_later(
    app, returns, counter, session, resent
) -> None:
    """By the same file sent again, or by the next one; reported once, and listed as matched."""
    waiting = writer.return_file([Back(TRACE, 500, "R02")])
    first = returns.take(waiting, key="first")
    assert [one.reason for one in first.exceptions] == ["TRACE_UNKNOWN"]
    receipt = ach(counter, session, 500)

    found = returns.take(waiting if resent else writer.return_file([Back("0" * 15, 7)]))
    again = returns.take(waiting, key="first")

    assert found.file_id == first.file_id or not resent
    assert (again.matched_count, again.matched_cents, again.unmatched_count) == (1, 500, 0)
    (listed,) = returns.page(file_id=first.file_id, outcome="matched").returns
    assert (listed.receipt_id, listed.reason) == (receipt.receipt_id, "")
    assert [one["data"]["reason_code"] for one in _reported(app)] == ["R02"]
    late = returns.take(writer.return_file([Back(TRACE, 500, "R03")]))
    assert (late.matched_count, late.duplicate_count) == (0, 1)


def test_cash_064_what_waits_is_not_matched_on_a_guess(app, returns, counter, session) -> None:
    """Another amount, two receipts, a receipt that was reversed: nobody's payment is undone."""
    returns.take(writer.return_file([Back(TRACE, 500)]))
    counter.reverse(ach(counter, session, 500).receipt_id)
    returns.take(writer.return_file([Back("0" * 15, 7)]))
    ach(counter, session, 501)
    returns.take(writer.return_file([Back("0" * 15, 8)]))

    assert _reported(app) == []
    assert {one.reason for one in returns.page(outcome="unmatched").returns} == {"TRACE_UNKNOWN"}


def test_cash_064_two_that_wait_for_one_payment_are_told_of_once(
    app, returns, counter, session
) -> None:
    """The first is matched; the other goes on waiting."""
    for code in ("R01", "R02"):
        returns.take(writer.return_file([Back(TRACE, 500, code)]))
    ach(counter, session, 500)
    returns.take(writer.return_file([Back("0" * 15, 7)]))

    assert [one["data"]["reason_code"] for one in _reported(app)] == ["R01"]


def test_cash_064_a_bad_return_file_leaves_nothing(
    app, returns, paid, example, refused, unchanged
) -> None:
    """Truncated, not of this kind, or parts out of order."""
    header = files.ImportReturnsRequest(header=files.ReturnFileHeader(idempotency_key="k"))
    chunk = files.ImportReturnsRequest(chunk=example(RETURNS))

    def send(*parts) -> files.ReturnFile:
        return returns.stub.ImportReturns(iter(parts), metadata=returns.metadata)

    with unchanged():
        refused("FILE_TRUNCATED", returns.take, example(RETURNS)[:700])
        refused("UNKNOWN_LAYOUT", returns.take, example("lender-2022-12-28.csv"))
        refused("FILE_EMPTY", returns.take, b"")
        refused("HEADER_MISSING", send, chunk)
        refused("HEADER_MISSING", send)
        refused("PART_UNEXPECTED", send, header, chunk, header)
        refused("IDEMPOTENCY_KEY_INVALID", send, files.ImportReturnsRequest(
            header=files.ReturnFileHeader()), chunk)  # fmt: skip


def test_cash_064_returns_are_listed_page_by_page(returns, paid, example, refused) -> None:
    file = returns.take(example(RETURNS))
    first = returns.page(file_id=file.file_id, page_size=2)
    rest = returns.page(file_id=file.file_id, page_token=first.next_page_token)

    assert [one.outcome for one in (*first.returns, *rest.returns)] == [
        "matched", "unmatched", "change",
    ]  # fmt: skip
    assert [one.receipt_id for one in returns.page(outcome="matched").returns] == [paid]
    refused("OUTCOME_UNKNOWN", returns.page, outcome="lost")
    refused("PAGE_TOKEN_INVALID", returns.page, page_token="x")
    refused("ID_INVALID", returns.page, file_id="x")


@pytest.mark.parametrize(
    ("method", "right"),
    [("ImportReturns", "cashiering.import"), ("ListReturns", "cashiering.read")],
)
def test_cash_009_a_token_with_other_rights_is_refused(
    returns, keys, refused, unchanged, method: str, right: str
) -> None:
    """FORBIDDEN."""
    others = {"cashiering.import", "cashiering.read", "cashiering.pay"} - {right}
    metadata = testing.bearer(keys.token(*others))
    request = getattr(files, f"{method}Request")()
    given = iter([request]) if method == "ImportReturns" else request
    with unchanged():
        refused("FORBIDDEN", getattr(returns.stub, method), given, metadata=metadata)
