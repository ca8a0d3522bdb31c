"""The steps of a staged file: validate it, begin to post it, or let go of it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from cashiering_service import commands, events
from cashiering_service.bootstrap import CashieringApp
from cashiering_service.commands import Asked
from cashiering_service.imports import judging as import_judging
from cashiering_service.imports import obstacles as import_obstacles
from cashiering_service.imports import permits as import_permits
from cashiering_service.imports import source_lines
from cashiering_service.imports import store as import_store
from cashiering_service.imports import told as import_told
from cashiering_service.imports.header import Staged
from millage.cashiering.v1 import cashiering_pb2 as pb
from taxkit import idempotency, outbox
from taxkit.errors import Refusal, conflict, invalid, not_found

NOT_ALL_GOOD = "EXCEPTIONS_FOUND"


def decide(
    app: CashieringApp, connection: Connection, asked: Asked, staged: Staged, method: str
) -> None:
    """Judge a staged file and do what its policy says, in the transaction that staged it."""
    _record(connection, staged)
    row = import_store.run(connection, staged.run_id)
    _judge(app, connection, asked, row)
    if row.policy == "dry_run":
        _try_to_begin(app, connection, asked, staged.run_id)
        return
    found = import_store.summary(connection, staged.run_id)
    if row.policy == "all_or_nothing" and found.bad:
        import_store.reject(connection, staged.run_id, NOT_ALL_GOOD, _not_all_good(found))
        return
    _remember(connection, staged, method)
    _tell_started(app, connection, asked, staged.run_id)
    begin(app, connection, asked, staged.run_id)


def keep(
    app: CashieringApp, connection: Connection, asked: Asked, staged: Staged, method: str
) -> None:
    """Leave a staged file to be validated, and tell that it is there: bills had better stand."""
    if staged.header.policy == "dry_run":
        raise invalid("POLICY_UNKNOWN", "a dry run is one step: import the file", "policy")
    _record(connection, staged)
    import_judging.quote(connection, staged.run_id)
    _try_to_begin(app, connection, asked, staged.run_id)
    _remember(connection, staged, method)
    _tell_started(app, connection, asked, staged.run_id)


def _record(connection: Connection, staged: Staged) -> None:
    connection.exec_driver_sql(
        "update import_runs set file_sha256 = %s, line_count = %s, control_total_cents = %s"
        " where run_id = %s",
        (staged.file_sha256, staged.trailer.count, staged.trailer.total_cents, staged.run_id),
    )


def _remember(connection: Connection, staged: Staged, method: str) -> None:
    idempotency.remember(
        connection,
        method,
        staged.header.key,
        staged.header.request_hash(staged.file_sha256),
        staged.run_id.bytes,
    )


def _judge(app: CashieringApp, connection: Connection, asked: Asked, row: Any) -> None:
    rules = import_obstacles.rules_of(
        app, row.business_date, suspense=row.suspense, ask_due=asked.ask_due
    )
    import_judging.judge(connection, row.run_id, rules)
    source_lines.judge(connection, row.run_id, row.business_date, suspense=row.suspense)


def validate(
    app: CashieringApp, connection: Connection, asked: Asked, run_id: UUID
) -> pb.ImportRun:
    """Judge the lines of a prepared run, again if need be: nothing is posted yet."""
    row = _locked(connection, run_id)
    if row.state not in ("prepared", "validated"):
        raise _wrong_state(row, "validated")
    import_store.begin_judging(connection)
    import_judging.judge_again(connection, run_id)
    _judge(app, connection, asked, row)
    import_store.set_state(connection, run_id, "validated")
    found = import_told.run_state(connection, run_id)
    assert found is not None
    return found


def start_commit(app: CashieringApp, connection: Connection, asked: Asked, run_id: UUID) -> str:
    """Open a validated run for posting; gives the state it is in then."""
    row = _locked(connection, run_id)
    if row.state in ("committing", "committed"):
        return str(row.state)
    if row.state != "validated":
        raise _wrong_state(row, "committed")
    _judge_what_is_good(app, connection, asked, row)
    found = import_store.summary(connection, run_id)
    if row.policy == "all_or_nothing" and found.bad:
        raise Refusal(NOT_ALL_GOOD, _not_all_good(found))
    begin(app, connection, asked, run_id)
    return "committing"


def _judge_what_is_good(app: CashieringApp, connection: Connection, asked: Asked, row: Any) -> None:
    """Take back lines that may not be posted any more; what nobody has validated stays out."""
    import_store.begin_judging(connection)
    rules = import_obstacles.rules_of(
        app, row.business_date, suspense=row.suspense, ask_due=asked.ask_due
    )
    import_obstacles.judge(connection, row.run_id, rules)
    source_lines.judge(connection, row.run_id, row.business_date, suspense=row.suspense)


def begin(app: CashieringApp, connection: Connection, asked: Asked, run_id: UUID) -> None:
    """Open the run's own session, and tell of each line that will not post to what it names."""
    row = import_store.run(connection, run_id)
    session = _open_session(app, connection, asked, row)
    connection.exec_driver_sql(
        "update import_runs set session_id = %s, state = 'committing' where run_id = %s",
        (session.session_id, run_id),
    )
    lines = import_store.exceptions(connection, run_id, import_told.EXCEPTIONS_TOLD_MAX)
    import_told.tell_exceptions(app, connection, asked, run_id, lines)


