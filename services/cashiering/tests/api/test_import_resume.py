"""CASH-064: a run that was cut off goes on where it stopped when the file is sent again."""

from datetime import date

import pytest

from cashiering_service.commands import Asked
from cashiering_service.imports import runs as imports
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import testing
from taxkit.errors import Refusal

ASKED = Asked("night operator", testing.TRACEPARENT, may_register_tills=True)


@pytest.fixture
def cut_off(make_app, app, parts, example):
    """Post a file in batches of two and die after some of them."""

    def run(batches: int, name: str = "lockbox-2022-02-28.txt", key: str = "night") -> None:
        with make_app(MILLAGE_IMPORT_BATCH="2") as dying:
            layout = "csv" if name.endswith("csv") else "bai-lockbox"
            steps = imports.run(dying, ASKED, parts(example(name), layout, key=key))
            for _ in range(batches):
                assert next(steps).lines_posted
            steps.close()

    return run


@pytest.mark.parametrize("batches", [1, 2, 3])
@pytest.mark.parametrize("key", ["night", "next morning"])
def test_cash_064_a_killed_run_is_finished_by_sending_the_file_again(
    app, counter, example, rows, cut_off, batches: int, key: str
) -> None:
    """Under the same key or another; each line once, numbered on without a gap."""
    cut_off(batches)
    assert rows("select state from import_runs") == [("committing",)]
    assert rows("select count(*) from receipts") == [(2 * batches,)]
    run = counter.imported(example("lockbox-2022-02-28.txt"), "bai-lockbox", key=key)

    assert run.state == pb.IMPORT_STATE_COMMITTED
    assert (run.posted_count, run.suspense_count) == (5, 1)
    assert rows("select count(*), count(distinct receipt_id) from receipt_lines") == [(6, 6)]
    numbers = [row[0] for row in rows("select receipt_number from receipts order by 1")]
    assert numbers == [f"LOCKBOX-20221230-1-{place:05d}" for place in range(1, 7)]
    told = [each["type"].split(".")[-2] for each in testing.emitted(app)]
    assert told.count("ImportRunStarted") == told.count("ImportRunFinished") == 1
    assert told.count("PaymentPosted") == 6


def test_cash_064_a_killed_runs_file_cannot_come_back_as_another_file(
    counter, example, refused, unchanged, cut_off
) -> None:
    """The key stands for the file from the moment its lines begin to post."""
    cut_off(1)
    with unchanged():
        refused(
            "IDEMPOTENCY_CONFLICT",
            counter.send, example("lender-2022-12-28.csv"), "csv", key="night",
        )  # fmt: skip


def test_cash_061_the_session_of_an_unfinished_run_cannot_be_closed(
    counter, example, refused, unchanged, cut_off, rows
) -> None:
    """Its money is not all in yet; finishing the run closes it."""
    cut_off(1)
    ((session_id,),) = rows("select session_id from sessions")
    with unchanged():
        error = refused("SESSION_IMPORTING", counter.close, str(session_id))
    assert "send the file again" in error.details()

    counter.imported(example("lockbox-2022-02-28.txt"), "bai-lockbox")
    assert rows("select is_open from sessions") == [(False,)]


def test_a_run_killed_before_its_first_batch_is_finished_too(
    make_app, app, counter, example, parts, rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Staged and judged, nothing posted."""

    def die(*_args):
        raise KeyboardInterrupt

    with make_app() as dying, monkeypatch.context() as patched:
        patched.setattr("cashiering_service.imports.posting._post_batch", die)
        with pytest.raises(KeyboardInterrupt):
            list(imports.run(dying, ASKED, parts(example("lender-2022-12-28.csv"), "csv", key="k")))
    assert rows("select state from import_runs") == [("committing",)]

    assert counter.imported(example("lender-2022-12-28.csv"), "csv").posted_count == 3


def test_a_run_killed_while_it_stages_leaves_nothing(
    make_app, app, example, parts, unchanged
) -> None:
    """The stream ended in the middle: nothing was begun."""

    def cut():
        yield from list(parts(example("lender-2022-12-28.csv"), "csv", key="k", piece=80))[:4]
        raise ConnectionError

    with unchanged(), make_app() as dying, pytest.raises(ConnectionError):
        list(imports.run(dying, ASKED, cut()))


def test_levy_015_a_bill_corrected_between_kill_and_resumption_is_not_paid(
    app, counter, example, cut_off, balance, rows
) -> None:
    """LEVY-015: the line was judged by the version before; its money waits, and it is told."""
    cut_off(1)
    parcel, year = rows(
        "select parcel_number, tax_year from import_lines where outcome = 'post'"
        " and receipt_id is null order by line_number limit 1"
    )[0]
    body = balance(parcel, year, 1_000, sequence=8, bill_version=2)
    app.consumer.absorb("on_balance_changed", [body])
    counter.imported(example("lockbox-2022-02-28.txt"), "bai-lockbox")

    found = rows(
        f"select bill_id, suspense_reason from receipt_lines where parcel_number = '{parcel}'"
    )
    assert found == [(None, "BILL_VERSION_CHANGED")]
    told = [one["data"] for one in testing.emitted(app) if "LineException" in one["type"]]
    assert [one["parcel_number"] for one in told if one["reason"] == "BILL_VERSION_CHANGED"] == [
        parcel
    ]


def test_a_coupon_is_read_as_the_countys_law_says(app, make_app, tmp_path) -> None:
    """Another county's ten digits of parcel number come from its pack, not from a constant."""
    import shutil
    from pathlib import Path

    own = Path(app.settings.jurisdictions_dir) / "us-il-cook"
    shutil.copytree(own, tmp_path / "us-il-cook")
    file = tmp_path / "us-il-cook" / "cashiering.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in (
        ("digits: 19", "digits: 15"),
        ("start: 0, length: 14", "start: 0, length: 10"),
        ("start: 14, length: 4", "start: 10, length: 4"),
        ("start: 18, length: 1", "start: 14, length: 1"),
    ):
        assert old in text
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")

    with make_app(MILLAGE_JURISDICTIONS_DIR=str(tmp_path)) as other:
        form = other.law.reference_format(date(2022, 12, 30))
        line = f"{form.write('0123456789', 2021)},1.00,2022-12-27,2022-12-28,1,P\n"
        head = "bill_reference,amount,paid_on,received_on,check_number,payer_name\n"
        content = (head + line + "TRAILER,1,1.00\n").encode()
        header = pb.ImportHeader(
            idempotency_key="k", layout="csv", till_code="T1", business_date="2022-12-30"
        )
        sent = [
            pb.ImportRemittanceRequest(header=header),
            pb.ImportRemittanceRequest(chunk=content),
        ]
        run = list(imports.run(other, ASKED, iter(sent)))[-1].run
        sent[0].header.business_date = "2016-12-30"
        with pytest.raises(Refusal, match="NO_LAW_IN_FORCE"):
            list(imports.run(other, ASKED, iter(sent)))

    assert (run.suspense_count, run.lines[0].parcel_number) == (1, "0123456789")
