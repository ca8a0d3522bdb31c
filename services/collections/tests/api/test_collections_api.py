"""Collections over gRPC: what callers are told, and how they are refused."""

from collections.abc import Iterator
from uuid import UUID

import grpc
import pytest

from collections_service.bootstrap import SPEC, CollectionsApp
from millage.collections.v1 import collections_pb2 as pb
from millage.collections.v1.collections_pb2_grpc import CollectionsServiceStub
from taxkit import testing

KEYS = testing.make_keys()
READER = testing.bearer(KEYS.token("collections.read"))
FIRST, SECOND = "2022-03-01", "2022-12-30"


@pytest.fixture
def stub(app: CollectionsApp) -> Iterator[CollectionsServiceStub]:
    with testing.server(SPEC, app, KEYS) as channel:
        yield CollectionsServiceStub(channel)


@pytest.fixture
def known(app: CollectionsApp, balance, bill_id: UUID) -> str:
    """A bill with both installments open, last heard of on March 31, 2023."""
    app.consumer.absorb("on_balance_changed", [balance(bill_id, 1, [(FIRST, 500), (SECOND, 600)])])
    return str(bill_id)


def test_a_bill_is_aged_as_of_its_newest_balance(stub: CollectionsServiceStub, known: str) -> None:
    """COLL-002: each open installment with its age, and what each receipt did."""
    found = stub.GetBillAging(pb.GetBillAgingRequest(bill_id=known), metadata=READER)

    assert (known, "13264290020000", 2021) == (found.bill_id, found.parcel_number, found.tax_year)
    assert found.bucket == "over-90"
    assert [
        (each.installment, each.due_on, each.open_cents, each.days_past_due, each.bucket)
        for each in found.installments
    ] == [(1, FIRST, 500, 395, "over-90"), (2, SECOND, 600, 91, "over-90")]
    assert [
        (
            each.receipt_id,
            each.bucket_before,
            each.bucket_after,
            each.open_before_cents,
            each.open_after_cents,
            each.as_of,
            each.cause,
        )
        for each in found.changes
    ] == [("", "settled", "over-90", 0, 1100, "2023-03-31", "payment")]


def test_a_bill_may_be_aged_as_of_another_day(stub: CollectionsServiceStub, known: str) -> None:
    """One day earlier the second installment was 90 days old."""
    asked = pb.GetBillAgingRequest(bill_id=known, as_of="2023-03-30")
    found = stub.GetBillAging(asked, metadata=READER)

    assert [each.days_past_due for each in found.installments] == [394, 90]
    assert [each.bucket for each in found.installments] == ["over-90", "61-90"]


def test_coll_003_the_report_is_of_today_and_of_all_years(
    stub: CollectionsServiceStub, known: str
) -> None:
    """With nothing asked for."""
    found = stub.GetAgingReport(pb.GetAgingReportRequest(), metadata=READER)

    assert found.as_of == "2023-03-31"
    assert [(each.bucket, each.amount_cents, each.account_count) for each in found.buckets] == [
        ("0-30", 0, 0),
        ("31-60", 0, 0),
        ("61-90", 0, 0),
        ("over-90", 1100, 1),
    ]
    assert (found.total_cents, found.account_count, found.not_yet_due_cents) == (1100, 1, 0)


@pytest.mark.parametrize(
    ("tax_year", "prior", "expected"),
    [(2021, False, 1100), (2022, False, 0), (2022, True, 1100), (2020, True, 0), (0, True, 1100)],
)
def test_the_report_is_narrowed_to_a_tax_year(
    stub: CollectionsServiceStub, known: str, tax_year: int, prior: bool, expected: int
) -> None:
    """COLL-001: one tax year, or it and those before it."""
    asked = pb.GetAgingReportRequest(tax_year=tax_year, include_prior_years=prior)

    assert expected == stub.GetAgingReport(asked, metadata=READER).total_cents


def test_what_is_not_yet_due_stands_apart(stub: CollectionsServiceStub, known: str) -> None:
    """Q-04: it is not in any bucket, nor in the total."""
    asked = pb.GetAgingReportRequest(as_of="2022-12-29")
    found = stub.GetAgingReport(asked, metadata=READER)

    assert (found.total_cents, found.not_yet_due_cents) == (500, 600)


@pytest.mark.parametrize(
    ("asked", "code", "reason"),
    [
        ({"bill_id": "nonsense"}, "INVALID_ARGUMENT", "ID_INVALID"),
        ({}, "INVALID_ARGUMENT", "ID_INVALID"),
        ({"as_of": "03/31/2023"}, "INVALID_ARGUMENT", "DATE_INVALID"),
        ({"as_of": "1999-01-01"}, "FAILED_PRECONDITION", "NO_LAW_IN_FORCE"),
        ({"bill_id": "01937c3e-0000-7000-8000-000000000001"}, "NOT_FOUND", "BILL_NOT_FOUND"),
    ],
)
def test_a_question_about_a_bill_is_refused_with_its_reason(
    stub: CollectionsServiceStub, known: str, asked: dict, code: str, reason: str
) -> None:
    """Each refusal has a code a program can read."""
    given = {"bill_id": known, **asked} if asked else {}
    with pytest.raises(grpc.RpcError) as refused:
        stub.GetBillAging(pb.GetBillAgingRequest(**given), metadata=READER)

    assert (code, reason) == (refused.value.code().name, testing.reason_of(refused.value))


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"as_of": "2023-02-30"}, "DATE_INVALID"),
        ({"as_of": "0001-01-01"}, "DATE_OUT_OF_RANGE"),
        ({"as_of": "1900-01-01"}, "NO_LAW_IN_FORCE"),
        ({"tax_year": -2021}, "TAX_YEAR_INVALID"),
        ({"tax_year": 20210}, "TAX_YEAR_INVALID"),
    ],
)
def test_a_report_is_refused_with_its_reason(
    stub: CollectionsServiceStub, asked: dict, reason: str
) -> None:
    """Each refusal has a code a program can read."""
    with pytest.raises(grpc.RpcError) as refused:
        stub.GetAgingReport(pb.GetAgingReportRequest(**asked), metadata=READER)

    assert reason == testing.reason_of(refused.value)


@pytest.mark.parametrize(
    ("metadata", "code", "reason"),
    [
        (testing.bearer(KEYS.token("taxsale.read")), "PERMISSION_DENIED", "FORBIDDEN"),
        (testing.bearer(KEYS.expired_token("*")), "UNAUTHENTICATED", "TOKEN_EXPIRED"),
        (testing.bearer("not a token"), "UNAUTHENTICATED", "TOKEN_INVALID"),
    ],
)
def test_nobody_reads_without_the_right(
    stub: CollectionsServiceStub, known: str, metadata, code: str, reason: str
) -> None:
    """Both methods want collections.read."""
    for call, request in (
        (stub.GetBillAging, pb.GetBillAgingRequest(bill_id=known)),
        (stub.GetAgingReport, pb.GetAgingReportRequest()),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            call(request, metadata=metadata)
        assert (code, reason) == (refused.value.code().name, testing.reason_of(refused.value))
