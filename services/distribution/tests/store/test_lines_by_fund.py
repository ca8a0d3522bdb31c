"""DIST-001: shares by agency and fund, and by agency as ever."""

import pytest

from distribution_service import queries, tieout
from millage.distribution.v1 import distribution_pb2 as pb
from millage.distribution.v1 import distribution_pb2_grpc as stubs
from taxkit import metrics, testing
from taxkit.ids import new_id

COUNTY = "010010000"


@pytest.fixture
def by_fund(neighbours):
    """A bill of the county's two funds and of an agency without any."""

    def make(bill, **changes) -> str:
        lines = [("general", 600, COUNTY), ("debt", 400, COUNTY), ("", 300, "020120000")]
        components = [
            {"agency_code": code, "agency_name": f"Agency {code}", "amount_cents": cents}
            | ({"fund": fund} if fund else {})
            for fund, cents, code in lines
        ]
        changes = {"components": components, "total_cents": 1_300} | changes
        return neighbours.bill_created(bill, **changes)

    return make


def _rows(receipt, *amounts: tuple[int, str]) -> list[dict]:
    return [
        {
            "receipt_id": str(receipt), "installment": 1, "charge_type": "tax",
            "collection_type": "S", "amount_cents": cents, "rule_id": "by-hand",
            **({"fund": fund} if fund else {}),
        }
        for cents, fund in amounts
    ]  # fmt: skip


def test_dist_001_a_bills_lines_by_fund_are_paid_to_the_cent(
    app, neighbours, by_fund, channel, keys
) -> None:
    """By hand on one fund, the rest by the ledger; the agency's total is its funds'."""
    bill, receipt = new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", by_fund(bill))
    neighbours.absorb(
        app, "on_payment_posted", neighbours.payment_posted(receipt, 1_300, session_id=new_id())
    )
    rows = _rows(receipt, (400, f"{COUNTY}/debt"), (600, f"{COUNTY}/general"), (300, "/"))
    body = neighbours.allocated(bill, 2, (receipt, "tax", 1), rows=rows)
    neighbours.absorb(app, "on_payment_allocated", body)

    stub = stubs.DistributionServiceStub(channel)
    metadata = testing.bearer(keys.token("distribution.read"))
    asked = {"from_date": neighbours.DAY, "to_date": neighbours.DAY}
    funds = stub.ListAgencyTotals(
        pb.ListAgencyTotalsRequest(**asked, by_fund=True), metadata=metadata
    ).agencies
    assert [(each.agency_code, each.fund_code, each.shared_cents) for each in funds] == [
        (COUNTY, "debt", 400),
        (COUNTY, "general", 600),
        ("020120000", "", 300),
    ]
    agencies = stub.ListAgencyTotals(pb.ListAgencyTotalsRequest(**asked), metadata=metadata)
    assert [
        (each.agency_name, each.fund_code, each.shared_cents) for each in agencies.agencies
    ] == [
        (f"Agency {COUNTY}", "", 1_000),
        ("Agency 020120000", "", 300),
    ]
    shares = stub.GetShares(pb.GetSharesRequest(receipt_id=str(receipt)), metadata=metadata).shares
    assert {(each.agency_name, each.fund_code, each.amount_cents) for each in shares} == {
        (f"Agency {COUNTY}", "debt", 400),
        (f"Agency {COUNTY}", "general", 600),
        ("Agency 020120000", "", 300),
    }
    (told,) = testing.emitted(app)
    assert told["data"]["agency_count"] == 2


def test_dist_001_money_before_the_bill_finds_its_funds(app, neighbours, by_fund) -> None:
    """What was allocated first is kept with its fund, and shared when the lines come."""
    bill, receipt = new_id(), new_id()
    rows = _rows(receipt, (400, f"{COUNTY}/debt"), (10, "/"))
    body = neighbours.allocated(bill, 2, (receipt, "tax", 1), rows=rows)
    neighbours.absorb(app, "on_payment_allocated", body)
    neighbours.absorb(app, "on_bill_created", by_fund(bill))
    assert neighbours.shares(app, bill_id=bill) == {f"{COUNTY}/debt": 400, "020120000": 10}


