"""CASH-064, RECV-039: what is told of a line that does not post, and of the money it brings."""

from cashiering_service.domain.remittance.reference import COUNTY_FORMAT
from cashiering_service.imports import told
from cashiering_service.schemas import ImportLineExceptionV1
from taxkit import testing

PARCEL, UNKNOWN = "13264290020000", "99999999999999"
HEAD = "bill_reference,amount,paid_on,received_on,check_number,payer_name"


def content(*lines: tuple[str, str]) -> bytes:
    """A file of payments of ten dollars: (parcel, check number)."""
    rows = [
        f"{COUNTY_FORMAT.write(parcel, 2021)},10.00,2022-12-27,2022-12-28,{check},P"
        for parcel, check in lines
    ]
    end = f"TRAILER,{len(rows)},{10 * len(rows)}.00"
    return "\n".join([HEAD, *rows, end, ""]).encode()


def exceptions_of(app) -> list[dict]:
    found = [one["data"] for one in testing.emitted(app) if ".ImportLineException." in one["type"]]
    assert all(ImportLineExceptionV1().validate(one) == {} for one in found)
    return found


def test_recv_039_it_names_the_receipt_under_which_the_money_will_wait(
    app, files_service, rows
) -> None:
    """RECV-039: before the receipt is written; a duplicate has none."""
    files_service.imported(content((PARCEL, "1"), (UNKNOWN, "2"), (PARCEL, "1")), "csv")
    waiting, twice = exceptions_of(app)
    assert [(waiting["outcome"], twice["outcome"])] == [("suspense", "duplicate")]
    assert twice["receipt_id"] is None
    ((held, reason),) = rows(
        "select receipt_id::text, suspense_reason from receipt_lines where bill_id is null"
    )
    assert (waiting["receipt_id"], reason) == (held, "PARCEL_UNKNOWN")
    posted = [
        one["data"]["receipt_id"]
        for one in testing.emitted(app)
        if ".PaymentPosted." in one["type"]
    ]
    assert held in posted


def test_levy_015_one_that_is_parked_while_its_batch_posts_is_told_the_same_way(
    app, files_service, balance, rows, monkeypatch
) -> None:
    """LEVY-015: the bill changed after the commit had begun."""
    from cashiering_service.imports import steps

    begin = steps.begin

    def begin_then_change(*given) -> None:
        begin(*given)
        body = balance(PARCEL, 2021, 90_000, sequence=50, bill_version=5)
        app.consumer.absorb("on_balance_changed", [body])

    run = files_service.prepare(content((PARCEL, "1")), "csv")
    files_service.validate(run.run_id)
    monkeypatch.setattr(steps, "begin", begin_then_change)
    files_service.commit(run.run_id)
    (parked,) = exceptions_of(app)
    assert parked["reason"] == "BILL_VERSION_CHANGED"
    assert rows("select receipt_id::text from receipt_lines") == [(parked["receipt_id"],)]


def test_cash_064_beyond_what_is_told_the_money_waits_all_the_same(
    app, files_service, rows, monkeypatch
) -> None:
    """CASH-064: a file of nothing but strangers is told of up to a limit."""
    monkeypatch.setattr(told, "EXCEPTIONS_TOLD_MAX", 1)
    files_service.imported(content((UNKNOWN, "1"), (UNKNOWN, "2")), "csv")
    (first,) = exceptions_of(app)
    held = {one for (one,) in rows("select receipt_id::text from receipt_lines")}
    assert len(held) == 2
    assert first["receipt_id"] in held


def test_recv_039_money_that_is_sent_back_has_no_receipt(app, files_service) -> None:
    """RECV-039: the line is told of, and nothing waits."""
    files_service.imported(content((UNKNOWN, "1")), "csv", source="dmv")
    (rejected,) = exceptions_of(app)
    assert (rejected["outcome"], rejected["receipt_id"]) == ("rejected", None)
