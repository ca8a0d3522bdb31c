"""CASH-068, CASH-077: a file may pay miscellaneous sources, at the prices the counter takes."""

from pathlib import Path
from typing import Any

import pytest

from cashiering_service.commands import Asked
from cashiering_service.domain.file_entry import price_line
from cashiering_service.domain.sources import AmountMode, Input, InputType, ParcelTie, Source
from cashiering_service.imports import steps as import_steps
from cashiering_service.schemas import PaymentPostedV1
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import sources_pb2, sources_pb2_grpc
from taxkit import testing
from taxkit.errors import Refusal
from taxkit.ids import parse_id

LAYOUTS = Path(__file__).parents[4] / "examples" / "remittances" / "layouts"
FEES = "transfer-fees-2022-12-28.csv"


@pytest.fixture
def set_source(channel, counter):
    """Set a source as an administrator does."""
    stub = sources_pb2_grpc.SourcesServiceStub(channel)

    def set_it(source_code: str = "TRANSFER-FEE", **changes: Any) -> None:
        given = {
            "source_code": source_code, "effective_from": "2022-01-01", "name": "Transfer fee",
            "amount_mode": sources_pb2.AMOUNT_MODE_ENTERED,
            "parcel_tie": sources_pb2.PARCEL_TIE_OPTIONAL,
            "credit_fund": "100", "credit_account": "4711",
            "inputs": [
                sources_pb2.Input(
                    name="document_number", input_type=sources_pb2.INPUT_TYPE_TEXT, required=True
                )
            ],
        }  # fmt: skip
        request = sources_pb2.SetSourceRequest(
            idempotency_key=counter.key(), source=sources_pb2.Source(**(given | changes))
        )
        stub.SetSource(request, metadata=counter.metadata)

    return set_it


def test_cash_068_a_spreadsheet_of_transfer_fees_is_taken_as_miscellaneous(
    app, files_service, example, set_source, rows
) -> None:
    """A receipt a line, its source and what it asks for told with it; no bill is touched."""
    set_source()
    files_service.add_example("transfer-fees")
    run = files_service.imported(example(FEES), "transfer-fees")

    assert (run.posted_count, run.duplicate_count, run.posted_cents) == (2, 1, 133_750)
    assert {(one.kind, one.source_code) for one in run.lines} == {("misc", "TRANSFER-FEE")}
    told = [one["data"] for one in testing.emitted(app) if one["type"].endswith("Posted.v1")]
    assert [PaymentPostedV1().validate(one) for one in told] == [{}, {}]
    lines = [line for one in told for line in one["lines"]]
    assert [(one["kind"], one["source_code"], one["fields"]) for one in lines] == [
        ("misc", "TRANSFER-FEE", {"document_number": "2022-118821"}),
        ("misc", "TRANSFER-FEE", {"document_number": "2022-118822"}),
    ]
    assert [(one["parcel_number"], one["bill_id"]) for one in lines] == [
        ("13264290020000", None), ("", None),
    ]  # fmt: skip
    assert rows("select count(*), sum(amount_cents) from receipt_lines") == [(2, 133_750)]
    assert rows("select distinct credit_account from line_sources") == [("4711",)]


def test_cash_068_money_for_a_source_there_is_not_waits_in_suspense(
    files_service, example, set_source
) -> None:
    """Set up afterwards and validated again, the lines are good."""
    files_service.add_example("transfer-fees")
    run = files_service.prepare(example(FEES), "transfer-fees")
    first = files_service.validate(run.run_id)
    set_source()
    second = files_service.validate(run.run_id)

    assert [one.reason for one in first.lines] == [
        "SOURCE_NOT_IN_FORCE", "SOURCE_NOT_IN_FORCE", "DUPLICATE_LINE",
    ]  # fmt: skip
    assert (first.suspense_count, second.posted_count) == (2, 2)


def test_cash_068_a_line_that_is_not_the_sources_price_is_rejected(
    files_service, example, set_source
) -> None:
    """A flat fee is that fee."""
    set_source(amount_mode=sources_pb2.AMOUNT_MODE_FLAT, amount_cents=8_750)
    files_service.add_example("transfer-fees")
    run = files_service.imported(example(FEES), "transfer-fees")

    assert [(one.outcome, one.reason) for one in run.lines] == [
        ("rejected", "AMOUNT_FIXED"), ("posted", ""), ("duplicate", "DUPLICATE_LINE"),
    ]  # fmt: skip


