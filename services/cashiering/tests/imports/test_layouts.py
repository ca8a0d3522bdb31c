"""CASH-063, CASH-068: layouts are set up as documents, each in force from its day on."""

import shutil
from pathlib import Path

import pytest

from cashiering_service.commands import Asked
from cashiering_service.imports import runs
from cashiering_service.schemas import PaymentPostedV1
from millage.cashiering.v1 import cashiering_pb2 as pb
from millage.cashiering.v1 import imports_pb2 as files
from taxkit import testing

ASKED = Asked("night operator", testing.TRACEPARENT, may_register_tills=True)
EXAMPLES = {
    # layout: its file, its source, the tender of its money, (posted, suspense, rejected, duplicate)
    "daily-remittance": ("daily-2022-12-28.txt", "csv", {"check", "ach"}, (2, 1, 0, 0)),
    "mail": ("mail-2022-12-30.csv", "mail", {"check"}, (2, 0, 1, 0)),
    "lender-bulk": ("lender-bulk-2022-12-28.txt", "lender", {"wire"}, (2, 1, 0, 1)),
    "web-ivr": ("web-2022-12-28.csv", "web", {"card"}, (2, 0, 1, 0)),
    "dmv": ("dmv-2022-12-28.txt", "dmv", {"ach"}, (1, 0, 1, 0)),
}
MAIL = """
name: post
source: mail
form: delimited
fields:
  - {name: bill_reference, at: {position: 1}}
  - {name: amount, at: {position: 2}}
  - {name: received_on, at: {position: 3}}
"""


@pytest.fixture(autouse=True)
def lender(lenders) -> None:
    """The one whose file is among the examples."""
    lenders("M0417")


@pytest.mark.parametrize("layout", EXAMPLES)
def test_cash_068_an_example_layout_reads_its_example_file(
    app, files_service, example, rows, layout: str
) -> None:
    """Set up through the API, then used: every line has its outcome, money its source."""
    name, source, tenders, counts = EXAMPLES[layout]
    added = files_service.add_example(layout)
    assert (added.name, added.source) == (layout, source)
    run = files_service.imported(example(name), layout)

    assert run.state == pb.IMPORT_STATE_COMMITTED
    assert counts == (
        run.posted_count, run.suspense_count, run.rejected_count, run.duplicate_count,
    )  # fmt: skip
    assert rows("select distinct source from receipts") == [(source,)]
    assert set(rows("select distinct tender_type from tenders")) == {(one,) for one in tenders}
    told = [one["data"] for one in testing.emitted(app) if one["type"].endswith("Posted.v1")]
    assert [PaymentPostedV1().validate(one) for one in told] == [{}] * (counts[0] + counts[1])


def test_cash_063_mail_counts_from_its_postmark(app, files_service, example, rows) -> None:
    """Neither the day it was opened nor the day it was posted; its receipt keeps all three."""
    files_service.add_example("mail")
    files_service.imported(example("mail-2022-12-30.csv"), "mail")

    assert {
        ("2022-12-23", "2022-12-23", "2022-12-30"), ("2022-12-29", "2022-12-29", "2022-12-30")
    } == set(
        rows(
            "select postmarked_on::text, effective_on::text, received_on::text"
            " from receipts join receipt_handling using (receipt_id)"
        )
    )  # fmt: skip
    told = [one["data"] for one in testing.emitted(app) if one["type"].endswith("Posted.v1")]
    assert [one["postmarked_on"] for one in told] == [one["effective_on"] for one in told]
    assert rows("select distinct business_date::text from receipts") == [("2022-12-30",)]


def test_cash_063_where_the_law_does_not_go_by_postmarks_mail_counts_from_its_receipt(
    app, make_app, files_service, example, rows, tmp_path
) -> None:
    """The same file under another law: the day it was here."""
    own = Path(app.settings.jurisdictions_dir) / "us-il-cook"
    shutil.copytree(own, tmp_path / "us-il-cook")
    file = tmp_path / "us-il-cook" / "cashiering.yaml"
    law = file.read_text(encoding="utf-8")
    assert "mail: postmark" in law
    file.write_text(law.replace("mail: postmark", "mail: receipt"), encoding="utf-8")
    files_service.add_example("mail")
    header = pb.ImportHeader(
        idempotency_key="k", layout="mail", till_code="T1", business_date="2022-12-30"
    )
    sent = [
        pb.ImportRemittanceRequest(header=header),
        pb.ImportRemittanceRequest(chunk=example("mail-2022-12-30.csv")),
    ]
    with make_app(MILLAGE_JURISDICTIONS_DIR=str(tmp_path)) as other:
        list(runs.run(other, ASKED, iter(sent)))

    assert rows("select distinct effective_on::text from receipts") == [("2022-12-30",)]


