"""The rates of a roll that takes them from what was certified for its year."""

from collections.abc import Iterator

from sqlalchemy import Connection

from levy_service.domain.rates import RateUnit, format_rate
from levy_service.domain.roll import RateRow
from levy_service.levies import store
from taxkit.errors import Refusal, not_found


def newest_version(connection: Connection, tax_year: int, unit: RateUnit) -> int:
    """The version a roll of the year takes its rates from; refused where there is none it can."""
    certificates = store.versions(connection, tax_year)
    if not certificates:
        raise not_found("LEVIES_NOT_CERTIFIED", f"nobody has certified levies of {tax_year}")
    newest = certificates[-1]
    if newest.rate_unit != unit.name:
        raise Refusal(
            "LEVIES_IN_ANOTHER_UNIT",
            f"the levies of {tax_year} were certified in {newest.rate_unit}, the law has"
            f" {unit.name}: certify them anew",
        )
    version: int = newest.version
    return version


def rate_rows(
    connection: Connection, tax_year: int, version: int, unit: RateUnit
) -> Iterator[RateRow]:
    """A version's rates as a roll would send them."""
    for row, rate in enumerate(store.rates(connection, tax_year, version), start=1):
        yield RateRow(
            row, rate.tax_code, rate.agency_code, rate.agency_name, "",
            format_rate(rate.rate_units, unit), rate.fund_code,
        )  # fmt: skip
