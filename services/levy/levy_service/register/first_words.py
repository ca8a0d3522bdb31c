"""What a roll says of parcels of which nothing was said before, in SQL: a county's first time.

Such a parcel is its one row on this roll and what is said beside it, so that nothing has to be
folded; a test holds it against the fold. Every other parcel is left to `many`.
"""

from typing import Any, Final

from sqlalchemy import Connection

from levy_service.domain.register import Role
from levy_service.register.events import PARTIES_CHANGED
from levy_service.register.many import By
from taxkit.telemetry import trace_id_of

# The parties of a parcel once the roll has spoken, a taxpayer it names no role for among them.
_CHOSEN = """
create temp table first_said on commit drop as
select s.row_number, s.parcel_number, s.facts, s.parties, p.property_class, p.township, p.tax_code,
    coalesce(p.exemptions, '[]') as exemptions, p.owner_name, p.owner_email
from staged_register s join parcels p on p.parcel_number = s.parcel_number
where p.roll_id = %(roll)s
    and not exists (select from register_changes c where c.parcel_number = s.parcel_number)
    and not exists (select from parcels o where o.parcel_number = s.parcel_number
        and o.roll_id <> p.roll_id)
    and (exists (select from jsonb_each_text(s.facts) f where f.value <> '')
        or s.parties - 'taxpayer' <> '{}'
        or s.parties->'taxpayer' <> jsonb_build_array(
            jsonb_build_array(p.owner_name, coalesce(p.owner_email, ''), '', '')))
"""
_HOLDERS = """
create temp table first_holders on commit drop as
select f.parcel_number, r.key as role, h.ordinality::integer as place,
    coalesce(l.name, h.value->>0) as name, coalesce(l.email, h.value->>1) as email,
    coalesce(l.mailing_address, h.value->>2) as mailing_address, h.value->>3 as lender_code,
    true as is_said
from first_said f cross join lateral jsonb_each(f.parties) r
cross join lateral jsonb_array_elements(r.value) with ordinality h
left join lateral (select name, email, mailing_address from lenders l
    where l.lender_code = h.value->>3 and h.value->>3 <> '' order by version desc limit 1) l on true
union all
select parcel_number, 'taxpayer', 1, owner_name, coalesce(owner_email, ''), '', '', false
from first_said where not parties ? 'taxpayer' and owner_name <> ''
"""
_CHANGES = """
insert into register_changes (parcel_number, change_number, effective_on, facts, roles, reason,
    changed_by, roll_id, trace_id, recorded_at)
select parcel_number, 1, %(as_of)s, facts,
    array(select k from jsonb_object_keys(parties) k order by k collate "C"), %(reason)s,
    %(user)s, %(roll)s, %(trace)s, %(at)s
from first_said order by row_number
"""
_PARTIES = """
insert into register_parties (parcel_number, change_number, role, place, name, email,
    mailing_address, lender_code)
select parcel_number, 1, role, place, name, email, mailing_address, lender_code
from first_holders where is_said
"""
_PARTY = """
jsonb_build_object('name', h.name, 'email', nullif(h.email, ''),
    'mailing_address', h.mailing_address, 'lender_code', h.lender_code)
"""
_TOLD = f"""
insert into outbox
    (event_id, exchange, routing_key, mandatory, subject, traceparent, trace_id, body)
select e.id, %(exchange)s, %(routing_key)s, %(mandatory)s, 'register/' || f.parcel_number,
    %(traceparent)s, %(trace)s, jsonb_build_object(
        'specversion', '1.0', 'id', e.id, 'type', %(type)s::text, 'source', %(source)s::text,
        'subject', 'register/' || f.parcel_number, 'time', %(time)s::text,
        'datacontenttype', 'application/json', 'sequence', '000000000001',
        'partitionkey', 'register/' || f.parcel_number, 'traceparent', %(traceparent)s::text,
        'data', jsonb_build_object(
            'parcel_number', f.parcel_number, 'version', 1, 'as_of', %(today)s::text,
            'ain', coalesce(f.facts->>'ain', ''), 'property_type', f.property_class,
            'district', f.township, 'tax_code', f.tax_code,
            'situs_address', coalesce(f.facts->>'situs_address', ''), 'exemptions', f.exemptions,
            'parties', coalesce(t.parties, '[]'), 'primary_owner', t.shown,
            'effective_on', %(as_of)s::text, 'changed_by', %(user)s::text,
            'reason', %(reason)s::text))::text
from first_said f cross join lateral (select gen_random_uuid() as id) e
left join (select h.parcel_number,
        jsonb_agg(jsonb_build_object('role', h.role, 'party', {_PARTY}, 'since', %(as_of)s::text)
            order by array_position(%(roles)s::text[], h.role), h.place) as parties,
        (array_agg({_PARTY} order by array_position(%(shown)s::text[], h.role), h.place)
            filter (where h.role = any(%(shown)s::text[])))[1] as shown
    from first_holders h group by h.parcel_number) t using (parcel_number)
order by f.row_number
"""
# Whom the fold shows, in its order.
_SHOWN: Final = [Role.PRIMARY_OWNER.value, Role.DEEDED_OWNER.value, Role.TAXPAYER.value]


def record(connection: Connection, county: str, by: By, said: dict[str, Any]) -> int:
    """Record and tell what is first said of staged parcels, which then are staged no more."""
    params = {
        **said,
        "roll": by.roll_id,
        "user": by.user,
        "at": by.recorded_at,
        "time": by.recorded_at.isoformat(),
        "trace": trace_id_of(by.traceparent),
        "traceparent": by.traceparent,
        "exchange": f"{PARTIES_CHANGED.owner}.events",
        "routing_key": PARTIES_CHANGED.routing_key,
        "mandatory": PARTIES_CHANGED.mandatory,
        "type": PARTIES_CHANGED.type_name,
        "source": f"/county/{county}/{PARTIES_CHANGED.owner}",
        "roles": [role.value for role in Role],
        "shown": _SHOWN,
    }
    count = connection.exec_driver_sql(_CHOSEN, params).rowcount
    if count:
        connection.exec_driver_sql("analyze first_said")
        for statement in (_HOLDERS, _CHANGES, _PARTIES, _TOLD):
            connection.exec_driver_sql(statement, params)
        connection.exec_driver_sql("drop table first_holders")
        connection.exec_driver_sql(
            "delete from staged_register s using first_said f where f.row_number = s.row_number"
        )
    connection.exec_driver_sql("drop table first_said")
    return count
