"""CASH-064: what becomes of a file whose lines are not all good."""

import pytest

from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing

LENDER = "lender-2022-12-28.csv"
GOOD = b"""bill_reference,amount,paid_on,received_on,check_number,payer_name
1326429002000020211,7637.94,2022-12-27,2022-12-28,1044,T
1803200051000020211,1119.75,2022-12-27,2022-12-28,2290,V
TRAILER,2,8757.69
"""
ALL = pb.IMPORT_POLICY_ALL_OR_NOTHING
DRY = pb.IMPORT_POLICY_DRY_RUN


def test_cash_064_good_lines_are_posted_and_bad_ones_parked(files_service, example) -> None:
    """What holds when nothing is said."""
    run = files_service.imported(example(LENDER), "csv")

    assert run.policy == pb.IMPORT_POLICY_UNSPECIFIED
    assert (run.posted_count, run.suspense_count) == (3, 1)
    assert (run.rejected_count, run.duplicate_count) == (1, 1)


def test_cash_064_all_or_nothing_takes_nothing_when_one_line_is_bad(
    app, files_service, example, unchanged
) -> None:
    """The run says why, and of every line what stood in its way; the file may come again."""
    with unchanged(import_runs=1, import_lines=6):
        run = files_service.imported(example(LENDER), "csv", policy=ALL)

    assert (run.state, run.reason) == (pb.IMPORT_STATE_REJECTED, "EXCEPTIONS_FOUND")
    assert "3 of 6 lines" in run.message
    assert [one.reason for one in run.lines if one.reason] == [
        "DUPLICATE_LINE", "PARCEL_UNKNOWN", "BAD_CHECK_DIGIT",
    ]  # fmt: skip
    assert run.posted_count == 0
    assert testing.emitted(app) == []
    assert files_service.imported(example(LENDER), "csv").posted_count == 3


def test_cash_064_all_or_nothing_takes_all_when_every_line_is_good(files_service) -> None:
    run = files_service.imported(GOOD, "csv", policy=ALL)

    assert run.state == pb.IMPORT_STATE_COMMITTED
    assert (run.posted_count, run.policy) == (2, ALL)


def test_cash_064_all_or_nothing_in_steps_stands_until_the_lines_are_good(
    app, files_service, example, refused, unchanged, balance
) -> None:
    """Committing is refused; after the county learned of the bill the rest still stands."""
    bad = GOOD.replace(b"1803200051000020211", b"9999999999999920200")
    run = files_service.prepare(bad, "csv", policy=ALL)
    files_service.validate(run.run_id)
    with unchanged():
        refused("EXCEPTIONS_FOUND", files_service.commit, run.run_id)
    app.consumer.absorb("on_balance_changed", [balance("99999999999999", 2020, 200_000)])
    files_service.validate(run.run_id)

    assert files_service.commit(run.run_id).posted_count == 2


def test_cash_064_a_dry_run_says_what_would_become_of_each_line(
    app, files_service, example, unchanged
) -> None:
    """The same outcomes, and nothing taken; however often it is asked."""
    with unchanged(import_runs=2, import_lines=12):
        dry = files_service.imported(example(LENDER), "csv", policy=DRY)
        again = files_service.imported(example(LENDER), "csv", policy=DRY)
    assert testing.emitted(app) == []
    real = files_service.imported(example(LENDER), "csv")

    assert (dry.state, dry.session_id) == (pb.IMPORT_STATE_CHECKED, "")
    assert again.run_id != dry.run_id
    assert [(one.outcome, one.reason) for one in dry.lines] == [
        (one.outcome, one.reason) for one in real.lines
    ]
    assert (dry.posted_cents, dry.suspense_cents) == (real.posted_cents, real.suspense_cents)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"business_date": "2023-04-01"}, "BUSINESS_DATE_IN_FUTURE"),
        ({"effective_on": "2022-12-31"}, "EFFECTIVE_DATE_IN_FUTURE"),
        ({"till_code": "no till"}, "TILL_CODE_INVALID"),
        ({"source": "pigeon"}, "SOURCE_UNKNOWN"),
        ({"policy": 9}, "POLICY_UNKNOWN"),
    ],
)
def test_cash_064_a_dry_run_is_refused_for_what_the_real_one_would_be(
    files_service, example, refused, unchanged, changes, reason: str
) -> None:
    with unchanged():
        refused(
            reason, files_service.imported, example(LENDER), "csv", **({"policy": DRY} | changes)
        )


def test_cash_064_a_dry_run_is_one_step(files_service, example, refused, unchanged) -> None:
    with unchanged():
        refused("POLICY_UNKNOWN", files_service.prepare, example(LENDER), "csv", policy=DRY)


def test_cash_064_a_dry_run_makes_no_duplicates_of_its_lines(files_service, example) -> None:
    """Nor does a file that was refused as a whole: their payments were never taken."""
    files_service.imported(example(LENDER), "csv", policy=DRY)
    files_service.imported(example(LENDER), "csv", policy=ALL)
    other = example(LENDER).replace(b"Tamsin", b"T.")

    assert files_service.imported(other, "csv").posted_count == 3
