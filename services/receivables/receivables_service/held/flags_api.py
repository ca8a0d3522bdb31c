"""gRPC servicer of flags: translate, call, translate back."""

import re
from typing import Any

import grpc
from sqlalchemy import Connection

from millage.receivables.v1 import flags_pb2 as pb
from millage.receivables.v1 import flags_pb2_grpc as stubs
from receivables_service import queries
from receivables_service.bootstrap import ReceivablesApp
from receivables_service.changes.due_changes import Caused
from receivables_service.domain.terms import ChargeType
from receivables_service.held import flags
from receivables_service.held.flags import Wanted
from receivables_service.plans import store as plan_store
from taxkit import idempotency, requests, rpc
from taxkit.auth import requires
from taxkit.errors import Refusal, invalid, not_found
from taxkit.inbox import Work

_FLAG = re.compile(r"[a-z][a-z0-9_]{0,39}")
_SUBJECT_MAX = 200
_TEXT_MAX = 500
_CHARGES_MAX = 200


class FlagServicer(stubs.FlagServiceServicer):
    def __init__(self, app: ReceivablesApp) -> None:
        self._app = app

    @requires("receivables.flag")
    def SetFlag(self, request: pb.SetFlagRequest, context: grpc.ServicerContext) -> pb.Flag:
        kind, subject, flag = _names(request)
        wanted = Wanted(
            kind, subject, flag, is_on=True, by=rpc.caller().user,
            reason=requests.plain_text(request.reason, "reason", _TEXT_MAX),
            through=requests.optional_date(request.through, "through"),
            scope=_scope(request),
        )  # fmt: skip
        return self._change("SetFlag", request, wanted)

    @requires("receivables.flag")
    def LiftFlag(self, request: pb.LiftFlagRequest, context: grpc.ServicerContext) -> pb.Flag:
        kind, subject, flag = _names(request)
        wanted = Wanted(
            kind, subject, flag, is_on=False, by=rpc.caller().user,
            reason=requests.plain_text(request.reason, "reason", _TEXT_MAX),
        )  # fmt: skip
        return self._change("LiftFlag", request, wanted)

    @requires("receivables.read")
    def ListFlags(
        self, request: pb.ListFlagsRequest, context: grpc.ServicerContext
    ) -> pb.ListFlagsResponse:
        kind, subject = _subject(request)
        with self._app.database.begin() as connection:
            found = flags.of_subject(connection, kind, subject)
            changes = flags.history(connection, kind, subject)
        return pb.ListFlagsResponse(
            flags=[_flag(kind, subject, row) for row in found],
            history=[
                pb.FlagChange(
                    flag=row.flag,
                    on=row.is_on,
                    changed_by=row.changed_by,
                    reason=row.reason,
                    recorded_at=row.recorded_at.isoformat(),
                )
                for row in changes
            ],
        )

    def _change(self, method: str, request: Any, wanted: Wanted) -> pb.Flag:
        if not wanted.reason.strip():
            raise invalid("REASON_MISSING", "say why", "reason")
        traceparent = rpc.traceparent()

        def do(connection: Connection) -> pb.Flag:
            self._check_subject(connection, wanted)
            if not wanted.is_on and not flags.is_set(connection, wanted):
                raise Refusal("FLAG_NOT_SET", f"{wanted.flag} is not on for {wanted.subject}")
            work = Work(connection, self._app.clock)
            flags.change(work, wanted, Caused(traceparent))
            self._app.store_events(connection, work)
            rows = flags.of_subject(connection, wanted.subject_kind, wanted.subject)
            return next(
                (_flag(wanted.subject_kind, wanted.subject, row) for row in rows
                 if row.flag == wanted.flag),
                pb.Flag(
                    subject_kind=wanted.subject_kind, subject=wanted.subject, flag=wanted.flag
                ),
            )  # fmt: skip

        return idempotency.in_transaction(self._app.database, method, request, pb.Flag, do)

    def _check_subject(self, connection: Connection, wanted: Wanted) -> None:
        """Refuse a bill or a plan that is not there; parcels and parties are others' to know."""
        if wanted.subject_kind == "plan" and plan_store.read(connection, wanted.subject) is None:
            raise not_found("PLAN_NOT_FOUND", f"no plan {wanted.subject}")
        if wanted.subject_kind == "bill":
            bill_id = requests.required_id(wanted.subject, "subject")
            today = self._app.clock.today()
            (found,) = queries.quote_bills(connection, self._app.terms, [bill_id], today)
            numbers = {part.number for part in found.state.installments}
            if unknown := {each["installment"] for each in wanted.scope} - numbers:
                raise invalid("INSTALLMENT_UNKNOWN", f"no installment {min(unknown)}", "charges")


def servicer(app: ReceivablesApp) -> rpc.Servicer:
    return rpc.Servicer(
        FlagServicer(app),
        stubs.add_FlagServiceServicer_to_server,
        "millage.receivables.v1.FlagService",
    )


def _subject(request: Any) -> tuple[str, str]:
    if request.subject_kind not in flags.SUBJECT_KINDS:
        raise invalid(
            "SUBJECT_KIND_UNKNOWN", f"one of {', '.join(flags.SUBJECT_KINDS)}", "subject_kind"
        )
    subject = requests.plain_text(request.subject, "subject", _SUBJECT_MAX)
    if not subject.strip():
        raise invalid("SUBJECT_MISSING", "name what is flagged", "subject")
    if request.subject_kind == "bill":
        subject = str(requests.required_id(subject, "subject"))
    return request.subject_kind, subject


def _names(request: Any) -> tuple[str, str, str]:
    if not _FLAG.fullmatch(request.flag):
        raise invalid("FLAG_INVALID", "1 to 40 of a-z, 0-9 and _, the first a letter", "flag")
    return (*_subject(request), request.flag)


def _scope(request: pb.SetFlagRequest) -> list[dict[str, Any]]:
    if request.charges and request.subject_kind != "bill":
        raise invalid("CHARGES_OF_WHAT", "only a bill has charges", "charges")
    if len(request.charges) > _CHARGES_MAX:
        raise invalid("TOO_MANY_CHARGES", f"at most {_CHARGES_MAX}", "charges")
    for each in request.charges:
        if each.charge_type not in tuple(ChargeType):
            raise invalid("CHARGE_TYPE_UNKNOWN", f"one of {', '.join(ChargeType)}", "charges")
    return [
        {"installment": each.installment, "charge_type": each.charge_type}
        for each in request.charges
    ]


def _flag(kind: str, subject: str, row: Any) -> pb.Flag:
    return pb.Flag(
        subject_kind=kind,
        subject=subject,
        flag=row.flag,
        on=row.is_on,
        through=row.through.isoformat() if row.through else "",
        charges=[pb.FlaggedCharge(**each) for each in row.scope],
    )