def test_cash_063_money_that_names_no_bill_goes_where_its_source_says(
    files_service, example
) -> None:
    """A lender's waits in suspense; what the motor vehicle office cannot place goes back."""
    files_service.add_example("lender-bulk")
    files_service.add_example("dmv")
    lender = files_service.imported(example("lender-bulk-2022-12-28.txt"), "lender-bulk")
    dmv = files_service.imported(example("dmv-2022-12-28.txt"), "dmv", till_code="DMV")

    def unknown(run: pb.ImportRun) -> list[str]:
        return [one.outcome for one in run.lines if one.reason == "PARCEL_UNKNOWN"]

    assert (unknown(lender), unknown(dmv)) == (["suspense"], ["rejected"])


def test_cash_063_a_file_without_postmarks_is_not_taken_as_mail(
    files_service, refused, unchanged
) -> None:
    """Whatever its header says: without a day of its own it would count from the file's."""
    undated = MAIL.replace("source: mail", "source: web").replace(
        "received_on, at: {position: 3}", "channel, at: {position: 3}"
    )
    files_service.add(undated)
    given = {"control_count": 1, "control_total_cents": 100}
    content = b"1326429002000020211,1.00,WEB\n"
    with unchanged():
        error = refused(
            "SOURCE_MISFIT", files_service.imported, content, "post", source="mail", **given
        )
    assert "no field paid_on" in error.details()
    assert files_service.imported(content, "post", **given).posted_count == 1


def test_cash_063_a_lenders_file_tells_what_it_leaves_unpaid(files_service, example, rows) -> None:
    """Its control totals, its code on each receipt, and the bills it pays in part."""
    files_service.add_example("lender-bulk")
    run = files_service.imported(example("lender-bulk-2022-12-28.txt"), "lender-bulk")
    left = files_service.lines(run.run_id, unpaid_only=True)

    assert (run.line_count, run.control_total_cents) == (4, 895_044)
    assert [(one.parcel_number, one.unpaid_cents) for one in left] == [
        ("13264290020000", 1_260_222 - 763_794),
        ("28193130040000", 719_817 - 50_000),
    ]
    assert (run.unpaid_bills, run.unpaid_cents) == (2, sum(one.unpaid_cents for one in left))
    assert {one.lender_code for one in left} == {"M0417"}
    assert rows("select distinct payer_name from receipts") == [("M0417",)]


def test_cash_063_a_lenders_code_comes_with_the_lines_or_the_header(
    files_service, example, refused, unchanged
) -> None:
    """Without one nobody knows who paid in bulk."""
    content = example("lender-2022-12-28.csv")
    with unchanged():
        refused("LENDER_MISSING", files_service.imported, content, "csv", source="lender")
    run = files_service.imported(content, "csv", source="lender", lender_code="M0417")

    assert {one.lender_code for one in run.lines} == {"M0417"}
    assert run.source == "lender"


def test_cash_063_the_sources_are_the_countys_law(files_service, refused) -> None:
    """Each with how it is captured and what becomes of money without a bill."""
    asked = files.ListPaymentSourcesRequest(as_of="2022-12-30")
    found = files_service.stub.ListPaymentSources(asked, metadata=files_service.metadata).sources

    known = {one.code: (one.capture, one.unmatched) for one in found}
    assert known["mail"] == ("mail", "suspense")
    assert known["lender"] == ("lender", "suspense")
    assert {"counter", "lockbox", "web", "ivr", "wire", "dmv"} <= known.keys()
    refused(
        "NO_LAW_IN_FORCE",
        files_service.stub.ListPaymentSources,
        files.ListPaymentSourcesRequest(as_of="1999-01-01"),
        metadata=files_service.metadata,
    )


def test_cash_068_a_version_holds_from_its_day_on(files_service, refused, unchanged) -> None:
    """A file is read by the version of its business date; a version is never replaced."""
    first = files_service.add(MAIL, "2022-06-01")
    files_service.add(MAIL.replace("position: 3", "position: 4"), "2022-12-30")
    with unchanged():
        refused("LAYOUT_EXISTS", files_service.add, MAIL, "2022-06-01")
    old, new = b"1326429002000020211,1.00,2022-12-27\n", b"1326429002000020211,2.00,x,2022-12-27\n"
    given = {"control_count": 1}

    def take(content: bytes, cents: int, day: str) -> pb.ImportRun:
        return files_service.imported(
            content, "post", control_total_cents=cents, business_date=day, **given
        )

    refused("UNKNOWN_LAYOUT", take, old, 100, "2022-05-31")
    assert take(old, 100, "2022-12-29").posted_count == 1
    refused("BAD_RECORD", take, old, 100, "2022-12-30")
    assert take(new, 200, "2022-12-30").posted_count == 1
    assert files_service.layouts(as_of="2022-12-29")["post"] == first
    asked = files.ListImportLayoutsRequest(name="post")
    found = files_service.stub.ListImportLayouts(asked, metadata=files_service.metadata).layouts
    assert [one.effective_on for one in found] == ["2022-06-01", "2022-12-30"]


def test_cash_068_the_built_in_layouts_are_listed_with_those_added(files_service) -> None:
    """And give way to a version of their name."""
    assert {"csv", "bai-lockbox"} <= files_service.layouts().keys()
    own = MAIL.replace("name: post", "name: csv").replace("source: mail", "source: web")
    files_service.add(own)

    assert files_service.layouts()["csv"].source == "web"
    assert files_service.layouts(as_of="2021-12-31")["csv"].source == "csv"


