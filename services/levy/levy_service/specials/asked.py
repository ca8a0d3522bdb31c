"""Reads what is asked of special assessments, refusing what could be none."""

import re
from collections.abc import Iterable
from typing import Final

from levy_service.domain.amortization import (
    AmortizationMethod,
    AmortizationTerms,
    CannotAmortize,
    parse_rate_percent,
)
from levy_service.specials.commands import WHOLE, Opening, refusal_of
from levy_service.specials.dividing import Part
from millage.levy.v1 import special_loads_pb2, specials_pb2
from taxkit import requests
from taxkit.errors import invalid
from taxkit.money import CENTS_MAX

_NUMBER_MAX, _NAME_MAX, REASON_MAX = 60, 200, 200
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]*")
_YEARS = range(1900, 2200)
_TRACTS_MAX: Final = 100
_PARTS: Final = range(2, 51)
_DAYS_IN_YEAR: Final = (360, 365)

# By itself, or as a line of a file.
Asked = specials_pb2.OpenSpecialRequest | special_loads_pb2.SpecialLine


def opening(request: Asked) -> Opening:
    try:
        terms = AmortizationTerms(
            request.years,
            parse_rate_percent(request.rate_percent),
            _method(request.method),
            tax_year(request.first_year, "first_year"),
            requests.required_date(request.interest_from, "interest_from"),
        )
    except CannotAmortize as problem:
        raise refusal_of(problem) from problem
    tracts = _tracts(request)
    names = {
        "assessment_number": number(request.assessment_number, "assessment_number"),
        "agency_code": name(request.agency_code, "agency_code"),
        "agency_name": name(request.agency_name, "agency_name"),
        "project": name(request.project, "project"),
        "parcel_number": name(request.parcel_number, "parcel_number"),
    }
    return Opening(names, terms, _days_in_year(request), bool(request.tracts), tracts)


def parts(request: specials_pb2.DivideSpecialRequest) -> list[Part]:
    """The parts of what is divided, each on a parcel of its own."""
    if not _PARTS[0] <= len(request.parts) <= _PARTS[-1]:
        raise invalid("PARTS_INVALID", f"{_PARTS[0]} to {_PARTS[-1]} parts", "parts")
    found = [
        Part(
            name(each.parcel_number, f"parts[{place}].parcel_number"),
            requests.positive_cents(each.principal_cents, f"parts[{place}].principal_cents"),
        )
        for place, each in enumerate(request.parts)
    ]
    if len({each.parcel_number for each in found}) < len(found):
        raise invalid("PARCEL_TWICE", "two parts are on one parcel", "parts")
    return found


def number(text: str, field: str) -> str:
    found = requests.plain_text(text, field, _NUMBER_MAX).strip()
    if not _NUMBER.fullmatch(found):
        raise invalid("ASSESSMENT_NUMBER_INVALID", "letters, digits and . / - make a number", field)
    return found


def reason(text: str) -> str:
    found = requests.plain_text(text, "reason", REASON_MAX).strip()
    if not found:
        raise invalid("REASON_MISSING", "say why", "reason")
    return found


def tax_year(year: int, field: str) -> int:
    if year not in _YEARS:
        raise invalid("TAX_YEAR_INVALID", f"{year} is no tax year", field)
    return year


def name(text: str, field: str) -> str:
    found = requests.plain_text(text, field, _NAME_MAX).strip()
    if not found:
        raise invalid("TEXT_MISSING", f"{field} is empty", field)
    return found


def _method(text: str) -> AmortizationMethod:
    try:
        return AmortizationMethod(text)
    except ValueError:
        known = ", ".join(AmortizationMethod)
        raise invalid("METHOD_UNKNOWN", f"{text[:60]!r} is none of {known}", "method") from None


def _days_in_year(request: Asked) -> int:
    days = request.days_in_year or _DAYS_IN_YEAR[-1]
    if days not in _DAYS_IN_YEAR:
        raise invalid("DAYS_IN_YEAR_INVALID", f"{days} is neither 360 nor 365", "days_in_year")
    return days


def _tracts(request: Asked) -> dict[str, int]:
    """Principal by tract; of what is no ditch all of it under one without a name."""
    requests.positive_cents(request.principal_cents, "principal_cents")
    if request.principal_cents > CENTS_MAX // 100:
        raise invalid(
            "PRINCIPAL_OUT_OF_RANGE", f"at most {CENTS_MAX // 100} cents", "principal_cents"
        )
    if not request.tracts:
        return {WHOLE: request.principal_cents}
    found = dict(_named_tracts(request.tracts))
    if len(found) != len(request.tracts):
        raise invalid("TRACT_TWICE", "two tracts have one name", "tracts")
    if sum(found.values()) != request.principal_cents:
        raise invalid(
            "TRACTS_DO_NOT_ADD_UP",
            f"the tracts make {sum(found.values())} cents, the principal is"
            f" {request.principal_cents}",
            "tracts",
        )
    return found


def _named_tracts(tracts: Iterable[specials_pb2.SpecialTract]) -> list[tuple[str, int]]:
    given = list(tracts)
    if len(given) > _TRACTS_MAX:
        raise invalid("TOO_MANY_TRACTS", f"at most {_TRACTS_MAX} tracts", "tracts")
    return [
        (
            name(each.tract, f"tracts[{place}].tract"),
            requests.positive_cents(each.principal_cents, f"tracts[{place}].principal_cents"),
        )
        for place, each in enumerate(given)
    ]
