"""A bill is corrected while it is paid: ledger, authorities and owner all hear of it."""

from county import County, cash, eventually, line
from test_notices import mail_to

from millage.cashiering.v1.cashiering_pb2 import Session
from millage.levy.v1 import corrections_pb2
from millage.receivables.v1 import receivables_pb2
from millage.reports.v1 import reports_pb2
from millage_cli.client import new_key
from millage_cli.explaining import explain_receipt
from taxkit.money import format_cents

OWNER = "m.oyelaran@example.org"


def test_levy_003_a_correction_reaches_ledger_authorities_and_owner(
    county: County, session: Session
) -> None:
    """10 % off a bill that is paid in part: what is open, whose shares, what the owner reads."""
    bill = county.bills["03341210100000", 2020]
    receipt = county.pay(session, [line(bill, 10_00)], [cash(10_00)])
    county.followed(receipt)
    assessor = county.client("ada", ["assessor"])
    total = bill.total_cents * 9 // 10
    answer = assessor.corrections.CorrectBill(
        corrections_pb2.CorrectBillRequest(
            idempotency_key=new_key(),
            bill_id=bill.bill_id,
            expected_version=bill.bill_version,
            reason="Homeowner exemption granted",
            total_cents=total,
        )
    )
    assessor.close()

    assert answer.bill.total_cents == total
    asked = receivables_pb2.GetBillRequest(bill_id=bill.bill_id)
    eventually(
        lambda: sum(
            part.tax_charged_cents
            for part in county.office.receivables.GetBill(asked).quote.installments
        ),
        lambda charged: charged == total,
    )
    explained = explain_receipt(county.office, receipt.receipt_number, 1)
    assert {row.fact.receipt_id for row in explained.rows} == {receipt.receipt_id}
    assert sum(share.amount_cents for share in explained.shares) == 10_00
    about = f"Corrected tax bill {bill.bill_number}"
    (mail,) = eventually(
        lambda: [one for one in mail_to(county, OWNER) if str(one["Subject"]) == about], bool
    )
    assert format_cents(total) in mail.get_body(("plain",)).get_content()


def test_a_statement_of_the_running_county_is_sealed(county: County, session: Session) -> None:
    """Run, paid on, read again: the same rows; a new run has the payment."""
    bill = county.bills["28193130040000", 2021]
    reports = county.office.reports("receivables")
    request = reports_pb2.RunReportRequest(
        idempotency_key=new_key(),
        report="account-statement",
        parameters={"parcel_number": bill.parcel_number},
    )
    first = reports.RunReport(request)
    receipt = county.pay(session, [line(bill, 7_00)], [cash(7_00)])
    county.followed(receipt)
    read = reports_pb2.ReadReportRequest(run_id=first.run_id, format="pdf")
    head, *parts = reports.ReadReport(read)

    assert head.run.rows_sha256 == first.rows_sha256
    assert b"".join(part.content for part in parts).startswith(b"%PDF-")
    request.idempotency_key = new_key()
    assert reports.RunReport(request).row_count > first.row_count
