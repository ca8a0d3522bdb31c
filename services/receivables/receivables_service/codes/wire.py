"""Codes as callers write and read them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from millage.receivables.v1 import codes_pb2 as pb
from receivables_service.asking import asked_rate
from receivables_service.codes.adjustments import Line
from receivables_service.codes.choosing import Listed, Standing, Statement
from receivables_service.codes.coding import Item
from receivables_service.codes.store import Version
from receivables_service.domain.codes import Notices, Settings, Switch
from taxkit import requests
from taxkit.errors import invalid

ITEMS_MAX = 500
"""Bills and fees one command may name."""

_CODE_MAX = 60
_PARCEL_MAX = 60
_DISTRICT_MAX = 60
_DESCRIPTION_MAX = 200
_YEARS = range(1800, 10_000)
_NEW_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


def new_code(text: str) -> str:
    """A name for a code: it goes into events' subjects and on paper."""
    if not _NEW_CODE.fullmatch(text):
        raise invalid("CODE_INVALID", f"{text[:60]!r}: letters, digits, _ . - and no more", "code")
    return text


def code(text: str) -> str:
    named = requests.plain_text(text, "code", _CODE_MAX).strip()
    if not named:
        raise invalid("CODE_MISSING", "name the code", "code")
    return named


def settings(said: pb.CodeSettings) -> Settings:
    """Read what a code is to say, whole."""
    notices = said.delinquent_notices or Notices.AS_USUAL.value
    if notices not in list(Notices):
        raise invalid(
            "NOTICES_INVALID", f"{notices[:20]!r}: as_usual, include or exclude",
            "settings.delinquent_notices",
        )  # fmt: skip
    description = requests.plain_text(
        said.description, "settings.description", _DESCRIPTION_MAX
    ).strip()
    if not description:
        raise invalid("DESCRIPTION_MISSING", "say what the code is for", "settings.description")
    return Settings(
        description,
        asked_rate(said.monthly_rate, "settings.monthly_rate"),
        asked_rate(said.penalty_rate, "settings.penalty_rate"),
        frozenset(each for each in Switch if getattr(said, each.value)),
        Notices(notices),
    )


def meant(request: Any) -> tuple[Statement | None, Sequence[Item]]:
    """Read what a command is about: a statement, or items."""
    if request.HasField("statement") == bool(request.items):
        raise invalid("ITEMS_OF_WHAT", "name either a statement or bills and fees", "items")
    if len(request.items) > ITEMS_MAX:
        raise invalid("TOO_MANY_BILLS", f"{len(request.items)}, at most {ITEMS_MAX}", "items")
    if request.HasField("statement"):
        return statement(request.statement), ()
    return None, [
        Item(
            requests.required_id(each.bill_id, "items"),
            requests.plain_text(each.charge_code, "items", _CODE_MAX),
        )
        for each in request.items
    ]


def statement(asked: Any, *, any_year: bool = False) -> Statement:
    """Read a statement: its id and year, and what narrows it."""
    parcel = requests.plain_text(asked.statement_id, "statement_id", _PARCEL_MAX).strip()
    if not parcel:
        raise invalid("STATEMENT_MISSING", "name the statement: the parcel's number", "statement")
    year = asked.tax_year
    if year not in _YEARS and not (any_year and year == 0):
        raise invalid("TAX_YEAR_INVALID", f"{year} is no tax year", "tax_year")
    standing = getattr(asked, "standing", "") or Standing.ALL.value
    if standing not in list(Standing):
        raise invalid(
            "STANDING_INVALID", f"{standing[:20]!r}: all, current or delinquent", "standing"
        )
    district = requests.plain_text(getattr(asked, "district", ""), "district", _DISTRICT_MAX)
    agency = requests.plain_text(getattr(asked, "agency", ""), "agency", _DISTRICT_MAX)
    return Statement(parcel, year, Standing(standing), district, agency)


def version(each: Version) -> pb.CodeVersion:
    said = each.settings
    told = pb.CodeSettings(
        description=said.description,
        monthly_rate="" if said.monthly_rate is None else str(said.monthly_rate),
        penalty_rate="" if said.penalty_rate is None else str(said.penalty_rate),
        delinquent_notices=said.notices.value,
    )
    for switch in said.switches:
        setattr(told, switch.value, True)
    return pb.CodeVersion(
        code=each.code,
        version=each.version,
        settings=told,
        effective_on=each.effective_on.isoformat(),
        changed_by=each.changed_by,
        reason=each.reason,
        recorded_at=each.recorded_at.isoformat(),
    )


def coded(lines: Sequence[Line]) -> pb.CodingAnswer:
    return pb.CodingAnswer(lines=map(line, lines))


def line(each: Line) -> pb.Adjustment:
    return pb.Adjustment(
        line_id=str(each.line_id),
        line_type=each.line_type,
        action=each.action,
        bill_id=str(each.bill_id),
        bill_number=each.bill_number,
        parcel_number=each.parcel_number,
        tax_year=each.tax_year,
        charge_code=each.charge_code,
        old_code=each.old_code,
        new_code=each.new_code,
        comment=each.comment,
        changed_by=each.changed_by,
        business_date=each.business_date.isoformat(),
        recorded_at=each.recorded_at.isoformat(),
        fact_id=str(each.fact_id),
        run_id=str(each.run_id or ""),
    )


def item(each: Listed, alerting: Mapping[str, pb.CodeVersion]) -> pb.CodeListItem:
    head = each.head
    return pb.CodeListItem(
        bill_id=str(head.bill_id),
        bill_number=head.bill_number,
        parcel_number=head.parcel_number,
        tax_year=head.tax_year,
        owner_name=head.owner_name,
        district=each.district,
        charge_code=each.charge_code,
        open_cents=each.open_cents,
        standing=each.standing.value,
        codes=each.codes,
        alerts=[alerting[code] for code in each.codes if code in alerting],
    )
