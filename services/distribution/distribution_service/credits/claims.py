"""What the state owes for credits it bears, as bills tell it; the newest version of each counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields, validate
from sqlalchemy import Connection

from distribution_service.domain.credit_claims import Credit, by_agency
from distribution_service.domain.sharing import line_key
from taxkit.contracts import IncomingEvent, ReaderSchema
from taxkit.errors import Permanent
from taxkit.inbox import Work
from taxkit.money import CENTS_MAX
from taxkit.rows import Columns

_BY_STATE = "state"
_CLAIMS = Columns(
    {
        "bill_id": "uuid",
        "bill_version": "integer",
        "credit_code": "text",
        "credit_name": "text",
        "tax_year": "integer",
        "claimed_cents": "bigint",
        "agency_codes": "text",
        "agency_cents": "text",
        "business_date": "date",
    }
)
_KEEP = f"""
insert into credit_claims ({", ".join(_CLAIMS.types)})
select bill_id, bill_version, credit_code, credit_name, tax_year, claimed_cents,
    agency_codes::text[], agency_cents::bigint[], business_date
from {_CLAIMS.source} on conflict do nothing
"""
# Which versions were told of bills that were corrected, whatever credits they have.
_VERSIONS = Columns({"bill_id": "uuid", "bill_version": "integer"})
# The newest versions' claims, agency by agency; a credit the newest has no more claims nothing.
_NEWEST = """
newest as (
    select distinct on (tax_year, credit_code, bill_id) * from credit_claims c
    where tax_year = %(year)s and (%(code)s = '' or credit_code = %(code)s)
        and not exists (select from corrected_versions v where v.bill_id = c.bill_id
            and v.bill_version > c.bill_version)
    order by tax_year, credit_code, bill_id, bill_version desc
), claimed as (
    select n.credit_code, a.agency, sum(a.cents)::bigint as cents
    from newest n cross join unnest(n.agency_codes, n.agency_cents) a (agency, cents)
    group by 1, 2
), named as (
    select credit_code, max(credit_name) as credit_name, count(*) as bill_count
    from newest group by 1
)
"""
_BY_AGENCY = f"""
with {_NEWEST}, paid as (
    select credit_code, s.agency_code as agency, sum(s.amount_cents)::bigint as cents
    from credit_payments join credit_payment_shares s using (payment_id)
    where tax_year = %(year)s and (%(code)s = '' or credit_code = %(code)s) group by 1, 2
)
select credit_code, agency, coalesce(c.cents, 0) as claimed_cents,
    coalesce(p.cents, 0) as paid_cents,
    n.credit_name, coalesce(n.bill_count, 0) as bill_count,
    coalesce((select agency_name from agencies where agency_code = split_part(agency, '/', 1)),
        agency) as agency_name
from (select credit_code, agency from claimed union select credit_code, agency from paid) k
    left join claimed c using (credit_code, agency) left join paid p using (credit_code, agency)
    left join named n using (credit_code)
order by credit_code, agency
"""


class CreditSeen(ReaderSchema):
    code = fields.String(required=True, validate=validate.Length(min=1, max=200))
    amount_cents = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=0, max=CENTS_MAX)
    )
    name = fields.String(load_default="")
    borne_by = fields.String(load_default="")


def keep(work: Work, events: Sequence[IncomingEvent]) -> None:
    """Keep what the state owes for each bill; of most bills nothing, and nothing is written."""
    rows = [
        (
            given["bill_id"], given["bill_version"], one["code"], one["name"] or one["code"],
            given["tax_year"], one["amount_cents"], _array([code for code, _ in parts]),
            _array([cents for _, cents in parts]), work.clock.date_of(event.time),
        )
        for event in events
        for given in [event.data]
        for one, parts in _by_state(given)
    ]  # fmt: skip
    if rows:
        work.connection.exec_driver_sql(_KEEP, _CLAIMS.params(rows))
    later = {(one.data["bill_id"], one.data["bill_version"]) for one in events}
    told = sorted(each for each in later if each[1] > 1)
    _VERSIONS.insert(work.connection, "corrected_versions", told, "on conflict do nothing")


def _array(values: Sequence[object]) -> str:
    """An array as PostgreSQL writes it: of numbers, and of codes without a sign of its own."""
    # The quotes keep a code NULL a code.
    return "{" + ",".join(f'"{value}"' for value in values) + "}"


def _by_state(given: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[tuple[str, int]]]]:
    if not any(one["borne_by"] == _BY_STATE for one in given["credits"]):
        return []
    told = [Credit(one["code"], one["amount_cents"]) for one in given["credits"]]
    lines = {
        line_key(one["agency_code"], one["fund"]): one["credited_cents"]
        for one in given["components"]
    }
    try:
        found = by_agency(lines, told)
    except ValueError as error:
        raise Permanent("CREDITS_DIFFER", f"bill {given['bill_number']}: {error}") from error
    return [
        (one, [part for part in sorted(found[one["code"]].items()) if part[1]])
        for one in given["credits"]
        if one["borne_by"] == _BY_STATE
    ]


def of_year(connection: Connection, tax_year: int, code: str = "") -> Sequence[Any]:
    """What each agency goes without and has been paid, credit by credit."""
    return connection.exec_driver_sql(_BY_AGENCY, {"year": tax_year, "code": code}).all()
