"""gRPC servicer of mass updates of codes: translate, call, translate back."""

from typing import Any

import grpc
from typing_extensions import override

from millage.receivables.v1 import code_runs_pb2 as pb
from millage.receivables.v1 import code_runs_pb2_grpc as stubs
from receivables_service.asking import asked_because, run_once
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.codes import runs, wire
from receivables_service.codes.runs import Run, Wanted
from receivables_service.domain.carrying import Candidate
from taxkit import requests, rpc
from taxkit.auth import requires
from taxkit.errors import Refusal, invalid

_CODES_MAX = 50
_NAMED_MAX = 10_000
_AT_ONCE_MAX = 10_000
"""Candidates one answer holds: clients take messages of four million bytes."""
_YEARS = range(1800, 10_000)


class CodeRunsServicer(stubs.CodeRunsServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.code")
    @override
    def PreviewCodeRun(
        self, request: pb.PreviewCodeRunRequest, context: grpc.ServicerContext
    ) -> pb.PreviewCodeRunResponse:
        wanted = Wanted(_codes(request.codes), _year(request.tax_year))
        after = requests.place_after(request.page_token)
        with self._app.database.begin() as connection:
            found = runs.preview(connection, wanted, self._app.clock.today())
        until = after + _page_size(request, len(found))
        return pb.PreviewCodeRunResponse(
            candidates=map(_candidate, found[after:until]),
            several=sum(len(one.codes) > 1 for one in found),
            next_page_token=str(until) if until < len(found) else "",
            candidate_count=len(found),
        )

    @requires("receivables.code")
    @override
    def CommitCodeRun(
        self, request: pb.CommitCodeRunRequest, context: grpc.ServicerContext
    ) -> pb.CodeRun:
        if len(request.dropped_bill_ids) + len(request.choices) > _NAMED_MAX:
            raise invalid("TOO_MANY_BILLS", f"at most {_NAMED_MAX}", "dropped_bill_ids")
        wanted = Wanted(
            _codes(request.codes),
            _year(request.tax_year),
            {requests.required_id(one, "dropped_bill_ids") for one in request.dropped_bill_ids},
            {
                requests.required_id(one.bill_id, "choices"): wire.code(one.code)
                for one in request.choices
            },
        )
        asked = asked_because(request.comment, "comment")
        return run_once(
            self._app, "CommitCodeRun", request, pb.CodeRun,
            lambda work: _run(runs.commit(self._app.terms, work, wanted, asked)),
        )  # fmt: skip

    @requires("receivables.read")
    @override
    def ListCodeRuns(
        self, request: pb.ListCodeRunsRequest, context: grpc.ServicerContext
    ) -> pb.ListCodeRunsResponse:
        with self._app.database.begin() as connection:
            return pb.ListCodeRunsResponse(runs=map(_run, runs.history(connection)))


def _codes(codes: Any) -> tuple[str, ...]:
    if not 1 <= len(codes) <= _CODES_MAX:
        raise invalid("CODE_MISSING", f"name 1 to {_CODES_MAX} codes", "codes")
    return tuple(dict.fromkeys(wire.code(one) for one in codes))


def _year(year: int) -> int:
    if year not in _YEARS:
        raise invalid("TAX_YEAR_INVALID", f"{year} is no tax year", "tax_year")
    return year


def _page_size(request: pb.PreviewCodeRunRequest, count: int) -> int:
    """All at once where no page is asked for, as far as one message holds them."""
    if request.page_size or request.page_token:
        return requests.page_size(request.page_size)
    if count > _AT_ONCE_MAX:
        raise Refusal(
            "TOO_MANY_BILLS",
            f"{count} bills are more than the {_AT_ONCE_MAX} of one answer: ask page by page",
        )
    return count


def _candidate(one: Candidate) -> pb.CodeRunCandidate:
    borne = one.borne
    return pb.CodeRunCandidate(
        bill_id=str(borne.bill_id),
        bill_number=borne.bill_number,
        parcel_number=borne.parcel_number,
        owner_name=borne.owner_name,
        prior_bill_number=borne.prior_bill_number,
        prior_bill_version=borne.prior_bill_version,
        prior_supplement_number=borne.prior_supplement_number or 0,
        codes=one.codes,
        carried=one.carried,
    )


def _run(run: Run) -> pb.CodeRun:
    told = run._asdict() | {"run_id": str(run.run_id), "recorded_at": run.recorded_at.isoformat()}
    return pb.CodeRun(**told)


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        CodeRunsServicer(app),
        stubs.add_CodeRunsServiceServicer_to_server,
        "millage.receivables.v1.CodeRunsService",
    )
