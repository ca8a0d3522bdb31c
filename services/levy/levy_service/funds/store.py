"""Levy's SQL for funds' names, and what tells of new ones."""

from collections.abc import Mapping

from sqlalchemy import Connection

from levy_service.bootstrap import LevyApp
from levy_service.domain.billing import LineKey
from levy_service.funds.events import FUND_NAMED
from taxkit import ids, outbox
from taxkit.contracts import OutgoingEvent
from taxkit.rows import Columns

_NAMES = Columns(
    {"tax_year": "integer", "agency_code": "text", "fund_code": "text", "fund_name": "text"}
)


def of_year(connection: Connection, tax_year: int) -> dict[LineKey, str]:
    found = connection.exec_driver_sql(
        "select agency_code, fund_code, fund_name from fund_names where tax_year = %s", (tax_year,)
    )
    return {(row.agency_code, row.fund_code): row.fund_name for row in found}


def keep(
    app: LevyApp, connection: Connection, tax_year: int, names: Mapping[LineKey, str],
    traceparent: str,
) -> None:  # fmt: skip
    """Put new names on file and tell them."""
    if not names:
        return
    _NAMES.insert(
        connection, "fund_names", [(tax_year, *key, name) for key, name in sorted(names.items())]
    )
    told = [
        OutgoingEvent(
            ids.new_id(), FUND_NAMED, f"fund/{agency}/{fund}", tax_year, app.clock.now(),
            {"agency_code": agency, "fund_code": fund, "fund_name": name, "tax_year": tax_year},
            traceparent,
        )
        for (agency, fund), name in sorted(names.items())
    ]  # fmt: skip
    outbox.store(connection, app.settings.county, told)
