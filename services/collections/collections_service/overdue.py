"""Overdue bills one by one, with the codes on them (RECV-058)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from collections_service.bootstrap import CollectionsApp
from collections_service.domain.aging import AgingTerms, age_days, place_of
from collections_service.domain.coded import CodeOnBill, Purpose, is_listed
from collections_service.domain.stages import NoticeTerms, stayed
from taxkit import db

_LAST_YEAR = 9999
_OVERDUE = """
select o.bill_id, b.bill_number, b.parcel_number, b.tax_year, o.overdue_cents, o.due_on,
    o.installment, coalesce(k.codes, '[]') as codes, (select min(h.kind) from holds h
        left join hold_releases r using (hold_id) where h.parcel_number = b.parcel_number
        and h.begins_on <= %(today)s and (h.ends_on is null or h.ends_on >= %(today)s)
        and r.hold_id is null) as hold, (select min(x.reason) from exception_states x
        where x.parcel_number = b.parcel_number and x.kind = 'unposted_payment'
        and x.state = 'open') as unposted,
    array(select distinct s.word from bill_stays s where s.bill_id = o.bill_id order by 1) as stays
from (
    select bill_id, sum(open_cents)::bigint as overdue_cents, min(due_on) as due_on,
        (array_agg(installment order by due_on, installment))[1] as installment
    from open_installments where due_on < %(as_of)s and {which}
    group by bill_id order by bill_id limit %(limit)s
) o join bills b using (bill_id)
left join lateral (
    select jsonb_agg(jsonb_build_array(c.code, coalesce(to_jsonb(s.switches), '[]'),
        coalesce(s.delinquent_notices, 'as_usual')) order by c.place) as codes
    from bill_codes m cross join unnest(m.codes) with ordinality as c (code, place)
        left join code_settings s using (code)
    where m.bill_id = o.bill_id
) k on true
order by o.bill_id
"""
_OF_YEARS = _OVERDUE.format(which="tax_year between %(first)s and %(last)s and bill_id > %(after)s")
_OF_BILLS = _OVERDUE.format(which="bill_id = any(%(bill_ids)s::uuid[])")


@dataclass(frozen=True, slots=True)
class Asked:
    purpose: Purpose
    as_of: date
    # Of all when zero.
    tax_year: int
    include_prior_years: bool
    least_cents: int
    after: UUID
    limit: int

    @property
    def years(self) -> tuple[int, int]:
        first = 0 if self.include_prior_years else self.tax_year
        return first, self.tax_year or _LAST_YEAR


class Overdue(NamedTuple):
    bill_id: UUID
    bill_number: str
    parcel_number: str
    tax_year: int
    overdue_cents: int
    due_on: date
    # The oldest with money open.
    installment: int
    days: int
    bucket: str
    codes: tuple[CodeOnBill, ...]
    # What its parcel is held for; nobody acts on one that is held (COLL-010).
    hold: str | None = None
    # Why a payment that names its parcel was taken by no bill (COLL-024).
    unposted: str | None = None
    # What plans and flags say of it (COLL-011).
    stays: tuple[str, ...] = ()


class LeftOut(NamedTuple):
    bill: Overdue
    code: str
    because: str


@dataclass(frozen=True, slots=True)
class Page:
    bills: Sequence[Overdue]
    left_out: Sequence[LeftOut]
    # The last bill looked at, where there are more.
    last: UUID | None


def page(app: CollectionsApp, asked: Asked) -> Page:
    """The next overdue bills, and of them those that are kept out of the purpose."""
    terms = app.aging_terms(asked.as_of)
    with app.database.begin() as connection:
        db.read_one_moment(connection)
        found, last = some(connection, asked, terms, app.clock.today())
    # Only who writes asks for the law of letters.
    law = app.notice_terms(app.clock.today()) if asked.purpose is Purpose.NOTICE else None
    return _parted(found, asked, last, law)


def some(
    connection: Connection, asked: Asked, terms: AgingTerms, today: date
) -> tuple[list[Overdue], UUID | None]:
    """Some overdue bills in the order of their ids, and the last of them where there are more."""
    first, last = asked.years
    given = {
        "as_of": asked.as_of, "first": first, "last": last, "after": asked.after,
        "limit": asked.limit + 1, "today": today,
    }  # fmt: skip
    found = _read(connection, _OF_YEARS, given, terms)
    more = len(found) > asked.limit
    return found[: asked.limit], found[asked.limit - 1].bill_id if more else None


def of_bills(
    connection: Connection, bill_ids: Sequence[UUID], terms: AgingTerms, today: date
) -> dict[UUID, Overdue]:
    """Those of some bills that are overdue today."""
    given = {
        "as_of": today, "today": today, "bill_ids": list(bill_ids), "limit": len(bill_ids),
    }  # fmt: skip
    return {one.bill_id: one for one in _read(connection, _OF_BILLS, given, terms)}


def _read(
    connection: Connection, statement: str, given: Mapping[str, Any], terms: AgingTerms
) -> list[Overdue]:
    found = []
    for *facts, due_on, number, said, hold, unposted, stays in connection.exec_driver_sql(
        statement, given
    ):
        days = age_days(due_on, given["as_of"])
        codes = tuple(CodeOnBill(code, frozenset(on), notices) for code, on, notices in said)
        bucket = terms.code(place_of(days, terms))
        rest = (due_on, number, days, bucket, codes, hold, unposted, tuple(stays))
        found.append(Overdue._make([*facts, *rest]))
    return found


def _parted(
    found: Sequence[Overdue], asked: Asked, last: UUID | None, law: NoticeTerms | None
) -> Page:
    bills, left_out = [], []
    for one in found:
        if not is_listed(one.codes, asked.purpose, one.overdue_cents, asked.least_cents):
            continue
        stay = law.stays(one.stays) if law else None
        reason = stayed(one.codes, asked.purpose, one.hold, one.unposted, stay)
        if reason is None:
            bills.append(one)
        else:
            left_out.append(LeftOut(one, *reason))
    return Page(bills, left_out, last)
