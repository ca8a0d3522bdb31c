"""Receivables' gRPC servicer for the orders of allocation, and what they would do."""

from datetime import date

import grpc
from typing_extensions import override

from millage.receivables.v1 import allocation_pb2 as pb
from millage.receivables.v1 import allocation_pb2_grpc as stubs
from receivables_service.allocation import previews
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.domain.changes import AllocatedRow
from receivables_service.domain.facts import Allotment, AllottedRow
from receivables_service.domain.terms import AllocationTerm, ChargeType, CollectionType
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid

_CODE_MAX = 60
_ROWS_MAX = 500


class AllocationServicer(stubs.AllocationServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.read")
    @override
    def ListAllocationRules(
        self, request: pb.ListAllocationRulesRequest, context: grpc.ServicerContext
    ) -> pb.ListAllocationRulesResponse:
        on = requests.optional_date(request.on, "on") or self._app.clock.today()
        found = self._app.terms.allocation_rules.at(on)
        return pb.ListAllocationRulesResponse(
            rules=[
                _rule(code, rule, [one for one, own in found.services.items() if own == code])
                for code, rule in found.rules.items()
            ]
        )

    @requires("receivables.read")
    @override
    def PreviewAllocation(
        self, request: pb.PreviewAllocationRequest, context: grpc.ServicerContext
    ) -> pb.PreviewAllocationResponse:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        cents = requests.positive_cents(request.amount_cents, "amount_cents")
        on = self._day(request.effective_on)
        allotment = _allotment(request, cents)
        app = self._app
        with app.database.begin() as connection:
            found = previews.preview(
                connection, app.terms, app.clock, bill_id, cents, on, allotment
            )
        return pb.PreviewAllocationResponse(
            rows=map(_row, found.rows),
            surplus_cents=found.surplus_cents,
            open_cents=found.open_cents,
        )

    def _day(self, text: str) -> date:
        today = self._app.clock.today()
        on = requests.optional_date(text, "effective_on") or today
        if on > today:
            raise invalid("DATE_IN_FUTURE", f"{on} is after today, {today}", "effective_on")
        return on


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        AllocationServicer(app),
        stubs.add_AllocationServiceServicer_to_server,
        "millage.receivables.v1.AllocationService",
    )


def _allotment(request: pb.PreviewAllocationRequest, cents: int) -> Allotment:
    if len(request.by_hand) > _ROWS_MAX:
        raise invalid("TOO_MANY_ROWS", f"at most {_ROWS_MAX} rows", "by_hand")
    rows = tuple(_allotted(one) for one in request.by_hand)
    if sum(row.amount_cents for row in rows) > cents:
        raise invalid("ROWS_EXCEED_AMOUNT", "the rows are more than the payment", "by_hand")
    return Allotment(
        requests.plain_text(request.rule, "rule", _CODE_MAX),
        requests.plain_text(request.service, "service", _CODE_MAX),
        rows,
    )


def _allotted(one: pb.AllottedAmount) -> AllottedRow:
    try:
        charge_type = ChargeType(one.charge_type)
    except ValueError:
        raise invalid("CHARGE_TYPE_INVALID", f"{one.charge_type!r}", "by_hand") from None
    cents = requests.positive_cents(one.amount_cents, "by_hand")
    if one.collection_type not in ("", *CollectionType):
        raise invalid("COLLECTION_TYPE_INVALID", f"{one.collection_type!r}", "by_hand")
    return AllottedRow(
        one.installment,
        charge_type,
        cents,
        requests.plain_text(one.charge_code, "by_hand", _CODE_MAX),
        CollectionType(one.collection_type) if one.collection_type else None,
        requests.plain_text(one.fund, "by_hand", _CODE_MAX),
    )


def _rule(code: str, rule: AllocationTerm, services: list[str]) -> pb.AllocationRule:
    return pb.AllocationRule(
        code=code,
        rule_id=rule.rule_id,
        keys=[each.value for each in rule.keys],
        charge_types=[each.value for each in rule.charge_types],
        collection_types=[each.value for each in rule.collection_types],
        charge_codes=rule.charge_codes,
        funds=rule.funds,
        services=services,
    )


def _row(row: AllocatedRow) -> pb.PreviewedRow:
    return pb.PreviewedRow(
        installment=row.installment,
        charge_type=row.charge_type.value,
        charge_code=row.charge_code,
        collection_type=row.collection_type.value,
        amount_cents=row.amount_cents,
        rule_id=row.rule_id,
        fund=row.subcode,
    )
