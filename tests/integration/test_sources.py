"""CASH-077: money for a miscellaneous source is with its fund, and the day ties with it."""

from county import DAY, PATIENCE_SECONDS, County, cash, line

from millage.cashiering.v1 import cashiering_pb2 as counter_pb
from millage.cashiering.v1 import sources_pb2
from millage.cashiering.v1.cashiering_pb2 import Session
from millage.cashiering.v1.sources_pb2_grpc import SourcesServiceStub
from millage.distribution.v1 import distribution_pb2
from millage_cli.client import new_key
from millage_cli.tieout import tie_out_within


def _dogs(county: County) -> None:
    source = sources_pb2.Source(
        source_code="DOGS",
        effective_from="2018-01-01",
        name="Dog license",
        amount_mode=sources_pb2.AMOUNT_MODE_FLAT,
        amount_cents=15_00,
        credit_fund="100",
        credit_account="4711",
    )
    SourcesServiceStub(county.clerk.channel("cashiering")).SetSource(
        sources_pb2.SetSourceRequest(idempotency_key="dogs", source=source)
    )


def test_cash_077_a_bill_and_a_dog_are_paid_at_once_and_the_day_ties(
    county: County, session: Session
):
    """Forth and back: the fund has the dog's money, then gives it back; no service waits."""
    _dogs(county)
    before = tie_out_within(county.office, DAY, PATIENCE_SECONDS)
    bill = county.bills["09274240240000", 2019]
    receipt = county.clerk.cashiering.PostPayment(
        counter_pb.PostPaymentRequest(
            idempotency_key=new_key(),
            session_id=session.session_id,
            payer=counter_pb.Payer(name="Ottoline Dragomir", email="payer@example.org"),
            lines=[line(bill, 20_00)],
            source_lines=[sources_pb2.SourceEntry(source_code="DOGS")],
            tenders=[cash(35_00)],
        )
    )
    county.receipts.append(receipt)
    county.followed(receipt)
    paid = tie_out_within(county.office, DAY, PATIENCE_SECONDS)
    assert paid.holds
    assert paid.legs.fund_cents - before.legs.fund_cents == 15_00
    funds = county.office.distribution.ListFundTotals(
        distribution_pb2.ListFundTotalsRequest(from_date=DAY, to_date=DAY)
    ).funds
    assert [(one.fund, one.account, one.source_code) for one in funds] == [("100", "4711", "DOGS")]

    county.reverse(receipt, "the dog ran away")
    county.followed(receipt)
    after = tie_out_within(county.office, DAY, PATIENCE_SECONDS)
    assert after.holds
    assert after.legs.fund_cents == before.legs.fund_cents
