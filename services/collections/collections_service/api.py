"""Collections' gRPC servicer: translate, ask, translate back."""

from typing import Any

import grpc
from typing_extensions import override

from collections_service import holds_api, overdue_api, queries
from collections_service.bootstrap import CollectionsApp
from collections_service.domain import coded
from collections_service.domain.aging import OpenInstallment, age_days, bucket_of
from collections_service.exceptions import api as exceptions_api
from collections_service.notices import api as notices_api
from collections_service.queries import BillAging
from millage.collections.v1 import collections_pb2 as pb
from millage.collections.v1 import collections_pb2_grpc as stubs
from taxkit import requests, rpc
from taxkit.auth import requires


class CollectionsServicer(stubs.CollectionsServiceServicer):
    def __init__(self, app: CollectionsApp) -> None:
        self._app = app

    @requires("collections.read")
    @override
    def GetBillAging(
        self, request: pb.GetBillAgingRequest, context: grpc.ServicerContext
    ) -> pb.BillAging:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        as_of = requests.optional_date(request.as_of, "as_of")
        found = queries.bill_aging(self._app, bill_id, as_of)
        return pb.BillAging(
            bill_id=str(bill_id),
            parcel_number=found.bill.parcel_number,
            tax_year=found.bill.tax_year,
            bucket=found.bucket,
            installments=[_installment(each, found) for each in found.installments],
            changes=[_change(row) for row in found.changes],
            codes=[each.code for each in found.codes],
            exported=coded.is_exported(found.codes),
            delinquent_notices=coded.delinquent_notices(found.codes),
            stays=found.stays,
        )

    @requires("collections.read")
    @override
    def GetAgingReport(
        self, request: pb.GetAgingReportRequest, context: grpc.ServicerContext
    ) -> pb.AgingReport:
        as_of = requests.optional_date(request.as_of, "as_of") or self._app.clock.today()
        found = queries.aging_report(
            self._app,
            as_of,
            requests.tax_year_or_all(request.tax_year),
            include_prior_years=request.include_prior_years,
            without_plans=request.without_plans,
        )
        return pb.AgingReport(
            as_of=as_of.isoformat(),
            buckets=[
                pb.AgingBucket(
                    bucket=each.code,
                    amount_cents=each.amount_cents,
                    account_count=each.account_count,
                )
                for each in found.buckets
            ],
            total_cents=found.total_cents,
            account_count=found.account_count,
            not_yet_due_cents=found.not_yet_due_cents,
        )


def servicers(app: CollectionsApp) -> list[rpc.Servicer]:
    return [
        rpc.Servicer(
            CollectionsServicer(app),
            stubs.add_CollectionsServiceServicer_to_server,
            "millage.collections.v1.CollectionsService",
        ),
        overdue_api.servicer(app),
        holds_api.servicer(app),
        exceptions_api.servicer(app),
        notices_api.servicer(app),
    ]


def _installment(given: OpenInstallment, aging: BillAging) -> pb.InstallmentAge:
    return pb.InstallmentAge(
        installment=given.installment,
        due_on=given.due_on.isoformat(),
        open_cents=given.open_cents,
        days_past_due=age_days(given.due_on, aging.as_of),
        bucket=bucket_of(given, aging.terms, aging.as_of),
    )


def _change(row: Any) -> pb.AgingChange:
    return pb.AgingChange(
        receipt_id=str(row.receipt_id) if row.receipt_id else "",
        bucket_before=row.bucket_before,
        bucket_after=row.bucket_after,
        open_before_cents=row.open_before_cents,
        open_after_cents=row.open_after_cents,
        as_of=row.as_of.isoformat(),
        cause=row.cause,
    )
