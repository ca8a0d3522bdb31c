"""Special assessments change before a run or after it, not in it: it is certified with them."""

from sqlalchemy import Connection

from taxkit.errors import Refusal, RefusalKind

_NAME = "hashtextextended('special assessments', 0)"


def stand_still(connection: Connection) -> None:
    """Let no assessment change while a roll's figures are taken."""
    connection.exec_driver_sql(f"select pg_advisory_xact_lock({_NAME})")


def share(connection: Connection) -> None:
    """Let no roll's figures be taken until this is done, and wait for those that are."""
    connection.exec_driver_sql(f"select pg_advisory_xact_lock_shared({_NAME})")


def change(connection: Connection) -> None:
    """Begin a change of assessments; refused until a run that was begun has ended."""
    share(connection)
    run = connection.exec_driver_sql(
        "select run_id, tax_year from levy_runs r"
        " where not exists (select from levy_run_ends e where e.run_id = r.run_id)"
        " order by r.run_id limit 1"
    ).one_or_none()
    if run is not None:
        raise Refusal(
            "RUN_UNFINISHED",
            f"run {run.run_id} of {run.tax_year} was begun and has not ended: let it end first",
            kind=RefusalKind.UNAVAILABLE,
        )
