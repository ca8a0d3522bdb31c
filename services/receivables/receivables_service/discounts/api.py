"""Receivables' gRPC servicer for discounts: translate, ask, translate back."""

from datetime import date
from typing import Any

import grpc
from typing_extensions import override

from millage.receivables.v1 import discounts_pb2 as pb
from millage.receivables.v1 import discounts_pb2_grpc as stubs
from receivables_service.asked import Asked
from receivables_service.asking import asked_because, run_once
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.discounts import answers, commands, evaluating, history, running
from receivables_service.discounts.doing import Answer, Wish
from receivables_service.discounts.running import Span
from receivables_service.domain.discount_checks import Proof
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import invalid
from taxkit.inbox import Work
from taxkit.money import CENTS_MAX

_NAME_MAX = 60
_TEXT_MAX = 200
_YEARS = range(1800, 10_000)
_PROOFS = ("age", "income")


class DiscountsServicer(stubs.DiscountsServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.read")
    @override
    def ListPrograms(
        self, request: pb.ListProgramsRequest, context: grpc.ServicerContext
    ) -> pb.ListProgramsResponse:
        if request.tax_year not in _YEARS:
            raise invalid("TAX_YEAR_INVALID", f"{request.tax_year} is no tax year", "tax_year")
        on = requests.optional_date(request.on, "on") or self._app.clock.today()
        law = self._app.discounts
        found = law.programs(request.tax_year)
        return pb.ListProgramsResponse(
            programs=[answers.program(each, request.tax_year, on, law.roll) for each in found]
        )

    @requires("receivables.discount")
    @override
    def Evaluate(
        self, request: pb.EvaluateRequest, context: grpc.ServicerContext
    ) -> pb.DiscountEvaluation:
        bill_id = requests.required_id(request.bill_id, "bill_id")
        payment = (
            requests.required_id(request.receipt_id, "receipt_id")
            if request.receipt_id
            else evaluating.Thought(
                requests.positive_cents(request.amount_cents, "amount_cents"),
                requests.required_date(request.paid_on, "paid_on"),
                request.mailed,
            )
        )
        asked = Asked(rpc.caller().user, "", rpc.traceparent())
        with self._app.database.begin() as connection:
            work = Work(connection, self._app.clock)
            found = evaluating.evaluate(self._app, work, bill_id, payment, asked)
        return answers.evaluation(found)

    @requires("receivables.discount")
    @override
    def RequestDiscount(
        self, request: pb.RequestDiscountRequest, context: grpc.ServicerContext
    ) -> pb.DiscountAnswer:
        wish = _wish(request, request.program, request.at_most_cents, exception=request.exception)
        asked = asked_because(request.reason)
        return self._answer(
            "RequestDiscount",
            request,
            lambda work: commands.request(self._app, work, wish, asked),
        )

    @requires("receivables.discount.decide")
    @override
    def DecideDiscount(
        self, request: pb.DecideDiscountRequest, context: grpc.ServicerContext
    ) -> pb.DiscountAnswer:
        request_id = requests.required_id(request.request_id, "request_id")
        asked = asked_because(request.note, "note")
        return self._answer(
            "DecideDiscount",
            request,
            lambda work: commands.decide(
                self._app, work, request_id, asked.reason, asked, grant=request.grant
            ),
        )

    @requires("receivables.discount.reverse")
    @override
    def ReverseDiscount(
        self, request: pb.ReverseDiscountRequest, context: grpc.ServicerContext
    ) -> pb.DiscountAnswer:
        wish = _wish(request, request.program, 0, exception=False)
        again = None
        if request.reapply_program:
            again = _wish(
                request,
                request.reapply_program,
                request.reapply_at_most_cents,
                exception=request.reapply_exception,
            )
        asked = asked_because(request.reason)
        return self._answer(
            "ReverseDiscount",
            request,
            lambda work: commands.reverse(self._app, work, wish, again, asked),
        )

    @requires("receivables.discount")
    @override
    def FileProof(
        self, request: pb.FileProofRequest, context: grpc.ServicerContext
    ) -> pb.DiscountProof:
        parcel = _named(request.parcel_number, "parcel_number")
        proof = _proof(request)
        asked = Asked(rpc.caller().user, "", rpc.traceparent())
        return run_once(
            self._app,
            "FileProof",
            request,
            pb.DiscountProof,
            lambda work: pb.DiscountProof(
                proof_id=str(commands.file_proof(work, parcel, proof, asked)),
                parcel_number=parcel,
                kind=proof.kind,
                reference=proof.reference,
                valid_from=request.valid_from,
                valid_through=request.valid_through,
                filed_by=asked.user,
            ),
        )

    @requires("receivables.read")
    @override
    def GetDiscountHistory(
        self, request: pb.GetDiscountHistoryRequest, context: grpc.ServicerContext
    ) -> pb.DiscountHistory:
        parcel = _named(request.parcel_number, "parcel_number")
        with self._app.database.begin() as connection:
            return answers.history(
                history.savings(connection, parcel),
                history.requests(connection, parcel),
                history.proofs(connection, parcel),
                history.log(connection, parcel),
            )

    @requires("receivables.discount")
    @override
    def ListQualifying(
        self, request: pb.ListQualifyingRequest, context: grpc.ServicerContext
    ) -> pb.ListQualifyingResponse:
        span, after = _span(request), requests.id_after(request.page_token)
        with self._app.database.begin() as connection:
            work = Work(connection, self._app.clock)
            found, last = running.qualifying(self._app, work, span, after)
        return pb.ListQualifyingResponse(
            payments=[answers.qualifying(bill_id, weighed) for bill_id, weighed in found],
            truncated=last is not None,
            next_page_token=str(last or ""),
        )

    @requires("receivables.discount.run")
    @override
    def RunDiscounts(
        self, request: pb.RunDiscountsRequest, context: grpc.ServicerContext
    ) -> pb.DiscountRun:
        run_id = requests.required_id(request.run_id, "run_id") if request.run_id else None
        span = None if run_id else _span(request)
        asked = Asked(rpc.caller().user, "qualifies", rpc.traceparent())

        def run(work: Work) -> pb.DiscountRun:
            of = run_id if span is None else running.begin(work, span, asked)
            assert of is not None
            return answers.run(running.go_on(self._app, work, of, asked))

        return run_once(self._app, "RunDiscounts", request, pb.DiscountRun, run)

    def _answer(self, method: str, request: Any, do: Any) -> pb.DiscountAnswer:
        def done(work: Work) -> pb.DiscountAnswer:
            found: Answer = do(work)
            return answers.answer(found)

        return run_once(self._app, method, request, pb.DiscountAnswer, done)


def _wish(request: Any, program: str, at_most_cents: int, *, exception: bool) -> Wish:
    if not 0 <= at_most_cents <= CENTS_MAX:
        raise invalid("AMOUNT_INVALID", f"at most {at_most_cents} cents", "at_most_cents")
    return Wish(
        requests.required_id(request.bill_id, "bill_id"),
        requests.required_id(request.receipt_id, "receipt_id"),
        _named(program, "program"),
        at_most_cents or None,
        exception,
        requests.plain_text(request.evidence, "evidence", _TEXT_MAX).strip(),
    )


def _named(text: str, field: str) -> str:
    named = requests.plain_text(text, field, _NAME_MAX).strip()
    if not named:
        raise invalid("NAME_MISSING", f"{field} is empty", field)
    return named


def _proof(request: pb.FileProofRequest) -> Proof:
    if request.kind not in _PROOFS:
        raise invalid("PROOF_KIND_UNKNOWN", f"{request.kind[:20]!r}: age or income", "kind")
    reference = requests.plain_text(request.reference, "reference", _TEXT_MAX).strip()
    if not reference:
        raise invalid("EVIDENCE_MISSING", "a proof names its document", "reference")
    begins = requests.required_date(request.valid_from, "valid_from")
    ends = requests.optional_date(request.valid_through, "valid_through")
    if ends is not None and ends < begins:
        raise invalid("DATES_REVERSED", f"{ends} is before {begins}", "valid_through")
    return Proof(request.kind, reference, begins, ends)


def _span(request: Any) -> Span:
    begins: date = requests.required_date(request.from_on, "from_on")
    return Span(begins, requests.required_date(request.to_on, "to_on"))


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        DiscountsServicer(app),
        stubs.add_DiscountsServiceServicer_to_server,
        "millage.receivables.v1.DiscountsService",
    )