def test_dist_001_the_tie_out_holds_by_agency_and_in_all(app, neighbours, by_fund) -> None:
    """Bills with funds and without on one day."""
    one, other, receipt = new_id(), new_id(), new_id()
    neighbours.absorb(app, "on_bill_created", by_fund(one), neighbours.bill_created(other))
    neighbours.absorb(
        app, "on_payment_posted", neighbours.payment_posted(receipt, 9_000, session_id=new_id())
    )
    rows = _rows(receipt, (77, f"{COUNTY}/debt"), (10, "/"))
    neighbours.absorb(
        app,
        "on_payment_allocated",
        neighbours.allocated(one, 2, (receipt, "tax", 1), rows=rows),
        neighbours.allocated(other, 2, (receipt, "tax", 8_000)),
    )
    tieout.measure(app)
    assert metrics.TIEOUT_DIFFERENCE_CENTS.labels("shares")._value.get() == 0
    with app.database.begin() as connection:
        day = queries.newest_business_date(connection)
        sums = [
            sum(row.shared_cents for row in queries.agency_totals(connection, day, day, by_fund=by))
            for by in (True, False)
        ]
    assert sums == [8_087, 8_087]


def test_an_agencys_fund_twice_is_parked(app, neighbours, by_fund) -> None:
    twice = [
        {"agency_code": COUNTY, "agency_name": "C", "amount_cents": 650, "fund": "debt"}
        for _ in range(2)
    ]
    neighbours.absorb(app, "on_bill_created", by_fund(new_id(), components=twice))
    assert [reason for reason, _ in testing.parked(app)] == ["AGENCY_TWICE"]


def test_dist_001_shares_name_their_funds_whenever_levy_tells_it(
    app, neighbours, by_fund, channel, keys
) -> None:
    """Before or after the money; of two years the newer one's name counts, in any order."""
    bill, receipt = new_id(), new_id()

    def named(name: str, year: int, fund: str = "debt") -> str:
        data = {"agency_code": COUNTY, "fund_code": fund, "fund_name": name, "tax_year": year}
        kind = "org.millage.levy.FundNamed.v1"
        return testing.foreign_event(kind, f"fund/{COUNTY}/{fund}", data, sequence=year)

    neighbours.absorb(app, "on_fund_named", named("Debt service", 2022), named("Bonds", 2021))
    neighbours.absorb(app, "on_bill_created", by_fund(bill))
    neighbours.absorb(
        app, "on_payment_posted", neighbours.payment_posted(receipt, 1_300, session_id=new_id())
    )
    rows = _rows(receipt, (400, f"{COUNTY}/debt"), (600, f"{COUNTY}/general"), (300, "/"))
    body = neighbours.allocated(bill, 2, (receipt, "tax", 1), rows=rows)
    neighbours.absorb(app, "on_payment_allocated", body)
    neighbours.absorb(app, "on_fund_named", named("General fund", 2021, "general"))
    neighbours.absorb(app, "on_fund_named", named("Old debt", 2020))

    stub = stubs.DistributionServiceStub(channel)
    metadata = testing.bearer(keys.token("distribution.read"))
    asked = {"from_date": neighbours.DAY, "to_date": neighbours.DAY}
    totals = stub.ListAgencyTotals(
        pb.ListAgencyTotalsRequest(**asked, by_fund=True), metadata=metadata
    )
    assert [(one.fund_code, one.fund_name, one.shared_cents) for one in totals.agencies] == [
        ("debt", "Debt service", 400), ("general", "General fund", 600), ("", "", 300),
    ]  # fmt: skip
    shares = stub.GetShares(pb.GetSharesRequest(receipt_id=str(receipt)), metadata=metadata)
    assert {(one.fund_code, one.fund_name) for one in shares.shares} == {
        ("debt", "Debt service"), ("general", "General fund"), ("", ""),
    }  # fmt: skip
