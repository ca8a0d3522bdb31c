"""CASH-064: a file that cannot be trusted leaves a rejected run with its reason, nothing else."""

import time

import grpc
import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

BAD = {
    "truncated.csv": ("csv", "FILE_TRUNCATED"),
    "truncated.txt": ("bai-lockbox", "FILE_TRUNCATED"),
    "wrong-control-count.csv": ("csv", "CONTROL_COUNT_MISMATCH"),
    "wrong-control-count.txt": ("bai-lockbox", "CONTROL_COUNT_MISMATCH"),
    "wrong-control-total.csv": ("csv", "CONTROL_TOTAL_MISMATCH"),
    "wrong-control-total.txt": ("bai-lockbox", "CONTROL_TOTAL_MISMATCH"),
    "wrong-encoding.csv": ("csv", "BAD_ENCODING"),
    "wrong-encoding.txt": ("bai-lockbox", "BAD_ENCODING"),
    "wrong-layout.txt": ("bai-lockbox", "UNKNOWN_LAYOUT"),
}


@pytest.mark.parametrize("name", BAD)
def test_cash_064_a_bad_file_leaves_a_rejected_run_only(
    counter, example, refused, unchanged, rows, name: str
) -> None:
    """No line, no session, no till, no event, no key; the run says why."""
    layout, reason = BAD[name]
    with unchanged(import_runs=1):
        error = refused(reason, counter.send, example(f"bad/{name}"), layout)

    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    ((run_id, state, why, message),) = rows(
        "select run_id, state, reason, message from import_runs"
    )
    assert (state, why) == ("rejected", reason)
    assert message.startswith("line ")
    request = pb.GetImportRunRequest(run_id=str(run_id))
    run = counter.stub.GetImportRun(request, metadata=counter.metadata)
    assert (run.state, run.reason, run.line_count) == (pb.IMPORT_STATE_REJECTED, reason, 0)


@pytest.mark.parametrize(
    ("content", "layout", "reason"),
    [
        (b"", "csv", "FILE_EMPTY"),
        (b"", "bai-lockbox", "FILE_EMPTY"),
        (b"x" * 100_000, "csv", "LINE_TOO_LONG"),
        (b"\x00\x01\x02", "csv", "BAD_ENCODING"),
    ],
)
def test_what_is_no_remittance_file_is_refused(
    counter, refused, unchanged, content: bytes, layout: str, reason: str
) -> None:
    """Nothing at all, one endless line, or a picture."""
    with unchanged(import_runs=1):
        refused(reason, counter.send, content, layout)


def test_the_mended_file_is_taken_after_a_bad_one(counter, example, refused) -> None:
    """Under the same key, too: nothing was taken under it."""
    refused("FILE_TRUNCATED", counter.send, example("bad/truncated.csv"), "csv", key="k")
    run = counter.imported(example("lender-2022-12-28.csv"), "csv", key="k")

    assert run.state == pb.IMPORT_STATE_COMMITTED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"layout": "nacha"}, "UNKNOWN_LAYOUT"),
        ({"layout": ""}, "UNKNOWN_LAYOUT"),
        ({"key": ""}, "IDEMPOTENCY_KEY_INVALID"),
        ({"business_date": ""}, "DATE_INVALID"),
        ({"business_date": "2023-04-01"}, "BUSINESS_DATE_IN_FUTURE"),
        ({"business_date": "1999-12-31"}, "NO_LAW_IN_FORCE"),
        ({"effective_on": "soon"}, "DATE_INVALID"),
        ({"effective_on": "2022-12-31"}, "EFFECTIVE_DATE_IN_FUTURE"),
        ({"till_code": "no till"}, "TILL_CODE_INVALID"),
        ({"file_name": "f" * 201}, "TEXT_INVALID"),
        ({"file_name": "\x00"}, "TEXT_INVALID"),
    ],
)
def test_a_header_that_cannot_be_meant_is_refused(
    counter, example, refused, unchanged, changes, reason: str
) -> None:
    """And leaves nothing, not even a rejected run."""
    given = {"layout": "csv", **changes}
    with unchanged():
        refused(reason, counter.send, example("lender-2022-12-28.csv"), **given)


def test_the_header_comes_first_and_once(counter, example, refused, unchanged, parts) -> None:
    """HEADER_MISSING, PART_UNEXPECTED."""
    header, *chunks = parts(example("lender-2022-12-28.csv"), "csv", key="k", piece=100)

    def send(*messages) -> list:
        return list(counter.stub.ImportRemittance(iter(messages), metadata=counter.metadata))

    with unchanged():
        refused("HEADER_MISSING", send)
        refused("HEADER_MISSING", send, *chunks)
        refused("PART_UNEXPECTED", send, header, chunks[0], header, *chunks[1:])
        refused("PART_UNEXPECTED", send, header, pb.ImportRemittanceRequest(), *chunks)


def test_a_till_that_is_in_use_takes_no_file(counter, example, refused, unchanged) -> None:
    """SESSION_ALREADY_OPEN: a run has a session of its own."""
    counter.open("LOCKBOX")
    with unchanged():
        refused("SESSION_ALREADY_OPEN", counter.send, example("lender-2022-12-28.csv"), "csv")


def test_a_sender_that_breaks_off_leaves_nothing(counter, example, parts, rows) -> None:
    """Half a file is no file, even when half of it was staged; at most it is known as refused."""

    def broken():
        yield from list(parts(example("lender-2022-12-28.csv"), "csv", key="k", piece=50))[:-1]
        raise RuntimeError("the sender died")

    before = rows("select session_id, is_open, receipt_count from sessions order by session_id")
    with pytest.raises(grpc.RpcError):
        list(counter.stub.ImportRemittance(broken(), metadata=counter.metadata))
    while rows(
        "select from pg_stat_activity where datname = current_database()"
        " and pid <> pg_backend_pid() and state <> 'idle'"
    ):
        time.sleep(0.02)
    assert rows("select from import_lines") == rows("select from receipts") == []
    assert set(rows("select state from import_runs")) <= {("rejected",)}
    assert before == rows(
        "select session_id, is_open, receipt_count from sessions order by session_id"
    )


@pytest.mark.parametrize("rights", [(), ("cashiering.pay",), ("cashiering.read",)])
def test_cash_009_importing_needs_its_own_right(
    counter, example, keys, refused, unchanged, parts, rights
) -> None:
    """FORBIDDEN."""
    metadata = testing.bearer(keys.token(*rights))
    content = parts(example("lender-2022-12-28.csv"), "csv", key="k")
    with unchanged():
        refused(
            "FORBIDDEN", lambda: list(counter.stub.ImportRemittance(content, metadata=metadata))
        )


def test_an_oversized_piece_is_refused(counter, example, rows) -> None:
    """RESOURCE_EXHAUSTED: pieces have four megabytes at most, files any size.

    The server may see it as the file's end; a file that ends too early is a rejected run.
    """
    content = example("lender-2022-12-28.csv").ljust(5 * 1024 * 1024, b"\n")
    with pytest.raises(grpc.RpcError) as refusal:
        counter.send(content, "csv", piece=len(content))

    assert refusal.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert rows("select count(*) from import_lines") == [(0,)]
    assert rows("select count(*) from import_runs where state <> 'rejected'") == [(0,)]
