"""A person certifies a year's levies: their rates within the law are kept as its next version."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection

from levy_service.asked import Asked
from levy_service.bootstrap import LevyApp
from levy_service.domain.levy_growth import GrowthFrom
from levy_service.domain.rates import format_rate, unit_named
from levy_service.levies import store
from levy_service.runs import levy_rates, reserving
from levy_service.runs.levy_rates import Computed
from millage.levy.v1 import certified_levies_pb2 as pb
from millage.levy.v1 import districts_pb2
from taxkit import requests
from taxkit.errors import conflict, invalid, not_found
from taxkit.telemetry import trace_id_of

_TEXT_MAX: Final = 300


def certify(
    app: LevyApp, connection: Connection, asked: Asked, request: pb.CertifyLeviesRequest
) -> pb.CertifiedLevies:
    """Keep levies with the rates the law lets them have; who saw another version is refused."""
    statement = requests.plain_text(request.statement, "statement", _TEXT_MAX).strip()
    if not statement:
        raise invalid("STATEMENT_MISSING", "say what is certified", "statement")
    tax_year = reserving.checked_year(request.tax_year)
    found = levy_rates.computed(app, connection, request)
    _check_names(request.levies)
    store.lock_year(connection, tax_year)
    newest = len(store.versions(connection, tax_year))
    if request.expected_version != newest:
        raise conflict(
            "LEVIES_CERTIFIED_ANEW",
            f"version {newest} is the newest of {tax_year}, not {request.expected_version}",
        )
    certificate = {
        "tax_year": tax_year,
        "version": newest + 1,
        "statement": statement,
        "rate_unit": found.unit.name,
        "assessment_ratio": request.assessment_ratio or "1",
        "pack_version": app.law.pack_version,
        "rule_ids": [found.rule_id],
        "limits_not_computed": found.not_computed,
        "limits_not_checked": found.not_checked,
        "certified_by": asked.user,
        "certified_on": app.clock.today(),
        "trace_id": trace_id_of(asked.traceparent),
        "recorded_at": app.clock.now(),
    }
    store.insert_certificate(connection, certificate)
    head = (tax_year, newest + 1)
    store.insert_levies(connection, _levies(head, found, request.levies), _areas(head, found))
    return told(connection, tax_year, newest + 1)


def told(connection: Connection, tax_year: int, version: int) -> pb.CertifiedLevies:
    """A version of a year's certified levies; 0 asks for the newest."""
    certificates = store.versions(connection, tax_year)
    wanted = version or len(certificates)
    if not 1 <= wanted <= len(certificates):
        raise not_found(
            "LEVIES_NOT_CERTIFIED", f"nobody has certified a version {version} of {tax_year}"
        )
    head = certificates[wanted - 1]
    unit = unit_named(head.rate_unit)
    return pb.CertifiedLevies(
        tax_year=tax_year,
        certificate=_certificate(head),
        rate_unit=str(unit.per),
        levies=[
            pb.CertifiedLevy(
                rate=districts_pb2.LevyRate(
                    agency_code=row.agency_code, fund_code=row.fund_code,
                    rate=format_rate(row.rate_units, unit), levy_cents=row.levy_cents,
                    growth_limit_cents=row.growth_limit_cents or 0, bound=row.bound,
                    aggregate=row.aggregate, tax_code=row.bound_tax_code,
                ),
                agency_name=row.agency_name, kind=row.kind, asked_cents=row.asked_cents,
                taxable_dollars=row.taxable_dollars,
                highest_lawful_cents=row.highest_lawful_cents, tax_codes=row.tax_codes,
            )
            for row in store.levies(connection, tax_year, wanted)
        ],
        versions=map(_certificate, certificates),
    )  # fmt: skip


def _certificate(row: Any) -> pb.LevyCertificate:
    return pb.LevyCertificate(
        version=row.version,
        statement=row.statement,
        certified_by=row.certified_by,
        certified_on=row.certified_on.isoformat(),
        pack_version=row.pack_version,
        rule_ids=row.rule_ids,
        limits_not_computed=row.limits_not_computed,
        limits_not_checked=row.limits_not_checked,
    )


def _check_names(levies: Sequence[districts_pb2.LevyRequest]) -> None:
    """A roll that takes its rates from here needs the agencies' names."""
    for row, one in enumerate(levies, start=1):
        at = f"levies[{row}].agency_name"
        if not requests.plain_text(one.agency_name, at, _TEXT_MAX).strip():
            raise invalid("TEXT_MISSING", "name the agency as bills do", at)


def _levies(
    head: tuple[int, int], found: Computed, asked: Sequence[districts_pb2.LevyRequest]
) -> list[tuple[object, ...]]:
    rows = list[tuple[object, ...]]()
    for place, (one, limited) in enumerate(zip(asked, found.limited, strict=True), start=1):
        levy, raises = limited.levy, limited.raises_cents(found.unit)
        # What it could have levied counts in later years, though it asked for less, in some laws.
        lawful = raises
        if found.growth_from is GrowthFrom.HIGHEST_LAWFUL:
            lawful = max(levy.highest_lawful_cents, limited.growth_limit_cents or 0, raises)
        rows.append(
            (
                *head, place, levy.agency_code, levy.fund_code, one.agency_name, levy.kind,
                levy.asked_cents, levy.taxable_dollars, limited.rate_units, raises,
                limited.growth_limit_cents, lawful, levy_rates.BOUNDS[limited.bound],
                limited.aggregate, limited.tax_code,
            )
        )  # fmt: skip
    return rows


def _areas(head: tuple[int, int], found: Computed) -> list[tuple[object, ...]]:
    return [
        (*head, tax_code, place, agency_code, fund_code)
        for tax_code, keys in found.areas.items()
        for place, (agency_code, fund_code) in enumerate(keys, start=1)
    ]
