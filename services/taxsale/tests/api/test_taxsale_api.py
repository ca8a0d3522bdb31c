"""Taxsale over gRPC: what callers are told, and how they are refused."""

from collections.abc import Iterator
from uuid import UUID

import grpc
import pytest

from millage.taxsale.v1 import taxsale_pb2 as pb
from millage.taxsale.v1.taxsale_pb2_grpc import TaxsaleServiceStub
from taxkit import ids, testing
from taxsale_service.bootstrap import SPEC, TaxsaleApp

KEYS = testing.make_keys()
READER = testing.bearer(KEYS.token("taxsale.read"))
FIRST, SECOND = "2022-03-01", "2022-12-30"
RULES = "us-il-cook/taxsale"


@pytest.fixture
def stub(app: TaxsaleApp) -> Iterator[TaxsaleServiceStub]:
    with testing.server(SPEC, app, KEYS) as channel:
        yield TaxsaleServiceStub(channel)


@pytest.fixture
def known(app: TaxsaleApp, balance, bill_id: UUID) -> str:
    """A bill with both installments open, last heard of on March 31, 2023."""
    app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, [(FIRST, 500), (SECOND, 600)])])
    return str(bill_id)


def test_a_standing_is_as_of_the_newest_balance(stub: TaxsaleServiceStub, known: str) -> None:
    """With the rule that says so, and what each receipt did."""
    found = stub.GetSaleStanding(pb.GetSaleStandingRequest(bill_id=known), metadata=READER)

    assert (known, "13264290020000", 2021) == (found.bill_id, found.parcel_number, found.tax_year)
    assert (
        found.standing,
        found.open_cents,
        found.eligible_from,
    ) == ("delinquent", 1100, "2023-12-30")
    assert f"{RULES}/delinquency/2010" == found.rule_id
    assert [
        (each.receipt_id, each.standing_before, each.standing_after, each.as_of, each.cause)
        for each in found.changes
    ] == [("", "settled", "delinquent", "2023-03-31", "payment")]


@pytest.mark.parametrize(
    ("as_of", "standing", "rule"),
    [
        ("2022-03-01", "current", "delinquency/2010"),
        ("2022-03-02", "delinquent", "delinquency/2010"),
        ("2023-12-30", "sale_eligible", "sale_eligibility/2018"),
        ("2199-12-31", "sale_eligible", "sale_eligibility/2018"),
        ("1900-01-01", "current", "delinquency/2010"),
    ],
)
def test_a_standing_may_be_asked_for_another_day(
    stub: TaxsaleServiceStub, known: str, as_of: str, standing: str, rule: str
) -> None:
    """As if what is open now had been open then."""
    asked = pb.GetSaleStandingRequest(bill_id=known, as_of=as_of)
    found = stub.GetSaleStanding(asked, metadata=READER)

    assert (standing, f"{RULES}/{rule}") == (found.standing, found.rule_id)


def test_a_settled_bill_is_eligible_from_no_day(
    stub: TaxsaleServiceStub, app: TaxsaleApp, balance, bill_id: UUID
) -> None:
    """SALE-036: paid is off the list."""
    app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, [(FIRST, 0), (SECOND, 0)])])
    asked = pb.GetSaleStandingRequest(bill_id=str(bill_id))
    found = stub.GetSaleStanding(asked, metadata=READER)

    assert (found.standing, found.open_cents, found.eligible_from) == ("settled", 0, "")