def test_cash_068_a_line_that_names_no_source_is_rejected(
    files_service, example, set_source
) -> None:
    """BAD_SOURCE; the other lines are taken."""
    set_source()
    layout = (LAYOUTS / "transfer-fees.yaml").read_text(encoding="utf-8")
    named = "{name: source_code, at: {column: Clerk}, required: false}"
    files_service.add(layout.replace("{name: source_code, at: {constant: TRANSFER-FEE}}", named))
    content = example(FEES).replace(b",MB", b",", 1).replace(b",MB", b",TRANSFER-FEE")
    run = files_service.imported(content, "transfer-fees")

    assert [(one.outcome, one.reason) for one in run.lines][:2] == [
        ("rejected", "BAD_SOURCE"), ("posted", ""),
    ]  # fmt: skip


def test_cash_068_a_source_withdrawn_before_the_commit_parks_its_lines(
    files_service, example, set_source, rows
) -> None:
    """The money is there; the run ends."""
    set_source()
    files_service.add_example("transfer-fees")
    run = files_service.prepare(example(FEES), "transfer-fees")
    files_service.validate(run.run_id)
    set_source(inactive=True, effective_from="2022-06-01")
    done = files_service.commit(run.run_id)

    assert done.state == pb.IMPORT_STATE_COMMITTED
    assert (done.posted_count, done.suspense_count) == (0, 2)
    assert rows("select distinct suspense_reason from receipt_lines") == [("SOURCE_NOT_IN_FORCE",)]


def test_cash_065_a_line_parked_while_posting_is_told_of_like_the_others(
    app, files_service, example, set_source
) -> None:
    """Its place among the run's events is the next: whoever follows them waits for no gap."""
    set_source()
    files_service.add_example("transfer-fees")
    run = files_service.prepare(example(FEES), "transfer-fees")
    files_service.validate(run.run_id)
    asked = Asked("night operator", testing.TRACEPARENT, may_register_tills=True)
    app.database.run(
        lambda connection: import_steps.start_commit(app, connection, asked, parse_id(run.run_id))
    )
    set_source(inactive=True, effective_from="2022-06-01")
    files_service.commit(run.run_id)

    told = [one for one in testing.emitted(app) if one["subject"] == f"import/{run.run_id}"]
    assert [int(one["sequence"]) for one in told] == [1, 2, 3, 4, 5]
    assert [one["data"]["reason"] for one in told[1:4]] == [
        "DUPLICATE_LINE", "SOURCE_NOT_IN_FORCE", "SOURCE_NOT_IN_FORCE",
    ]  # fmt: skip
    assert told[4]["data"]["suspense_count"] == 2


def _source(mode: AmountMode, **changes: Any) -> Source:
    from datetime import date

    given = {
        "source_code": "S", "effective_from": date(2022, 1, 1), "name": "S", "short_name": "S",
        "source_group": "", "source_type": "standard", "amount_mode": mode, "amount_cents": 0,
        "amount_names": (), "parcel_tie": ParcelTie.NONE, "credit_fund": "1",
        "credit_account": "1", "inputs": (Input("plate", InputType.TEXT, required=True),),
    }  # fmt: skip
    return Source(**(given | changes))


def test_cash_068_units_and_named_amounts_come_out_of_the_lines_fields() -> None:
    """And have to come to what the line pays; what nobody asks for stays behind."""
    units = _source(AmountMode.PER_UNIT, amount_cents=250)
    several = _source(AmountMode.SEVERAL, amount_names=("fee", "tax"))
    said = {"plate": "ABC 1", "clerk": "MB"}
    priced = price_line(units, "S", 1_000, "", {**said, "units": "4"})
    assert priced.fields == {"plate": "ABC 1", "units": "4"}
    priced = price_line(several, "S", 1_250, "", {**said, "fee": "10.00", "tax": "2.50"})
    assert priced.fields == {"plate": "ABC 1", "fee": "1000", "tax": "250"}

    for source, cents, fields, reason in (
        (units, 1_001, {**said, "units": "4"}, "AMOUNT_DIFFERS"),
        (units, 1_000, {**said, "units": "four"}, "UNITS_INVALID"),
        (several, 1_250, {**said, "fee": "ten"}, "AMOUNTS_INVALID"),
        (several, 1_250, {**said, "fee": "10.00"}, "AMOUNT_DIFFERS"),
        (units, 1_000, {"units": "4"}, "FIELD_MISSING"),
        (None, 1_000, said, "SOURCE_NOT_IN_FORCE"),
    ):
        with pytest.raises(Refusal) as refusal:
            price_line(source, "S", cents, "", fields)
        assert refusal.value.reason == reason
