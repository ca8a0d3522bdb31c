"""Explains the ledger over gRPC."""

import json
from typing import Any

import grpc

from millage.receivables.v1 import explain_pb2 as pb
from millage.receivables.v1 import explain_pb2_grpc as stubs
from receivables_service import fact_files, store
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.credits import kept
from receivables_service.domain.facts import BillIssued
from receivables_service.grounds import Grounds
from receivables_service.reports import explaining
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid, not_found


class ExplainServicer(stubs.ExplainServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.read")
    def Explain(
        self, request: pb.ExplainRequest, context: grpc.ServicerContext
    ) -> pb.ExplainResponse:
        subject = request.WhichOneof("subject")
        if subject is None:
            raise invalid("EXPLAIN_WHAT", "name a bill or a receipt", "subject")
        subject_id = requests.required_id(getattr(request, subject), subject)
        line = request.receipt_line
        if line < 0 or (line and subject == "bill_id"):
            raise invalid("LINE_INVALID", "a line from 1 on, of a receipt", "receipt_line")
        with self._app.database.begin() as connection:
            if subject == "bill_id":
                rows = explaining.of_bill(connection, subject_id)
            else:
                rows = explaining.of_receipt(connection, subject_id, line)
            facts = explaining.facts_of(connection, rows)
            bills = {row.bill_id for row in rows if row.bill_id is not None}
            credited = kept.of_bills(connection, list(bills))
        return pb.ExplainResponse(
            rows=(_row(row, facts, self._app.grounds) for row in rows),
            credits=map(_credit, credited),
        )

    @requires("receivables.read")
    def WriteFacts(
        self, request: pb.WriteFactsRequest, context: grpc.ServicerContext
    ) -> pb.FactFile:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        with self._app.database.begin() as connection:
            known = store.facts_of_bills(connection, [bill_id])[bill_id]
        if not any(isinstance(one.fact, BillIssued) for one in known):
            raise not_found("BILL_NOT_FOUND", f"receivables has not heard of bill {bill_id}")
        document = fact_files.written(one.fact for one in known)
        return pb.FactFile(
            document=json.dumps(document, indent=1),
            jurisdiction=self._app.settings.jurisdiction,
            pack_version=self._app.terms.pack_version,
        )


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        ExplainServicer(app),
        stubs.add_ExplainServiceServicer_to_server,
        "millage.receivables.v1.ExplainService",
    )


def _row(row: Any, facts: dict[Any, Any], grounds: Grounds) -> pb.ExplainedRow:
    ground = grounds.of(row.rule_id)
    return pb.ExplainedRow(
        posting_id=str(row.posting_id),
        posting_kind=row.posting_kind,
        business_date=row.business_date.isoformat(),
        recorded_at=row.recorded_at.isoformat(),
        bill_id=str(row.bill_id or ""),
        bill_number=row.bill_number,
        parcel_number=row.parcel_number,
        tax_year=row.tax_year,
        ledger_account=row.ledger_account,
        installment=row.installment,
        charge_type=row.charge_type,
        charge_code=row.charge_code,
        collection_type=row.collection_type,
        amount_cents=row.amount_cents,
        rule_id=row.rule_id,
        pack_version=row.pack_version,
        receipt_id=str(row.receipt_id or ""),
        compensates=str(row.compensates or ""),
        fact=_fact(facts[row.fact_id]),
        cause=_fact(facts[row.cause_fact_id]),
        citation=ground.citation if ground else "",
        certainty=ground.certainty if ground else "",
    )


def _credit(row: Any) -> pb.ExplainedCredit:
    return pb.ExplainedCredit(
        bill_id=str(row.bill_id),
        bill_number=row.bill_number or "",
        bill_version=row.bill_version,
        code=row.code,
        name=row.name,
        amount_cents=row.amount_cents,
        borne_by=row.borne_by,
        effective_on=row.effective_on.isoformat(),
    )


def _fact(fact: Any) -> pb.Fact:
    return pb.Fact(
        fact_id=str(fact.fact_id),
        kind=fact.kind,
        business_date=fact.business_date.isoformat(),
        effective_on=fact.effective_on.isoformat(),
        recorded_at=fact.recorded_at.isoformat(),
        receipt_id=str(fact.receipt_id or ""),
        receipt_line=fact.line_number,
        amount_cents=fact.amount_cents,
        asked_by=fact.asked_by,
        reason=fact.reason,
        body=fact.body,
    )