def test_eligible_bills_are_listed_page_by_page(
    stub: TaxsaleServiceStub, app: TaxsaleApp, balance
) -> None:
    """Each once, none that is paid, none whose time has not come; every page but the last full."""
    owed = sorted(ids.new_id() for _ in range(5))
    bodies = [balance(bill, 1, [(FIRST, 500), (SECOND, 600)]) for bill in owed]
    bodies.append(balance(ids.new_id(), 1, [(FIRST, 0), (SECOND, 0)]))
    bodies.append(balance(ids.new_id(), 1, [("2023-04-03", 5), ("2023-12-31", 6)], tax_year=2022))
    app.consumer.absorb("on_balance_changed", bodies)
    pages, token = [], ""
    while not pages or token:
        asked = pb.ListEligibleRequest(as_of="2023-12-30", page_size=2, page_token=token)
        page = stub.ListEligible(asked, metadata=READER)
        pages.append([each.bill_id for each in page.items])
        token = page.next_page_token

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [str(bill) for bill in owed] == [bill for page in pages for bill in page]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, 0),
        ({"as_of": "2023-12-29"}, 0),
        ({"as_of": "2023-12-30"}, 1),
        ({"as_of": "2023-12-30", "tax_year": 2021}, 1),
        ({"as_of": "2023-12-30", "tax_year": 2020}, 0),
    ],
)
def test_the_list_is_of_a_day_and_of_a_year(
    stub: TaxsaleServiceStub, known: str, asked: dict, expected: int
) -> None:
    """Today and every year when nothing is asked for."""
    found = stub.ListEligible(pb.ListEligibleRequest(**asked), metadata=READER)

    assert (expected, "") == (len(found.items), found.next_page_token)


@pytest.mark.parametrize(
    ("asked", "code", "reason"),
    [
        ({"bill_id": "nonsense"}, "INVALID_ARGUMENT", "ID_INVALID"),
        ({}, "INVALID_ARGUMENT", "ID_INVALID"),
        ({"as_of": "12/30/2023"}, "INVALID_ARGUMENT", "DATE_INVALID"),
        ({"bill_id": "01937c3e-0000-7000-8000-000000000001"}, "NOT_FOUND", "BILL_NOT_FOUND"),
    ],
)
def test_a_question_about_a_bill_is_refused_with_its_reason(
    stub: TaxsaleServiceStub, known: str, asked: dict, code: str, reason: str
) -> None:
    """Each refusal has a code a program can read."""
    given = {"bill_id": known, **asked} if asked else {}
    with pytest.raises(grpc.RpcError) as refused:
        stub.GetSaleStanding(pb.GetSaleStandingRequest(**given), metadata=READER)

    assert (code, reason) == (refused.value.code().name, testing.reason_of(refused.value))


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"as_of": "2023-02-30"}, "DATE_INVALID"),
        ({"tax_year": -1}, "TAX_YEAR_INVALID"),
        ({"tax_year": 1999}, "NO_LAW_IN_FORCE"),
        ({"page_token": "2021"}, "PAGE_TOKEN_INVALID"),
        ({"page_token": "x/01937c3e-0000-7000-8000-000000000001"}, "PAGE_TOKEN_INVALID"),
        ({"page_token": "99999/01937c3e-0000-7000-8000-000000000001"}, "PAGE_TOKEN_INVALID"),
    ],
)
def test_a_list_is_refused_with_its_reason(
    stub: TaxsaleServiceStub, asked: dict, reason: str
) -> None:
    """A token that is not ours never starts the list again from its beginning."""
    with pytest.raises(grpc.RpcError) as refused:
        stub.ListEligible(pb.ListEligibleRequest(**asked), metadata=READER)

    assert reason == testing.reason_of(refused.value)


@pytest.mark.parametrize(
    ("metadata", "code", "reason"),
    [
        (testing.bearer(KEYS.token("collections.read")), "PERMISSION_DENIED", "FORBIDDEN"),
        (testing.bearer(KEYS.expired_token("*")), "UNAUTHENTICATED", "TOKEN_EXPIRED"),
        (testing.bearer("not a token"), "UNAUTHENTICATED", "TOKEN_INVALID"),
    ],
)
def test_nobody_reads_without_the_right(
    stub: TaxsaleServiceStub, known: str, metadata, code: str, reason: str
) -> None:
    """Both methods want taxsale.read."""
    for call, request in (
        (stub.GetSaleStanding, pb.GetSaleStandingRequest(bill_id=known)),
        (stub.ListEligible, pb.ListEligibleRequest()),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            call(request, metadata=metadata)
        assert (code, reason) == (refused.value.code().name, testing.reason_of(refused.value))
