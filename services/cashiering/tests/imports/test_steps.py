"""CASH-064, CASH-065: prepare, validate, commit, each a step of its own."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import imports_pb2 as files
from taxkit import testing

LENDER = "lender-2022-12-28.csv"


def _told(app) -> list[str]:
    return [one["type"].split(".")[-2] for one in testing.emitted(app)]


def test_cash_064_three_steps_do_what_one_does(app, files_service, example, rows) -> None:
    """Staged, judged, posted; money moves in the last step only."""
    run = files_service.prepare(example(LENDER), "csv")
    assert run.state == pb.IMPORT_STATE_PREPARED
    assert (run.line_count, list(run.lines)) == (6, [])
    judged = files_service.validate(run.run_id)
    assert judged.state == pb.IMPORT_STATE_VALIDATED
    assert [one.outcome for one in judged.lines] == [
        "posted", "posted", "posted", "duplicate", "suspense", "rejected",
    ]  # fmt: skip
    assert rows("select count(*) from receipts") == rows("select count(*) from sessions") == [(0,)]
    done = files_service.commit(run.run_id)

    assert done.state == pb.IMPORT_STATE_COMMITTED
    assert (done.posted_count, done.suspense_count) == (3, 1)
    assert (done.posted_cents, done.suspense_cents) == (judged.posted_cents, judged.suspense_cents)
    assert rows("select count(*) from receipts") == [(4,)]


def test_cash_065_a_run_is_announced_when_its_file_is_there(app, files_service, example) -> None:
    """Bill changes are held off from the first step to the last (LEVY-015)."""
    run = files_service.prepare(example(LENDER), "csv")
    assert _told(app) == ["ImportRunStarted"]
    files_service.validate(run.run_id)
    assert _told(app) == ["ImportRunStarted"]
    files_service.commit(run.run_id)

    told = [one for one in testing.emitted(app) if one["subject"] == f"import/{run.run_id}"]
    assert [one["type"].split(".")[-2] for one in told] == [
        "ImportRunStarted", *["ImportLineException"] * 3, "ImportRunFinished",
    ]  # fmt: skip
    assert [int(one["sequence"]) for one in told] == [1, 2, 3, 4, 5]


def test_cash_064_the_same_file_prepared_again_is_the_same_run(
    files_service, example, refused, unchanged
) -> None:
    """In each of its states; the one-step import does not take it from under it."""
    run = files_service.prepare(example(LENDER), "csv")
    with unchanged():
        assert files_service.prepare(example(LENDER), "csv").run_id == run.run_id
        refused("IMPORT_RUN_OPEN", files_service.imported, example(LENDER), "csv")
        files_service.validate(run.run_id)
        assert files_service.prepare(example(LENDER), "csv").run_id == run.run_id
    files_service.commit(run.run_id)
    with unchanged():
        refused("FILE_ALREADY_IMPORTED", files_service.prepare, example(LENDER), "csv")


def test_cash_064_validating_again_judges_on_what_is_known_by_then(
    app, files_service, example, balance
) -> None:
    """A bill that arrived meanwhile takes its payment out of suspense."""
    run = files_service.prepare(example(LENDER), "csv")
    first = files_service.validate(run.run_id)
    app.consumer.absorb("on_balance_changed", [balance("99999999999999", 2020, 31_250)])
    second = files_service.validate(run.run_id)

    assert (first.posted_count, first.suspense_count) == (3, 1)
    assert (second.posted_count, second.suspense_count) == (4, 0)
    assert (second.duplicate_count, second.rejected_count) == (1, 1)


def test_cash_064_a_line_validated_in_one_run_is_a_duplicate_in_the_next(
    files_service, example
) -> None:
    """Before either is committed: the first has the claim, and gives it up with its run."""
    first = files_service.prepare(example(LENDER), "csv")
    files_service.validate(first.run_id)
    other = example(LENDER).replace(b"Tamsin", b"T.")
    second = files_service.prepare(other, "csv", till_code="OTHER")
    assert files_service.validate(second.run_id).posted_count == 0
    files_service.abandon(first.run_id)

    assert files_service.validate(second.run_id).posted_count == 3
    assert files_service.commit(second.run_id).posted_count == 3


def test_cash_064_an_abandoned_run_lets_go_of_its_file(
    app, files_service, example, refused, rows
) -> None:
    """Its end is announced, nothing was posted, and the file may come again."""
    run = files_service.prepare(example(LENDER), "csv")
    refused("REASON_MISSING", files_service.abandon, run.run_id, "  ")
    gone = files_service.abandon(run.run_id, "the wrong month")

    assert (gone.state, gone.message) == (pb.IMPORT_STATE_ABANDONED, "the wrong month")
    assert _told(app) == ["ImportRunStarted", "ImportRunFinished"]
    assert testing.emitted(app)[-1]["data"]["state"] == "abandoned"
    assert rows("select count(*) from receipts") == [(0,)]
    assert files_service.imported(example(LENDER), "csv").posted_count == 3


def test_cash_064_a_step_out_of_turn_changes_nothing(
    files_service, example, refused, unchanged
) -> None:
    """IMPORT_RUN_STATE says where the run stands; committing what is committed is no harm."""
    run = files_service.prepare(example(LENDER), "csv")
    with unchanged():
        assert "prepared" in refused("IMPORT_RUN_STATE", files_service.commit, run.run_id).details()
    files_service.validate(run.run_id)
    done = files_service.commit(run.run_id)
    with unchanged():
        refused("IMPORT_RUN_STATE", files_service.validate, run.run_id)
        refused("IMPORT_RUN_STATE", files_service.abandon, run.run_id)
        assert files_service.commit(run.run_id) == done
        for step in (files_service.validate, files_service.commit, files_service.abandon):
            refused("IMPORT_RUN_NOT_FOUND", step, "0" * 32)
            refused("ID_INVALID", step, "x")


def test_cash_064_two_who_commit_at_once_post_each_line_once(files_service, example, rows) -> None:
    """Both are answered with the run; no line has two receipts."""
    run = files_service.prepare(example(LENDER), "csv")
    files_service.validate(run.run_id)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: files_service.commit(run.run_id), range(4)))

    assert {one.state for one in found} == {pb.IMPORT_STATE_COMMITTED}
    assert rows("select count(*), count(distinct receipt_id) from receipt_lines") == [(4, 4)]


def test_cash_064_what_refuses_the_session_refuses_the_file_at_once(
    files_service, counter, example, refused, unchanged
) -> None:
    """Not only when it is to be committed."""
    counter.open("FILES")
    with unchanged():
        refused("SESSION_ALREADY_OPEN", files_service.prepare, example(LENDER), "csv")
        refused("TILL_CODE_INVALID", files_service.prepare, example(LENDER), "csv", till_code="-")


def test_cash_064_lines_are_listed_page_by_page(files_service, example, refused) -> None:
    """By outcome, too; a token that was not given is refused."""
    run = files_service.imported(example(LENDER), "csv")

    assert files_service.lines(run.run_id, page_size=4) == list(run.lines)
    assert [one.line_number for one in files_service.lines(run.run_id, outcome="posted")] == [
        2, 3, 4,
    ]  # fmt: skip
    for given, reason in (
        ({"outcome": "lost"}, "OUTCOME_UNKNOWN"),
        ({"run_id": "x"}, "ID_INVALID"),
        ({"run_id": "0" * 32}, "IMPORT_RUN_NOT_FOUND"),
        ({"page_token": "one"}, "PAGE_TOKEN_INVALID"),
    ):
        asked = files.ListImportLinesRequest(**({"run_id": run.run_id} | given))
        refused(reason, files_service.stub.ListImportLines, asked, metadata=files_service.metadata)


def test_cash_064_runs_are_listed_newest_first(files_service, example, refused) -> None:
    """Of a day or of all, page by page."""
    first = files_service.imported(example(LENDER), "csv")
    second = files_service.imported(example("lockbox-2022-02-28.txt"), "bai-lockbox")

    def page(**given) -> files.ListImportRunsResponse:
        asked = files.ListImportRunsRequest(**given)
        return files_service.stub.ListImportRuns(asked, metadata=files_service.metadata)

    newest = page(page_size=1)
    assert [one.run_id for one in newest.runs] == [second.run_id]
    rest = page(page_size=1, page_token=newest.next_page_token)
    assert ([one.run_id for one in rest.runs], rest.next_page_token) == ([first.run_id], "")
    assert len(page(business_date="2022-12-30").runs) == 2
    assert len(page(business_date="2022-12-29").runs) == 0
    refused("PAGE_TOKEN_INVALID", page, page_token="x")


RIGHTS = {
    "PrepareImport": "cashiering.import",
    "ValidateImport": "cashiering.import",
    "CommitImport": "cashiering.import",
    "AbandonImport": "cashiering.import",
    "ListImportRuns": "cashiering.read",
    "ListImportLines": "cashiering.read",
    "AddImportLayout": "cashiering.layouts",
    "ListImportLayouts": "cashiering.read",
    "ListPaymentSources": "cashiering.read",
}


@pytest.mark.parametrize("method", RIGHTS)
def test_cash_009_a_token_with_every_other_right_is_refused(
    files_service, keys, unchanged, method: str
) -> None:
    """FORBIDDEN before the request is read."""
    assert RIGHTS.keys() == {
        one.name for one in files.DESCRIPTOR.services_by_name["ImportsService"].methods
    }
    others = sorted({*RIGHTS.values(), "cashiering.pay", "levy.*"} - {RIGHTS[method]})
    metadata = testing.bearer(keys.token(*others))
    call, request = getattr(files_service.stub, method), getattr(files, f"{method}Request")()
    streams = method in ("PrepareImport", "CommitImport")
    given = iter([request]) if method == "PrepareImport" else request

    def ask() -> None:
        answer = call(given, metadata=metadata)
        if streams:
            list(answer)

    with unchanged(), pytest.raises(grpc.RpcError) as refusal:
        ask()
    assert testing.reason_of(refusal.value) == "FORBIDDEN"