@pytest.mark.parametrize(
    ("old", "new", "field", "found"),
    [
        ("form: delimited", "form: woven", "layout.form", "woven (YAML reads it as str)"),
        ("source: mail", "source: pigeon", "layout.source", "pigeon"),
        ("position: 2", "position: two", "layout.fields[1].at.position", "two (YAML"),
        ("position: 2", "position: 0", "layout.fields[1].at", "place 0"),
        ("position: 2", "start: 2", "layout.fields[1].at", "half a place"),
        ("name: post", "name: Post Office", "layout", "name 'Post Office'"),
        ("name: amount", "name: sum", "layout", "no field amount"),
        ("name: received_on", "name: opened_on", "layout.fields", "no field paid_on"),
        ("form: delimited", "form: delimited\ncolour: red", "layout.colour", "the unknown name"),
        ("form: delimited", "", "layout.form", "nothing"),
        ("form: delimited", "form: [", "document", "while parsing"),
        ("form: delimited", "form: &a [*a]", "document", "*a"),
    ],
)
def test_cash_068_a_wrong_layout_is_refused_with_field_found_and_expected(
    files_service, refused, unchanged, old: str, new: str, field: str, found: str
) -> None:
    """LAYOUT_INVALID says where, what stands there and what would do."""
    assert old in MAIL
    with unchanged():
        error = refused("LAYOUT_INVALID", files_service.add, MAIL.replace(old, new, 1))

    assert error.fields == [field]
    assert "expected" in error.details()
    if field != "document":
        assert found in error.details()


@pytest.mark.parametrize(
    "document", ["", "[]", "1", "\x00", "a" * 70_000, "[" * 5_000, "{a: " * 3_000]
)
def test_cash_068_what_is_no_document_is_refused(files_service, refused, unchanged, document):
    """Nothing, a list, a bomb."""
    with unchanged():
        refused("LAYOUT_INVALID", files_service.add, document)


def test_cash_068_a_banks_own_format_has_no_document(files_service, refused, unchanged) -> None:
    with unchanged():
        refused(
            "LAYOUT_RESERVED", files_service.add, MAIL.replace("name: post", "name: bai-lockbox")
        )


def test_cash_068_a_layout_is_added_once_under_its_key(files_service, refused, unchanged) -> None:
    """The same answer again; another layout under the key is refused."""
    first = files_service.add(MAIL, key="layout")
    with unchanged():
        assert files_service.add(MAIL, key="layout") == first
        refused("IDEMPOTENCY_CONFLICT", files_service.add, MAIL + "\n", key="layout")


def test_cash_068_a_file_without_a_trailer_is_held_to_what_its_sender_says(
    files_service, refused, unchanged
) -> None:
    """Count and total come with the header, and have to agree."""
    files_service.add(MAIL)
    content = b"1326429002000020211,1.00,2022-12-27\n"

    def take(**given: int) -> pb.ImportRun:
        return files_service.imported(content, "post", **given)

    with unchanged():
        refused("CONTROL_TOTALS_MISSING", take)
        refused("CONTROL_TOTALS_MISSING", take, control_count=1)
        refused("CONTROL_OUT_OF_RANGE", take, control_count=-1, control_total_cents=100)
    with unchanged(import_runs=2):
        refused("CONTROL_COUNT_MISMATCH", take, control_count=2, control_total_cents=100)
        refused("CONTROL_TOTAL_MISMATCH", take, control_count=1, control_total_cents=101)
    assert take(control_count=1, control_total_cents=100).posted_count == 1


def test_cash_064_a_trailer_and_the_header_have_to_agree_too(
    files_service, example, refused, unchanged
) -> None:
    """A file that adds up in itself may still not be the file the sender meant."""
    content = example("lender-2022-12-28.csv")
    with unchanged(import_runs=1):
        refused("CONTROL_TOTAL_MISMATCH", files_service.imported, content, "csv",
                control_total_cents=1_244_684)  # fmt: skip


def test_recv_047_wires_without_a_bill_wait_in_suspense(files_service, example, rows) -> None:
    """A BAI2 file needs no setting up; every wire is taken, whoever it turns out to be for."""
    run = files_service.imported(example("wires-2022-12-29.bai2"), "bai2")

    assert (run.posted_count, run.suspense_count, run.rejected_count) == (2, 1, 0)
    assert {one.reason for one in run.lines} == {"", "BILL_NOT_NAMED"}
    assert set(rows("select tender_type, reference from tenders")) == {
        ("wire", "FED1229-0001"), ("wire", "FED1229-0002"), ("ach", "ACH1229-0003"),
    }  # fmt: skip
    assert rows("select distinct source from receipts") == [("wire",)]
    again = files_service.imported(example("wires-2022-12-29.bai2") + b" \n", "bai2", till_code="B")
    assert (again.duplicate_count, again.posted_count) == (3, 0)
