"""Cashiering's SQL for miscellaneous sources."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from cashiering_service.domain.sources import AmountMode, Input, InputType, ParcelTie, Source

COLUMNS = (
    "source_code, effective_from, name, short_name, source_group, source_type, amount_mode,"
    " amount_cents, amount_names, parcel_tie, credit_fund, credit_account, debit_fund,"
    " debit_account, rate_type, distribution_method, inputs, service_url, required_by_flag,"
    " is_active, percent"
)
# The version of each source that is in force on a day.
IN_FORCE = (
    f"select distinct on (source_code) {COLUMNS} from sources where effective_from <= %(day)s"
    " and (%(codes)s::text[] is null or source_code = any(%(codes)s::text[]))"
    " order by source_code, effective_from desc, version desc"
)

# What the flags of a due's parcel ask for, as one value beside what else is read of it.
REQUIRED = """
(select array_agg(distinct s.source_code order by s.source_code)
 from flags f join sources s on s.required_by_flag = f.flag and s.required_by_flag <> ''
 where f.is_on and f.subject_kind = 'parcel' and f.subject = dues.parcel_number)
"""


def in_force(
    connection: Connection, day: date, codes: Sequence[str] | None = None
) -> dict[str, Source]:
    rows = connection.exec_driver_sql(IN_FORCE, {"day": day, "codes": codes and list(codes)})
    return {row.source_code: source_of(tuple(row)) for row in rows}


def lock_code(connection: Connection, source_code: str) -> None:
    """Versions of one source are numbered one after the other."""
    connection.exec_driver_sql(
        "select pg_advisory_xact_lock(hashtext(%s))", (f"source {source_code}",)
    )


def is_known(connection: Connection, source_code: str) -> bool:
    found: bool = connection.exec_driver_sql(
        "select exists (select from sources where source_code = %s)", (source_code,)
    ).scalar_one()
    return found


def has_fund(connection: Connection, fund: str, account: str) -> bool:
    """Whether some source has this fund and account already."""
    found: bool = connection.exec_driver_sql(
        "select exists (select from sources where (credit_fund, credit_account) = (%(f)s, %(a)s)"
        " or (debit_fund, debit_account) = (%(f)s, %(a)s))",
        {"f": fund, "a": account},
    ).scalar_one()
    return found


def insert(connection: Connection, source: Source, by: str, at: datetime) -> None:
    key = (source.source_code, source.effective_from)
    connection.exec_driver_sql(
        f"insert into sources (version, set_by, recorded_at, {COLUMNS}) select 1 + count(*),"
        f" {', '.join(['%s'] * 23)} from sources where source_code = %s and effective_from = %s",
        (
            by, at, *key, source.name, source.short_name, source.source_group, source.source_type,
            source.amount_mode.value, source.amount_cents, list(source.amount_names),
            source.parcel_tie.value, source.credit_fund, source.credit_account, source.debit_fund,
            source.debit_account, source.rate_type, source.distribution_method,
            Jsonb(_inputs(source.inputs)), source.service_url, source.required_by_flag,
            source.is_active, source.percent, *key,
        ),
    )  # fmt: skip


def _inputs(inputs: Sequence[Input]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "input_type": one.input_type.value,
            "required": one.required,
            "choices": list(one.choices),
        }
        for one in inputs
    ]


def source_of(row: Sequence[Any]) -> Source:
    """A source from a row of COLUMNS."""
    return Source(
        source_code=row[0],
        effective_from=row[1],
        name=row[2],
        short_name=row[3],
        source_group=row[4],
        source_type=row[5],
        amount_mode=AmountMode(row[6]),
        amount_cents=row[7],
        amount_names=tuple(row[8]),
        parcel_tie=ParcelTie(row[9]),
        credit_fund=row[10],
        credit_account=row[11],
        debit_fund=row[12],
        debit_account=row[13],
        rate_type=row[14],
        distribution_method=row[15],
        inputs=tuple(
            Input(one["name"], InputType(one["input_type"]), one["required"], tuple(one["choices"]))
            for one in row[16]
        ),
        service_url=row[17],
        required_by_flag=row[18],
        is_active=row[19],
        percent=row[20],
    )
