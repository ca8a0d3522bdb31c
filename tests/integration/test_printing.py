"""CASH-058, CASH-059: receipts of a closed drawer are printed by cashiering's own worker."""

from county import DAY, County, cash, eventually, line

from millage.cashiering.v1 import receipts_pb2 as pb
from millage.cashiering.v1.receipts_pb2_grpc import ReceiptsServiceStub
from millage.reports.v1 import reports_pb2
from millage_cli import counter


def test_cash_059_a_workers_timer_prints_what_waits(county: County):
    """The job is watched until it is done; what was printed is a PDF to hand over."""
    session = county.open_session("WINDOW-PRINT")
    county.pay(session, [line(county.bills["09274240240000", 2019], 10_00)], [cash(10_00)])
    found = counter.show_session(county.clerk, session.session_id)
    counter.close_session(county.clerk, session.session_id, counter.as_expected(found))
    stub = ReceiptsServiceStub(county.clerk.channel("cashiering"))
    asked = pb.StartPrintingRequest(
        idempotency_key=f"print {session.session_id}", from_on=DAY, to_on=DAY
    )
    job = stub.StartPrinting(asked)

    done = eventually(
        lambda: stub.GetPrintJob(pb.GetPrintJobRequest(job_id=job.job_id)),
        lambda one: one.state == pb.PRINT_STATE_DONE,
    )
    (part,) = [one for one in done.sessions if one.session_id == session.session_id]
    request = reports_pb2.ReadReportRequest(run_id=part.run_id, format="pdf")
    pieces = county.clerk.reports("cashiering").ReadReport(request)

    assert b"".join(one.content for one in pieces).startswith(b"%PDF")
