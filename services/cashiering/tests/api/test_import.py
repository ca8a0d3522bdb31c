"""CASH-064, CASH-065: a remittance file is read, judged and posted, line by line accounted for."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cashiering_service.schemas import (
    ImportLineExceptionV1,
    ImportRunFinishedV1,
    ImportRunStartedV1,
    PaymentPostedV1,
)
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

LOCKBOX = "lockbox-2022-02-28.txt"
LENDER = "lender-2022-12-28.csv"
FILES = {
    # name: layout, then (posted, suspense, rejected, duplicate)
    LOCKBOX: ("bai-lockbox", (5, 1, 1, 1)),
    LENDER: ("csv", (3, 1, 1, 1)),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("piece", [1, 97, 100_000])
def test_cash_064_every_line_of_an_example_file_has_its_outcome(
    counter, example, name: str, piece: int
) -> None:
    """However the stream is cut: posted, suspense, rejected and duplicate, each with its reason."""
    layout, counts = FILES[name]
    run = counter.imported(example(name), layout, piece=piece)

    assert run.state == pb.IMPORT_STATE_COMMITTED
    assert counts == (
        run.posted_count, run.suspense_count, run.rejected_count, run.duplicate_count,
    )  # fmt: skip
    assert run.line_count == sum(counts) == len(run.lines)
    reasons = {line.outcome: line.reason for line in run.lines}
    assert reasons == {
        "posted": "", "suspense": "PARCEL_UNKNOWN", "rejected": "BAD_CHECK_DIGIT",
        "duplicate": "DUPLICATE_LINE",
    }  # fmt: skip
    for line in run.lines:
        assert bool(line.receipt_id) == (line.outcome in ("posted", "suspense"))
        assert bool(line.message) == (line.outcome != "posted")


def test_cash_064_exceptions_are_told_by_the_line_of_the_file(counter, example) -> None:
    """As the README of the examples names them."""
    bai = counter.imported(example(LOCKBOX), "bai-lockbox")
    csv = counter.imported(example(LENDER), "csv")

    def numbers(run: pb.ImportRun) -> dict[str, int]:
        return {line.outcome: line.line_number for line in run.lines if line.outcome != "posted"}

    assert numbers(bai) == {"duplicate": 11, "suspense": 13, "rejected": 15}
    assert numbers(csv) == {"duplicate": 5, "suspense": 6, "rejected": 7}
    rejected = next(line for line in bai.lines if line.outcome == "rejected")
    assert "check digit" in rejected.message


def test_cash_064_a_run_adds_up_to_its_session_and_its_receipts(counter, example, rows) -> None:
    """Cents posted and suspended = the closed session's total = the receipts' lines."""
    run = counter.imported(example(LOCKBOX), "bai-lockbox")
    request = pb.GetSessionRequest(session_id=run.session_id)
    session = counter.stub.GetSession(request, metadata=counter.metadata)

    taken = run.posted_cents + run.suspense_cents
    assert session.state == pb.SESSION_STATE_CLOSED
    assert (session.total_cents, session.receipt_count) == (taken, 6)
    assert session.over_short_cents == 0
    assert rows("select sum(amount_cents) from receipt_lines") == [(taken,)]
    assert rows("select sum(amount_cents) from tenders") == [(taken,)]
    numbers = [row[0] for row in rows("select receipt_number from receipts order by 1")]
    assert numbers == [f"LOCKBOX-20221230-1-{place:05d}" for place in range(1, 7)]


def test_cash_065_a_run_is_announced_with_its_exceptions_and_its_end(app, counter, example) -> None:
    """Started, one event an exception, finished; each valid, numbered without gaps."""
    run = counter.imported(example(LENDER), "csv")
    told = [each for each in testing.emitted(app) if each["subject"] == f"import/{run.run_id}"]

    kinds = [each["type"].split(".")[-2] for each in told]
    assert kinds == ["ImportRunStarted", *["ImportLineException"] * 3, "ImportRunFinished"]
    assert [int(each["sequence"]) for each in told] == [1, 2, 3, 4, 5]
    schemas = {
        "ImportRunStarted": ImportRunStartedV1(),
        "ImportLineException": ImportLineExceptionV1(),
        "ImportRunFinished": ImportRunFinishedV1(),
    }
    for kind, each in zip(kinds, told, strict=True):
        assert schemas[kind].validate(each["data"]) == {}
    finished = told[-1]["data"]
    assert (finished["posted_count"], finished["posted_cents"]) == (3, run.posted_cents)
    assert finished["file_sha256"] == run.file_sha256


def test_cash_064_each_line_is_a_payment_of_its_own(app, counter, example) -> None:
    """In a trace of its own, effective when it was paid, suspense without a bill."""
    counter.imported(example(LENDER), "csv")
    paid = [each for each in testing.emitted(app) if each["type"].endswith("PaymentPosted.v1")]

    assert len({each["traceparent"].split("-")[1] for each in paid}) == 4
    assert [PaymentPostedV1().validate(each["data"]) for each in paid] == [{}] * 4
    assert {each["data"]["source"] for each in paid} == {"csv"}
    assert {each["data"]["effective_on"] for each in paid} == {"2022-12-27"}
    assert {each["data"]["received_on"] for each in paid} == {"2022-12-28"}
    (suspense,) = [
        line for each in paid for line in each["data"]["lines"] if line["kind"] == "suspense"
    ]
    assert (suspense["bill_id"], suspense["tax_year"], suspense["parcel_number"]) == (
        None, None, "99999999999999",
    )  # fmt: skip
    assert suspense["suspense_reason"] == "PARCEL_UNKNOWN"


def test_cash_064_the_same_file_never_commits_twice(counter, example, refused, unchanged) -> None:
    """FILE_ALREADY_IMPORTED under another name and key; the refusal names the run."""
    content = example(LENDER)
    run = counter.imported(content, "csv")
    with unchanged():
        error = refused(
            "FILE_ALREADY_IMPORTED", counter.imported, content, "csv", file_name="other",
            till_code="OTHER",
        )  # fmt: skip

    assert run.run_id in error.details()


def test_cash_055_a_file_sent_again_under_its_key_is_answered_as_before(
    counter, example, refused, unchanged
) -> None:
    """The run as it ended; another file under the key is refused."""
    run = counter.imported(example(LENDER), "csv", key="file")
    with unchanged():
        assert counter.imported(example(LENDER), "csv", key="file") == run
        refused("IDEMPOTENCY_CONFLICT", counter.send, example(LOCKBOX), "bai-lockbox", key="file")
        refused(
            "IDEMPOTENCY_CONFLICT", counter.send, example(LENDER), "csv", key="file",
            business_date="2022-12-29",
        )  # fmt: skip


def test_cash_064_a_line_of_an_earlier_file_is_a_duplicate_in_the_next(counter, example) -> None:
    """The same check for the same bill, however the file around it differs."""
    first = counter.imported(example(LENDER), "csv")
    again = example(LENDER).replace(b"TAMSIN", b"T.").replace(
        b"500.00,2022-12-27", b"501.00,2022-12-27"
    ).replace(b"12446.85", b"12447.85")  # fmt: skip
    second = counter.imported(again, "csv")

    assert (second.posted_count, second.suspense_count) == (1, 0)
    assert second.duplicate_count == 4
    (posted,) = [line for line in second.lines if line.outcome == "posted"]
    assert posted.amount_cents == 50_100
    duplicate = next(line for line in second.lines if line.line_number == 2)
    assert first.run_id in duplicate.message


def test_cash_064_the_same_file_twice_at_once_is_imported_once(
    counter, example, outcome, rows
) -> None:
    """Whoever comes second is refused, or joins in and is answered the same."""
    with ThreadPoolExecutor(4) as threads:
        found = list(
            threads.map(
                lambda number: outcome(
                    counter.imported, example(LENDER), "csv", till_code=f"T{number}"
                ),
                range(4),
            )
        )

    runs = {run.run_id for run in found if not isinstance(run, str)}
    assert len(runs) == 1
    assert {each for each in found if isinstance(each, str)} <= {"FILE_ALREADY_IMPORTED"}
    assert rows("select count(*) from receipts") == [(4,)]


def test_cash_064_two_files_with_the_same_lines_at_once_post_each_once(
    counter, example, rows
) -> None:
    """They do not fail to see each other because both are new."""
    content = example(LENDER)
    files = [content, content.replace(b"Tamsin", b"T."), content.replace(b"Osei", b"O.")]
    with ThreadPoolExecutor(3) as threads:
        runs = list(
            threads.map(
                lambda number: counter.imported(files[number], "csv", till_code=f"T{number}"),
                range(3),
            )
        )

    assert sum(run.posted_count for run in runs) == 3
    assert rows("select count(*) from receipts") == [(4,)]


def test_progress_is_told_while_a_large_file_is_read(counter) -> None:
    """Lines read, then lines posted, then the run; every figure grows."""
    lines = [b"bill_reference,amount,paid_on,received_on,check_number,payer_name"]
    lines += [b"1326429002000020211,0.01,2022-12-27,2022-12-28,%d,P" % n for n in range(1, 12_001)]
    lines += [b"TRAILER,12000,120.00", b""]
    told = counter.send(b"\n".join(lines), "csv", piece=65_536)

    assert [one.lines_read for one in told[:2]] == [5_000, 10_000]
    posted = [one.lines_posted for one in told[2:-1]]
    assert posted == [1_000 * n for n in range(1, 13)]
    assert told[-1].run.posted_count == 12_000
    assert told[-1].run.posted_cents == 12_000
    assert not told[-1].run.lines, "a large run shows its exceptions, and has none"


def test_a_run_is_found_again(counter, example, refused) -> None:
    """GetImportRun answers what the import answered."""
    run = counter.imported(example(LENDER), "csv")

    def get(run_id: str) -> pb.ImportRun:
        request = pb.GetImportRunRequest(run_id=run_id)
        return counter.stub.GetImportRun(request, metadata=counter.metadata)

    assert get(run.run_id) == run
    refused("IMPORT_RUN_NOT_FOUND", get, "0" * 32)
    refused("ID_INVALID", get, "x")