def _open_session(app: CashieringApp, connection: Connection, asked: Asked, row: Any) -> pb.Session:
    import_permits.check(app, connection, asked.user, row)
    return commands.open_session(
        app,
        connection,
        asked,
        till_code=row.till_code,
        business_date=row.business_date,
        effective_on=row.effective_on or row.business_date,
    )


def _try_to_begin(app: CashieringApp, connection: Connection, asked: Asked, run_id: UUID) -> None:
    """Meet whatever would refuse the run's session, without opening one."""
    with connection.begin_nested() as attempt:
        _open_session(app, connection, asked, import_store.run(connection, run_id))
        attempt.rollback()


def abandon(
    app: CashieringApp, connection: Connection, asked: Asked, run_id: UUID, reason: str
) -> pb.ImportRun:
    """Let go of a run nothing of which was posted; its file may be sent again."""
    row = _locked(connection, run_id)
    if row.state not in ("prepared", "validated"):
        raise _wrong_state(row, "abandoned")
    if not reason.strip():
        raise invalid("REASON_MISSING", "say why the run is abandoned", "reason")
    connection.exec_driver_sql(
        "update import_runs set state = 'abandoned', reason = 'ABANDONED', message = %s"
        " where run_id = %s",
        (reason, run_id),
    )
    import_told.tell_finished(app, connection, asked, run_id, "abandoned", 2)
    found = import_told.run_state(connection, run_id)
    assert found is not None
    return found


def _locked(connection: Connection, run_id: UUID) -> Any:
    row = import_store.run(connection, run_id, lock=True)
    if row is None:
        raise not_found("IMPORT_RUN_NOT_FOUND", f"no import run {run_id}")
    return row


def _wrong_state(row: Any, wish: str) -> Refusal:
    return conflict("IMPORT_RUN_STATE", f"run {row.run_id} is {row.state}: it cannot be {wish} now")


def _not_all_good(found: Any) -> str:
    return (
        f"{found.bad} of {found.lines} lines would not be posted to what they name:"
        " nothing of the file was taken"
    )


def _tell_started(app: CashieringApp, connection: Connection, asked: Asked, run_id: UUID) -> None:
    row = import_store.run(connection, run_id)
    told = import_told.run(row, row.business_date) | import_told.bills_named(connection, row)
    started = import_told.event(app, asked, events.IMPORT_RUN_STARTED, run_id, 1, told)
    outbox.store(connection, app.settings.county, [started])
