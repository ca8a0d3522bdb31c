"""The register's rows in the words of its contract."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from levy_service.domain.register import Party, Role, Saying, state_on
from levy_service.register import store
from levy_service.register.store import ParcelOnFile, Recorded
from levy_service.successors import store as successors
from millage.levy.v1 import levy_pb2
from millage.levy.v1 import register_pb2 as pb

_TEXTS = ("ain", "property_type", "district", "tax_code", "situs_address")


def parcel(connection: Connection, on_file: ParcelOnFile, on: date) -> pb.RegisteredParcel:
    """A parcel as it was on a day, with who taxes it and what is in its place by now."""
    answer = in_brief(on_file, on)
    rows = store.districts(connection, answer.tax_year, answer.tax_code)
    answer.districts.extend(
        pb.TaxingDistrict(agency_code=row.agency_code, agency_name=row.agency_name) for row in rows
    )
    chain = successors.chain(connection, on_file.parcel_number)
    if chain:
        answer.successor_number = chain[-1].successor_number
        answer.retired_on = chain[0].retired_on.isoformat()
    return answer


def in_brief(on_file: ParcelOnFile, on: date) -> pb.RegisteredParcel:
    state = state_on(on_file.sayings, on)
    rolled = [row for row in on_file.rolled if row.as_of <= on]
    row = rolled[-1] if rolled else None
    owner = state.primary_owner
    return pb.RegisteredParcel(
        parcel_number=on_file.parcel_number,
        as_of=on.isoformat(),
        **{name: state.facts.get(name, "") for name in _TEXTS},
        exemptions=exemptions(state.facts.get("exemptions", ())),
        parties=[
            pb.Holder(role=role, party=party(one), since=state.since[role].isoformat())
            for role in Role
            for one in state.parties.get(role, ())
        ],
        primary_owner=owner.name if owner else "",
        tax_year=row.tax_year if row else 0,
        value_dollars=row.value_dollars if row else 0,
        net_value_dollars=row.net_value_dollars if row else 0,
        version=on_file.version,
    )


def party(one: Party) -> levy_pb2.RegisteredParty:
    return levy_pb2.RegisteredParty(
        name=one.name,
        email=one.email,
        mailing_address=one.mailing_address,
        lender_code=one.lender_code,
    )


def exemption_list(given: Iterable[Mapping[str, Any]] | None) -> pb.ExemptionList | None:
    """Where nothing was said of exemptions there is no list; where all are gone an empty one."""
    return None if given is None else pb.ExemptionList(exemptions=exemptions(given))


def exemptions(given: Iterable[Mapping[str, Any]]) -> list[levy_pb2.Exemption]:
    return [
        levy_pb2.Exemption(code=one["code"], amount_dollars=one["amount_dollars"]) for one in given
    ]


def change(recorded: Recorded) -> pb.ParcelChange:
    said, row = recorded.saying, recorded.row
    return pb.ParcelChange(
        version=0 if said.is_roll else said.number,
        effective_on=said.effective_on.isoformat(),
        facts=_facts(said),
        parties=[
            pb.PartiesOfRole(role=role, parties=map(party, holders))
            for role, holders in said.parties.items()
        ],
        reason=row.source if said.is_roll else row.reason,
        changed_by=row.loaded_by if said.is_roll else row.changed_by,
        recorded_at=row.recorded_at.isoformat(),
        roll_id=str(row.roll_id) if row.roll_id else "",
    )


def _facts(said: Saying) -> pb.ParcelFacts:
    found = pb.ParcelFacts(**{name: said.facts[name] for name in _TEXTS if name in said.facts})
    if "exemptions" in said.facts:
        listed = exemptions(said.facts["exemptions"])
        found.exemptions.CopyFrom(pb.ExemptionList(exemptions=listed))
    return found


def lender(row: Any) -> pb.RegisteredLender:
    return pb.RegisteredLender(
        lender_code=row.lender_code,
        name=row.name,
        email=row.email,
        mailing_address=row.mailing_address,
        version=row.version,
    )
