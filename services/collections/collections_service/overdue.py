"""Overdue bills one by one, with the codes on them (RECV-058)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from collections_service import store
from collections_service.bootstrap import CollectionsApp
from collections_service.domain.aging import age_days, place_of
from collections_service.domain.coded import CodeOnBill, Purpose, is_listed, kept_out

_LAST_YEAR = 9999
HELD = "hold"
UNPOSTED = "unposted_payment"
_OVERDUE = """
select o.bill_id, b.bill_number, b.parcel_number, b.tax_year, o.overdue_cents, o.due_on,
    coalesce(k.codes, '[]') as codes, (select min(h.kind) from holds h
        left join hold_releases r using (hold_id) where h.parcel_number = b.parcel_number
        and h.begins_on <= %(today)s and (h.ends_on is null or h.ends_on >= %(today)s)
        and r.hold_id is null) as hold, (select min(x.reason) from exception_states x
        where x.parcel_number = b.parcel_number and x.kind = 'unposted_payment'
        and x.state = 'open') as unposted
from (
    select bill_id, sum(open_cents)::bigint as overdue_cents, min(due_on) as due_on
    from open_installments
    where due_on < %(as_of)s and tax_year between %(first)s and %(last)s and bill_id > %(after)s
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
    days: int
    bucket: str
    codes: tuple[CodeOnBill, ...]
    # What its parcel is held for; nobody acts on one that is held (COLL-010).
    hold: str | None = None
    # Why a payment that names its parcel was taken by no bill (COLL-024).
    unposted: str | None = None


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
    first, last = asked.years
    given = {
        "as_of": asked.as_of, "first": first, "last": last, "after": asked.after,
        "limit": asked.limit + 1, "today": app.clock.today(),
    }  # fmt: skip
    terms = app.aging_terms(asked.as_of)
    with app.database.begin() as connection:
        store.read_one_moment(connection)
        rows = connection.exec_driver_sql(_OVERDUE, given).all()
    found = []
    for *facts, said, hold, unposted in rows[: asked.limit]:
        days = age_days(facts[-1], asked.as_of)
        codes = tuple(CodeOnBill(code, frozenset(on), notices) for code, on, notices in said)
        bucket = terms.code(place_of(days, terms))
        found.append(Overdue._make([*facts, days, bucket, codes, hold, unposted]))
    more = len(rows) > asked.limit
    return _parted(found, asked, found[-1].bill_id if more else None)


def _parted(found: Sequence[Overdue], asked: Asked, last: UUID | None) -> Page:
    bills, left_out = [], []
    for one in found:
        if not is_listed(one.codes, asked.purpose, one.overdue_cents, asked.least_cents):
            continue
        reason = kept_out(one.codes, asked.purpose) or _stayed(one, asked.purpose)
        if reason is None:
            bills.append(one)
        else:
            left_out.append(LeftOut(one, *reason))
    return Page(bills, left_out, last)


def _stayed(one: Overdue, purpose: Purpose) -> tuple[str, str] | None:
    """What of its parcel keeps a bill out: it is held, or somebody may have paid it."""
    if one.hold and purpose is not Purpose.VIEW:
        return one.hold, HELD
    if one.unposted and purpose is Purpose.NOTICE:
        return one.unposted, UNPOSTED
    return None
